# Part of Integration Hub. License LGPL-3.0 or later.
"""Guard: at most one drain works on a unit."""

import contextlib

from odoo.tools import SQL


@contextlib.contextmanager
def guard(db, unit):
    """Hold the unit's row lock for the block; yields the cursor that holds it, ``None`` when it was taken.

    The lock is taken on a cursor of its own before any snapshot of the work is taken, since a snapshot older than the
    lock would show finished events as pending. A row lock and no advisory one: transaction poolers keep it apart.
    """
    with db.read_committed() as cr:
        if _lock(cr, unit) or (_make(db, unit) and _lock(cr, unit)):
            yield cr
        else:
            yield None


def _lock(cr, unit):
    cr.execute(
        SQL(
            """SELECT 1 FROM integration_slot WHERE endpoint_id = %s AND direction = %s AND slot = %s
               FOR UPDATE SKIP LOCKED""",
            *unit,
        )
    )
    return bool(cr.fetchone())


def _make(db, unit):
    """Make the unit's row, which its first drain finds missing; tells whether it was."""
    with db.read_committed() as cr:
        cr.execute(SQL("INSERT INTO integration_slot VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", *unit))
        return bool(cr.rowcount)
