# Part of Integration Hub. License LGPL-3.0 or later.
"""Heartbeat: whether somebody runs our jobs, and whether Odoo's cron comes by.

Each of the two writes a row of its own and nobody else does. Ages are by the database's clock, so that nodes whose
clocks differ agree.
"""

import os
import platform

from odoo.tools import SQL

RUNNER, CRON = "runner", "cron"
EVERY = 10  # seconds between two beats of the job runner
SILENT_AFTER = 60  # seconds without one: nobody runs our jobs


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


def ages(cr):
    """Return how many seconds ago each source came by last; one that never did is not in it."""
    cr.execute("SELECT source, extract(epoch FROM clock_timestamp() - beat_at)::float FROM integration_heartbeat")
    return dict(cr.fetchall())


# Whether nobody runs our jobs, so that the cron has to work units off itself.
SILENT = SQL(
    """NOT EXISTS (SELECT 1 FROM integration_heartbeat
                    WHERE source = %s AND beat_at > clock_timestamp() - make_interval(secs => %s))""",
    RUNNER,
    SILENT_AFTER,
)


def is_silent(cr):
    """Tell whether nobody runs our jobs."""
    cr.execute(SQL("SELECT %s", SILENT))
    return cr.fetchone()[0]
