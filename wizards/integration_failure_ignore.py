# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models


class IntegrationFailureIgnore(models.TransientModel):
    """Give up the messages of failures, and say why."""

    _name = "integration.failure.ignore"
    _description = "Ignore Failures"

    failure_ids = fields.Many2many("integration.failure", required=True)
    message_count = fields.Integer("Messages", compute="_compute_message_count")
    reason = fields.Char(required=True, help="Stays in the history of each, with your name.")

    @api.depends("failure_ids")
    def _compute_message_count(self):
        for wizard in self:
            wizard.message_count = sum(wizard.failure_ids.mapped("message_count"))

    def action_confirm(self):
        """Give them up, in the background."""
        self.ensure_one()
        repairs = self.failure_ids._ignore(self.reason)
        return repairs._shown() if repairs else {"type": "ir.actions.client", "tag": "soft_reload"}
