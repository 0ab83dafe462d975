# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models


class IntegrationPause(models.TransientModel):
    """Pause endpoints, at once or when they have finished what waits, and say why and until when."""

    _name = "integration.pause"
    _description = "Pause Endpoints"

    endpoint_ids = fields.Many2many("integration.endpoint", string="Endpoints", required=True)
    what = fields.Selection(
        [("pause", "At once"), ("drain", "When what waits now is finished")], "Pause", default="pause", required=True
    )
    reason = fields.Char(required=True, help="Stays in the history of each endpoint, with your name.")
    until = fields.Datetime(help="Then they go on by themselves. Empty: when somebody resumes them.")
    waiting_count = fields.Integer("Waiting Messages", compute="_compute_waiting_count")

    @api.depends("endpoint_ids")
    def _compute_waiting_count(self):
        for wizard in self:
            wizard.waiting_count = sum(wizard.endpoint_ids.mapped("waiting_count"))

    @api.model
    def default_get(self, fields_list):
        """Start from the endpoints that are chosen."""
        values = super().default_get(fields_list)
        if self.env.context.get("active_model") == "integration.endpoint":
            values["endpoint_ids"] = [fields.Command.set(self.env.context.get("active_ids", ()))]
        return values

    def action_confirm(self):
        """Pause them."""
        self.ensure_one()
        if self.what == "drain":
            self.endpoint_ids.action_drain(self.reason, self.until)
        else:
            self.endpoint_ids.action_pause(self.reason, self.until)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
