# Part of Integration Hub. License LGPL-3.0 or later.
"""The engine's unit of work: where its transactions come from, and what time it is.

Passed as an argument, so that a simulation can stand in for both.
"""

import contextlib
import random
from datetime import UTC, datetime

from psycopg2 import errors
from psycopg2.extensions import ISOLATION_LEVEL_READ_COMMITTED

from odoo.modules.registry import Registry
from odoo.sql_db import Cursor

from ..connectors.clock import SystemClock

# A transaction that lost against another one: rolled back and done again in place, it is no failure of the message.
LOST_RACE = (errors.SerializationFailure, errors.DeadlockDetected, errors.LockNotAvailable)


class Database:
    """Transactions on one Odoo database, each committed when its block ends and rolled back when it raises."""

    def __init__(self, name, clock=None, randomness=random.random):
        self.name = name
        self.clock = clock or SystemClock()
        self.random = randomness

    @property
    def registry(self):
        return Registry(self.name)

    def now(self):
        """Return the time as PostgreSQL's columns hold it: UTC without a zone."""
        return datetime.fromtimestamp(self.clock.now(), UTC).replace(tzinfo=None)

    @contextlib.contextmanager
    def transaction(self):
        """A REPEATABLE READ transaction, Odoo's own: for work on business records."""
        with self.registry.cursor() as cr:
            yield cr

    @contextlib.contextmanager
    def read_committed(self):
        """A READ COMMITTED transaction: each statement sees what was committed before it.

        For our own tables only. A concurrent duplicate then waits and is seen, where REPEATABLE READ would fail.
        """
        with self.registry.cursor() as cr:
            if isinstance(cr, Cursor):  # a test's cursor is a savepoint of one shared transaction
                cr.connection.set_isolation_level(ISOLATION_LEVEL_READ_COMMITTED)
            yield cr
