# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import fields, models


class IntegrationLane(models.Model):
    """Workload isolation: what is critical never waits behind what is bulk. A lane is a channel of the job queue."""

    _name = "integration.lane"
    _description = "Integration Priority"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Selection(
        [("critical", "Critical"), ("standard", "Standard"), ("bulk", "Bulk")], required=True, readonly=True
    )
    sequence = fields.Integer(default=10)
    description = fields.Char(translate=True, help="What belongs into this lane.")
    channel_id = fields.Many2one(
        "queue.job.channel",
        required=True,
        ondelete="restrict",
        help="Its capacity is set in section [queue_job] of the server's configuration.",
    )
    priority = fields.Integer(default=10, help="Of its jobs among those of the same channel; the lowest runs first.")
    endpoint_ids = fields.One2many("integration.endpoint", "lane_id", readonly=True)

    _code_unique = models.Constraint("UNIQUE (code)", "There is one lane of each kind.")
