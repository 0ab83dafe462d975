# Part of Integration Hub. License LGPL-3.0 or later.
"""Claim: which events of a unit may run now, in order, and who has them in hand.

What is in hand is committed before it is tried, and each event leaves the claim in the transaction that writes its
outcome. So what a claim still holds when the next drain gets the unit was in the hands of one that died. That next
drain takes the claim over before it looks at anything: one whose lock was lost without its knowledge, with its
connection, finds the claim another's, and neither writes nor calls any more.
"""

from datetime import datetime
from typing import NamedTuple

from psycopg2.extras import Json

from odoo.tools import SQL

from .mark import mark_of
from .supersede import superseded

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
    "death_count",
    "in_doubt",
    "causation_id",
    "keeps_versions",
    "mapping_version_id",
    "record_mapping_version_id",
)
Event = NamedTuple("Event", [(name, object) for name in (*COLUMNS, "together", "covers")])
Event.__doc__ = """One claimed row, as it was when it was claimed.

``together``: with whom it shares a transaction; ``covers``: the ids of those that it makes needless.
"""
Event.__new__.__defaults__ = (None, ())

_RUNNABLE = """
      FROM integration_event e
 LEFT JOIN integration_blocked_key b
        ON b.endpoint_id = e.endpoint_id AND b.direction = e.direction AND b.partition_key = e.partition_key
     WHERE e.state IN ('pending', 'retry')
       AND (e.state = 'pending' OR e.next_try_at <= %(now)s)
       AND (b.event_id IS NULL OR b.event_id = e.id)
       AND e.arrived_at <= coalesce((SELECT p.draining_since FROM integration_endpoint p WHERE p.id = e.endpoint_id),
                                    'infinity')
"""
# For rows that are known by their ids. As plain `IN` it would be the condition of the index of what waits, and where
# few wait PostgreSQL takes it that this index is small: it reads all of it, entries of what has ended since included.
WAITS = SQL("(state IN ('pending', 'retry')) IS TRUE")


def runnable(now):
    """Return ``FROM … WHERE …`` of the events ``e`` that may run now, for a statement to narrow."""
    return SQL(_RUNNABLE, now=now)


def _ready(unit, now):
    return SQL(
        "%s AND e.endpoint_id = %s AND e.direction = %s AND e.slot = %s AND e.id > %s",
        runnable(now),
        *unit,
        mark_of(*unit),
    )


def claim(cr, unit, limit, worker, now):
    """Return up to *limit* events that may run, oldest first, and note that *worker* has them in hand.

    One that was in hand when a worker died is claimed alone: should this worker die too, nobody else is suspected. What
    a newer one makes needless is left out, and closed when that one is tried: :func:`close_covered`.

    :raises UnitLost: the claim is not *worker*'s any more
    """
    columns = SQL(", ").join(SQL.identifier("e", name) for name in COLUMNS)
    cr.execute(SQL("SELECT %s %s ORDER BY e.id LIMIT %s", columns, _ready(unit, now), limit))
    events = _without_needless(_up_to_a_suspect([Event(*row) for row in cr.fetchall()]))
    if not events:
        return []
    cr.execute(
        SQL(
            "UPDATE integration_claim SET event_ids = %s, claimed_at = %s WHERE %s",
            [event.id for event in events],
            now,
            _owned(unit, worker),
        )
    )
    _check_owned(cr, unit)
    return events


def _up_to_a_suspect(events):
    first = next((place for place, event in enumerate(events) if event.death_count is not None), len(events))
    return events[: first or 1]


def _without_needless(events):
    covers = {}
    needless = superseded(events)
    for event_id, newer in needless.items():
        covers.setdefault(newer.id, []).append(event_id)
    return [event._replace(covers=covers.get(event.id, ())) for event in events if event.id not in needless]


def close_covered(cr, events, now):
    """Close what these make needless, in the transaction in which they are tried.

    Not earlier: until then one that belongs in between may become visible, and a person may give these up.
    """
    newer = {str(event_id): {"newer": event.id} for event in events for event_id in event.covers}
    if not newer:
        return
    cr.execute(
        SQL(
            """UPDATE integration_event
                  SET state = 'ignored', done_at = %s, next_try_at = NULL, error_code = 'superseded',
                      error_message = 'A newer message says what the record is like now', error_hint = NULL,
                      fingerprint = NULL, error_params = %s::jsonb -> id::text
                WHERE id = ANY(%s) AND %s""",
            now,
            Json(newer),
            [int(event_id) for event_id in newer],
            WAITS,
        )
    )


class UnitLost(Exception):
    """The unit is no longer ours: the connection that held its lock broke, and another drain has taken it over."""


def put_down(cr, unit, event_ids, worker):
    """Take events out of the claim, in the transaction that writes what became of them.

    :raises UnitLost: the claim is not *worker*'s any more
    """
    cr.execute(
        SQL(
            """UPDATE integration_claim
                  SET event_ids = ARRAY(SELECT id FROM unnest(event_ids) AS id WHERE id <> ALL(%s))
                WHERE %s""",
            list(event_ids),
            _owned(unit, worker),
        )
    )
    _check_owned(cr, unit)


def keep(cr, unit, worker):
    """See to it that the claim is *worker*'s until the transaction ends: whoever takes the unit over sees its effect.

    :raises UnitLost: the claim is not *worker*'s any more
    """
    cr.execute(SQL("SELECT 1 FROM integration_claim WHERE %s FOR UPDATE", _owned(unit, worker)))
    _check_owned(cr, unit)


def _owned(unit, worker):
    return SQL("endpoint_id = %s AND direction = %s AND slot = %s AND claimed_by = %s", *unit, worker)


def _check_owned(cr, unit):
    if not cr.rowcount:
        raise UnitLost(f"{unit} is drained by somebody else")


def take(cr, event_ids):
    """Lock claimed events for their try; returns the ids of those that still are to be tried.

    A person who gives one up meanwhile comes before or after, never between.
    """
    cr.execute(
        SQL(
            "SELECT id FROM integration_event WHERE id = ANY(%s) AND %s ORDER BY id FOR UPDATE",
            list(event_ids),
            WAITS,
        )
    )
    return {row[0] for row in cr.fetchall()}


class Abandoned(NamedTuple):
    """What a drain had in hand that no longer lives."""

    event_ids: list
    claimed_at: datetime
    claimed_by: str


def take_over(cr, unit, worker, now):
    """Make the unit's claim *worker*'s, with nothing in hand, for whom it was loses it; call it holding the lock.

    Returns what that one left in hand; ``None`` when it ended in order.
    """
    cr.execute(
        SQL(
            """DELETE FROM integration_claim WHERE endpoint_id = %s AND direction = %s AND slot = %s
               RETURNING event_ids, claimed_at, claimed_by""",
            *unit,
        )
    )
    row = cr.fetchone()
    cr.execute(
        SQL(
            """INSERT INTO integration_claim (endpoint_id, direction, slot, event_ids, claimed_at, claimed_by)
               VALUES (%s, %s, %s, '{}', %s, %s)
               ON CONFLICT (endpoint_id, direction, slot)
               DO UPDATE SET event_ids = '{}', claimed_at = EXCLUDED.claimed_at, claimed_by = EXCLUDED.claimed_by""",
            *unit,
            now,
            worker,
        )
    )
    return Abandoned(*row) if row and row[0] else None


def events_of(cr, event_ids):
    """Return these events where they still are to be tried, oldest first."""
    columns = SQL(", ").join(SQL.identifier(name) for name in COLUMNS)
    cr.execute(
        SQL(
            "SELECT %s FROM integration_event WHERE id = ANY(%s) AND %s ORDER BY id FOR UPDATE",
            columns,
            list(event_ids),
            WAITS,
        )
    )
    return [Event(*row) for row in cr.fetchall()]


def has_work(cr, unit, now):
    """Tell whether an event may run now."""
    cr.execute(SQL("SELECT EXISTS (SELECT 1 %s)", _ready(unit, now)))
    return cr.fetchone()[0]


def next_due(cr, unit):
    """Return when the unit's next retry is due, or ``None``."""
    cr.execute(
        SQL(
            """SELECT min(next_try_at) FROM integration_event
                WHERE endpoint_id = %s AND direction = %s AND slot = %s AND state = 'retry' AND id > %s""",
            *unit,
            mark_of(*unit),
        )
    )
    return cr.fetchone()[0]
