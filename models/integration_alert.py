# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_datetime, plaintext2html

from . import alert_words as words
from .alert_finding import Finding
from .integration_alert_rule import KINDS, SEVERITIES
from .windows import form_of

OPEN = ("open", "acknowledged")
MOST_OPEN = 50  # alerts of a rule; what is more is one alert
REST = "rest"
SILENT_HOURS = 4  # what is offered where a person silences an alert
TODO = "integration_hub.mail_activity_alert"
FORGOTTEN_AT_ONCE = 1_000
RANK = {name: rank for rank, (name, _label) in enumerate(SEVERITIES)}
UNTOLD = {"told_at": False, "told_level_ids": [fields.Command.clear()], "repeat": 0}
FACTS = (  # what an alert keeps of a finding
    "name", "facts", "company_id", "system_id", "endpoint_id", "flow_id", "failure_id", "error_code", "fingerprint",
    "message_count", "amount", "currency_id", "customer_count",
)  # fmt: skip


class IntegrationAlert(models.Model):
    """What a rule found: one for each rule and subject, from when it began until it is over, however much there is."""

    _name = "integration.alert"
    _description = "Alert"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _mail_post_access = "read"  # whoever may see it may say something about it

    rule_id = fields.Many2one("integration.alert.rule", required=True, readonly=True, ondelete="cascade", index=True)
    subject = fields.Char(required=True, readonly=True, help="What it is about, the same at each look.")
    name = fields.Char("About", required=True, readonly=True)
    kind = fields.Selection(KINDS, readonly=True)
    severity = fields.Selection(SEVERITIES, required=True, readonly=True, tracking=True)
    rank = fields.Integer(readonly=True, help="The severity as a number, to sort by.")
    state = fields.Selection(
        [("pending", "Begins"), ("open", "Open"), ("acknowledged", "Seen to"), ("resolved", "Over")],
        default="pending",
        required=True,
        readonly=True,
        tracking=True,
    )
    company_id = fields.Many2one("res.company", readonly=True, index="btree_not_null")
    system_id = fields.Many2one("integration.system", readonly=True, ondelete="cascade", index="btree_not_null")
    endpoint_id = fields.Many2one("integration.endpoint", readonly=True, ondelete="cascade")
    flow_id = fields.Many2one("integration.flow", readonly=True, ondelete="cascade")
    failure_id = fields.Many2one("integration.failure", readonly=True, ondelete="set null")
    fingerprint = fields.Char(readonly=True)
    error_code = fields.Char("Cause", readonly=True)
    facts = fields.Json(readonly=True)
    summary = fields.Char("What Happens", compute="_compute_words")
    impact = fields.Char("At Stake", compute="_compute_words")
    likely_cause = fields.Char("Changed Before", compute="_compute_likely_cause", help="Shortly before it began.")
    first_steps = fields.Html(compute="_compute_words")
    message_count = fields.Integer("Messages Concerned", readonly=True)
    amount = fields.Monetary(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    customer_count = fields.Integer("Customers", readonly=True)
    began_at = fields.Datetime("Since", readonly=True)
    opened_at = fields.Datetime("Opened", readonly=True)
    clear_since = fields.Datetime("In Order Since", readonly=True)
    resolved_at = fields.Datetime("Over At", readonly=True)
    acknowledged_by = fields.Many2one("res.users", "Seen To By", readonly=True)
    acknowledged_at = fields.Datetime("Seen To Since", readonly=True)
    responsible_id = fields.Many2one("res.users", readonly=True, help="Who answers for what it is about.")
    # who was told
    silence_id = fields.Many2one("integration.alert.silence", readonly=True, ondelete="set null")
    quiet_reason = fields.Char("Not Told Because", readonly=True)
    told_at = fields.Datetime("First Told", readonly=True)
    told_last_at = fields.Datetime("Last Told", readonly=True)
    told_level_ids = fields.Many2many("integration.alert.level", string="Told", readonly=True)
    round = fields.Integer(readonly=True, help="Counts how often it became more severe: each time it is told anew.")
    repeat = fields.Integer(readonly=True)
    notice_ids = fields.One2many("integration.alert.notice", "alert_id", readonly=True)

    _standing_unique = models.UniqueIndex("(rule_id, subject) WHERE state <> 'resolved'")
    _open_idx = models.Index("(state) WHERE state <> 'resolved'")
    _resolved_idx = models.Index("(resolved_at) WHERE state = 'resolved'")

    # --- what is shown ---

    @api.depends("kind", "facts", "subject", "error_code", "flow_id", "message_count")
    @api.depends_context("lang", "tz")
    def _compute_words(self):
        for alert in self:
            alert.summary = words.summary(alert)
            alert.impact = words.impact(alert)
            runbook = alert._runbook()
            alert.first_steps = runbook.steps if runbook else plaintext2html(words.first_steps(alert))

    @api.depends("failure_id")
    @api.depends_context("lang", "tz")
    def _compute_likely_cause(self):
        for alert in self:
            changes = alert.failure_id.sudo()._changes_before() if alert.failure_id.oldest_at else ()
            when, what = max(changes, default=(False, ""))
            alert.likely_cause = what and f"{format_datetime(alert.env, when, dt_format='short')} {what}"

    def _runbook(self):
        """Return the runbook for the cause that it is about, empty where it is about none."""
        found = self.env["integration.runbook"]
        return found._for(self.error_code, self.flow_id) if self.error_code else found

    @api.depends("name", "kind")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for alert in self:
            alert.display_name = f"{labels.get(alert.kind, '')}: {alert.name}"

    # --- a person's actions ---

    def action_acknowledge(self):
        """Somebody sees to these: nobody else is told, until they are over or become more severe."""
        self._check_operator()
        alerts = self.sudo().filtered(lambda alert: alert.state == "open")
        values = {"acknowledged_by": self.env.uid, "acknowledged_at": fields.Datetime.now()}
        alerts.write({"state": "acknowledged", **values})
        for alert in alerts:
            alert._alert_activities().filtered(lambda each: each.user_id != self.env.user).unlink()

    def action_reopen(self):
        """Nobody sees to these any more: who answers for them is told again."""
        self._check_operator()
        alerts = self.sudo().filtered(lambda alert: alert.state == "acknowledged")
        alerts.write({"state": "open", "acknowledged_by": False, "acknowledged_at": False, **UNTOLD})
        for alert in alerts:
            alert.round += 1

    def action_silence(self):
        """Ask for how long nobody is to be told of what this is about."""
        self.ensure_one()
        self._check_operator()
        defaults = {
            "default_rule_id": self.rule_id.id,
            "default_system_id": self.system_id.id,
            "default_flow_id": self.flow_id.id,
            "default_subject": self.subject,
            "default_subject_name": self.name,
            "default_ends_at": fields.Datetime.add(fields.Datetime.now(), hours=SILENT_HOURS),
        }
        view = self.env.ref("integration_hub.integration_alert_silence_view_form_new")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Tell Nobody"),
            "res_model": "integration.alert.silence",
            "views": [(view.id, "form")],
            "target": "new",
            "context": defaults,
        }

    def action_view_messages(self):
        """Open the messages that it is about."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("integration_hub.integration_event_action")
        return dict(action, domain=self._messages(), context={})

    def _messages(self):
        """Return the domain of the messages that it is about."""
        if self.failure_id:
            return self.failure_id._domain()
        about = [("flow_id", "=", self.flow_id.id)] if self.flow_id else [("endpoint_id", "=", self.endpoint_id.id)]
        return [*about, ("state", "in", ("pending", "retry", "held", "dead"))]

    def action_view_failure(self):
        """Open the group of the failed messages: there one action mends all of them."""
        self.ensure_one()
        return form_of(self.failure_id._name, self.failure_id.id) if self.failure_id else False

    def action_view_subject(self):
        """Open the flow, the endpoint or the system that it is about."""
        self.ensure_one()
        about = self.flow_id or self.endpoint_id or self.system_id
        return form_of(about._name, about.id) if about else False

    def _check_operator(self):
        self.check_access("read")
        if not self.env.su and not self.env.user.has_group("integration_hub.group_operator"):
            raise AccessError(self.env._("Only integration operators see to alerts. Ask one of them."))

    # --- brought in step with what is found ---

    @api.model
    def _bring_in_step(self, rule, found, now):
        """Open, update and end the alerts of a rule. What is the same as before is not written."""
        standing = self.search([("rule_id", "=", rule.id), ("state", "!=", "resolved")])
        known = {alert.subject: alert for alert in standing}
        new = sorted((each for each in found if each.fires and each.subject not in known), key=lambda each: -each.size)
        room = max(MOST_OPEN - len(known.keys() - {REST}), 0)
        found = {each.subject: each for each in found}
        if rest := new[room:]:
            found[REST] = Finding(REST, rule.name, {"count": len(rest)}, size=len(rest), company_id=rule.company_id.id)
            new = new[:room] + ([] if REST in known else [found[REST]])
        for subject, alert in known.items():
            alert._goes_on(found[subject], now) if subject in found else alert._is_over(now)
        for each in new:
            self.create(self._begun(rule, each, now))._opens(now)

    @api.model
    def _begun(self, rule, finding, now):
        values = {name: getattr(finding, name) for name in FACTS if name in self._fields}
        severity = self._severity_of(rule, finding)
        return values | {
            "rule_id": rule.id,
            "subject": finding.subject,
            "kind": rule.kind,
            "severity": severity,
            "rank": RANK[severity],
            "began_at": min(filter(None, (finding.since, now))),
        }

    @api.model
    def _severity_of(self, rule, finding):
        system = self.env["integration.system"].browse(finding.system_id or 0)
        severity = finding.severity or rule.severity
        return words.HIGHER[severity] if system and system.criticality == "critical" else severity

    def _opens(self, now):
        """Open it where it has lasted as long as its rule says."""
        self.ensure_one()
        if self.state == "pending" and self.began_at <= fields.Datetime.subtract(now, minutes=self.rule_id.for_minutes):
            self.write({"state": "open", "opened_at": now})
            self.responsible_id = self._responsible()

    def _goes_on(self, finding, now):
        if not finding.fires and self.state == "pending":
            self.unlink()
            return
        values = {name: getattr(finding, name) for name in FACTS if name in self._fields}
        severity = self._severity_of(self.rule_id, finding)
        worse = RANK[severity] > self.rank
        if finding.fires and severity != self.severity:
            values |= {"severity": severity, "rank": RANK[severity]}
        self._write_changed(values | ({"clear_since": False} if self.clear_since else {}))
        if worse and finding.fires and self.state in OPEN:
            self.write({"state": "open", "round": self.round + 1, **UNTOLD})
        self._opens(now)

    def _write_changed(self, values):
        """Write what is another value than before; of a message that counts up nobody is told."""
        changed = {name: value for name, value in values.items() if _plain(self[name]) != (value or False)}
        if changed:
            self.write(changed)

    def _is_over(self, now):
        """Note that it is in order; where it has been for as long as the rule says, the alert ends."""
        if self.state == "pending":
            self.unlink()
        elif not self.clear_since and self.rule_id.quiet_minutes:
            self.clear_since = now
        elif (self.clear_since or now) <= fields.Datetime.subtract(now, minutes=self.rule_id.quiet_minutes):
            self._resolve(now)

    def _resolve(self, now):
        self.write({"state": "resolved", "resolved_at": now})
        self.activity_feedback([TODO], feedback=self.env._("It is in order again."))
        self.env["integration.alert.notice"]._queue_end(self, now)

    def _alert_activities(self):
        kind = self.env.ref(TODO, raise_if_not_found=False)
        return self.activity_ids.filtered(lambda each: each.activity_type_id == kind)

    @api.autovacuum
    def _gc_resolved(self):
        """Delete those that ended as long ago as failed messages are kept; returns how many, and if more are left.

        So many at once, for Odoo asks again.
        """
        before = self.env["integration.retention"]._kept().failed
        old = self.search([("state", "=", "resolved"), ("resolved_at", "<", before)], limit=FORGOTTEN_AT_ONCE)
        old.unlink()
        return len(old), len(old) == FORGOTTEN_AT_ONCE


def _plain(value):
    """Return a value as it is written; whatever is empty is one and the same."""
    return (value.id if isinstance(value, models.BaseModel) else value) or False
