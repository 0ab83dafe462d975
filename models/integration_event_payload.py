# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import fields, models

from .loose_many2one import LooseMany2one


class IntegrationEventPayload(models.Model):
    """What a message carried, apart from the log's rows: larger, more sensitive, and forgotten sooner."""

    _name = "integration.event.payload"
    _description = "Message Content"
    _log_access = False

    event_id = LooseMany2one("integration.event", required=True, readonly=True, index=True)
    company_id = fields.Many2one(related="event_id.company_id")
    headers = fields.Json(readonly=True)
    body = fields.Text(readonly=True)
