# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models

from ..connectors import registry
from .connector_words import api_words, proof_words


class IntegrationSystem(models.Model):
    """How far the connector of a system can be trusted: its API's version, and what proved it."""

    _inherit = "integration.system"

    connector_api = fields.Char("API Version", compute="_compute_connector_proof")
    connector_proofs = fields.Text("Proved By", compute="_compute_connector_proof")
    is_preview = fields.Boolean(
        "Preview",
        compute="_compute_connector_proof",
        help="Nobody has proved this connector with the vendor itself: only our own imitation of it has.",
    )

    @api.depends("connector")
    @api.depends_context("lang")
    def _compute_connector_proof(self):
        for system in self:
            connector = registry.CONNECTORS.get(system.connector)
            system.connector_api = connector and api_words(self.env, connector)
            system.connector_proofs = connector and proof_words(self.env, connector)
            system.is_preview = bool(connector and connector.is_preview())
