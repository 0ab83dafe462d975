# Part of Integration Hub. License LGPL-3.0 or later.
"""Sweep: find units with work that nobody was woken for (a process died between its commit and the wake-up)."""

from odoo.tools import SQL

from .slots import Unit


def forgotten(db, limit=500):
    """Return units that hold runnable events."""
    with db.read_committed() as cr:
        cr.execute(
            SQL(
                """SELECT DISTINCT e.endpoint_id, e.direction, e.slot
                     FROM integration_event e
                     JOIN integration_endpoint p ON p.id = e.endpoint_id AND p.state = 'active' AND p.active
                LEFT JOIN integration_blocked_key b ON b.endpoint_id = e.endpoint_id
                      AND b.direction = e.direction AND b.partition_key = e.partition_key
                    WHERE e.state IN ('pending', 'retry') AND (e.state = 'pending' OR e.next_try_at <= %(now)s)
                      AND (b.event_id IS NULL OR (b.event_id = e.id AND b.until <= %(now)s))
                    LIMIT %(limit)s""",
                now=db.now(),
                limit=limit,
            )
        )
        return [Unit(*row) for row in cr.fetchall()]


def forget_dedupe(cr, before):
    """Delete dedupe keys seen before a time; returns how many."""
    cr.execute(SQL("DELETE FROM integration_dedupe WHERE seen_at < %s", before))
    return cr.rowcount
