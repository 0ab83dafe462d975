# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import fields, models


class IntegrationEndpointWebhook(models.Model):
    """One event that the other system delivers to an endpoint, as it was last told; or why it refuses to."""

    _name = "integration.endpoint.webhook"
    _description = "Registered Webhook"
    _order = "endpoint_id, topic, id"
    _rec_name = "topic"

    endpoint_id = fields.Many2one("integration.endpoint", required=True, ondelete="cascade", index=True, readonly=True)
    topic = fields.Char("Remote Event", required=True, readonly=True, help="What the other system calls it.")
    state = fields.Selection(
        [("registered", "Delivered"), ("refused", "Refused")], required=True, default="registered", readonly=True
    )
    message = fields.Char("Why", readonly=True)
    external_id = fields.Char("Remote Id", readonly=True, help="What the other system calls the webhook.")
    address = fields.Char(readonly=True, help="Where it delivers to.")
    registered_at = fields.Datetime("Since", readonly=True)

    _topic_unique = models.Constraint("UNIQUE (endpoint_id, topic)", "An endpoint is told of each event once.")
