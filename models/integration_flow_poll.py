# Part of Integration Hub. License LGPL-3.0 or later.
from datetime import UTC, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..connectors import moments
from ..connectors.errors import HubError
from .windows import form_of

OVERLAP = timedelta(minutes=10)  # read again: clocks differ, and a change may be listed a while after its time
UNDER_WAY = ("draft", "running", "paused")


class IntegrationFlow(models.Model):
    """The net under the webhooks: now and then a flow asks the other system what changed, and takes what it missed."""

    _inherit = "integration.flow"

    poll_every = fields.Integer(
        "Look for Missed Changes Every",
        default=15,
        tracking=True,
        help="Minutes after which it asks the other system what changed, and takes what no webhook told. Deletions are "
        "not seen by that. 0: never.",
    )
    polled_until = fields.Datetime(
        "Looked for Changes Until",
        copy=False,
        help="What changed since then is read the next time. Set it back to have older changes read again.",
    )

    _poll_every_positive = models.Constraint(
        "CHECK (poll_every >= 0)", "Minutes between two looks for changes are 0, for never, or more."
    )

    def action_switch_on(self):
        """Changes are looked for from now on; after a first load, from when that began to read."""
        result = super().action_switch_on()
        for flow in self.filtered(lambda flow: flow.direction == "inbound"):
            loaded = flow._loaded_at()
            since_load = loaded and (not flow.polled_until or flow.polled_until <= loaded)
            flow.polled_until = loaded if since_load else flow._now()
        return result

    def action_switch_off(self):
        """What is being looked for is not taken any more."""
        result = super().action_switch_off()
        self._polls().sudo()._end("cancelled", self.env._("The flow was switched off"))
        return result

    def action_poll_now(self):
        """Look for missed changes at once, and show the job."""
        self.ensure_one()
        self.env["integration.sync.job"]._check_operator()
        if not self._is_polled():
            raise UserError(
                self.env._(
                    "%(flow)s cannot look for changes: it is off, or the other system offers no list of them.",
                    flow=self.name,
                )
            )
        job = self._polls()[:1] or self._poll()
        return form_of(job._name, job.id)

    @api.model
    def _cron_poll(self):
        """Begin the polls that are due."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """SELECT f.id FROM integration_flow f
                    WHERE f.active AND f.state = 'on' AND f.direction = 'inbound' AND f.poll_every > 0
                      AND (f.polled_until IS NULL OR f.polled_until <= %(now)s - make_interval(mins => f.poll_every))
                      AND NOT EXISTS (SELECT 1 FROM integration_sync_job j
                                       WHERE j.flow_id = f.id AND j.kind = 'poll'
                                         AND (j.state IN %(under_way)s
                                              OR j.started_at > %(now)s - make_interval(mins => f.poll_every)))
                    ORDER BY f.polled_until NULLS FIRST, f.id""",
                now=self._now(),
                under_way=UNDER_WAY,
            )
        )
        for flow in self.browse(row[0] for row in self.env.cr.fetchall()):
            if flow.polled_until and flow._is_polled() and not flow._halted():
                flow._poll()
            elif not flow.polled_until:
                flow._polled(self._now())

    def _poll(self, since=None):
        """Begin a poll, in the place of one that stopped; returns the job.

        :param since: from when on, as ISO 8601; else from when the last one began
        """
        jobs = self.env["integration.sync.job"].sudo()
        stopped = jobs.search([("flow_id", "=", self.id), ("kind", "=", "poll"), ("state", "=", "failed")])
        stopped._end("cancelled", self.env._("A later one reads what it was to read"))
        job = jobs.create(
            {
                "name": self.env._("%(flow)s: changes", flow=self.name),
                "flow_id": self.id,
                "kind": "poll",
                "since": since or self._poll_since(),
            }
        )
        job._start()
        return job

    def _poll_since(self):
        """Return since when: before the last poll began, and before a load began that may have missed what changed."""
        begun = [job.started_at for job in self._jobs_under_way() if job.started_at]
        since = min([self.polled_until or self._now(), *begun]) - OVERLAP
        return moments.write(since.replace(tzinfo=UTC))

    def _loaded_at(self):
        """Return when the last first load of this flow began to read, and may still; nothing where there was none."""
        read = [("flow_id", "=", self.id), ("kind", "=", "read"), ("state", "in", ("running", "paused", "done"))]
        return self.env["integration.sync.job"].sudo().search(read, limit=1).started_at

    def _now(self):
        return self.env["integration.sync.job"]._now()

    def _polls(self):
        return self._jobs_under_way().filtered(lambda job: job.kind == "poll")

    def _jobs_under_way(self):
        return self.env["integration.sync.job"].sudo().search([("flow_id", "in", self.ids), ("state", "in", UNDER_WAY)])

    def _polled(self, until):
        """Note until when changes were looked for; past the ORM, for nothing that the flows' caches hold changes."""
        self.ensure_one()
        self.env.cr.execute(SQL("UPDATE integration_flow SET polled_until = %s WHERE id = %s", until, self.id))
        self.invalidate_recordset(["polled_until"])

    def _is_polled(self):
        """Tell whether the other system can list what changed of the flow's objects."""
        if self.direction != "inbound" or self.state != "on":
            return False
        try:
            return self.system_id._connector().object_type(self.object_type).listable
        except HubError:
            return False

    def _halted(self):
        """Tell whether nothing can be read for it now: its poll would only wait."""
        now = fields.Datetime.now()
        called = self.system_id._endpoint("outbound")
        return not called or bool(called._halt(now) or self.endpoint_id._halt(now))
