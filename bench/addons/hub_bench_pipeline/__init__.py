# Part of Integration Hub. License LGPL-3.0 or later.
from . import controllers, models, orders, outbound
from .hooks import post_init_hook
