# Part of Integration Hub. License LGPL-3.0 or later.
"""Slowdown: the other side asked for a pause, and the whole endpoint keeps it, not only the message that was told."""

from odoo.tools import SQL


def slow_down(cr, endpoint_id, seconds, reason):
    """Let the endpoint rest for so long; a longer rest that was asked for before stays.

    By PostgreSQL's clock, for it holds for all workers: by that of one whose clock jumped they would rest for hours.
    """
    cr.execute(
        SQL(
            """INSERT INTO integration_slowdown AS kept
               VALUES (%s, clock_timestamp() AT TIME ZONE 'utc' + make_interval(secs => %s), %s)
               ON CONFLICT (endpoint_id)
               DO UPDATE SET until = EXCLUDED.until, reason = EXCLUDED.reason WHERE kept.until < EXCLUDED.until""",
            endpoint_id,
            seconds,
            reason,
        )
    )


def rest(cr, endpoint_id, now):
    """Return ``(until, reason)`` of an endpoint that rests now, else ``None``."""
    cr.execute(
        SQL(
            "SELECT until, reason FROM integration_slowdown WHERE endpoint_id = %s AND until > %s",
            endpoint_id,
            now,
        )
    )
    return cr.fetchone()


def rests(cr, endpoint_ids, now):
    """Return ``{endpoint: (until, reason)}`` of those of them that rest now."""
    cr.execute(
        SQL(
            "SELECT endpoint_id, until, reason FROM integration_slowdown WHERE endpoint_id = ANY(%s) AND until > %s",
            list(endpoint_ids),
            now,
        )
    )
    return {endpoint_id: (until, reason) for endpoint_id, until, reason in cr.fetchall()}


def go_on(cr, endpoint_ids):
    """End the rest of these endpoints: a person says so."""
    cr.execute(SQL("DELETE FROM integration_slowdown WHERE endpoint_id = ANY(%s)", list(endpoint_ids)))
