# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import fields, models


class IntegrationIgnoreValue(models.TransientModel):
    """Says why nobody is to do anything about missing values."""

    _name = "integration.ignore.value"
    _description = "Ignore a Missing Value"

    missing_ids = fields.Many2many("integration.missing.value", required=True, readonly=True)
    reason = fields.Char(required=True)
    give_up = fields.Boolean(
        "Give Up What Waits", help="Its messages have no effect. Later ones of the same records go on."
    )

    def action_ignore(self):
        """Take them off the list, and give up what waits for them where that was asked for."""
        self.ensure_one()
        missing = self.missing_ids
        missing._check_may_decide()
        missing.sudo().write({"state": "ignored", "ignored_reason": self.reason})
        missing.sudo().activity_unlink(["integration_hub.mail_activity_missing_value"])
        waiting = [("missing_value_id", "in", missing.ids)]
        if not self.give_up or not self.env["integration.event"].search_count(waiting, limit=1):
            return {"type": "ir.actions.client", "tag": "soft_reload"}
        name = self.env._("Give up what waited for %(values)s", values=", ".join(missing.mapped("value")))
        return self.env["integration.repair"]._begin("ignore", waiting, name, reason=self.reason)._shown()
