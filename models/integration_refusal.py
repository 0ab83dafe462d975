# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.tools import SQL

from .loose_many2one import LooseMany2one

KEEP_DAYS = 30


class IntegrationRefusal(models.Model):
    """What a webhook endpoint refused: when, why, and the names of the headers. Never its content."""

    _name = "integration.refusal"
    _description = "Refused Delivery"
    _order = "id desc"
    _log_access = False

    endpoint_id = LooseMany2one("integration.endpoint", readonly=True, index=True)
    company_id = fields.Many2one(related="endpoint_id.company_id")
    refused_at = fields.Datetime(readonly=True)
    reason = fields.Char(readonly=True)
    message = fields.Char(readonly=True)
    header_names = fields.Char(readonly=True)
    count = fields.Integer("Times", readonly=True, help="Refusals of this kind since the one recorded before.")

    @api.autovacuum
    def _gc_refusals(self):
        before = fields.Datetime.subtract(fields.Datetime.now(), days=KEEP_DAYS)
        self.env.cr.execute(SQL("DELETE FROM integration_refusal WHERE refused_at < %s", before))
