# Part of Integration Hub. License LGPL-3.0 or later.
"""Claim: which events of a unit may run now, in order."""

from typing import NamedTuple

from odoo.tools import SQL

COLUMNS = (
    "id",
    "direction",
    "state",
    "kind",
    "endpoint_id",
    "company_id",
    "flow_id",
    "slot",
    "partition_key",
    "topic",
    "object_type",
    "external_id",
    "external_version",
    "operation",
    "res_model",
    "res_id",
    "changed_fields",
    "origin_id",
    "arrived_at",
    "attempt_count",
)
Event = NamedTuple("Event", [(name, object) for name in COLUMNS])
Event.__doc__ = "One claimed row, as it was when it was claimed."

_RUNNABLE = """
      FROM integration_event e
 LEFT JOIN integration_blocked_key b
        ON b.endpoint_id = e.endpoint_id AND b.direction = e.direction AND b.partition_key = e.partition_key
     WHERE e.state IN ('pending', 'retry')
       AND (e.state = 'pending' OR e.next_try_at <= %(now)s)
       AND (b.event_id IS NULL OR (b.event_id = e.id AND b.until <= %(now)s))
"""


def runnable(now):
    """Return ``FROM … WHERE …`` of the events ``e`` that may run now, for a statement to narrow."""
    return SQL(_RUNNABLE, now=now)


def _ready(unit, now):
    return SQL("%s AND e.endpoint_id = %s AND e.direction = %s AND e.slot = %s", runnable(now), *unit)


def claim(db, unit, limit):
    """Return up to *limit* events that may run, oldest first, their ids committed as being in hand."""
    with db.read_committed() as cr:
        now = db.now()
        columns = SQL(", ").join(SQL.identifier("e", name) for name in COLUMNS)
        cr.execute(SQL("SELECT %s %s ORDER BY e.id LIMIT %s", columns, _ready(unit, now), limit))
        events = [Event(*row) for row in cr.fetchall()]
        if events:
            cr.execute(
                SQL(
                    """INSERT INTO integration_claim VALUES (%s, %s, %s, %s, %s)
                       ON CONFLICT (endpoint_id, direction, slot)
                       DO UPDATE SET event_ids = EXCLUDED.event_ids, claimed_at = EXCLUDED.claimed_at""",
                    *unit,
                    [event.id for event in events],
                    now,
                )
            )
        return events


class Withdrawn(Exception):
    """The event was given up between its claim and its try."""


def take(cr, event):
    """Lock a claimed event for its try; a person who gives it up meanwhile comes before or after, never between."""
    cr.execute(
        SQL("SELECT 1 FROM integration_event WHERE id = %s AND state IN ('pending', 'retry') FOR UPDATE", event.id)
    )
    if not cr.fetchone():
        raise Withdrawn


def abandoned(db, unit):
    """Return and forget the ids that a drain which no longer lives had in hand. Call it holding the unit's lock."""
    with db.read_committed() as cr:
        cr.execute(
            SQL(
                """DELETE FROM integration_claim WHERE endpoint_id = %s AND direction = %s AND slot = %s
                   RETURNING event_ids""",
                *unit,
            )
        )
        row = cr.fetchone()
        return row[0] if row else []


def has_work(db, unit):
    """Tell whether an event may run now, seen from a new snapshot."""
    with db.read_committed() as cr:
        cr.execute(SQL("SELECT EXISTS (SELECT 1 %s)", _ready(unit, db.now())))
        return cr.fetchone()[0]


def next_due(db, unit):
    """Return when the unit's next retry is due, or ``None``."""
    with db.read_committed() as cr:
        cr.execute(
            SQL(
                """SELECT min(next_try_at) FROM integration_event
                    WHERE endpoint_id = %s AND direction = %s AND slot = %s AND state = 'retry'""",
                *unit,
            )
        )
        return cr.fetchone()[0]
