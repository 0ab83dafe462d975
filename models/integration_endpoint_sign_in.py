# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models

from ..connectors.errors import HubError

CALLBACK = "/integration/oauth/callback"


class IntegrationEndpoint(models.Model):
    """An API that a person signs in to, in the browser."""

    _inherit = "integration.endpoint"

    signs_in = fields.Boolean(compute="_compute_signs_in")

    @api.depends("url", "direction", "system_id.settings", "system_id.connector")
    def _compute_signs_in(self):
        for endpoint in self:
            endpoint.signs_in = endpoint.direction == "outbound" and endpoint._signs_in()

    def _signs_in(self):
        try:
            connector, options = self._connector_and_settings()
            return connector.signs_in(options)
        except HubError:
            return False  # what is wrong with its settings is said where they are entered

    def action_sign_in(self):
        """Lead the browser to the other system's page, where a person allows the hub what it asks for."""
        self.ensure_one()
        return self.env["integration.sign.in"]._start(self)
