# Part of Integration Hub. License LGPL-3.0 or later.
"""Limits: where PostgreSQL keeps what all workers share of an endpoint's quota, places and breaker.

The rules are those of ``connectors/resilience``; here is their storage, and what SQL reads of it. A row is changed in a
transaction of its own and never in that of the work, so nobody waits for a limit longer than the change takes.
"""

from psycopg2.extras import Json

from odoo.tools import SQL


class PostgresStore:
    """A ``resilience.Store`` in table ``integration_limit``; safe for threads, each change has its own cursor."""

    def __init__(self, db):
        self._db = db

    def update(self, key, change):
        """Apply *change* to the row of *key*, keep its first result, return its second; committed on return."""
        with self._db.read_committed() as cr:
            found = _locked(cr, key)
            if not found:
                cr.execute(SQL("INSERT INTO integration_limit (key) VALUES (%s) ON CONFLICT DO NOTHING", key))
                found = _locked(cr, key)
            before, now = found
            after, result = change(before, now)
            if after != before:
                cr.execute(
                    SQL(
                        "UPDATE integration_limit SET state = %s, updated_at = clock_timestamp() WHERE key = %s",
                        Json(after),
                        key,
                    )
                )
            return result


def _locked(cr, key):
    """Return state and unix time, the latter read when the lock is had: whoever waited for it has a later time."""
    cr.execute(
        SQL(
            """WITH locked AS MATERIALIZED (SELECT state FROM integration_limit WHERE key = %s FOR UPDATE)
               SELECT state, extract(epoch FROM clock_timestamp())::float FROM locked""",
            key,
        )
    )
    return cr.fetchone()


def read(cr, keys):
    """Return ``({key: state}, unix time)`` of those of the keys that have one, as they are without waiting."""
    cr.execute(
        SQL(
            """SELECT extract(epoch FROM clock_timestamp())::float,
                      (SELECT jsonb_object_agg(key, state) FROM integration_limit
                        WHERE key = ANY(%s) AND state IS NOT NULL)""",
            list(keys),
        )
    )
    now, states = cr.fetchone()
    return states or {}, now


def breaker_open(endpoint_id):
    """Return a condition: the endpoint, named by an SQL expression, is not called until its breaker lets a probe by."""
    return SQL(
        """EXISTS (SELECT 1 FROM integration_limit b
                    WHERE b.key = 'breaker:' || %s AND b.state ->> 'state' = 'open'
                      AND (b.state ->> 'until')::float > extract(epoch FROM clock_timestamp()))""",
        endpoint_id,
    )
