# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import fields, models


class IntegrationSystem(models.Model):
    """Who decides about what is exchanged with a system."""

    _inherit = "integration.system"

    ownership_ids = fields.One2many("integration.ownership", "system_id", "Who Decides")

    def action_view_ownership(self):
        """Open who decides about fields and steps of the records that are linked with this system."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("integration_hub.integration_ownership_action")
        return dict(action, domain=[("system_id", "=", self.id)], context={"default_system_id": self.id})
