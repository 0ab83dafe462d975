# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models

from .integration_event import STATES
from .loose_many2one import LooseMany2one


class IntegrationEventAttempt(models.Model):
    """One try of a message, with how it ended."""

    _name = "integration.event.attempt"
    _description = "Try"
    _order = "id"
    _log_access = False

    event_id = LooseMany2one("integration.event", required=True, readonly=True, index=True)
    company_id = fields.Many2one(related="event_id.company_id")
    number = fields.Integer("Try", readonly=True)
    started_at = fields.Datetime("Started", readonly=True)
    ended_at = fields.Datetime("Ended", readonly=True)
    duration_ms = fields.Integer("Took (ms)", compute="_compute_duration_ms")
    outcome = fields.Selection([*STATES, ("started", "Under way"), ("lost", "Worker died")], readonly=True)
    status_code = fields.Integer("Answer", readonly=True)
    error_code = fields.Char("Cause", readonly=True)
    message = fields.Char("What Happened", readonly=True)
    hint = fields.Char("What To Do", readonly=True)
    technical = fields.Text("Technical Details", readonly=True, groups="integration_hub.group_operator")
    exchange = fields.Json(
        readonly=True,
        help="What was said and answered, masked. The lineage shows everybody all of it but the bodies.",
        groups="integration_hub.group_consultant,integration_hub.group_operator",
    )
    worker = fields.Char(readonly=True)

    @api.depends("event_id", "number")
    def _compute_display_name(self):
        for attempt in self:
            attempt.display_name = self.env._(
                "%(message)s, try %(number)s", message=attempt.event_id.display_name, number=attempt.number
            )

    @api.depends("started_at", "ended_at")
    def _compute_duration_ms(self):
        for attempt in self:
            whole = attempt.ended_at - attempt.started_at if attempt.ended_at and attempt.started_at else None
            attempt.duration_ms = int(whole.total_seconds() * 1000) if whole else 0
