# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.tools import SQL

STATES = [("waiting", "To Be Sent"), ("sending", "Being Sent"), ("sent", "Sent"), ("failed", "Not Sent")]
EVENTS = [("opened", "Opened"), ("escalated", "Escalated"), ("repeated", "Repeated"), ("resolved", "Over")]
END = "end"


class IntegrationAlertNotice(models.Model):
    """The outbox of alerts: whom a change of an alert is told, through which channel, and what came of it.

    There is one for each alert, change, channel and person: nobody hears the same twice.
    """

    _name = "integration.alert.notice"
    _description = "Alert Notice"
    _order = "id desc"
    _log_access = False

    alert_id = fields.Many2one("integration.alert", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="alert_id.company_id")
    channel_id = fields.Many2one("integration.alert.channel", required=True, readonly=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", "Person", readonly=True, ondelete="cascade")
    change = fields.Char(required=True, readonly=True)
    event = fields.Selection(EVENTS, required=True, readonly=True)
    state = fields.Selection(STATES, default="waiting", required=True, readonly=True)
    created_at = fields.Datetime(readonly=True)
    next_try_at = fields.Datetime("Next Try", readonly=True)
    claimed_at = fields.Datetime(readonly=True)
    sent_at = fields.Datetime("Sent", readonly=True)
    attempt_count = fields.Integer("Tries", readonly=True)
    problem = fields.Char("Why Not", readonly=True)
    mail_id = fields.Many2one("mail.mail", readonly=True, ondelete="set null", index="btree_not_null")

    _once = models.UniqueIndex("(alert_id, channel_id, coalesce(user_id, 0), change)")
    _unsent_idx = models.Index("(next_try_at) WHERE state IN ('waiting', 'sending')")

    @api.depends("event", "alert_id")
    def _compute_display_name(self):
        labels = dict(self._fields["event"]._description_selection(self.env))
        for notice in self:
            notice.display_name = f"{labels.get(notice.event, '')}: {notice.alert_id.display_name}"

    @api.model
    def _queue(self, alert, channels, people, change, now, event=""):
        """Have people told of a change of an alert, whoever was not told of it yet."""
        channels = channels or self.env["integration.alert.channel"]._activities()
        rows = [
            {
                "alert_id": alert.id,
                "channel_id": channel.id,
                "user_id": user_id,
                "change": change,
                "event": event or self._event_of(alert, change),
                "state": "waiting",
                "created_at": now,
                "next_try_at": now,
                "attempt_count": 0,
            }
            for channel in channels
            for user_id in (people.ids if channel._is_personal() else [None])
        ]
        self._insert(rows)

    @api.model
    def _event_of(self, alert, change):
        if alert.repeat:
            return "repeated"
        told_before = alert.told_at or alert.round
        return "escalated" if told_before else "opened"

    def _insert(self, rows):
        """Insert what is not there yet: of two who tell at once, one does."""
        if not rows:
            return
        self.env.flush_all()
        names = list(rows[0])
        self.env.cr.execute(
            SQL(
                "INSERT INTO integration_alert_notice (%s) VALUES %s ON CONFLICT DO NOTHING",
                SQL(", ").join(map(SQL.identifier, names)),
                SQL(", ").join(SQL("%s", tuple(row[name] for name in names)) for row in rows),
            )
        )
        self.invalidate_model()
        self._call()

    @api.model
    def _queue_end(self, alert, now):
        """Say that an alert is over to those who were told of it from outside of Odoo; its to-dos are closed."""
        sent = self.search([("alert_id", "=", alert.id), ("event", "!=", "resolved")])
        for channel in sent.channel_id.filtered(lambda channel: channel.tells_end and channel.kind != "activity"):
            people = sent.filtered(lambda notice, channel=channel: notice.channel_id == channel).user_id
            self._queue(alert, channel, people, f"{END}.{alert.round}", now, "resolved")

    # --- who sends ---

    @api.model
    def _call(self):
        """Have a job send what waits, once this transaction is committed."""
        self.with_delay(identity_key=f"{self._name}.send", priority=5)._send_notices()
