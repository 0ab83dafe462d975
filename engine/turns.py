# Part of Integration Hub. License LGPL-3.0 or later.
"""Turns: who waits for the place that a drain holds, where its job goes on, and who comes next (docs/adr/0025).

Endpoints of a lane take turns by *start-time fair queueing*: a job's priority is its lane's band, and in there a tag,
one higher than that of its endpoint's job before it, but not below the smallest that waits in the lane. So one with 64
jobs that wait and one with a single job alternate. Tags begin anew when nobody waits.
"""

from odoo.tools import SQL

from . import channels
from .claim import runnable
from .mark import mark_of
from .slots import SLOTS

BAND = 100_000_000  # tags of a lane; they rise only while somebody waits
USUAL = 10  # queue_job's priority where nobody says one

WAITING = SQL("state IN ('pending', 'enqueued')")  # as the index has it
_DUE = SQL("(eta IS NULL OR eta <= clock_timestamp() AT TIME ZONE 'utc')")
# Found by their state, which few have, and not by the channel, where all lie that are done.
_STARTED = SQL("(SELECT channel FROM queue_job WHERE state = 'started' OFFSET 0) started")


def others_wait(cr, unit):
    """Tell whether another job waits for the place of this unit's drain.

    Those of other endpoints in its lane do, those of better lanes, and where drains have every place of the job queue,
    those of all other modules.
    """
    cr.execute(
        SQL(
            """WITH lane AS (
                   SELECT c.complete_name AS channel, l.priority <= mine.priority AS is_before
                     FROM integration_endpoint p
                     JOIN integration_lane mine ON mine.id = p.lane_id
                    CROSS JOIN integration_lane l JOIN queue_job_channel c ON c.id = l.channel_id
                    WHERE p.id = %(endpoint)s)
               SELECT EXISTS (SELECT 1 FROM lane CROSS JOIN LATERAL (
                                  SELECT 1 FROM queue_job j
                                   WHERE %(waiting)s AND j.channel = lane.channel AND %(due)s
                                     AND split_part(identity_key, ':', 2) IS DISTINCT FROM %(endpoint)s::text
                                   ORDER BY priority LIMIT 1) job
                               WHERE is_before)
                   OR CASE WHEN (SELECT count(*) FROM %(started)s JOIN lane USING (channel)) >= %(root)s
                           THEN EXISTS (SELECT 1 FROM (SELECT channel, eta FROM queue_job WHERE %(waiting)s OFFSET 0) j
                                         WHERE %(due)s AND (channel = ANY(ARRAY(SELECT channel FROM lane))) IS NOT TRUE)
                           ELSE FALSE END""",
            endpoint=unit.endpoint_id,
            waiting=WAITING,
            due=_DUE,
            started=_STARTED,
            root=channels.configured().root or 1,
        )
    )
    return cr.fetchone()[0]


def drains_wait_or_run(cr):
    """Tell whether a drain that is due waits for a place, or has one."""
    cr.execute(
        SQL(
            """WITH lane AS (SELECT c.complete_name AS channel
                               FROM integration_lane l JOIN queue_job_channel c ON c.id = l.channel_id)
               SELECT EXISTS (SELECT 1 FROM lane CROSS JOIN LATERAL (
                                  SELECT 1 FROM queue_job j WHERE %s AND j.channel = lane.channel AND %s
                                   ORDER BY priority LIMIT 1) job)
                   OR EXISTS (SELECT 1 FROM %s JOIN lane USING (channel))""",
            WAITING,
            _DUE,
            _STARTED,
        )
    )
    return cr.fetchone()[0]


def next_unit(db, unit):
    """Return the next unit of the same endpoint and direction that has work and that nobody drains, or ``None``.

    The job that waits for it is cancelled. Should nobody go there after all, the sweeper finds the unit.
    """
    with db.read_committed() as cr:
        cr.execute(
            SQL(
                """SELECT n.slot FROM generate_series(1, %(slots)s - 1) AS step
                    CROSS JOIN LATERAL (SELECT (%(slot)s + step) %% %(slots)s AS slot) n
                    CROSS JOIN LATERAL (SELECT e.id %(runnable)s AND e.endpoint_id = %(endpoint)s
                                           AND e.direction = %(direction)s AND e.slot = n.slot
                                           AND e.id > %(mark)s
                                         ORDER BY e.id LIMIT 1) oldest
                    WHERE NOT EXISTS (SELECT 1 FROM integration_slot s WHERE %(here)s)
                       OR EXISTS (SELECT 1 FROM integration_slot s WHERE %(here)s FOR UPDATE SKIP LOCKED)
                    ORDER BY step LIMIT 1""",
                slots=SLOTS,
                slot=unit.slot,
                endpoint=unit.endpoint_id,
                direction=unit.direction,
                runnable=runnable(db.now()),
                mark=mark_of(unit.endpoint_id, unit.direction, SQL("n.slot")),
                here=SQL(
                    "s.endpoint_id = %s AND s.direction = %s AND s.slot = n.slot", unit.endpoint_id, unit.direction
                ),
            )
        )
        row = cr.fetchone()
        if not row:
            return None
        following = unit._replace(slot=row[0])
        _cancel(cr, following)
        return following


def _cancel(cr, unit):
    """Cancel the unit's wake-up, unless the runner has it in hand: then it comes, and finds the unit taken."""
    cr.execute(
        SQL(
            """UPDATE queue_job SET state = 'cancelled', date_cancelled = now() AT TIME ZONE 'utc'
                WHERE id IN (SELECT id FROM queue_job WHERE identity_key = %s AND state = 'pending'
                                FOR NO KEY UPDATE SKIP LOCKED)""",
            f"wake:{unit}",
        )
    )


def start_tag(smallest, own):
    """Return the tag of an endpoint's next job.

    :param smallest: of all jobs that wait in the lane; ``None`` where none does
    :param own: the highest of the endpoint's own
    """
    return max(smallest or 0, -1 if own is None else own + 1)


def first(lane_priority):
    """Return the first priority of a lane's band, which is queue_job's usual one for a lane of priority 10."""
    return USUAL + (lane_priority - USUAL) * BAND


def priority(cr, endpoint_id, channel, lane_priority):
    """Return the priority of an endpoint's next drain, so that endpoints of the lane take turns.

    :param endpoint_id: ``None``: of work that is no endpoint's, and waits with one job at a time
    """
    begin = first(lane_priority)
    end = begin + BAND - 2  # the one before the next lane's begin is that lane's timers'
    cr.execute(
        SQL(
            """SELECT (SELECT min(priority) FROM queue_job
                        WHERE %(waiting)s AND channel = %(channel)s AND priority BETWEEN %(begin)s AND %(end)s),
                      (SELECT max(priority) FROM queue_job
                        WHERE %(waiting)s AND identity_key LIKE %(own)s AND priority BETWEEN %(begin)s AND %(end)s)""",
            waiting=WAITING,
            channel=channel,
            begin=begin,
            end=end,
            own=f"wake:{endpoint_id}:%",
        )
    )
    smallest, own = (None if found is None else found - begin for found in cr.fetchone())
    return min(begin + start_tag(smallest, own), end)


def when_due(lane_priority):
    """Return the priority of a timer's job: it has waited, and comes first in its lane."""
    return first(lane_priority) - 1
