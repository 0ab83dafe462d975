# Part of Integration Hub. License LGPL-3.0 or later.
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..connectors import moments
from ..engine.pages import percent, seconds_left

UNFINISHED = ("draft", "running", "paused", "failed")


class IntegrationSyncJob(models.Model):
    """One run of a batch flow: where it is in its source, what it took so far, and why it waits or ended.

    A kind of job is a value of ``kind`` and two hooks: ``_pages_<kind>`` reads, ``_take_<kind>`` takes what was read.
    """

    _name = "integration.sync.job"
    _description = "Sync Job"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True)
    flow_id = fields.Many2one("integration.flow", readonly=True, ondelete="cascade", index=True, check_company=True)
    system_id = fields.Many2one(related="flow_id.system_id", store=True, index=True)
    company_id = fields.Many2one(
        "res.company", compute="_compute_company_id", store=True, precompute=True, readonly=False, index=True
    )
    object_type = fields.Char(related="flow_id.object_type")
    kind = fields.Selection(
        [("poll", "Changes since the last time")],
        required=True,
        readonly=True,
        help="What it reads, and what becomes of it.",
    )
    state = fields.Selection(
        [
            ("draft", "Not Started"),
            ("running", "Running"),
            ("paused", "Paused"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
            ("failed", "Stopped"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
    )
    state_reason = fields.Char("Why", readonly=True, copy=False)
    since = fields.Char(readonly=True, help="In the form of ISO 8601. Empty: all there is.")
    since_at = fields.Datetime("Changed Since", compute="_compute_since_at")
    cursor = fields.Json(readonly=True, copy=False, help="Where its source goes on after what was taken.")
    page_count = fields.Integer("Pages", readonly=True, copy=False)
    expected = fields.Integer(readonly=True, help="How many the source says there are. 0: it does not say.")
    read_count = fields.Integer("Read", readonly=True, copy=False)
    done_count = fields.Integer("Taken", readonly=True, copy=False)
    skipped_count = fields.Integer("Skipped", readonly=True, copy=False, help="There was nothing to do with them.")
    failed_count = fields.Integer("Failed", readonly=True, copy=False)
    retryable_count = fields.Integer("Can Be Retried", compute="_compute_retryable_count")
    rate = fields.Float("Per Second", readonly=True, copy=False, digits=(12, 1))
    progress = fields.Float(compute="_compute_progress")
    remaining = fields.Char("Time Left", compute="_compute_progress")
    eta = fields.Datetime("Ends About", compute="_compute_progress")
    started_at = fields.Datetime("Started", readonly=True, copy=False)
    page_at = fields.Datetime("Last Page", readonly=True, copy=False)
    ended_at = fields.Datetime("Ended", readonly=True, copy=False)
    next_try_at = fields.Datetime("Next Try", readonly=True, copy=False)
    try_count = fields.Integer("Failures in a Row", readonly=True, copy=False)
    failing_since = fields.Datetime(readonly=True, copy=False)
    error_code = fields.Char("Cause", readonly=True, copy=False)
    error_message = fields.Char("What Happened", readonly=True, copy=False)
    error_hint = fields.Char("What To Do", readonly=True, copy=False)
    error_technical = fields.Text("Details", readonly=True, copy=False, groups="integration_hub.group_operator")

    _has_flow = models.Constraint("CHECK (flow_id IS NOT NULL OR kind = 'repair')", "A job is one of a flow.")
    # What the sweeper looks for every few seconds; few jobs run at a time.
    _running_idx = models.Index("(id) WHERE state = 'running'")

    @api.depends("flow_id.company_id")
    def _compute_company_id(self):
        for job in self:
            job.company_id = job.flow_id.company_id or job.company_id

    # --- what is shown ---

    @api.depends("state", "expected", "read_count", "rate", "page_at")
    def _compute_progress(self):
        for job in self:
            job.progress = percent(job.expected, job.read_count, job.state == "done")
            running = job.state == "running" and not job.next_try_at
            left = seconds_left(job.expected, job.read_count, job.rate) if running else None
            job.eta = left is not None and (job.page_at or fields.Datetime.now()) + timedelta(seconds=left)
            job.remaining = left is not None and job._duration(left)

    @api.depends("since")
    def _compute_since_at(self):
        for job in self:
            job.since_at = bool(job.since) and moments.parse(job.since).replace(tzinfo=None)

    def _compute_retryable_count(self):
        for job in self:
            job.retryable_count = job.sudo()._by_kind("_count_failed") or 0

    def _duration(self, seconds):
        """Return a time left in words, as exact as anybody can tell."""
        if seconds < 60:
            return self.env._("%(count)s s left", count=max(1, round(seconds)))
        if seconds < 5400:
            return self.env._("%(count)s min left", count=round(seconds / 60))
        return self.env._("%(count)s h left", count=round(seconds / 3600))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_running(self):
        if self.filtered(lambda job: job.state in ("running", "paused")):
            raise UserError(self.env._("A job that is under way cannot be deleted. Cancel it first."))

    # --- a person's actions ---

    def action_pause(self):
        """Stop after the page that is being taken; Resume goes on behind it."""
        self._check_operator()
        self._only("running").write(
            {
                "state": "paused",
                "state_reason": self.env._("Paused by %(user)s", user=self.env.user.name),
                "next_try_at": False,
            }
        )

    def action_resume(self):
        """Go on where it stopped; what had failed is tried again."""
        self._check_operator()
        self._only("paused", "failed", "running")._go_on()

    def action_cancel(self):
        """End it; what it took stays."""
        self._check_operator()
        self._only(*UNFINISHED)._end("cancelled", self.env._("Cancelled by %(user)s", user=self.env.user.name))

    def action_retry_failed(self):
        """Try again what failed of what it took, each singly."""
        self._check_operator()
        for job in self:
            if not job.sudo()._by_kind("_retry_failed"):
                raise UserError(self.env._("Nothing of this job has failed."))

    def _only(self, *states):
        """Return these jobs, to be written to, where one can do that with them."""
        jobs = self.sudo().filtered(lambda job: job.state in states)
        if not jobs:
            raise UserError(self.env._("That is not possible any more: the job is over, or was never begun."))
        return jobs

    def _check_operator(self):
        if not self.env.su and not self.env.user.has_group("integration_hub.group_operator"):
            raise AccessError(self.env._("Only integration operators pause, resume or cancel jobs. Ask one of them."))
        self.check_access("read")

    # --- its life ---

    def _start(self):
        """Begin, once this transaction is committed."""
        self.write({"started_at": self._now()})
        self._go_on()

    def _go_on(self):
        """Run, with nothing that failed before held against it."""
        self.write({"state": "running", "state_reason": False, "ended_at": False} | self._without_failures())
        for job in self:
            job._enqueue()

    @api.model
    def _without_failures(self):
        """Return the values of a job with which nothing is wrong."""
        return dict.fromkeys(
            (
                "next_try_at", "try_count", "failing_since", "error_code", "error_message", "error_hint",
                "error_technical",
            ),
            False,
        )  # fmt: skip

    def _end(self, state, reason=False):
        """Note that these are over, and how."""
        self.write({"state": state, "state_reason": reason, "next_try_at": False, "ended_at": self._now()})
        for job in self:
            job._by_kind("_ended")

    def _now(self):
        """Return the time by the database server's clock, which is the same for all workers."""
        return self.env.cr.now().replace(microsecond=0)

    # --- hooks of a kind ---

    def _by_kind(self, hook, *given):
        """Call what a kind says of a hook that it need not have; ``None`` where it says nothing."""
        own = getattr(self, f"{hook}_{self.kind}", None)
        return own(*given) if own else None

    def _calls(self):
        """Tell whether its source is the other system, through the API endpoint. Hook."""
        return True

    def _brings_messages(self):
        """Tell whether what it takes become messages of its flow: it then waits where too many wait. Hook."""
        return self.kind == "poll"

    def _awaits_messages(self):
        """Tell whether it waits for messages that another job brought: it then says what they wait for. Hook."""
        return False

    def _took(self, seconds):
        """Return how long a page took that was read in so many seconds. Hook: for what is waited for elsewhere."""
        return seconds

    def _use(self):
        """Return whom it leaves part of the endpoint's quota to, see ``models/guards.py``. Hook."""
        return "poll" if self.kind == "poll" else "bulk"
