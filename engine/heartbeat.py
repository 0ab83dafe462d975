# Part of Integration Hub. License LGPL-3.0 or later.
"""Heartbeat: whether somebody runs our jobs, and whether Odoo's cron comes by.

Each writes a row of its own and nobody else does. Ages are by the database's clock, so that nodes whose
clocks differ agree.
"""

import os
import platform

from odoo.tools import SQL

RUNNER, CRON, WATCHER = "runner", "cron", "watcher"
EVERY = 10  # seconds between two beats of the job runner
SILENT_AFTER = 60  # seconds without one: nobody runs our jobs
WATCH = 5  # seconds between two looks of a cron that watches the runner


def beat(cr, source):
    """Note that *source* came by just now, and in which process."""
    cr.execute(
        SQL(
            """INSERT INTO integration_heartbeat VALUES (%s, %s, %s, clock_timestamp())
               ON CONFLICT (source) DO UPDATE
               SET node = EXCLUDED.node, pid = EXCLUDED.pid, beat_at = EXCLUDED.beat_at""",
            source,
            platform.node(),
            os.getpid(),
        )
    )


def leave(cr, source):
    """Note that *source* does not come by any more until it is called."""
    cr.execute(SQL("DELETE FROM integration_heartbeat WHERE source = %s", source))


def ages(cr):
    """Return how many seconds ago each source came by last; one that never did is not in it."""
    cr.execute("SELECT source, extract(epoch FROM clock_timestamp() - beat_at)::float FROM integration_heartbeat")
    return dict(cr.fetchall())


def _silent(source, seconds):
    return SQL(
        """NOT EXISTS (SELECT 1 FROM integration_heartbeat
                        WHERE source = %s AND beat_at > clock_timestamp() - make_interval(secs => %s))""",
        source,
        seconds,
    )


# Whether nobody runs our jobs, so that the cron has to work units off itself.
SILENT = _silent(RUNNER, SILENT_AFTER)
# The same, or no cron watches the runner.
SILENT_OR_UNWATCHED = SQL("(%s OR %s)", SILENT, _silent(WATCHER, 3 * WATCH))


def notify_runner(cr):
    """Have queue_job's runner look for jobs whose worker died, when *cr* is committed: it does before it reads news."""
    cr.execute("SELECT pg_notify('queue_job', '')")


def is_silent(cr):
    """Tell whether nobody runs our jobs."""
    cr.execute(SQL("SELECT %s", SILENT))
    return cr.fetchone()[0]
