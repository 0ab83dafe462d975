# Part of Integration Hub. License LGPL-3.0 or later.
from datetime import timedelta

from odoo import SUPERUSER_ID, api, models
from odoo.addons.queue_job.exception import RetryableJobError
from odoo.tools import SQL

from ..engine import maintenance, turns
from ..engine.backlog import room
from ..engine.database import CONNECTION_LOST, Database, server_time
from ..engine.pages import counted, pace
from ..engine.retry import RetryPolicy
from ..engine.steps import Halt
from .integration_endpoint_engine import COME_BACK
from .sync_run import SyncRun

KEY = "pages:sync.job"  # of its turns in the job queue: the middle is no endpoint's, see engine/turns.py

ROOM_AGAIN = timedelta(seconds=15)  # until there may be room for more messages


class IntegrationSyncJob(models.Model):
    """How a job runs: turn by turn on the job queue, in the bulk lane, each of its pages a transaction."""

    _inherit = "integration.sync.job"

    # --- turns ---

    def _take_pages(self):
        """Job: take pages for one turn; see ``sync_run.py``."""
        try:
            SyncRun(Database(self.env.cr.dbname), self.id).turn()
        except CONNECTION_LOST as error:
            raise RetryableJobError(f"The database was lost: {error}", seconds=COME_BACK, ignore_retry=True) from error

    def _enqueue(self, due=None):
        """Have its next turn run, when this transaction is committed, or when it is due; one at a time waits.

        A turn that is due later has a key of its own, or it would swallow one that is due now.
        """
        self.ensure_one()
        lane = self.env.ref("integration_hub.integration_lane_bulk")
        channel = lane.channel_id.complete_name
        first = turns.when_due(lane.priority) if due else turns.priority(self.env.cr, None, channel, lane.priority)
        self.with_delay(
            identity_key=f"{self._key()}:{due:%Y%m%d%H%M%S}" if due else self._key(),
            eta=due,
            max_retries=0,
            channel=channel,
            priority=first,
            description=self.name,
        )._take_pages()

    def _key(self):
        return f"{KEY}:{self.id}"

    @api.model
    def _see_to_jobs(self, db, in_place=False):
        """Have those go on that nobody takes a turn of; where nobody runs jobs, take one turn of each here."""
        with db.read_committed() as cr:
            db.go_by(server_time(cr))
            jobs = self.with_env(api.Environment(cr, SUPERUSER_ID, {}))._forgotten(db.now(), in_place)
            if not in_place:
                for job in jobs:
                    job._enqueue()
                return
        for job_id in jobs.ids:
            SyncRun(db, job_id).turn()

    @api.model
    def _forgotten(self, now, in_place=False):
        """Return the jobs that run, are due, and that nobody is to take a turn of; where *in_place*, of the queue."""
        self.env.cr.execute(
            SQL(
                """SELECT id FROM integration_sync_job s
                    WHERE state = 'running' AND (next_try_at IS NULL OR next_try_at <= %s)
                      AND (%s OR NOT EXISTS (
                           SELECT 1 FROM queue_job
                            WHERE state IN ('pending', 'enqueued', 'started')
                              AND starts_with(identity_key || ':', %s || ':' || s.id || ':')))
                    ORDER BY page_at NULLS FIRST, id""",
                now,
                in_place,
                KEY,
            )
        )
        return self.browse(row[0] for row in self.env.cr.fetchall())

    # --- why it waits ---

    def _halt(self, now):
        """Return the :class:`Halt` of a job that cannot go on now: derived, as that of messages."""
        if reason := maintenance.halted(self.env.cr) or self.env["integration.readiness"]._copied():
            return Halt(reason)
        for endpoint in self._called() | self._arrives_at():
            if halt := endpoint._halt(now):
                return halt
        for endpoint in self._arrives_at():
            if room(self.env.cr, endpoint.id, now) == 0:
                said = self.env._("As many messages of %(endpoint)s wait as may wait", endpoint=endpoint.name)
                return Halt(said, now + ROOM_AGAIN)
        return None

    def _called(self):
        """Return the endpoint that its source calls, if it calls any."""
        return self.system_id._endpoint("outbound") if self._calls() else self.env["integration.endpoint"]

    def _retry_policy(self):
        """Return how often and when it tries again: as the endpoint that it calls says, else as is usual."""
        called = self._called()
        return called._retry_policy() if called else RetryPolicy()

    def _arrives_at(self):
        """Return where messages of its flow arrive, if it brings any: by webhook, and from jobs; or those it awaits."""
        bulk = self.system_id._bulk_endpoint(make=False)
        if self._brings_messages():
            return self.flow_id.endpoint_id | bulk
        return bulk if self._awaits_messages() else bulk.browse()

    def _wait_until(self, due, reason):
        """Wait, and say why."""
        self.write({"next_try_at": due, "state_reason": reason})
        self._enqueue(due)

    def _fail(self, outcome):
        """Stop with the cause, until a person resumes it."""
        self.write(
            {
                "state": "failed",
                "state_reason": outcome.message,
                "next_try_at": False,
                "ended_at": self._now(),
                "error_code": outcome.code,
                "error_message": outcome.message,
                "error_hint": outcome.hint,
                "error_technical": outcome.technical,
            }
        )
        self._by_kind("_failed")

    # --- a page, in the transaction that takes it ---

    def _is_at(self, page_count):
        """Tell whether it runs, and so many pages were taken: then the page that was read is the next one.

        Whoever changes the job after this look makes the transaction fail at its end, so that no page is taken twice.
        """
        return bool(self.exists()) and self.state == "running" and self.page_count == page_count

    def _take_page(self, page, seconds=0.0):
        """Take a page and note where the source goes on; ends the job with its last page.

        :param seconds: how long it took so far to read it
        """
        counts = counted(getattr(self, f"_take_{self.kind}")(page.items) if page.items else {})
        self.write(
            {
                "cursor": page.cursor,
                "page_count": self.page_count + 1,
                "page_at": self._now(),
                "read_count": self.read_count + len(page.items),
                "rate": pace(self.rate, len(page.items), self._took(seconds)),
                "state_reason": False,
                **{f"{name}_count": self[f"{name}_count"] + number for name, number in counts.items()},
                **self._without_failures(),
            }
        )
        if page.last:
            self._end("done")
