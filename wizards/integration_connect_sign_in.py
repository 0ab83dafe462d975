# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models

from ..connectors import registry
from ..models.integration_endpoint_check import BAD


class IntegrationConnect(models.TransientModel):
    """Where a person signs in in the browser instead of entering a key: there and back, and what came of it."""

    _inherit = "integration.connect"

    signs_in = fields.Boolean(compute="_compute_signs_in")
    redirect_url = fields.Char("Redirect Address", compute="_compute_signs_in")

    @api.depends("connector", "field_ids.value")
    def _compute_signs_in(self):
        for wizard in self:
            wizard.signs_in = bool(wizard.connector) and wizard._signs_in()
            wizard.redirect_url = wizard.signs_in and self.env["integration.sign.in"]._callback_url()

    def _signs_in(self):
        """Tell whether a person signs in in the browser. Hook."""
        entered = {line.name: line.value for line in self.field_ids if not line.is_secret}
        return registry.CONNECTORS[self.connector].signs_in(entered)

    def action_sign_in(self):
        """Keep what was entered, and lead the browser to the other system's page."""
        self.ensure_one()
        self._save_system()
        self._go("connect")
        return self.system_id._endpoint("outbound").action_sign_in()

    @api.model
    def _after_sign_in(self, endpoint):
        """Return the address that the browser goes on to: a set-up's test, or what went wrong; else the endpoint."""
        if not endpoint.system_id.setup_step:
            return f"/odoo/integration-endpoints/{endpoint.id}"
        wizard = self._of_system(endpoint.system_id)
        if not endpoint.sign_in_problem:
            wizard._try()
            wizard._go("test")
        return f"/odoo/integration-setup/{wizard.id}"

    def _recall(self):
        """Say that the last sign-in did not succeed, or was not finished."""
        problem = self.system_id._endpoint("outbound").sign_in_problem
        if self.step == "connect" and problem:
            self.findings = [{"state": BAD, "text": problem, "hint": ""}]
        return super()._recall()
