# Part of Integration Hub. License LGPL-3.0 or later.
from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models

MORNING = 8  # o'clock, where the person is


class IntegrationFailureSnooze(models.TransientModel):
    """Leave failures off the board for a while."""

    _name = "integration.failure.snooze"
    _description = "Snooze Failures"

    failure_ids = fields.Many2many("integration.failure", required=True)
    choice = fields.Selection(
        [
            ("hour", "An hour"),
            ("four", "Four hours"),
            ("tomorrow", "Until tomorrow morning"),
            ("monday", "Until Monday morning"),
            ("other", "Until a date"),
        ],
        "For",
        default="four",
        required=True,
    )
    until = fields.Datetime(compute="_compute_until", store=True, precompute=True, readonly=False, required=True)

    @api.depends("choice")
    def _compute_until(self):
        now = fields.Datetime.now()
        for wizard in self:
            if wizard.choice == "hour":
                wizard.until = now + timedelta(hours=1)
            elif wizard.choice == "tomorrow":
                wizard.until = wizard._morning(now, 1)
            elif wizard.choice == "monday":
                wizard.until = wizard._morning(now, None)
            elif wizard.choice == "four" or not wizard.until:
                wizard.until = now + timedelta(hours=4)

    def _morning(self, now, days):
        """Return the morning in so many days, of the next Monday where they are not given, where the person is."""
        zone = pytz.timezone(self.env.user.tz or "UTC")
        today = pytz.utc.localize(now).astimezone(zone).date()
        day = today + timedelta(days=(7 - today.weekday()) if days is None else days)
        return zone.localize(datetime.combine(day, time(MORNING))).astimezone(pytz.utc).replace(tzinfo=None)

    def action_confirm(self):
        """Snooze them."""
        self.ensure_one()
        self.failure_ids._snooze(self.until)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
