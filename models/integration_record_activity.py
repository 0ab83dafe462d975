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
        """Return ``{(cause, user id): failures}``, the oldest first."""
        companies = self.env["integration.system"].search([("lifecycle", "!=", "retired")]).company_id.ids
        self.env.cr.execute(
            SQL(
                """SELECT * FROM (
                       SELECT m.*, m.arrived_at AS since,
                              row_number() OVER (PARTITION BY fingerprint ORDER BY id) AS place
                         FROM (%s) m WHERE fingerprint IS NOT NULL) ranked
                    WHERE place <= %s ORDER BY id LIMIT %s""",
                failed(companies),
                OF_A_CAUSE,
                OF_A_CAUSE * CAUSES,
            )
        )
        found = {}
        for row in self.env.cr.dictfetchall():
            row["flow"] = self.env["integration.flow"].browse(row["flow_id"] or 0).exists()
            row["record"] = self._about(row)
            if user := self._responsible(row):
                found.setdefault((row["fingerprint"], user.id), []).append(row)
        return found

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
        return any((activity.res_model, activity.res_id) == (place._name, place.id) for place in map(self._place, rows))

    def _place(self, row):
        """Return the record that the activity is put on: its own where it can have any, else the flow or the system."""
        record = row["record"]
        if record and "activity_ids" in record._fields:
            return record
        return row["flow"] or self.env["integration.endpoint"].browse(row["endpoint_id"]).system_id

    def _tell(self, cause, user_id, rows):
        row = rows[0]
        place, system = self._place(row), self.env["integration.endpoint"].browse(row["endpoint_id"]).system_id
        user = self.env["res.users"].browse(user_id)
        reader = (row["record"] or place).with_user(user).with_context(lang=user.lang, tz=user.tz)
        said = words.said(reader, system.name, row)
        lines = [said.text, said.next]
        if len(rows) > 1:
            lines.append(reader.env._("%(count)s more records wait for the same.", count=len(rows) - 1))
        place.activity_schedule(
            FAILED,
            summary=reader.env._("Not in step with %(system)s", system=system.name),
            note=escape("\n".join(filter(None, lines))),
            user_id=user_id,
            integration_cause=cause,
        )

    def _close(self, activity):
        """Close an activity since its cause is gone; the history of its record says so."""
        lang = activity.user_id.lang or self.env.lang
        activity.with_context(mail_activity_quick_update=True).action_feedback(
            feedback=activity.with_context(lang=lang).env._("It is in step again.")
        )
