# Part of Integration Hub. License LGPL-3.0 or later.
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..connectors.errors import HubError
from .completeness_check import day_of
from .integration_flow_poll import UNDER_WAY

LONGEST = 92  # days that are checked at once
AGAIN = 7  # days that those with open differences are looked at again
NIGHT = 2  # o'clock: yesterday is over, and who was late has come


class IntegrationFlow(models.Model):
    """Each night a flow counts what both sides have of yesterday, and of the days before that were not complete."""

    _inherit = "integration.flow"

    is_counted = fields.Boolean(compute="_compute_is_counted", compute_sudo=True)

    @api.depends("direction", "object_type", "system_id")
    def _compute_is_counted(self):
        for flow in self:
            flow.is_counted = flow._can_be_counted()

    def _can_be_counted(self):
        """Tell whether both sides can say what they have of a day. Hook."""
        if not self.system_id or self.model_name not in self.env or self.trigger == "ask":
            return False
        try:
            kind = self.system_id._connector().object_type(self.object_type)
        except HubError:
            return False
        if self.direction == "outbound":
            return not kind.compared  # a state without a day: it is compared as a whole
        return kind.listable and kind.fetchable and bool(kind.dated_by)

    def action_check_completeness(self):
        """Count yesterday on both sides, and show it."""
        self.ensure_one()
        self.env["integration.sync.job"]._check_operator()
        if self.state != "on" or not self.is_counted:
            raise UserError(
                self.env._("%(flow)s is off, or the other system cannot say what it has of a day.", flow=self.name)
            )
        yesterday = self.sudo()._today() - timedelta(days=1)
        self.sudo()._check_days([yesterday], self.env.user)
        action = self.env["ir.actions.act_window"]._for_xml_id("integration_hub.integration_completeness_action")
        return dict(action, domain=[("flow_id", "=", self.id)], context={})

    def _today(self):
        return self.system_id._today()

    def _check_days(self, days, user):
        """Begin to count these days; returns the job, empty where another one counts all of them."""
        self.ensure_one()
        jobs, known = self.env["integration.sync.job"], self.env["integration.completeness"]
        days = sorted({day for day in days if day <= self._today()})
        if days and (days[-1] - days[0]).days >= LONGEST:
            raise UserError(self.env._("Choose %(days)s days or fewer: they are read at once.", days=LONGEST))
        there = known.search([("flow_id", "=", self.id), ("day", "in", days)])
        busy = there.filtered(lambda one: one.state == "running" and one.job_id.state in UNDER_WAY).mapped("day")
        there = there.filtered(lambda one: one.day not in busy)
        new = [{"flow_id": self.id, "day": day} for day in days if day not in busy and day not in there.mapped("day")]
        there |= known.create(new)
        if not there:
            return jobs
        job = jobs.create(
            {"name": self.env._("%(flow)s: completeness", flow=self.name), "flow_id": self.id, "kind": "completeness"}
        )
        there._begin(job, user)
        job._start()
        return job

    def _repair_days(self, number):
        """Have a job repair what was asked for, so many lines: the one that is under way, or a new one; returns it."""
        self.ensure_one()
        twice = 2 * number  # each is sent, then looked at again
        job = self._jobs_under_way().filtered(lambda job: job.kind == "mend")[:1]
        if job:
            job.expected += twice
            return job
        name = self.env._("%(flow)s: repair", flow=self.name)
        values = {"name": name, "flow_id": self.id, "kind": "mend", "expected": twice}
        job = self.env["integration.sync.job"].sudo().create(values)
        job._start()
        return job

    @api.model
    def _cron_completeness(self):
        """Begin to count what is due: a flow's yesterday, once it is over there, and with it days that are open."""
        for flow in self.search([("state", "=", "on")]).filtered("is_counted"):
            now = self._now()
            yesterday = day_of(now - timedelta(hours=NIGHT), flow.system_id._zone()) - timedelta(days=1)
            recent = self.env["integration.completeness"].search(
                [("flow_id", "=", flow.id), ("day", ">=", yesterday - timedelta(days=AGAIN))]
            )
            if yesterday not in recent.mapped("day"):
                open_days = recent.filtered(lambda one: one.state in ("incomplete", "unchecked")).mapped("day")
                flow._check_days([yesterday, *open_days], self.env.user)
        self.env["integration.completeness.certificate"]._prepare()
        self.env["integration.completeness"]._let_accountants_read()
