# Part of Integration Hub. License LGPL-3.0 or later.
import logging
from datetime import UTC

from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, groupby, html2plaintext

from ..connectors import signatures
from ..connectors.errors import HubError, Policy
from ..connectors.signatures import Delivery
from ..engine.database import Database
from ..engine.retry import RetryPolicy, next_delay
from . import alert_messages as messages
from .connection import post
from .integration_alert_channel import CALLED, SIGNED, secret_of

_logger = logging.getLogger(__name__)

POLICY = RetryPolicy(base=15, cap=900, max_attempts=10, max_age=6 * 3600)
FALLS_BACK_AT = 3  # failures in a row after which people find a to-do, while the channel goes on being tried
CLAIMED = 200  # notices at once
LOST_AFTER = 600  # seconds after which whoever had a notice in hand is dead
OVERDUE = 60  # seconds after which the cron sends what no job has


class NotTold(HubError):
    """A notice that this person or channel cannot get, now or ever."""

    code = "not-told"


class IntegrationAlertNotice(models.Model):
    """Sends what waits. No transaction is open while another system is called."""

    _inherit = "integration.alert.notice"

    @api.model
    def _send_notices(self):
        """Job: send what is due."""
        self._send_due(Database(self.env.cr.dbname))

    @api.model
    def _send_overdue(self, db):
        """Send what no job has sent in time: nobody may run them."""
        self._send_due(db, OVERDUE)

    @api.model
    def _send_due(self, db, overdue=0):
        self._see_to_mails(db)
        if self.env["integration.readiness"]._copied():
            return  # nobody is told anything by a copy
        while claimed := self._claim(db, overdue):
            for (channel_id, user_id), rows in groupby(claimed, lambda row: row[:2]):
                self._send_some(db, channel_id, user_id, [row[2] for row in rows])

    def _claim(self, db, overdue):
        """Take what is due in hand, committed; returns ``(channel, person, notice)``, in the order of the first two."""
        now = db.now()
        with db.read_committed() as cr:
            cr.execute(
                SQL(
                    """UPDATE integration_alert_notice n SET state = 'sending', claimed_at = %(now)s
                        WHERE id IN (SELECT id FROM integration_alert_notice
                                      WHERE state IN ('waiting', 'sending')
                                        AND CASE state WHEN 'waiting' THEN next_try_at <= %(due)s
                                                       ELSE claimed_at <= %(lost)s END
                                   ORDER BY next_try_at, id LIMIT %(most)s FOR UPDATE SKIP LOCKED)
                    RETURNING channel_id, coalesce(user_id, 0), id""",
                    now=now,
                    due=fields.Datetime.subtract(now, seconds=overdue),
                    lost=fields.Datetime.subtract(now, seconds=LOST_AFTER),
                    most=CLAIMED,
                )
            )
            return sorted(cr.fetchall())

    def _send_some(self, db, channel_id, user_id, notice_ids):
        """Tell one person, or whoever reads a channel, several things at once; note what came of it."""
        try:
            with db.transaction() as cr:
                notices = self._in(cr, notice_ids)
                channel = notices.env["integration.alert.channel"].browse(channel_id)
                calls = channel._prepare(notices)
                if channel.kind not in CALLED:
                    getattr(notices, f"_by_{channel.kind}")(notices.env["res.users"].browse(user_id))
                    notices._are_sent(db.now())
        except Exception as error:  # noqa: BLE001 - whatever it is, it is said on the channel, and others are told
            self._note_failure(db, notice_ids, error)
            return
        for ids, call in calls:
            try:
                post(*call)
            except HubError as error:
                self._note_failure(db, ids, error)
            else:
                with db.transaction() as cr:
                    self._in(cr, ids)._are_sent(db.now())

    def _in(self, cr, ids):
        return api.Environment(cr, SUPERUSER_ID, {})[self._name].browse(ids).exists()

    def _are_sent(self, now):
        self.write({"state": "sent", "sent_at": now, "claimed_at": False, "problem": False})
        self.channel_id._works(now)

    def _note_failure(self, db, ids, error):
        with db.transaction() as cr:
            notices = self._in(cr, ids)
            said = notices.channel_id[:1]._without_address(str(error))
            _logger.warning("An alert could not be told: %s", said, exc_info=not isinstance(error, HubError))
            notices._are_not_sent(error, db.now(), db.random)

    def _are_not_sent(self, error, now, random):
        """Note why these were not told; try again later where that may help, and give people a to-do instead."""
        problem = self.env["integration.system"]._hub_error_text(error).replace("\n", " ")
        problem = self.channel_id[:1]._without_address(problem)[:500]
        may_help = not isinstance(error, HubError) or error.policy is Policy.RETRY
        for notice in self:
            count, age = notice.attempt_count + 1, (now - notice.created_at).total_seconds()
            delay = next_delay(POLICY, count, age, random, getattr(error, "retry_after", None)) if may_help else None
            values = {"attempt_count": count, "problem": problem, "claimed_at": False}
            if delay is None:
                values |= {"state": "failed"}
            else:
                values |= {"state": "waiting", "next_try_at": fields.Datetime.add(now, seconds=int(delay))}
            notice.write(values)
            if delay is None or count >= FALLS_BACK_AT:
                notice._fall_back(now)
        if not isinstance(error, NotTold):
            for channel in self.channel_id:
                channel._fails(problem, now)

    def _fall_back(self, now):
        """Give a to-do to those who should have heard this, unless they have one for it."""
        if self.channel_id.kind == "activity" or self.event == "resolved":
            return
        levels = self.alert_id.told_level_ids
        people = self.user_id or levels.mapped(lambda level: level._people(self.alert_id)) if levels else self.user_id
        people = people.filtered(self.alert_id._may_be_told) or self.alert_id._administrators()
        todos = self.env["integration.alert.channel"]._activities()
        self._queue(self.alert_id, todos, people, self.change, now, self.event)

    @api.model
    def _see_to_mails(self, db):
        """Whose mail could not be delivered finds a to-do."""
        with db.transaction() as cr:
            notices = api.Environment(cr, SUPERUSER_ID, {})[self._name]
            for notice in notices.search([("mail_id.state", "=", "exception"), ("state", "=", "sent")], limit=CLAIMED):
                reason = notice.mail_id.failure_reason or notice.env._("The mail server did not take it.")
                notice._are_not_sent(HubError(reason), db.now(), db.random)

    # --- by what means ---

    def _by_activity(self, user):
        """Give a person one to-do for each alert, unless one about the same is there."""
        for alert in self.alert_id.filtered(lambda alert: alert.state != "resolved"):
            if alert._alert_activities().filtered(lambda each: each.user_id == user) or alert._has_todo(user):
                continue
            read = alert.with_context(lang=user.lang, tz=user.tz)
            alert.activity_schedule(
                "integration_hub.mail_activity_alert",
                summary=f"{read.name}: {read.summary}"[:250],
                note=Markup("<p>%s</p><p>%s</p>%s") % (read.impact, read.likely_cause or "", read.first_steps),
                user_id=user.id,
            )

    def _by_email(self, user):
        """Send a person one mail about all of these."""
        if not user.email:
            raise NotTold(self.env._("%(user)s has no e-mail address", user=user.name))
        told = self.with_context(lang=user.lang, tz=user.tz)._told()
        env = self.with_context(lang=user.lang).env
        body = env["ir.qweb"]._render(
            "integration_hub.integration_alert_mail", {"told": told, "user": user}, lang=user.lang
        )
        mail = self.env["mail.mail"].create(
            {
                "subject": told[0].summary if len(told) == 1 else env._("%(count)s alerts", count=len(told)),
                "body_html": body,
                "email_to": user.email_formatted,
                "email_from": user.company_id.email_formatted or self.env.user.email_formatted,
                "auto_delete": True,
            }
        )
        self.mail_id = mail
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()

    # --- a person's test ---

    @api.model
    def _try_out(self, channel):
        """Send one message through a channel, now. Raises UserError: why it was not taken."""
        told = channel._test_words()
        try:
            ((_ids, call),) = channel._calls([told], {told.identity: 0}, self.env, fields.Datetime.now())
            post(*call)
        except HubError as error:
            said = self.env["integration.system"]._hub_error_text(error)
            raise UserError(channel._without_address(said)) from None
        channel.sudo()._works(fields.Datetime.now())

    # --- in which words ---

    def _told(self, outside=False):
        """Return the alerts of these notices in words, the most severe first."""
        return [notice._in_words(outside) for notice in self.sorted(_by_rank)]

    def _in_words(self, outside):
        alert = self.alert_id.with_context(**self.env.context)
        is_personal = alert.flow_id.data_class in ("personal", "financial", "regulated")

        def said(text):
            return messages.masked(text, is_personal) if outside else text or ""

        base = self.env["ir.config_parameter"].sudo().get_param("web.base.url", "")
        labels = dict(alert._fields["severity"]._description_selection(alert.env))
        return messages.Told(
            identity=f"alert-{alert.id}-{self.change}",
            alert_id=alert.id,
            event=self.event,
            kind=alert.kind,
            severity=alert.severity,
            severity_label=labels[alert.severity],
            about=said(alert.name),
            summary=alert.env._("It is in order again.") if self.event == "resolved" else said(alert.summary),
            impact=alert.impact,
            cause=said(alert.likely_cause),
            steps=html2plaintext(alert.first_steps or ""),
            system=alert.system_id.name or "",
            flow=alert.flow_id.name or "",
            company=alert.company_id.name or "",
            since=(alert.began_at or self.created_at).isoformat() + "Z",
            url=f"{base}/odoo/integration-alerts/{alert.id}",
        )


class IntegrationAlertChannel(models.Model):
    """What is sent to other systems: prepared while a transaction is open, and sent when none is."""

    _inherit = "integration.alert.channel"

    def _is_personal(self):
        return self.kind in ("activity", "email")

    def _prepare(self, notices):
        """Return ``(notice ids, (address, body, headers))`` of the calls that tell of these, none where none is needed.

        A call of Slack tells of several at once, each a webhook of its own.
        """
        if self.kind not in CALLED or not notices:
            return []
        lang = self.lang or self.company_id.partner_id.lang or self.env.user.lang
        told = notices.with_context(lang=lang, tz=self.env.user.tz)._told(outside=True)
        ids = {each.identity: notice.id for each, notice in zip(told, notices.sorted(_by_rank), strict=True)}
        return self._calls(told, ids, self.with_context(lang=lang).env, fields.Datetime.now())

    def _calls(self, told, ids, env, now):
        if self.kind == "webhook":
            return [([ids[each.identity]], self._signed(each, now)) for each in told]
        calls, address = [], secret_of(self)
        for start in range(0, len(told), messages.AT_ONCE):
            some = told[start : start + messages.AT_ONCE]
            header = some[0].about if len(some) == 1 else env._("%(count)s alerts", count=len(some))
            payload = messages.slack(some, {"header": header, "open": env._("Open in Odoo")})
            calls.append(([ids[each.identity] for each in some], (address, *messages.as_json(payload))))
        return calls

    def _signed(self, told, now):
        body, headers = messages.as_json(messages.webhook(told, now))
        delivery = Delivery("POST", self.url, {}, body)
        scheme = signatures.get(SIGNED)
        identity = f"{self.env['ir.config_parameter'].sudo().get_param('database.uuid')}-{told.identity}"
        signed = scheme.sign(delivery, secret_of(self), now=now.replace(tzinfo=UTC).timestamp(), message_id=identity)
        return self.url, body, headers | signed


def _by_rank(notice):
    return -notice.alert_id.rank, notice.id
