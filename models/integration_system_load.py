# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import models


class IntegrationSystem(models.Model):
    """What exists on both sides is brought together before a system is used."""

    _inherit = "integration.system"

    def action_first_load(self):
        """Open the first load of this system, or begin one."""
        self.ensure_one()
        return self.env["integration.load"]._open(self)
