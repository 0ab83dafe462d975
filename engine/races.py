# Part of Integration Hub. License LGPL-3.0 or later.
"""Races: which errors of the database only say that another transaction was first, and how the log is spared them."""

import contextlib
import logging
import threading

from psycopg2 import errors

from .database import LOST_RACE

_here = threading.local()


def lost_race(error):
    """Tell whether the work that raised *error* will do when it is done again in a new transaction.

    Two messages may meet the same customer at once, and both make the link that only one of them can make. In a new
    snapshot the loser finds the winner's. Other unique constraints are somebody's rule about the data, not a race.
    """
    if isinstance(error, errors.UniqueViolation):
        return (error.diag.constraint_name or "").startswith("integration_")
    return isinstance(error, LOST_RACE)


@contextlib.contextmanager
def unlogged_statements():
    """Keep Odoo from logging statements that fail in the block, with the values in them.

    What became of them is on the attempt, where access rules guard it; values of a payload have no place in a log.
    """
    before = getattr(_here, "unlogged", False)
    _here.unlogged = True
    try:
        yield
    finally:
        _here.unlogged = before


class _Unlogged(logging.Filter):
    def filter(self, record):
        return not getattr(_here, "unlogged", False)


logging.getLogger("odoo.sql_db").addFilter(_Unlogged())
