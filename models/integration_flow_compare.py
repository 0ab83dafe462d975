# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..connectors.errors import HubError
from .windows import form_of


class IntegrationFlow(models.Model):
    """The net under the outbox: now and then both sides are compared, and what differs is sent again."""

    _inherit = "integration.flow"

    compare_every = fields.Integer(
        "Compare Both Sides Every",
        tracking=True,
        help="Minutes after which what the other system has is compared with what Odoo would send, and what differs is "
        "sent again: what was changed there, and what changed here without being heard of. 0: never.",
    )
    is_compared = fields.Boolean(compute="_compute_is_compared", compute_sudo=True)

    _compare_every_positive = models.Constraint(
        "CHECK (compare_every >= 0)", "Minutes between two comparisons are 0, for never, or more."
    )

    @api.depends("direction", "object_type", "system_id")
    def _compute_is_compared(self):
        for flow in self:
            flow.is_compared = flow._can_be_compared()

    def _can_be_compared(self):
        """Tell whether the other system can list what the flow writes there."""
        if self.direction != "outbound" or not self.system_id:
            return False
        try:
            return self.system_id._connector().object_type(self.object_type).compared
        except HubError:
            return False

    def action_switch_on(self):
        """What is there already is brought in step at once."""
        result = super().action_switch_on()
        for flow in self.filtered("is_compared"):
            flow.sudo()._compare()
        return result

    def action_switch_off(self):
        """What is being compared is not sent any more."""
        result = super().action_switch_off()
        self._comparisons().sudo()._end("cancelled", self.env._("The flow was switched off"))
        return result

    def action_compare_now(self):
        """Compare both sides at once, and show the job."""
        self.ensure_one()
        self.env["integration.sync.job"]._check_operator()
        if self.state != "on" or not self.is_compared:
            raise UserError(self.env._("%(flow)s is off, or the other side cannot be compared.", flow=self.name))
        job = self.sudo()._compare()
        return form_of(job._name, job.id)

    @api.model
    def _cron_compare(self):
        """Begin the comparisons that are due."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """SELECT f.id FROM integration_flow f
                    WHERE f.active AND f.state = 'on' AND f.direction = 'outbound' AND f.compare_every > 0
                      AND NOT EXISTS (SELECT 1 FROM integration_sync_job j
                                       WHERE j.flow_id = f.id AND j.kind = 'compare'
                                         AND (j.state IN ('draft', 'running', 'paused')
                                              OR j.started_at > %s - make_interval(mins => f.compare_every)))
                    ORDER BY f.id""",
                self._now(),
            )
        )
        for flow in self.browse(row[0] for row in self.env.cr.fetchall()):
            if flow.is_compared and not flow.endpoint_id._halt(fields.Datetime.now()):
                flow._compare()

    @api.model
    def _compare_stock(self, system):
        """Compare what flows say of stock to a system, from its first page on."""
        of_stock = [("system_id", "=", system.id), ("entity_id.code", "=", "stock_level"), ("state", "=", "on")]
        for flow in self.search(of_stock).filtered("is_compared"):
            flow._comparisons()._end("cancelled", self.env._("A later one compares it all"))
            flow._compare()

    def _compare(self):
        """Begin a comparison, unless one is under way; returns the job."""
        self.ensure_one()
        jobs = self._comparisons()
        if jobs:
            return jobs[:1]
        job = jobs.create(
            {"name": self.env._("%(flow)s: both sides", flow=self.name), "flow_id": self.id, "kind": "compare"}
        )
        job._start()
        return job

    def _comparisons(self):
        return self._jobs_under_way().filtered(lambda job: job.kind == "compare")
