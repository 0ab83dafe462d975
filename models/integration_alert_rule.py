# Part of Integration Hub. License LGPL-3.0 or later.
import logging
from zoneinfo import available_timezones

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..engine.database import CONNECTION_LOST, LOST_RACE, Database
from .in_words import in_words

_logger = logging.getLogger(__name__)

SEVERITIES = [("info", "Notice"), ("warning", "Warning"), ("critical", "Critical")]
CRITICALITY = ("low", "medium", "high", "critical")
KINDS = [
    ("error_rate", "Share of messages that fail"),
    ("throughput_low", "Fewer messages than usual are wanted"),
    ("throughput_high", "More messages than wanted"),
    ("latency", "Messages take long"),
    ("backlog_depth", "Many messages wait"),
    ("backlog_age", "A message waits at an endpoint"),
    ("new_cause", "A new cause of failures"),
    ("cause_size", "A cause of failures grows"),
    ("late", "A message waits longer than its flow promises"),
    ("held", "Messages wait for a person"),
    ("not_done", "Messages are not done within a time"),
    ("not_synced", "Records are not synced by a time of day"),
    ("endpoint_stopped", "An endpoint is stopped"),
    ("breaker_open", "A system does not answer"),
    ("heartbeat", "Nobody runs jobs"),
    ("credential_expiry", "A credential expires"),
    ("webhook_silent", "Webhooks are silent"),
    ("job_failed", "A sync job has stopped"),
]


class IntegrationAlertRule(models.Model):
    """What is watched, and who is told. Looked at every minute, each rule by itself.

    A kind of rule is a value of ``kind`` and a hook ``_find_<kind>``, which returns :class:`Finding` s.
    """

    _name = "integration.alert.rule"
    _description = "Alert Rule"
    _inherit = ["mail.thread"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(KINDS, "Watches", required=True, default="error_rate", tracking=True)
    severity = fields.Selection(
        SEVERITIES,
        required=True,
        default="warning",
        tracking=True,
        help="One step higher where the system is business critical.",
    )
    # what it is about
    company_id = fields.Many2one("res.company", help="Empty: all companies.", tracking=True)
    system_id = fields.Many2one("integration.system", tracking=True, help="Empty: all systems.", ondelete="cascade")
    flow_id = fields.Many2one(
        "integration.flow",
        ondelete="cascade",
        domain="[('system_id', '=?', system_id)]",
        tracking=True,
        help="Empty: all flows.",
    )
    lane_id = fields.Many2one("integration.lane", "Priority", tracking=True, help="Empty: all priorities.")
    criticality = fields.Selection(
        [("low", "Any"), ("medium", "Medium or more"), ("high", "High or more"), ("critical", "Business critical")],
        "Systems",
        default="low",
        required=True,
        tracking=True,
    )
    # how much is too much
    limit = fields.Float(tracking=True, help="In percent, messages, seconds, or of the company's currency.")
    limit_amount = fields.Float("Or an Amount Of", tracking=True, help="0: only the number counts.")
    minutes = fields.Integer(default=15, tracking=True, help="The time that is looked at, or the time allowed.")
    least = fields.Integer("At Least", default=20, tracking=True, help="With fewer messages nothing can be said.")
    percentile = fields.Integer(default=95, tracking=True)
    share = fields.Integer(
        "Warn At (%)", default=80, tracking=True, help="The share of the time allowed at which it is told."
    )
    days = fields.Char("Days Before", default="30, 7, 1", tracking=True, help="Told again at each of these.")
    model_id = fields.Many2one("ir.model", "Records", ondelete="cascade", tracking=True)
    model_name = fields.Char(related="model_id.model", string="Model Name")
    domain = fields.Char("That Match", default="[]", tracking=True)
    until_hour = fields.Float("By", default=18.0, tracking=True, help="The time of day by which they have to be there.")
    warn_minutes = fields.Integer("Warn Before (minutes)", default=30, tracking=True)
    weekdays_only = fields.Boolean("Monday to Friday", default=True, tracking=True)
    tz = fields.Selection(
        "_selection_tz", "Time Zone", required=True, default=lambda self: self.env.user.tz or "UTC", tracking=True
    )
    for_minutes = fields.Integer(
        "Has To Last (minutes)", default=0, tracking=True, help="What is over before that is no alert."
    )
    quiet_minutes = fields.Integer(
        "Over After (minutes)",
        default=5,
        tracking=True,
        help="An alert ends when its condition has been over for so long, so that it does not come and go.",
    )
    escalation_id = fields.Many2one(
        "integration.alert.escalation",
        required=True,
        ondelete="restrict",
        default=lambda self: self.env.ref("integration_hub.integration_alert_escalation", raise_if_not_found=False),
        tracking=True,
    )
    open_count = fields.Integer("Open Alerts", compute="_compute_open_count")
    looked_at = fields.Datetime("Last Look", readonly=True, copy=False)
    problem = fields.Char("Cannot Be Watched", readonly=True, copy=False, help="Why the last look failed.")

    _times_positive = models.Constraint(
        "CHECK (minutes > 0 AND for_minutes >= 0 AND quiet_minutes >= 0 AND warn_minutes >= 0)",
        "Times are given in whole minutes.",
    )
    _percentile_within = models.Constraint("CHECK (percentile BETWEEN 1 AND 99)", "A percentile is from 1 to 99.")
    _share_within = models.Constraint("CHECK (share BETWEEN 1 AND 100)", "Warn at 1 to 100 percent of the time.")

    def _selection_tz(self):
        return [(name, name) for name in sorted(available_timezones()) if "/" in name or name == "UTC"]

    def _compute_open_count(self):
        domain = [("rule_id", "in", self.ids), ("state", "in", ("open", "acknowledged"))]
        counts = dict(self.env["integration.alert"]._read_group(domain, ["rule_id"], ["__count"]))
        for rule in self:
            rule.open_count = counts.get(rule, 0)

    @api.constrains("kind", "days")
    def _check_days(self):
        for rule in self.filtered(lambda rule: rule.kind == "credential_expiry"):
            if not rule._days():
                raise ValidationError(self.env._("Write days as numbers with commas, e.g. 30, 7, 1."))

    def _days(self):
        """Return at how many days before the end it is told, the fewest first; empty where they cannot be read."""
        words = (self.days or "").replace(",", " ").split()
        return sorted({int(word) for word in words}) if all(word.isdigit() for word in words) else []

    # --- a person's actions ---

    def action_view_alerts(self):
        """Open the alerts of this rule."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("integration_hub.integration_alert_action")
        return dict(action, domain=[("rule_id", "=", self.id), ("state", "!=", "pending")], context={})

    @in_words
    def action_look(self):
        """Look now, without telling anybody, and say what is found."""
        self.ensure_one()
        self.check_access("write")
        with self.env.cr.savepoint():
            found = [each.name for each in self.sudo()._find(fields.Datetime.now()) if each.fires]
        message = (
            self.env._("%(count)s now: %(names)s", count=len(found), names=", ".join(found[:5]))
            if found
            else self.env._("Nothing now.")
        )
        params = {"type": "warning" if found else "success", "message": message}
        return {"type": "ir.actions.client", "tag": "display_notification", "params": params}

    # --- the look ---

    @api.model
    def _cron_look(self):
        """Look at every rule, tell what is new, and send it; what was not reached comes first the next time."""
        if self.env["integration.readiness"]._copied():
            return
        db = Database(self.env.cr.dbname)
        self._go_round(db, lambda: self.env["ir.cron"]._commit_progress(1) > 0)
        self.env["integration.alert.notice"]._send_overdue(db)

    @api.model
    def _go_round(self, db, may_go_on=lambda: True):
        """Look at every rule, those first that were not looked at for longest, and tell what is new."""
        # pylint: disable-next=no-search-all  # few, and each is looked at
        for rule_id in self.search([], order="looked_at ASC NULLS FIRST, id").ids:
            self._look(db, rule_id)
            if not may_go_on():
                break
        self.env["integration.alert"]._tell_all(db)

    @api.model
    def _look(self, db, rule_id):
        """Look at one rule in a transaction of its own; what goes wrong is said on the rule and stops no other."""
        try:
            with db.transaction() as cr:
                self._in(cr, rule_id)._see(db.now())
        except (*LOST_RACE, *CONNECTION_LOST):
            _logger.info("Alert rule %s: another transaction was first, it is looked at again", rule_id)
        except Exception as error:
            _logger.warning("Alert rule %s cannot be watched", rule_id, exc_info=True)
            with db.transaction() as cr:
                self._in(cr, rule_id)._cannot_look(db.now(), error)

    def _in(self, cr, rule_id):
        return api.Environment(cr, SUPERUSER_ID, {})[self._name].browse(rule_id).exists()

    def _see(self, now):
        """Find what there is, and bring the alerts of this rule in step with it."""
        if not self:
            return  # deleted meanwhile
        found = self._find(now)
        self.env["integration.alert"]._bring_in_step(self, found, now)
        self._note({"looked_at": now, "problem": False})

    def _cannot_look(self, now, error):
        if self:
            said = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
            self._note({"looked_at": now, "problem": said.strip().partition("\n")[0][:500]})

    def _note(self, values):
        """Write what is no change of the rule: past its history, and past who changed it last."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE integration_alert_rule SET looked_at = %s, problem = %s WHERE id = %s",
            [values["looked_at"], values["problem"] or None, self.id],
        )
        self.invalidate_recordset(["looked_at", "problem"])

    def _find(self, now):
        """Return what the rule sees at *now*, subjects that have two findings by the worse one."""
        found = {}
        for each in sorted(getattr(self, f"_find_{self.kind}")(now), key=lambda each: (each.fires, each.size)):
            found[each.subject] = each
        return list(found.values())

    # --- what hooks are made of ---

    def _endpoints(self, direction=None):
        """Return the endpoints that this rule is about, those of the running environment."""
        domain = [("environment_id.is_running", "=", True), ("system_id.active", "=", True)]
        domain += [("system_id.lifecycle", "!=", "retired")]
        domain += [("system_id.criticality", "in", CRITICALITY[CRITICALITY.index(self.criticality) :])]
        domain += [("company_id", "=", self.company_id.id)] if self.company_id else []
        domain += [("system_id", "=", self.system_id.id)] if self.system_id else []
        domain += [("lane_id", "=", self.lane_id.id)] if self.lane_id else []
        domain += [("id", "=", self.flow_id.endpoint_id.id)] if self.flow_id else []
        domain += [("direction", "=", direction)] if direction else []
        return self.env["integration.endpoint"].search(domain)

    def _flows(self):
        """Return the flows that this rule is about and that are on."""
        domain = [("state", "=", "on"), ("endpoint_id", "in", self._endpoints().ids)]
        return self.env["integration.flow"].search(domain + ([("id", "=", self.flow_id.id)] if self.flow_id else []))

    def _looks(self, now):
        """Return the ends of the windows to look at, the newest last: a run that is late looks at those it missed."""
        window = fields.Datetime.to_datetime(now)
        ends, step = [window], self.minutes
        while self.looked_at and len(ends) < MISSED_AT_MOST:
            window = fields.Datetime.subtract(window, minutes=step)
            if window <= self.looked_at:
                break
            ends.append(window)
        return ends[::-1]


MISSED_AT_MOST = 48  # windows that a late run looks at
