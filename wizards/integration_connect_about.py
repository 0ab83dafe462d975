# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models

from ..connectors import registry
from ..connectors.errors import HubError
from ..engine import settings
from ..models.connector_words import api_words, proof_words


class IntegrationConnect(models.TransientModel):
    """The first step: what a connector does, what its key has to be allowed, how that is known, what is in the way."""

    _inherit = "integration.connect"

    about = fields.Html(compute="_compute_about", sanitize=False)

    @api.depends("connector")
    def _compute_about(self):
        for wizard in self:
            connector = registry.CONNECTORS.get(wizard.connector)
            values = connector and wizard._about_values(connector)
            wizard.about = values and self.env["ir.qweb"]._render("integration_hub.connect_about", values)

    def _about_values(self, connector):
        templates = self.env["integration.flow"]._templates(connector.name)
        return {
            "connector": connector,
            "flows": [(template, available, self._app_name(template)) for template, available in templates],
            "proofs": proof_words(self.env, connector).splitlines(),
            "preview": connector.is_preview(),
            "api": api_words(self.env, connector),
            "obstacles": self._obstacles(),
        }

    def _obstacles(self):
        """Return, in sentences, what of the server's configuration is in the way of any connection."""
        found = [f"{copied}."] if (copied := self.env["integration.readiness"]._copied()) else []
        try:
            if not self.env["integration.environment"]._running():
                found.append(self.env._("This server does not say which environment it is."))
            if not settings.master_keys():
                found.append(self.env._("It has no encryption key, without which no secret can be stored."))
        except HubError as error:
            found.append(self.env["integration.system"]._hub_error_text(error))
        return found

    def _app_name(self, template):
        """Return what people call the Odoo app that a flow needs."""
        module = self.env["ir.module.module"].sudo().search([("name", "=", template.app)], limit=1)
        return module.shortdesc or template.app
