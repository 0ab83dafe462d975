# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models

from ..models.integration_endpoint_limits import LIMITS


class IntegrationLimits(models.TransientModel):
    """Change the limits of endpoints, and say why."""

    _name = "integration.limits"
    _description = "Change Limits"

    endpoint_ids = fields.Many2many("integration.endpoint", string="Endpoints", required=True)
    what = fields.Selection(
        [("rate", "Calls in a period"), ("at_once", "Calls under way"), ("breaker", "When it does not answer")],
        "Change",
        default="rate",
        required=True,
        help="The other limits stay as they are.",
    )
    rate_calls = fields.Integer("Calls")
    rate_period = fields.Selection(lambda self: self._periods(), "Period", default="1", required=True)
    rate_burst = fields.Integer("Calls at a Time")
    calls_at_once = fields.Integer("Calls under Way")
    breaker_percent = fields.Integer("Failures That Stop It")
    breaker_calls = fields.Integer("Of at Least")
    breaker_window = fields.Integer("Within")
    breaker_pause = fields.Integer("First Pause")
    reason = fields.Char(required=True, help="Stays in the history of each endpoint, with your name.")

    @api.model
    def _periods(self):
        return self.env["integration.endpoint"]._fields["rate_period"]._description_selection(self.env)

    @api.model
    def default_get(self, fields_list):
        """Start from the limits of the first endpoint that is chosen."""
        values = super().default_get(fields_list)
        if self.env.context.get("active_model") == "integration.endpoint":
            endpoints = self.env["integration.endpoint"].browse(self.env.context.get("active_ids", ()))
            values["endpoint_ids"] = [fields.Command.set(endpoints.ids)]
            values |= {name: endpoints[:1][name] for name in LIMITS if name in fields_list}
        return values

    def action_change(self):
        """Put the limits into force: workers keep to them within a second."""
        self.ensure_one()
        names = [name for name in LIMITS if name.startswith({"at_once": "calls_"}.get(self.what, self.what))]
        self.endpoint_ids._change_limits({name: self[name] for name in names}, self.reason)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
