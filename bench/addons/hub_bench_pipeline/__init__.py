# Part of Integration Hub. License LGPL-3.0 or later.
from . import controllers, counting, models, orders, outbound
from .hooks import post_init_hook
