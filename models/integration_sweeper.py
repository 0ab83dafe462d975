# Part of Integration Hub. License LGPL-3.0 or later.
from datetime import timedelta

from odoo import SUPERUSER_ID, api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine import channels, heartbeat, home
from ..engine.database import Database
from ..engine.mark import raise_marks
from ..engine.protocol import MORE
from ..engine.stopping import WorkingHours
from ..engine.sweep import forgotten
from ..engine.turns import drains_wait_or_run
from ..engine.wake import call_cron, wake

BEAT = "integration:heartbeat:"  # and the database's name
WORK = ("_drain", "_take_pages")
JOBS = (*WORK, "_beat", "_send_notices")
IN_PLACE = 25.0  # seconds after which the cron begins no further drain, each of which may take 20 more
WATCHED = 45.0  # seconds that the cron watches the job queue for, then it is called again
FIRST = -(2**31)  # a heartbeat's priority: before all drains
KEPT = timedelta(minutes=10)  # how long jobs of ours stay that are over: what they did is in the log of messages
REMOVED_AT_ONCE = 2000


class IntegrationSweeper(models.AbstractModel):
    """Who comes by when nobody was called: the heartbeat, a job every ten seconds; and Odoo's cron, every minute.

    Both find what was forgotten. Where no heartbeat comes, nobody runs jobs, and the cron works the units off itself.
    Where the job queue has no place for a heartbeat besides a drain, the cron watches it instead.
    """

    _name = "integration.sweeper"
    _description = "Integration Sweeper"

    @api.model
    def _beat(self):
        """Job: say that jobs are run, and wake what was forgotten.

        Its mere coming makes queue_job's runner look for jobs whose worker died, which it otherwise does once a minute.
        The next beat is enqueued before anything else is done, so that the death of this worker does not end them.
        """
        db = Database(self.env.cr.dbname)
        self._come_by(db, heartbeat.RUNNER, heartbeat.EVERY)
        wake(db, forgotten(db))
        self._keep_house(db)

    @api.model
    def _cron_sweep(self):
        """Wake what was forgotten; where nobody runs jobs, work it off here, within most of the cron's minute."""
        db = Database(self.env.cr.dbname)
        silent = self._come_by(db, heartbeat.CRON)
        if silent:
            self._drain_in_place(db)
        else:
            wake(db, forgotten(db))
        self._keep_house(db, in_place=silent)
        if not silent and channels.configured().is_narrow:
            self._watch(db)

    @api.model
    def _keep_beating(self, seconds=0):
        """Enqueue a heartbeat unless one is waiting."""
        key = BEAT + self.env.cr.dbname
        delayed = self.with_delay(identity_key=key, eta=seconds or None, priority=FIRST, max_retries=0)
        delayed._beat()

    def _come_by(self, db, source, next_beat=0):
        """See to the next beat, note this one, and clear away; returns whether nobody runs jobs."""
        with db.read_committed() as cr:
            home.settle(cr)
            _forget_jobs_of_the_original(cr)
        with db.read_committed() as cr:
            self.with_env(api.Environment(cr, SUPERUSER_ID, {}))._keep_beating(next_beat)
        with db.read_committed() as cr:
            heartbeat.beat(cr, source)
            silent = heartbeat.is_silent(cr)
            self.with_env(api.Environment(cr, SUPERUSER_ID, {}))._remove_jobs(silent)
        return silent

    def _keep_house(self, db, in_place=False):
        """See to jobs, and to what people asked for. Comes last: no message waits because this fails."""
        raise_marks(db)
        self.env["integration.sync.job"]._see_to_jobs(db, in_place)
        self.env["integration.endpoint"]._see_to_pauses(db)
        self.env["integration.endpoint"]._see_to_backlogs(db)

    def _drain_in_place(self, db):
        """Drain what there is; the cron is called once more where the time is over before the work is.

        Of what comes meanwhile, whoever brings it calls the cron.
        """
        clock, drained = WorkingHours(db.clock), set()
        deadline = db.clock.monotonic() + IN_PLACE
        while units := [unit for unit in forgotten(db) if unit not in drained]:
            for unit in units:
                if clock.monotonic() >= deadline:
                    with db.read_committed() as cr:
                        call_cron(cr)
                    return
                if self.env["integration.handler"]._drain_unit(*unit) != MORE:
                    drained.add(unit)

    def _watch(self, db):
        """Have the job queue look for jobs whose worker died, every few seconds while drains wait or run.

        At its only place such a job lets no heartbeat through, and queue_job itself would find it within a minute.
        """
        clock = WorkingHours(db.clock)
        deadline = db.clock.monotonic() + WATCHED
        while self._drains_wait_or_run(db):
            with db.read_committed() as cr:
                if clock.monotonic() >= deadline:
                    heartbeat.leave(cr, heartbeat.WATCHER)
                    call_cron(cr)
                    return
                heartbeat.beat(cr, heartbeat.WATCHER)
                heartbeat.notify_runner(cr)
            db.clock.sleep(heartbeat.WATCH)

    def _drains_wait_or_run(self, db):
        """Tell whether there is something to watch over; where not, whoever wakes a drain from now on calls us."""
        with db.read_committed() as cr:
            if drains_wait_or_run(cr):
                return True
            heartbeat.leave(cr, heartbeat.WATCHER)
        with db.read_committed() as cr:
            return drains_wait_or_run(cr)

    def _remove_jobs(self, silent):
        """Delete our jobs that are over: queue_job keeps them for a month, and there may be one a message.

        Where nobody runs jobs, those that are overdue go as well: the cron has done their work, or does it next time.
        """
        jobs = self.env["queue.job"]
        lanes = self.env["integration.lane"].search([])  # pylint: disable=no-search-all  # one of each kind
        beats = self.env.ref("integration_hub.queue_channel_heartbeat")
        before = self.env.cr.now() - KEPT
        ours = Domain("channel", "in", (lanes.channel_id | beats).mapped("complete_name"))
        ours &= Domain("method_name", "in", JOBS)
        over = Domain("state", "=", "done") & Domain("date_done", "<", before)
        over |= Domain("state", "=", "cancelled") & Domain("date_cancelled", "<", before)
        if silent:
            overdue = Domain("state", "=", "pending") & Domain("eta", "<", before)
            over |= overdue & Domain("method_name", "in", WORK)
        jobs.search(ours & over, order="id", limit=REMOVED_AT_ONCE).unlink()


def _forget_jobs_of_the_original(cr):
    """In a copy of a database, delete our jobs that it was copied with; the sweep calls anew for what they were to do.

    queue_job's runner knows jobs by ids that are unique only in a database, and serves none where two of its databases
    have the same. A heartbeat always waits, so a copy always has one.
    """
    cr.execute(
        SQL(
            """DELETE FROM queue_job
                WHERE method_name IN %s AND state IN ('pending', 'enqueued', 'started')
                  AND EXISTS (SELECT 1 FROM queue_job
                               WHERE starts_with(identity_key, %s) AND identity_key <> %s
                                 AND state IN ('pending', 'enqueued'))""",
            JOBS,
            BEAT,
            BEAT + cr.dbname,
        )
    )
