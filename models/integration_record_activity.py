# Part of Integration Hub. License LGPL-3.0 or later.
from markupsafe import escape

from odoo import api, fields, models
from odoo.tools import SQL

from . import record_words as words
from .record_facts import failed

FAILED = "integration_hub.mail_activity_failed"
OF_A_CAUSE = 200  # messages that are looked through for who answers for them, the oldest
CAUSES = 1_000


class MailActivity(models.Model):
    _inherit = "mail.activity"

    integration_cause = fields.Char(
        readonly=True, help="Which failures it is about: it is closed with the last of them."
    )
    _integration_cause_idx = models.Index("(integration_cause) WHERE integration_cause IS NOT NULL")


class IntegrationRecord(models.AbstractModel):
    """Whoever answers for records that are not in step has one activity a cause, until it is mended."""

    _inherit = "integration.record"

    @api.model
    def _cron_tell(self):
        """Give each responsible one activity for each cause, and close those whose cause is gone."""
        wanted = self._causes()
        known = self.env["mail.activity"].search([("integration_cause", "!=", False)])
        told = {}
        for activity in known:
            key = (activity.integration_cause, activity.user_id.id)
            rows = wanted.get(key)
            if not rows or key in told or not self._is_about(activity, rows):
                self._close(activity)
            else:
                told[key] = activity
        for key, rows in wanted.items():
            if key not in told:
                self._tell(*key, rows)

    @api.model
    def _causes(self):
        """Return ``{(cause, user id): failures}``, the oldest first.

        What is snoozed or ignored is nobody's, and of a missing value its own list tells. Each cause is looked for by
        itself, through the index of what failed: of a hundred thousand messages the oldest few are read.
        """
        found, domain = {}, [("state", "=", "open"), ("system_id.lifecycle", "!=", "retired")]
        for failure in self.env["integration.failure"].search(domain, limit=CAUSES):
            if failure.user_id.active:
                if rows := self._rows(failure, 1):
                    found[failure.fingerprint, failure.user_id.id] = rows
                continue
            if failure._missing_value().user_id:
                continue
            for row in self._rows(failure, OF_A_CAUSE if words.KINDS.get(failure.error_code) == words.RECORD else 1):
                if user := self._responsible(row):
                    found.setdefault((failure.fingerprint, user.id), []).append(row)
        return found

    def _rows(self, failure, limit):
        """Return the oldest messages of a cause, with their records; none that a newer one has made good."""
        narrowed = "SELECT m.*, m.arrived_at AS since FROM (%s) m WHERE endpoint_id = %s AND fingerprint = %s"
        self.env.cr.execute(
            SQL(
                narrowed + " ORDER BY id LIMIT %s",
                failed(failure.company_id.ids, retried=True),
                failure.endpoint_id.id,
                failure.fingerprint,
                limit,
            )
        )
        rows = self.env.cr.dictfetchall()
        for row in rows:
            row["failure"] = failure
            row["flow"] = self.env["integration.flow"].browse(row["flow_id"] or 0).exists()
            row["record"] = self._about(row)
        return rows

    def _about(self, row):
        """Return the record that a failure is about, empty where there is none."""
        if not row["res_id"] or row["res_model"] not in self.env:
            return self.env["res.partner"]
        return self.env[row["res_model"]].browse(row["res_id"]).exists()

    def _responsible(self, row):
        """Return who answers: of what the record itself lacks its own person, else the flow's or the system's."""
        record, flow = row["record"], row["flow"]
        if record and "user_id" in record._fields and words.kind_of(row) == words.RECORD:
            user = record.user_id
            theirs = user._name == "res.users" and user.active and not user.share
            if theirs and record.with_user(user).has_access("read"):
                return user
        system = self.env["integration.endpoint"].browse(row["endpoint_id"]).system_id
        owners = flow.owner_id, system.business_owner_id, system.technical_owner_id
        return next((user for user in owners if user and user.active), None)

    def _is_about(self, activity, rows):
        """Tell whether an activity still stands where its cause is: not on a record that was mended meanwhile."""
        places = (self._place(row, activity.user_id) for row in rows)
        return any((activity.res_model, activity.res_id) == (place._name, place.id) for place in places)

    def _place(self, row, user):
        """Return the record that the activity is put on: its own where it is for its person to mend, else the cause."""
        record, failure = row["record"], row["failure"]
        on_record = record and "activity_ids" in record._fields
        if on_record and words.kind_of(row) == words.RECORD and user != failure.user_id:
            return record
        if failure.with_user(user).has_access("read"):
            return failure
        return record if on_record else row["flow"] or failure.system_id

    def _tell(self, cause, user_id, rows):
        row, user = rows[0], self.env["res.users"].browse(user_id)
        place, failure = self._place(row, user), row["failure"]
        system = failure.system_id
        reader = (row["record"] or place).with_user(user).with_context(lang=user.lang, tz=user.tz)
        if place == failure:
            lines, more = [failure.with_env(reader.env).sudo().cause, failure.error_hint], failure.message_count - 1
        else:
            told, more = words.said(reader, system.name, row), len(rows) - 1
            lines = [told.text, told.next]
        if more > 0:
            lines.append(reader.env._("%(count)s more records wait for the same.", count=more))
        place.activity_schedule(
            FAILED,
            summary=reader.env._("Not in step with %(system)s", system=system.name),
            note=escape("\n".join(filter(None, lines))),
            user_id=user_id,
            integration_cause=cause,
        )

    def _close(self, activity):
        """Close an activity since its cause is gone, or somebody else's; the history of its record says so."""
        lang = activity.user_id.lang or self.env.lang
        env = activity.with_context(lang=lang).env
        failure = self.env["integration.failure"].search([("fingerprint", "=", activity.integration_cause)], limit=1)
        if failure.state == "open" and failure.user_id and failure.user_id != activity.user_id:
            said = env._("%(user)s sees to it.", user=failure.user_id.name)
        elif failure.state == "snoozed":
            said = env._("It was put off.")
        elif failure.state == "ignored":
            said = env._("It was given up: %(reason)s", reason=failure.ignored_reason)
        else:
            said = env._("It is in step again.")
        activity.with_context(mail_activity_quick_update=True).action_feedback(feedback=said)
