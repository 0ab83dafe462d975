# Part of Integration Hub. License LGPL-3.0 or later.
"""Sweep: find units with work that nobody was woken for.

A process may have died between its commit and the wake-up, in the middle of a drain, or before it set a timer. All
look the same from here: something is to be done, and nobody holds the unit's lock.
"""

from odoo.tools import SQL

from . import home, settings
from .claim import runnable
from .database import uncompiled
from .limits import breaker_open
from .mark import mark_of
from .slots import SLOTS, Unit

# The units with waiting events, each found by one descent of the index above its mark: two million of them cost no more
# than two. Endpoints with few messages have no marks, nor many that have ended to walk over.
WAITING_UNITS = SQL(
    """mark AS MATERIALIZED (
           SELECT endpoint_id, direction, slot, min(mark) AS mark FROM integration_mark
            GROUP BY 1, 2, 3 HAVING bool_or(NOT taken_back)),
       endpoint AS MATERIALIZED (
           SELECT p.id, p.direction FROM integration_endpoint p
            WHERE p.id IN (SELECT endpoint_id FROM mark)
               OR (SELECT TRUE FROM integration_event e
                    WHERE e.endpoint_id = p.id AND e.state IN ('pending', 'retry') LIMIT 1)),
       unit AS MATERIALIZED (
           SELECT p.id AS endpoint_id, p.direction, s.slot
             FROM endpoint p CROSS JOIN generate_series(0, %s) AS s (slot)
             LEFT JOIN mark m ON m.endpoint_id = p.id AND m.direction = p.direction AND m.slot = s.slot
            CROSS JOIN LATERAL (
                SELECT FROM integration_event e
                 WHERE e.endpoint_id = p.id AND e.direction = p.direction AND e.slot = s.slot
                   AND e.state IN ('pending', 'retry') AND e.id > coalesce(m.mark, 0) LIMIT 1) found)""",
    SLOTS - 1,
)


def forgotten(db, limit=500, endpoint_ids=None):
    """Return units that nobody drains, with runnable events or a dead drain's claim; the most urgent lane first.

    PostgreSQL tells which units are free by locking them for a moment, and a drain that comes in that moment goes away
    as if another had the unit. So wake *all* that is returned, and narrow with *endpoint_ids* instead of afterwards.
    """
    with db.read_committed() as cr:
        uncompiled(cr)
        cr.execute(
            SQL(
                """WITH %s
                   SELECT w.endpoint_id, w.direction, w.slot
                     FROM (SELECT unit.* FROM unit
                            CROSS JOIN LATERAL (SELECT e.id %s AND e.endpoint_id = unit.endpoint_id
                                                   AND e.direction = unit.direction AND e.slot = unit.slot
                                                   AND e.id > %s
                                                 ORDER BY e.id LIMIT 1) oldest
                           UNION
                           SELECT endpoint_id, direction, slot FROM integration_claim
                            WHERE cardinality(event_ids) > 0) w
                     JOIN (%s) p ON p.id = w.endpoint_id
                    WHERE %s ORDER BY p.sequence, 1, 2, 3 LIMIT %s""",
                WAITING_UNITS,
                runnable(db.now()),
                mark_of(SQL("unit.endpoint_id"), SQL("unit.direction"), SQL("unit.slot")),
                running_endpoints(db.now()),
                SQL("TRUE") if endpoint_ids is None else SQL("p.id = ANY(%s)", list(endpoint_ids)),
                limit,
            )
        )
        units = [Unit(*row) for row in cr.fetchall()]
        busy = _busy(cr, units) if units else ()
    return [unit for unit in units if unit not in busy]


def waiting(db, endpoint_ids=None, limit=1_000_000):
    """Return units with events that wait, due or not, of these endpoints (``None``: of all) where they run.

    For whoever lets endpoints run again: what is due later may have lost its timer, for a drain that finds its endpoint
    stopped sets none. A drain of the unit does.
    """
    with db.read_committed() as cr:
        uncompiled(cr)
        cr.execute(
            SQL(
                """WITH %s
                   SELECT unit.endpoint_id, unit.direction, unit.slot FROM unit JOIN (%s) p ON p.id = unit.endpoint_id
                    WHERE %s ORDER BY p.sequence, 1, 2, 3 LIMIT %s""",
                WAITING_UNITS,
                running_endpoints(db.now()),
                SQL("TRUE") if endpoint_ids is None else SQL("p.id = ANY(%s)", list(endpoint_ids)),
                limit,
            )
        )
        return [Unit(*row) for row in cr.fetchall()]


def running_endpoints(now):
    """Return a query of ``id, lane, sequence`` of the endpoints whose units are drained now."""
    return SQL(
        """SELECT p.id, l.code AS lane, l.sequence
             FROM integration_endpoint p
             JOIN integration_environment v ON v.id = p.environment_id AND v.code = %s
             JOIN integration_lane l ON l.id = p.lane_id
             JOIN integration_system y ON y.id = p.system_id AND y.active AND y.lifecycle <> 'retired'
            WHERE p.state = 'active' AND p.active
              AND NOT EXISTS (SELECT 1 FROM integration_slowdown s WHERE s.endpoint_id = p.id AND s.until > %s)
              AND NOT EXISTS (SELECT 1 FROM integration_maintenance WHERE ended_at IS NULL)
              AND NOT %s
              AND (p.breaker_percent = 0 OR NOT %s)""",
        settings.running_environment(),
        now,
        home.IS_COPY,
        breaker_open(SQL("p.id")),
    )


def runs(cr, endpoint_id, now):
    """Tell whether the units of an endpoint are drained now."""
    cr.execute(SQL("SELECT EXISTS (SELECT 1 FROM (%s) p WHERE p.id = %s)", running_endpoints(now), endpoint_id))
    return cr.fetchone()[0]


def _busy(cr, units):
    cr.execute(
        SQL(
            """WITH mine AS (SELECT * FROM integration_slot WHERE (endpoint_id, direction, slot) IN %s),
                    free AS (SELECT * FROM integration_slot WHERE (endpoint_id, direction, slot) IN %s
                                FOR UPDATE SKIP LOCKED)
               SELECT endpoint_id, direction, slot FROM mine EXCEPT SELECT endpoint_id, direction, slot FROM free""",
            tuple(units),
            tuple(units),
        )
    )
    return {Unit(*row) for row in cr.fetchall()}
