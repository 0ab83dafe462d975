# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.tools import SQL

from ..engine import metrics
from .integration_event import STATES
from .loose_many2one import LooseMany2one

# What tries come to, and what becomes of deliveries.
OUTCOMES = [
    *STATES,
    ("lost", "Worker died"),
    ("accepted", "Accepted"),
    ("duplicate", "Delivered again"),
    ("refused", "Refused"),
    ("beyond", "Beyond a limit"),
]


class IntegrationMetric(models.Model):
    """How many tries ended, how and how soon, in a minute, an hour or a day. Written by the sweeper, read by anybody.

    The table is the engine's, ``engine/schema.py``; rows of different periods count the same tries.
    """

    _name = "integration.metric"
    _description = "Metric"
    _auto = False
    _log_access = False
    _order = "begins_at desc, id desc"

    kind = fields.Selection([(metrics.TRY, "Tries"), (metrics.DELIVERY, "Deliveries")], "Of", readonly=True)
    period = fields.Selection(
        [("minute", "Minute"), ("hour", "Hour"), ("day", "Day"), (metrics.FOREVER, "Ever")], readonly=True
    )
    begins_at = fields.Datetime("Time", readonly=True, help="When the period began.")
    company_id = LooseMany2one("res.company", readonly=True)
    endpoint_id = LooseMany2one("integration.endpoint", readonly=True)
    flow_id = LooseMany2one("integration.flow", readonly=True)
    direction = fields.Selection([("inbound", "In"), ("outbound", "Out")], readonly=True)
    outcome = fields.Selection(OUTCOMES, readonly=True)
    count = fields.Integer(readonly=True)
    seconds = fields.Float("Seconds to the End", readonly=True, help="From their messages' arrival, of all together.")
    calls = fields.Integer(readonly=True, help="How many of the tries called the other system.")
    call_seconds = fields.Float("Seconds of Calls", readonly=True, help="Of all calls together.")
    latency_p50 = fields.Float("Half Within (s)", compute="_compute_percentiles", digits=(16, 3))
    latency_p95 = fields.Float("95 % Within (s)", compute="_compute_percentiles", digits=(16, 3))
    call_p95 = fields.Float("95 % of Calls Within (s)", compute="_compute_percentiles", digits=(16, 3))

    @api.depends("outcome", "begins_at")
    def _compute_display_name(self):
        outcomes = dict(self._fields["outcome"]._description_selection(self.env))
        for metric in self:
            metric.display_name = self.env._(
                "%(outcome)s, %(time)s", outcome=outcomes.get(metric.outcome, ""), time=metric.begins_at
            )

    @api.depends("count")
    def _compute_percentiles(self):
        self.env.cr.execute(
            SQL("SELECT id, latency, call_latency FROM integration_metric WHERE id = ANY(%s)", list(self.ids))
        )
        found = {metric_id: histograms for metric_id, *histograms in self.env.cr.fetchall()}
        for metric in self:
            latency, calls = found.get(metric.id, ((), ()))
            metric.latency_p50 = metrics.percentile(latency, 0.5)
            metric.latency_p95 = metrics.percentile(latency, 0.95)
            metric.call_p95 = metrics.percentile(calls, 0.95)
