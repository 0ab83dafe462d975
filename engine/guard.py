# Part of Integration Hub. License LGPL-3.0 or later.
"""Guard: at most one drain works on a unit."""

import contextlib

from odoo.tools import SQL


@contextlib.contextmanager
def guard(db, unit):
    """Hold the unit's row lock for the block; yields the cursor that holds it, ``None`` when it was taken.

    The lock is taken on a cursor of its own before any snapshot of the work is taken, since a snapshot older than the
    lock would show finished events as pending. A row lock and no advisory one: transaction poolers keep it apart. Who
    has it goes by the server's clock: what one worker notes as due, another compares with its own time.
    """
    with db.read_committed() as cr:
        if _lock(db, cr, unit) or (_make(db, unit) and _lock(db, cr, unit)):
            yield cr
        else:
            yield None


def _lock(db, cr, unit):
    cr.execute(
        SQL(
            """SELECT extract(epoch FROM clock_timestamp())::float FROM integration_slot
                WHERE endpoint_id = %s AND direction = %s AND slot = %s FOR UPDATE SKIP LOCKED""",
            *unit,
        )
    )
    row = cr.fetchone()
    if row:
        db.go_by(row[0])
    return bool(row)


def _make(db, unit):
    """Make the unit's row, which its first drain finds missing; tells whether it was."""
    with db.read_committed() as cr:
        cr.execute(SQL("INSERT INTO integration_slot VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", *unit))
        return bool(cr.rowcount)
