# Part of Integration Hub. License LGPL-3.0 or later.
from . import controllers, models, wizards
from .hooks import post_init_hook, post_load, uninstall_hook
