# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine import times
from .integration_alert_rule import SEVERITIES

ADMINS, READERS = "integration_hub.group_admin", "integration_hub.group_user"


class IntegrationAlertEscalation(models.Model):
    """Who is told of an alert first, who when nobody sees to it, and how often again."""

    _name = "integration.alert.escalation"
    _description = "Alert Escalation"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    level_ids = fields.One2many("integration.alert.level", "escalation_id", copy=True)
    repeat_minutes = fields.Integer(
        "Tell Again Every (minutes)",
        default=0,
        help="As long as nobody sees to it, all who were told are told again. 0: once.",
    )

    _repeat_positive = models.Constraint(
        "CHECK (repeat_minutes >= 0)", "Tell again after some minutes, or 0 for never."
    )


class IntegrationAlertLevel(models.Model):
    """One step of an escalation: after how long, whom, through which channels."""

    _name = "integration.alert.level"
    _description = "Alert Escalation Level"
    _order = "after_minutes, id"

    def _selection_tz(self):
        return self.env["integration.alert.rule"]._selection_tz()

    escalation_id = fields.Many2one("integration.alert.escalation", required=True, ondelete="cascade", index=True)
    after_minutes = fields.Integer(
        "After (minutes)", default=0, help="Since it was first told, where nobody sees to it. 0: at once."
    )
    least_severity = fields.Selection(
        SEVERITIES, "For", default="info", required=True, help="Of what is less severe this level is not told."
    )
    who = fields.Selection(
        [
            ("responsible", "Who answers for it"),
            ("technical", "Technical owner of the system"),
            ("business", "Business owner of the system"),
            ("admins", "Integration administrators"),
            ("users", "These people"),
        ],
        "Tell",
        default="responsible",
        required=True,
    )
    user_ids = fields.Many2many("res.users", string="People", domain="[('share', '=', False)]")
    channel_ids = fields.Many2many(
        "integration.alert.channel",
        string="Through",
        required=True,
        default=lambda self: self.env["integration.alert.channel"]._activities(),
    )
    working_hours = fields.Boolean("In Working Hours Only", help="What begins at night is told in the morning.")
    hour_from = fields.Float("From", default=8.0)
    hour_to = fields.Float("To", default=18.0)
    tz = fields.Selection("_selection_tz", "Time Zone", required=True, default=lambda self: self.env.user.tz or "UTC")

    _minutes_positive = models.Constraint("CHECK (after_minutes >= 0)", "A level comes after 0 minutes or more.")
    _hours_within = models.Constraint(
        "CHECK (hour_from >= 0 AND hour_to <= 24 AND hour_from < hour_to)", "Working hours end after they begin."
    )

    @api.depends("who", "after_minutes")
    def _compute_display_name(self):
        labels = dict(self._fields["who"]._description_selection(self.env))
        for level in self:
            level.display_name = self.env._(
                "%(who)s, after %(count)s min", who=labels.get(level.who, ""), count=level.after_minutes
            )

    @api.constrains("who", "user_ids")
    def _check_people(self):
        for level in self:
            if level.who == "users" and not level.user_ids:
                raise ValidationError(self.env._("Choose the people who are told."))

    def _hears(self, alert):
        """Tell whether an alert is severe enough for this level."""
        ranks = [name for name, _label in SEVERITIES]
        return ranks.index(alert.severity) >= ranks.index(self.least_severity)

    def _is_open(self, moment):
        """Tell whether people of this level are told at a moment."""
        return not self.working_hours or times.is_working_time(moment, self.hour_from, self.hour_to, self.tz)

    def _people(self, alert):
        """Return who is told: those who may see the alert; where nobody is left, the administrators."""
        system = alert.system_id
        found = {
            "responsible": alert.responsible_id,
            "technical": system.technical_owner_id,
            "business": system.business_owner_id,
            "admins": self.env["res.users"],
            "users": self.user_ids,
        }[self.who]
        return found.filtered(alert._may_be_told) or alert._administrators()
