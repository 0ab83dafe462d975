# Part of Integration Hub. License LGPL-3.0 or later.
"""Mutations: the protocol, or a rule of the model, with one thing wrong. Each must be caught by some schedule.

They show what the simulation is able to see: an invariant that no mutation breaks may be one that checks nothing. Where
a mutation would show in few scenarios only, its `scene` chooses or changes them.
"""

from . import drain, hand, lines, newer, steps, wakes, ways
from .registry import MUTATIONS

__all__ = ["MUTATIONS"]
