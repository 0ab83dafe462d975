# Part of Integration Hub. License LGPL-3.0 or later.
"""Drain mode: running drains end with the batch they have in hand, none starts; intake goes on and answers.

It is a row of the database, read anew each time: all workers of all nodes see it at once, and it outlives a restart.
"""

from datetime import datetime
from typing import NamedTuple

from odoo.tools import SQL

from .slots import Unit


class Maintenance(NamedTuple):
    """Why nothing is processed, since when (UTC), and who said so."""

    reason: str
    since: datetime
    user: str


def halted(cr):
    """Return why no drain may go on, or an empty text. One read of an index that holds one row at most."""
    cr.execute("SELECT reason FROM integration_maintenance WHERE ended_at IS NULL")
    row = cr.fetchone()
    return row[0] if row else ""


def current(cr):
    """Return the :class:`Maintenance` that is on, or ``None``."""
    cr.execute(
        """SELECT m.reason, m.started_at, p.name
             FROM integration_maintenance m
        LEFT JOIN res_users u ON u.id = m.started_by_id
        LEFT JOIN res_partner p ON p.id = u.partner_id
            WHERE m.ended_at IS NULL"""
    )
    row = cr.fetchone()
    return Maintenance(*row) if row else None


def busy(cr):
    """Return the units that a drain still holds. Call it in drain mode only, and end the transaction at once.

    PostgreSQL tells which row locks are free by taking them, and whoever finds a unit locked goes away: in drain mode
    there is nothing for him to do anyway, and the end of drain mode wakes every unit that has work.
    """
    cr.execute(
        SQL(
            """WITH free AS (SELECT endpoint_id, direction, slot FROM integration_slot FOR UPDATE SKIP LOCKED)
               SELECT endpoint_id, direction, slot FROM integration_slot
               EXCEPT SELECT endpoint_id, direction, slot FROM free ORDER BY 1, 2, 3"""
        )
    )
    return [Unit(*row) for row in cr.fetchall()]
