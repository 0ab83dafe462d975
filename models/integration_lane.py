# Part of Integration Hub. License LGPL-3.0 or later.
import logging

from odoo import api, fields, models
from odoo.tools import config

from ..engine import channels
from ..engine.health import PASS, capacity

_logger = logging.getLogger(__name__)


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
    priority = fields.Integer(
        default=10, help="The lane with the lowest number goes first; 10 is as urgent as other jobs of Odoo."
    )
    endpoint_ids = fields.One2many("integration.endpoint", "lane_id", readonly=True)
    backlog_limit = fields.Integer(
        "At Most Waiting",
        default=1_000_000,
        help="So many messages of all its endpoints may wait; when 80 % do, the owner of the endpoint with most of "
        "them is told. 0: no limit.",
    )
    capacity = fields.Integer("Jobs at Once", compute="_compute_capacity")
    advice = fields.Char(compute="_compute_capacity", help="What to change in the server's configuration.")

    _code_unique = models.Constraint("UNIQUE (code)", "There is one lane of each kind.")
    _priority_within = models.Constraint(
        "CHECK (priority BETWEEN -10 AND 30)", "The number of a lane that says when it goes lies between -10 and 30."
    )

    @api.depends("channel_id")
    def _compute_capacity(self):
        given = channels.configured()
        status, said = capacity(given, config["workers"])
        advice = said if given.root and status != PASS else ""
        for lane in self:
            lane.capacity = given.of_lane(lane.code)
            lane.advice = advice

    def _register_hook(self):
        """Say at the start where the server's channels do not suit its workers."""
        super()._register_hook()
        given = channels.configured()
        status, said = capacity(given, config["workers"])
        if given.root and status != PASS:
            _logger.warning("%s", said)
