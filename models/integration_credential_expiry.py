# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import fields, models


class IntegrationCredential(models.Model):
    """When the other system will no longer accept a secret, where somebody knows: it is told before."""

    _inherit = "integration.credential"

    expires_on = fields.Date(tracking=True, help="When the other system stops accepting it. Alerts tell of it before.")

    def write(self, vals):
        """A new secret does not end when the old one did."""
        if vals.get("secret") and "expires_on" not in vals:
            vals = {**vals, "expires_on": False}
        return super().write(vals)
