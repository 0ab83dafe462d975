# Part of Integration Hub. License LGPL-3.0 or later.
"""Failures: the messages that need a person, counted by their cause. One index holds all that is asked for."""

import json
from datetime import timedelta

from psycopg2.extras import Json

from odoo.tools import SQL

from . import impact, worth

SEVERAL = 5  # tries after which what is tried again by itself is on the board,
LONG = 3600  # or seconds since it arrived
_LOCK = "integration_failures"

# What failed, what a person decides about, and what is being retried for long. Read from the index alone.
_IS_FAILED = """
    e.state IN ('dead', 'held', 'retry') AND e.fingerprint IS NOT NULL
    AND (e.state <> 'retry' OR e.attempt_count >= %(several)s OR e.arrived_at < %(long_ago)s)"""
_GROUPS = """
    SELECT g.*, s.id AS system_id, s.criticality, n.company_id, e.flow_id, e.direction, e.error_code,
           e.error_message, e.error_hint, e.error_params
      FROM (SELECT endpoint_id, fingerprint, count(*) AS message_count,
                   count(*) FILTER (WHERE state = 'retry') AS retrying_count, min(arrived_at) AS oldest_at,
                   max(arrived_at) AS newest_at, max(id) AS newest_id, min(next_try_at) AS next_try_at
              FROM integration_event e WHERE %s GROUP BY endpoint_id, fingerprint) g
      JOIN integration_event e ON e.id = g.newest_id
      JOIN integration_endpoint n ON n.id = g.endpoint_id
      JOIN integration_system s ON s.id = n.system_id"""
_COLUMNS = {
    "company_id": "integer",
    "system_id": "integer",
    "endpoint_id": "integer",
    "fingerprint": "varchar",
    "flow_id": "integer",
    "direction": "varchar",
    "error_code": "varchar",
    "error_message": "varchar",
    "error_hint": "varchar",
    "error_params": "jsonb",
    "message_count": "integer",
    "retrying_count": "integer",
    "oldest_at": "timestamp",
    "newest_at": "timestamp",
    "newest_id": "integer",
    "next_try_at": "timestamp",
    "amount": "numeric",
    "customer_count": "integer",
    "looked_count": "integer",
    "score": "integer",
}
_KEY = ("endpoint_id", "fingerprint")
# A row that says the same is left alone: nobody who edits it has to wait, or to begin anew.
_WRITE = """
    INSERT INTO integration_failure AS known (%(columns)s, state, create_uid, create_date, write_uid, write_date)
    SELECT %(columns)s, 'open', 1, %(now)s, 1, %(now)s FROM jsonb_to_recordset(%(rows)s) AS t (%(types)s)
        ON CONFLICT (endpoint_id, fingerprint) DO UPDATE SET (%(values)s) = ROW (%(given)s)
     WHERE (%(before)s) IS DISTINCT FROM (%(given)s)"""
_STATES = """
    UPDATE integration_failure known
       SET state = CASE WHEN message_count = 0 THEN 'closed' ELSE 'open' END,
           again_since = CASE WHEN state IN ('closed', 'ignored') AND message_count > 0 THEN newest_at
                              WHEN message_count = 0 THEN NULL ELSE again_since END,
           snoozed_until = NULL, ignored_upto = NULL, write_date = %(now)s
     WHERE (message_count = 0 AND state <> 'closed')
        OR (message_count > 0 AND (state = 'closed' OR (state = 'snoozed' AND snoozed_until <= %(now)s)
                                   OR (state = 'ignored' AND newest_id > ignored_upto)))
    RETURNING id"""


def refresh(cr, now):
    """Bring the failures in step with the log; returns whether that was done: not where somebody else is doing it.

    In a READ COMMITTED transaction, so that it never loses against a person who assigns or snoozes.
    """
    cr.execute(SQL("SELECT pg_try_advisory_xact_lock(hashtext(%s))", _LOCK))
    if not cr.fetchone()[0]:
        return False
    rows, known = groups(cr, now), worth.sums(cr, is_failed(now))
    for row in rows:
        row |= known.get((row["endpoint_id"], row["fingerprint"]), worth.NOTHING)
        row["score"] = impact.score(row, now)
    _write(cr, rows, now)
    cr.execute(SQL(_STATES, now=now))
    return True


def groups(cr, now):
    """Return the causes for which messages fail now, each with its numbers and what its newest message says."""
    cr.execute(SQL(_GROUPS, is_failed(now)))
    return cr.dictfetchall()


def is_failed(now):
    """Return the condition by which a message ``e`` is on the board."""
    return SQL(_IS_FAILED, several=SEVERAL, long_ago=now - timedelta(seconds=LONG))


def _write(cr, rows, now):
    written = [name for name in _COLUMNS if name not in _KEY]
    cr.execute(
        SQL(
            _WRITE,
            columns=SQL(", ").join(map(SQL.identifier, _COLUMNS)),
            types=SQL(", ").join(SQL("%s %s", SQL.identifier(name), SQL(kind)) for name, kind in _COLUMNS.items()),
            rows=Json([{name: row[name] for name in _COLUMNS} for row in rows], dumps=_dumps),
            values=SQL(", ").join(map(SQL.identifier, written)),
            given=SQL(", ").join(SQL("EXCLUDED.%s", SQL.identifier(name)) for name in written),
            before=SQL(", ").join(SQL("known.%s", SQL.identifier(name)) for name in written),
            now=now,
        )
    )
    cr.execute(
        SQL(
            """UPDATE integration_failure known
                  SET message_count = 0, retrying_count = 0, next_try_at = NULL, amount = 0, customer_count = 0,
                      looked_count = 0, score = 0
                WHERE message_count > 0
                  AND NOT EXISTS (SELECT 1 FROM unnest(%s::int[], %s::varchar[]) AS there (endpoint_id, fingerprint)
                                   WHERE (there.endpoint_id, there.fingerprint)
                                       = (known.endpoint_id, known.fingerprint))""",
            [row["endpoint_id"] for row in rows],
            [row["fingerprint"] for row in rows],
        )
    )


def _dumps(rows):
    return json.dumps(rows, default=str)
