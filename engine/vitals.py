# Part of Integration Hub. License LGPL-3.0 or later.
"""Vitals: read the facts that `health.py` judges. A few look-ups by index, none of which walks the log."""

from odoo.addons.queue_job.jobrunner.runner import PG_ADVISORY_LOCK_ID
from odoo.tools import SQL, config

from . import channels, heartbeat, home
from .claim import runnable
from .database import uncompiled
from .health import Facts, Waiting
from .mark import mark_of
from .sweep import WAITING_UNITS, running_endpoints

OVERDUE = 30  # seconds a job may wait for a runner
ABANDONED = 180  # seconds: no drain keeps a batch as long; by another node's clock, so a minute more than enough


def look(cr, now):
    """Return the :class:`Facts` of now."""
    uncompiled(cr)
    ages = heartbeat.ages(cr)
    overdue, running = _jobs(cr)
    cr.execute(
        SQL(
            """SELECT count(*) FROM integration_claim c JOIN (%s) p ON p.id = c.endpoint_id
                WHERE cardinality(c.event_ids) > 0 AND c.claimed_at < %s - make_interval(secs => %s)""",
            running_endpoints(now),
            now,
            ABANDONED,
        )
    )
    (dead_claims,) = cr.fetchone()
    cr.execute(
        SQL("SELECT extract(epoch FROM %s - started_at) FROM integration_maintenance WHERE ended_at IS NULL", now)
    )
    on = cr.fetchone()
    return Facts(
        runner_age=ages.get(heartbeat.RUNNER),
        cron_age=ages.get(heartbeat.CRON),
        runner_connected=_runner_is_connected(cr),
        runner_loaded="queue_job" in config["server_wide_modules"],
        capacity=channels.configured(),
        workers=config["workers"],
        jobs_overdue=overdue,
        jobs_running=running,
        waiting=_waiting(cr, now),
        dead_claims=dead_claims,
        drain_mode=float(on[0]) if on else None,
        is_copy=home.is_copy(cr),
    )


def _runner_is_connected(cr):
    """Tell whether a session holds the advisory lock by which queue_job's runners elect one."""
    high, low = divmod(PG_ADVISORY_LOCK_ID, 2**32)
    cr.execute(
        SQL(
            """SELECT EXISTS (SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                               WHERE l.locktype = 'advisory' AND l.granted AND d.datname = current_database()
                                 AND l.classid = %s AND l.objid = %s AND l.objsubid = 1)""",
            high,
            low,
        )
    )
    return cr.fetchone()[0]


def _jobs(cr):
    """Return whether a job waits for a runner for too long, and how many run."""
    cr.execute(
        SQL(
            """SELECT EXISTS (SELECT 1 FROM queue_job
                               WHERE state = 'pending' AND greatest(date_created, eta)
                                     < now() AT TIME ZONE 'utc' - make_interval(secs => %s)),
                      (SELECT count(*) FROM queue_job WHERE state IN ('enqueued', 'started'))""",
            OVERDUE,
        )
    )
    return cr.fetchone()


def _waiting(cr, now):
    """Return a :class:`Waiting` for each unit with a message that could run, its oldest one's."""
    cr.execute(
        SQL(
            """WITH %s
               SELECT p.lane, extract(epoch FROM %s - coalesce(o.next_try_at, o.arrived_at))::float,
                      EXISTS (SELECT 1 FROM queue_job j
                               WHERE j.identity_key = 'wake:' || n.name AND j.state IN ('pending', 'enqueued'))
                   OR EXISTS (SELECT 1 FROM queue_job j
                               WHERE j.state = 'started'
                                 AND (j.identity_key = 'wake:' || n.name
                                      OR starts_with(j.identity_key, 'timer:' || n.name || ':')))
                   OR EXISTS (SELECT 1 FROM queue_job j
                               WHERE j.identity_key LIKE 'return:' || n.endpoint || ':%%'
                                 AND j.state IN ('pending', 'enqueued'))
                 FROM unit
                 JOIN (%s) p ON p.id = unit.endpoint_id
                CROSS JOIN LATERAL (SELECT concat_ws(':', unit.endpoint_id, unit.direction, unit.slot) AS name,
                                           concat_ws(':', unit.endpoint_id, unit.direction) AS endpoint) n
                CROSS JOIN LATERAL (SELECT e.arrived_at, e.next_try_at %s AND e.endpoint_id = unit.endpoint_id
                                       AND e.direction = unit.direction AND e.slot = unit.slot AND e.id > %s
                                     ORDER BY e.id LIMIT 1) o""",
            WAITING_UNITS,
            now,
            running_endpoints(now),
            runnable(now),
            mark_of(SQL("unit.endpoint_id"), SQL("unit.direction"), SQL("unit.slot")),
        )
    )
    return tuple(Waiting(*row) for row in cr.fetchall())
