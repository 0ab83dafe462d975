# Part of Integration Hub. License LGPL-3.0 or later.
"""Contention: transactions that lose races take turns, instead of losing the next one too.

Two workers that confirm orders of one stocked product change the same row: each commit makes void what the other one
has done since it began. Who lost a race goes on in turn, for `TURNS` transactions of its kind: one after another among
those in turn, whatever they contend for. Then it tries again without. ADR 0027.
"""

import contextlib
import logging
import threading

from psycopg2 import errors

_logger = logging.getLogger(__name__)

TURNS = 50
PATIENCE = "10s"  # then it goes on out of turn: whoever has the turn is stuck
NAME = 0x48_55_42_54  # of the lock
_left = {}  # (database, kind) -> transactions still to be done in turn, in this process
_lock = threading.Lock()


def lost(db, kind):
    """Note that a transaction lost a race; one of no kind takes no turns."""
    _logger.info("Lost a race against another transaction, done again; flow %s", kind or "-")
    if kind:
        with _lock:
            _left[db.name, kind] = TURNS


@contextlib.contextmanager
def turn(db, kind):
    """Have the turn in the block, if a transaction of this kind lost a race before.

    The lock is of a transaction of its own, since what is to be done must take its snapshot when it has the turn.
    """
    if not _next(db, kind):
        yield
        return
    with db.read_committed() as cr:
        _wait(cr)
        yield


def _next(db, kind):
    with _lock:
        left = _left.pop((db.name, kind), 0)
        if left > 1:
            _left[db.name, kind] = left - 1
        return left


def _wait(cr):
    with contextlib.suppress(errors.LockNotAvailable), cr.savepoint(flush=False):
        cr.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
        cr.execute("SELECT pg_advisory_xact_lock(%s)", [NAME])
