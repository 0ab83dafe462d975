# Part of Integration Hub. License LGPL-3.0 or later.
"""Contention: transactions that lose races take turns, instead of losing the next one too.

Two workers that confirm orders of one stocked product change the same row: each commit makes void what the other one
has done since it began. Transactions with business methods share a lock of their company; who lost a race has it alone,
for the next `TURNS` of that flow. Then it tries again together with the others. ADR 0027.
"""

import contextlib
import logging
import threading

from psycopg2 import errors

from odoo.tools import SQL

_logger = logging.getLogger(__name__)

TURNS = 50
PATIENCE = "10s"  # then it goes on out of turn: whoever has the lock is stuck
NAME = 0x48_55_42_54  # of the locks; each company has one
_left = {}  # (database, flow) -> transactions still to be done alone, in this process
_mutex = threading.Lock()


def lost(db, event):
    """Note that a transaction lost a race; ``None`` for one that takes no turns."""
    _logger.info("Lost a race against another transaction, done again; flow %s", event and event.flow_id)
    if event:
        with _mutex:
            _left[db.name, event.flow_id] = TURNS


@contextlib.contextmanager
def turn(db, event):
    """Have the company's lock in the block: alone if a transaction of the event's flow lost a race before, else shared.

    The lock is of a transaction of its own, since what is to be done must take its snapshot when it has the turn.
    """
    if event is None:
        yield
        return
    with db.read_committed() as cr:
        _wait(cr, SQL("" if _alone(db, event.flow_id) else "_shared"), event.company_id)
        yield


def _alone(db, flow_id):
    with _mutex:
        left = _left.pop((db.name, flow_id), 0)
        if left > 1:
            _left[db.name, flow_id] = left - 1
        return left


def _wait(cr, how, company_id):
    with contextlib.suppress(errors.LockNotAvailable), cr.savepoint(flush=False):
        cr.execute(SQL("SELECT set_config('lock_timeout', %s, true)", PATIENCE))
        cr.execute(SQL("SELECT pg_advisory_xact_lock%s(%s, %s)", how, NAME, company_id))
