# Part of Integration Hub. License LGPL-3.0 or later.
import logging

from odoo import SUPERUSER_ID, api, fields, models

from ..engine import maintenance
from ..engine.database import CONNECTION_LOST, LOST_RACE
from ..engine.fingerprint import NO_ANSWER, OF_ENDPOINT
from .integration_alert_escalation import ADMINS, READERS

_logger = logging.getLogger(__name__)

# What stands still when somebody stops the work on purpose: that it does is no news.
STANDS_STILL = (
    "throughput_low", "latency", "backlog_depth", "backlog_age", "late", "not_done", "not_synced", "webhook_silent",
)  # fmt: skip
LOOKED_AT = 1_000  # open alerts
# An alert of these kinds is why others are there, which then are recorded and not told; of causes, those with a code
# that says that the other side cannot be had.
ROOTS = ("endpoint_stopped", "breaker_open", "heartbeat")
CAUSES = ("new_cause", "cause_size")
FOLLOWING_CODES = NO_ANSWER | OF_ENDPOINT | {"unauthorized", "forbidden", "gone"}
# Kinds of which the hub itself gives to-dos: on what, and of which type.
OTHER_TODOS = {
    "late": ("flow_id", "integration_hub.mail_activity_late"),
    "backlog_depth": ("endpoint_id", "integration_hub.activity_backlog"),
}


class IntegrationAlert(models.Model):
    """Who is told of an alert, and when: at once, later when nobody sees to it, or not while it is silent."""

    _inherit = "integration.alert"

    # --- who ---

    def _responsible(self):
        """Return who answers for what it is about, empty where nobody is named who may see it."""
        system, flow = self.system_id, self.flow_id
        owners = (self.failure_id.user_id, flow.owner_id, system.technical_owner_id, system.business_owner_id)
        return next((user for user in owners if user and self._may_be_told(user)), self.env["res.users"])

    def _may_be_told(self, user):
        """Tell whether somebody may see it, so that telling him is of use."""
        companies = not self.company_id or self.company_id in user.company_ids
        return user.active and not user.share and companies and user.has_group(READERS)

    def _administrators(self):
        group = self.env.ref(ADMINS)
        return group.all_user_ids.filtered(self._may_be_told)

    # --- when ---

    @api.model
    def _tell_all(self, db):
        """Tell of the open alerts whoever is to be told by now, each alert in a transaction of its own."""
        now = db.now()
        with db.transaction() as cr:
            alerts = api.Environment(cr, SUPERUSER_ID, {})[self._name].search(
                [("state", "=", "open")], order="rank DESC, id", limit=LOOKED_AT
            )
            due = [alert.id for alert in alerts._due(now)]
        for alert_id in due:
            try:
                with db.transaction() as cr:
                    alert = api.Environment(cr, SUPERUSER_ID, {})[self._name].browse(alert_id).exists()
                    alert._due(now)._tell(now)
            except (*LOST_RACE, *CONNECTION_LOST):
                _logger.info("Alert %s: another transaction was first, it is told the next time", alert_id)

    def _due(self, now):
        """Return those of which somebody is to be told now; notes why others are silent."""
        silences = self.env["integration.alert.silence"]._open(now) if self else None
        drain_mode = maintenance.halted(self.env.cr) if self else ""
        roots = self.search([("state", "in", ("open", "acknowledged")), ("kind", "in", ROOTS)]) if self else self
        due = self.browse()
        for alert in self.filtered(lambda alert: alert.state == "open"):
            silence = silences._covering(alert)
            reason = silence.reason or alert._stopped_on_purpose(drain_mode) or alert._follows_from(roots)
            alert._write_changed({"silence_id": silence.id, "quiet_reason": reason})
            if not reason and (alert._next_levels(now) or alert._is_to_be_repeated(now)):
                due |= alert
        return due

    def _stopped_on_purpose(self, drain_mode):
        """Return why what it is about stands still on purpose: a person stopped it."""
        if self.kind not in STANDS_STILL:
            return False
        if drain_mode:
            return self.env._("Drain mode is on: %(reason)s", reason=drain_mode)
        endpoint = self.endpoint_id
        return endpoint.state == "paused" and (endpoint.state_reason or self.env._("A person has paused it."))

    def _follows_from(self, roots):
        """Return why it needs no telling: another alert says what it comes from."""
        follows = self.kind in (*STANDS_STILL, "error_rate")
        follows = follows or (self.kind in CAUSES and self.error_code in FOLLOWING_CODES)
        if not follows:
            return False
        root = roots.filtered(lambda root: root.endpoint_id == self.endpoint_id or root.kind == "heartbeat")[:1]
        return root and self.env._("It follows from another alert: %(alert)s", alert=root.display_name)

    def _has_todo(self, user):
        """Tell whether a person has a to-do about the same already, from what gives some besides alerts."""
        mine = [("user_id", "=", user.id)]
        if self.fingerprint:
            mine += [("integration_cause", "=", self.fingerprint)]
        elif self.kind in OTHER_TODOS:
            field, kind = OTHER_TODOS[self.kind]
            about = self[field]
            mine += [("res_model", "=", about._name), ("res_id", "=", about.id)]
            mine += [("activity_type_id", "=", self.env.ref(kind).id)]
        else:
            return False
        return bool(self.env["mail.activity"].search_count(mine, limit=1))

    @api.model
    def _is_told(self, kind, field, about, user):
        """Tell whether a person has a to-do of an alert of this kind about a record: then no other is needed."""
        domain = [("kind", "=", kind), (field, "in", about.ids), ("state", "in", ("open", "acknowledged"))]
        return user in self.sudo().search(domain).activity_ids.user_id

    def _next_levels(self, now):
        """Return the levels that were not told yet, whose time has come."""
        since = self.told_at or now
        waiting = self.rule_id.escalation_id.level_ids - self.told_level_ids
        return waiting.filtered(
            lambda level: (
                fields.Datetime.add(since, minutes=level.after_minutes) <= now
                and level._hears(self)
                and level._is_open(now)
            )
        )

    def _is_to_be_repeated(self, now):
        minutes = self.rule_id.escalation_id.repeat_minutes
        due = minutes and self.told_at and fields.Datetime.add(self.told_last_at, minutes=minutes) <= now
        return bool(due and self.told_level_ids.filtered(lambda level: level._is_open(now)))

    # --- telling ---

    def _tell(self, now):
        """Queue notices for whoever is to be told now: one for each person and channel, and round."""
        for alert in self:
            levels = alert._next_levels(now)
            if not levels:
                levels = alert.told_level_ids.filtered(lambda level: level._is_open(now))
                alert.repeat += 1
            for level in levels:
                alert._queue(level, now)
            alert.write(
                {
                    "told_at": alert.told_at or now,
                    "told_last_at": now,
                    "told_level_ids": [fields.Command.link(level.id) for level in levels],
                }
            )

    def _queue(self, level, now):
        channels = level.channel_ids.filtered(lambda channel: channel.active and channel._may_tell(self))
        self.env["integration.alert.notice"]._queue(self, channels, level._people(self), self._change(), now)

    def _change(self):
        """Name the state of this alert of which nobody is told twice through one channel."""
        return f"{self.round}.{self.repeat}"
