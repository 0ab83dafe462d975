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
            rows = self._rows(failure, OF_A_CAUSE if words.KINDS.get(failure.error_code) == words.RECORD else 1)
            for row, user in zip(rows, self._responsible(rows), strict=True):
                if user:
                    found.setdefault((failure.fingerprint, user.id), []).append(row)
        return found

    def _rows(self, failure, limit):
        """Return the oldest messages of a cause, with their records; none that a newer one has made good."""
        self.env.cr.execute(
            SQL(
                """SELECT m.*, m.arrived_at AS since FROM (%s) m
                    WHERE id = ANY(ARRAY(SELECT id FROM integration_event
                                          WHERE endpoint_id = %s AND fingerprint = %s
                                            AND state IN ('dead', 'held', 'retry') ORDER BY id LIMIT %s))
                 ORDER BY id LIMIT %s""",
                failed(failure.company_id.ids, retried=True),
                failure.endpoint_id.id,
                failure.fingerprint,
                OF_A_CAUSE,
                limit,
            )
        )
        rows = self.env.cr.dictfetchall()
        there = self._there(rows)
        for row in rows:
            row["failure"] = failure
            row["flow"] = there["integration.flow"].filtered(lambda flow, row=row: flow.id == row["flow_id"])
            records = there.get(row["res_model"]) if row["res_id"] else None
            row["record"] = self.env["res.partner"]
            if records is not None and row["res_id"] in records._ids:
                row["record"] = records.browse(row["res_id"]).with_prefetch(records._prefetch_ids)
        return rows

    def _there(self, rows):
        """Return ``{model: records}`` of what these messages are about and that is still there, and of their flows."""
        ids = {"integration.flow": {row["flow_id"] for row in rows if row["flow_id"]}}
        for row in rows:
            if row["res_id"] and row["res_model"] in self.env:
                ids.setdefault(row["res_model"], set()).add(row["res_id"])
        return {model: self.env[model].browse(sorted(found)).exists() for model, found in ids.items()}

    def _responsible(self, rows):
        """Return who answers for each: of what a record lacks its own person, else the flow's or the system's."""
        theirs = [self._own_person(row) for row in rows]
        readable = {
            user: {
                model: set(records.with_user(user)._filtered_access("read").ids)
                for model, records in self._there(
                    [row for row, own in zip(rows, theirs, strict=True) if own == user]
                ).items()
            }
            for user in filter(None, set(theirs))
        }
        return [
            own if own and row["record"].id in readable[own][row["record"]._name] else self._owner(row)
            for row, own in zip(rows, theirs, strict=True)
        ]

    def _own_person(self, row):
        """Return the person of the record that a person has to mend, ``None`` where there is none."""
        record = row["record"]
        if not record or "user_id" not in record._fields or words.kind_of(row) != words.RECORD:
            return None
        user = record.user_id
        return user if user._name == "res.users" and user.active and not user.share else None

    def _owner(self, row):
        system = row["failure"].system_id
        owners = row["flow"].owner_id, system.business_owner_id, system.technical_owner_id
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
