# Part of Integration Hub. License LGPL-3.0 or later.
"""Sweep: find units with work that nobody was woken for (a process died between its commit and the wake-up)."""

from odoo.tools import SQL

from .claim import runnable
from .slots import Unit


def forgotten(db, limit=500):
    """Return units that hold runnable events."""
    with db.read_committed() as cr:
        cr.execute(
            SQL(
                """SELECT DISTINCT e.endpoint_id, e.direction, e.slot %s
                      AND EXISTS (SELECT 1 FROM integration_endpoint p
                                   WHERE p.id = e.endpoint_id AND p.state = 'active' AND p.active)
                    LIMIT %s""",
                runnable(db.now()),
                limit,
            )
        )
        return [Unit(*row) for row in cr.fetchall()]


def forget_dedupe(cr, before):
    """Delete dedupe keys seen before a time; returns how many."""
    cr.execute(SQL("DELETE FROM integration_dedupe WHERE seen_at < %s", before))
    return cr.rowcount
