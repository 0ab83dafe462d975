# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..engine import times


class IntegrationAlertSilence(models.Model):
    """A time in which nobody is told: once, such as while somebody works on it, or again each day or week.

    What begins meanwhile is recorded. When the time is over it is told if it still stands.
    """

    _name = "integration.alert.silence"
    _description = "Silence"
    _order = "id desc"
    _rec_name = "reason"

    def _selection_tz(self):
        return self.env["integration.alert.rule"]._selection_tz()

    reason = fields.Char(required=True, help="Why, for whoever wonders why nobody was told.")
    active = fields.Boolean(default=True)
    starts_at = fields.Datetime("From", required=True, default=fields.Datetime.now)
    ends_at = fields.Datetime("To", required=True, help="Where it recurs: the end of the first one.")
    repeat = fields.Selection(
        [("daily", "Each day"), ("weekly", "Each week")], "Again", help="At the same time of day. Empty: once."
    )
    repeat_until = fields.Date("Until", help="The last day on which it begins. Empty: until it is archived.")
    tz = fields.Selection("_selection_tz", "Time Zone", required=True, default=lambda self: self.env.user.tz or "UTC")
    rule_id = fields.Many2one("integration.alert.rule", ondelete="cascade", help="Empty: all rules.")
    system_id = fields.Many2one("integration.system", ondelete="cascade", help="Empty: all.")
    flow_id = fields.Many2one(
        "integration.flow",
        ondelete="cascade",
        domain="[('system_id', '=?', system_id)]",
        help="Empty: all.",
    )
    lane_id = fields.Many2one("integration.lane", "Priority", ondelete="cascade", help="Empty: all.")
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company, help="Empty: all companies.")
    subject = fields.Char(readonly=True, help="One thing that its rule is about. Empty: all.")
    subject_name = fields.Char("About", readonly=True)
    is_now = fields.Boolean("Now", compute="_compute_is_now")

    _ends_after = models.Constraint("CHECK (ends_at > starts_at)", "It has to end after it begins.")

    @api.depends("starts_at", "ends_at", "repeat", "repeat_until", "tz", "active")
    def _compute_is_now(self):
        now = fields.Datetime.now()
        for silence in self:
            silence.is_now = bool(silence.active and silence.starts_at and silence._is_open(now))

    def action_end(self):
        """End these now: what still stands is told within a minute."""
        if not self.env.su and not self.env.user.has_group("integration_hub.group_operator"):
            raise AccessError(self.env._("Only integration operators end silences. Ask one of them."))
        self.write({"active": False})

    def _is_open(self, moment):
        until = self.repeat_until or None
        return times.covers(moment, self.starts_at, self.ends_at, self.repeat, self.tz, until)

    @api.model
    def _open(self, moment):
        """Return those that are open at a moment."""
        return self.search([("starts_at", "<=", moment)]).filtered(lambda silence: silence._is_open(moment))

    def _covering(self, alert):
        """Return the first of these that an alert falls into, empty where none does."""
        return next((silence for silence in self if silence._covers(alert)), self.browse())

    def _covers(self, alert):
        scope = {
            self.rule_id: alert.rule_id,
            self.system_id: alert.system_id,
            self.flow_id: alert.flow_id,
            self.lane_id: alert.endpoint_id.lane_id,
            self.company_id: alert.company_id,
        }
        return all(not wanted or wanted == found for wanted, found in scope.items()) and (
            not self.subject or self.subject == alert.subject
        )
