# Part of Integration Hub. License LGPL-3.0 or later.
"""Tally: how many deliveries were accepted, were duplicates or were refused, and why.

Each process counts for itself and now and then inserts what it counted; no row is shared with anybody. The sweeper
folds these rows into one for each endpoint and name. What a process that dies counted in its last seconds is lost, and
what one counted that nobody calls any more is told at its next delivery.
"""

import collections
import logging
import threading

from psycopg2 import Error

from odoo.tools import SQL

from .metrics import DELIVERY, into_periods, told_deliveries

EVERY = 10.0  # seconds between two insertions of a process
FOLDED_AT_ONCE = 10_000

_logger = logging.getLogger(__name__)


class Tally:
    """A process's counts of a database; safe for threads."""

    def __init__(self):
        self._lock = threading.Lock()
        self._counts = {}  # {database: Counter of (endpoint, name)}
        self._told_at = {}

    def count(self, db, endpoint_id, name, number=1):
        """Count; in memory only."""
        with self._lock:
            self._counts.setdefault(db.name, collections.Counter())[endpoint_id, name] += number

    def tell(self, db, every=EVERY):
        """Insert what was counted, if that was not done a short time ago; what cannot be is kept."""
        counts = self._due(db, every)
        if not counts:
            return
        rows = [(endpoint_id, name, number) for (endpoint_id, name), number in counts.items()]
        try:
            with db.statements() as cr:
                cr.execute(
                    SQL(
                        "INSERT INTO integration_counter_delta (endpoint_id, name, count, counted_at) VALUES %s",
                        SQL(", ").join(SQL("(%s, %s, %s, %s)", *row, db.now()) for row in rows),
                    )
                )
        except Error:
            _logger.exception("Counts of deliveries could not be stored and are kept")
            for endpoint_id, name, number in rows:
                self.count(db, endpoint_id, name, number)

    def _due(self, db, every):
        now = db.clock.monotonic()
        with self._lock:
            told_at = self._told_at.get(db.name)
            if told_at is not None and 0 <= now - told_at < every:
                return None
            self._told_at[db.name] = now
            return self._counts.pop(db.name, None)

    def forget(self):
        """Begin anew."""
        with self._lock:
            self._counts.clear()
            self._told_at.clear()


def fold(db):
    """Add what processes inserted to one row for each endpoint and name, and to the rollups of their times."""
    with db.read_committed() as cr:
        cr.execute(
            SQL(
                """WITH told AS (
                       DELETE FROM integration_counter_delta WHERE ctid = ANY(ARRAY(
                           SELECT ctid FROM integration_counter_delta LIMIT %s FOR UPDATE SKIP LOCKED))
                       RETURNING endpoint_id, name, count, counted_at),
                   stored AS (%s)
                   INSERT INTO integration_counter AS c (endpoint_id, name, count)
                   SELECT endpoint_id, name, sum(count) FROM told GROUP BY 1, 2 ORDER BY 1, 2
                       ON CONFLICT (endpoint_id, name) DO UPDATE SET count = c.count + EXCLUDED.count""",
                FOLDED_AT_ONCE,
                into_periods(DELIVERY, SQL("(%s)", told_deliveries(SQL("told")))),
            )
        )


def counts(cr, endpoint_ids):
    """Return ``{(endpoint, name): count}`` of all that was told."""
    cr.execute(
        SQL(
            """SELECT endpoint_id, name, sum(count)::bigint FROM (
                   SELECT endpoint_id, name, count FROM integration_counter WHERE endpoint_id = ANY(%(ids)s)
                   UNION ALL
                   SELECT endpoint_id, name, count FROM integration_counter_delta WHERE endpoint_id = ANY(%(ids)s)
               ) each GROUP BY 1, 2""",
            ids=list(endpoint_ids),
        )
    )
    return {(endpoint_id, name): count for endpoint_id, name, count in cr.fetchall()}
