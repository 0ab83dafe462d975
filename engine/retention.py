# Part of Integration Hub. License LGPL-3.0 or later.
"""Retention: what is old is deleted, in batches that hold up nobody.

A batch is one short transaction over a window of ids, oldest first: what came first ended first, but for the few that
wait for a person. So no index is needed to find what is old, and a window into which nothing old came is the end. Rows
in somebody's hands are passed over; the next run finds them.
"""

from datetime import datetime
from typing import NamedTuple

from odoo.tools import SQL

from . import metrics

BATCH = 5000  # rows looked at in one transaction
KEYS_IN_A_RUN = 100 * BATCH


class Kept(NamedTuple):
    """What ended before these times is deleted; failed messages are kept as long as others at least."""

    contents: datetime
    messages: datetime
    failed: datetime
    deliveries: datetime


class Batch(NamedTuple):
    """What one batch came to: how many rows of what are gone."""

    what: str
    deleted: int


# A message that failed and blocks its key is a person's to decide about: later ones of its key wait for that, and would
# go on if it were gone. Locked and looked at again in one statement: who makes a message runnable meanwhile comes
# before it, or finds it gone. What no flow took ended when it came, and has no other time.
_MESSAGES = """
    WITH old AS MATERIALIZED (
             SELECT id FROM integration_event e
              WHERE id > %(after)s AND id <= %(last)s
                AND (state IN ('done', 'ignored') AND coalesce(done_at, arrived_at) < %(messages)s
                     OR state = 'dead' AND done_at < %(failed)s
                        AND NOT EXISTS (SELECT 1 FROM integration_blocked_key b WHERE b.event_id = e.id))
                FOR UPDATE SKIP LOCKED),
         attempts AS (DELETE FROM integration_event_attempt WHERE event_id IN (SELECT id FROM old)),
         contents AS (DELETE FROM integration_event_payload WHERE event_id IN (SELECT id FROM old)),
         effects AS (DELETE FROM integration_effect WHERE event_id IN (SELECT id FROM old))
    DELETE FROM integration_event WHERE id IN (SELECT id FROM old)"""
_CONTENTS = """
    DELETE FROM integration_event_payload p USING integration_event e
     WHERE p.event_id > %(after)s AND p.event_id <= %(last)s AND e.id = p.event_id
       AND e.state IN ('done', 'ignored') AND coalesce(e.done_at, e.arrived_at) < %(contents)s"""
_EFFECTS = """
    DELETE FROM integration_effect p USING integration_event e
     WHERE p.event_id > %(after)s AND p.event_id <= %(last)s AND e.id = p.event_id
       AND e.state IN ('done', 'ignored') AND coalesce(e.done_at, e.arrived_at) < %(contents)s"""
_REFUSALS = """
    DELETE FROM integration_refusal WHERE id > %(after)s AND id <= %(last)s AND refused_at < %(messages)s"""
# Of what, which of the times is its end, what its windows are made of, and what is deleted of one.
_KINDS = (
    ("contents", "contents", "integration_event_payload p JOIN integration_event e ON e.id = p.event_id",
     "p.event_id", "e.arrived_at", _CONTENTS),
    ("effects", "contents", "integration_effect p JOIN integration_event e ON e.id = p.event_id",
     "p.event_id", "e.arrived_at", _EFFECTS),
    ("messages", "messages", "integration_event", "id", "arrived_at", _MESSAGES),
    ("refusals", "messages", "integration_refusal", "id", "refused_at", _REFUSALS),
)  # fmt: skip
_WINDOW = """
    SELECT max(id), min(came) < %(before)s
      FROM (SELECT {id} AS id, {came} AS came FROM {rows} WHERE {id} > %(after)s ORDER BY 1 LIMIT %(batch)s) w"""


def forget(db, kept, batch=BATCH):
    """Delete what is older than *kept* says; yields a :class:`Batch` when it is committed.

    Stop when you like: nothing is begun that would have to be finished.
    """
    for what, end, rows, identity, came, delete in _KINDS:
        window, last = _WINDOW.format(id=identity, came=came, rows=rows), 0
        while last is not None:
            values = {**kept._asdict(), "before": getattr(kept, end), "after": last, "batch": batch}
            with db.read_committed() as cr:
                last, deleted = _forget_window(cr, window, delete, values)
            yield Batch(what, deleted)
    yield from _forget_deliveries(db, kept.deliveries, batch)
    for deleted in metrics.forget(db, db.now(), batch):
        yield Batch("figures", deleted)


def _forget_window(cr, window, delete, values):
    """Return where the next window begins, ``None`` at the end, and how many rows of this one are gone."""
    cr.execute(SQL(window, **values))  # pylint: disable=sql-injection
    last, has_old = cr.fetchone()
    if not has_old:
        return None, 0
    cr.execute(SQL(delete, **values, last=last))  # pylint: disable=sql-injection
    return last, cr.rowcount


def _forget_deliveries(db, before, batch):
    """The keys have no number; found once, they are deleted by their places, unless others have taken those since."""
    with db.read_committed() as cr:
        cr.execute(SQL("SELECT ctid::text FROM integration_dedupe WHERE seen_at < %s LIMIT %s", before, KEYS_IN_A_RUN))
        places = [place for (place,) in cr.fetchall()]
    for start in range(0, len(places), batch):
        with db.read_committed() as cr:
            cr.execute(
                SQL(
                    "DELETE FROM integration_dedupe WHERE ctid = ANY(%s::tid[]) AND seen_at < %s",
                    places[start : start + batch],
                    before,
                )
            )
            deleted = cr.rowcount
        yield Batch("deliveries", deleted)
