# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import fields, models


class IntegrationConnectFlow(models.TransientModel):
    """One flow on offer."""

    _name = "integration.connect.flow"
    _description = "Connector Flow"

    wizard_id = fields.Many2one("integration.connect", required=True, ondelete="cascade")
    key = fields.Char(readonly=True)
    name = fields.Char(readonly=True)
    help = fields.Char(readonly=True)
    available = fields.Boolean(readonly=True)
    app = fields.Char("Needs App", readonly=True)
    scopes = fields.Char("Needs Scopes", readonly=True)
    wanted = fields.Boolean("Switch On")
