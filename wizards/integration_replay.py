# Part of Integration Hub. License LGPL-3.0 or later.
from datetime import UTC

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..connectors import moments
from ..models.windows import form_of


class IntegrationReplay(models.TransientModel):
    """Mend a time: what failed in it is tried again, or what was missed since then is read from the other system."""

    _name = "integration.replay"
    _description = "Replay a Time"

    what = fields.Selection(
        [("failed", "What failed since"), ("missing", "What is missing since")],
        "Replay",
        default="failed",
        required=True,
        help="What failed is tried again. What never arrived is looked for: the other system is asked what changed "
        "since then, and what is not known here yet is taken.",
    )
    system_id = fields.Many2one("integration.system", required=True)
    flow_id = fields.Many2one(
        "integration.flow", domain="[('system_id', '=', system_id)]", help="Empty: all flows of the system."
    )
    since = fields.Datetime(required=True, default=lambda self: fields.Datetime.subtract(fields.Datetime.now(), days=1))
    until = fields.Datetime(help="Empty: now.")
    per_second = fields.Float(
        "At Most Per Second",
        default=10.0,
        help="So that what arrives now goes first. 0: as fast as they are done.",
    )
    keeps_versions = fields.Boolean("With the Original Mapping")
    count = fields.Integer("Failed Messages", compute="_compute_count")

    @api.depends("what", "system_id", "flow_id", "since", "until")
    def _compute_count(self):
        for wizard in self:
            asked = wizard.what == "failed" and wizard.system_id and wizard.since
            wizard.count = asked and self.env["integration.event"].search_count(wizard._failed())

    def _failed(self):
        """Return the domain of what failed in the time: what waits for a person has no end, so its arrival counts."""
        domain = Domain("endpoint_id", "in", self.system_id.with_context(active_test=False).endpoint_ids.ids)
        if self.flow_id:
            domain &= Domain("flow_id", "=", self.flow_id.id)
        found = Domain.FALSE
        for state, field in (("dead", "done_at"), ("held", "arrived_at")):
            within = Domain("state", "=", state) & Domain(field, ">=", self.since)
            found |= within & Domain(field, "<=", self.until) if self.until else within
        return domain & found

    def action_replay(self):
        """Begin it in the background, and show its progress."""
        self.ensure_one()
        self.env["integration.sync.job"]._check_operator()
        return self._retry_failed() if self.what == "failed" else self._look_for_missing()

    def _retry_failed(self):
        name = self.env._("%(what)s: failed since %(since)s", what=self._of_what(), since=self._local(self.since))
        repair = self.env["integration.repair"]._begin(
            "retry", self._failed(), name, per_second=max(0, self.per_second), keeps_versions=self.keeps_versions
        )
        return repair._shown()

    def _look_for_missing(self):
        flows = self.flow_id or self.system_id.flow_ids
        polled = flows.filtered(lambda flow: flow._is_polled())
        if not polled:
            raise UserError(
                self.env._(
                    "%(what)s cannot be asked what changed: the flow is off, goes out, or the other system offers no "
                    "list. Fetch single objects on the flow, or have the other system send them again.",
                    what=self._of_what(),
                )
            )
        if busy := polled.filtered(lambda flow: flow._polls()):
            raise UserError(
                self.env._(
                    "%(flows)s: changes are being looked for already. Begin again when that is over.",
                    flows=", ".join(busy.mapped("name")),
                )
            )
        since = moments.write(self.since.replace(tzinfo=UTC))
        jobs = self.env["integration.sync.job"].union(*(flow._poll(since) for flow in polled))
        if len(jobs) == 1:
            return form_of(jobs._name, jobs.id)
        action = self.env["ir.actions.act_window"]._for_xml_id("integration_hub.integration_sync_job_action")
        return dict(action, domain=[("id", "in", jobs.ids)], context={})

    def _of_what(self):
        return (self.flow_id or self.system_id).name

    def _local(self, moment):
        return fields.Datetime.context_timestamp(self, moment).strftime("%Y-%m-%d %H:%M")
