# Part of Integration Hub. License LGPL-3.0 or later.
"""The engine's unit of work: where its transactions come from, and what time it is.

Passed as an argument, so that a simulation can stand in for both.
"""

import contextlib
import random
from datetime import UTC, datetime

from psycopg2 import InterfaceError, OperationalError, errors
from psycopg2.extensions import ISOLATION_LEVEL_READ_COMMITTED, STATUS_READY

from odoo.modules.registry import Registry
from odoo.sql_db import Cursor

from ..connectors.clock import SystemClock

# A transaction that lost against another one: rolled back and done again in place, it is no failure of the message.
LOST_RACE = (errors.SerializationFailure, errors.DeadlockDetected, errors.LockNotAvailable)


# The connection broke, or the server went away: nothing can be said about a transaction that was open.
CONNECTION_LOST = (OperationalError, InterfaceError)


def server_time(cr):
    """Return what the database server's clock says, as Unix time."""
    cr.execute("SELECT extract(epoch FROM clock_timestamp())::float")
    return cr.fetchone()[0]


def uncompiled(cr):
    """Have PostgreSQL run the statements of this transaction as they are.

    For those of many lines and little work: it takes their cost for a reason to compile them, which takes 70 ms to more
    than a second, the larger the tables the longer, where running them takes two.
    """
    cr.execute("SET LOCAL jit = off")


class ServerClock(SystemClock):
    """The database server's clock, from a reading of it on: all workers go by it, whatever their own machines say."""

    def __init__(self, seconds):
        self._ahead = seconds - self.monotonic()

    def now(self):
        return self._ahead + self.monotonic()


class Database:
    """Transactions on one Odoo database, each committed when its block ends and rolled back when it raises."""

    has_line = False  # whether statements that are transactions have a connection of their own, engine/line.py

    def __init__(self, name, clock=None, randomness=random.random):
        self.name = name
        self.clock = clock or SystemClock()
        self._is_given = clock is not None
        self.random = randomness

    @property
    def registry(self):
        return Registry(self.name)

    def go_by(self, seconds):
        """Go by the server's clock from now on, unless a clock was given.

        By that of a process whose clock is wrong, messages would be tried again much too early or hours later.

        :param seconds: what the server's clock says, as Unix time
        """
        if not self._is_given:
            self.clock = ServerClock(seconds)

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

    def statements(self):
        """A cursor for work of single statements, each of which may be a READ COMMITTED transaction of its own."""
        return self.read_committed()


class HeldDatabase(Database):
    """The same on a cursor that is held anyway: a request's, with nothing written in it.

    Transactions follow one another and are never nested. To borrow a connection for each, and to begin and end a
    transaction around each statement, costs more than what intake does in them.
    """

    def __init__(self, cr, clock=None):
        super().__init__(cr.dbname, clock)
        self._cr = cr
        self.has_line = isinstance(cr, Cursor)  # a test's cursor is a savepoint, out of which nothing is committed

    @contextlib.contextmanager
    def read_committed(self):
        cr = self._cr
        with _session(cr, isolation_level=ISOLATION_LEVEL_READ_COMMITTED):
            try:
                yield cr
                cr.commit()  # pylint: disable=invalid-commit  # the engine's own transaction, not a caller's
            except BaseException:
                cr.rollback()
                raise

    @contextlib.contextmanager
    def statements(self):
        """A cursor in autocommit mode: what was done stays done when the block raises."""
        if not isinstance(self._cr, Cursor):
            with self.read_committed() as cr:
                yield cr
            return
        # At PostgreSQL's own level, READ COMMITTED; naming it would cost a statement more.
        with _session(self._cr, isolation_level="DEFAULT", readonly="DEFAULT"):
            self._cr.connection.autocommit = True
            try:
                yield self._cr
            finally:
                self._cr.connection.autocommit = False


@contextlib.contextmanager
def _session(cr, **characteristics):
    """Run the block with other transaction characteristics, outside of the snapshot that the cursor has by now."""
    if not isinstance(cr, Cursor):
        cr.rollback()
        yield
        return
    connection = cr.connection
    if connection.status != STATUS_READY:
        cr.rollback()
    before = {"isolation_level": connection.isolation_level, "readonly": connection.readonly}
    connection.set_session(**characteristics)
    try:
        yield
    finally:
        connection.set_session(**before)
