# Part of Integration Hub. License LGPL-3.0 or later.
from . import clocks, deaths
from .observer import post_init_hook

clocks.install()
deaths.install()
