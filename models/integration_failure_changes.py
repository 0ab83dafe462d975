# Part of Integration Hub. License LGPL-3.0 or later.
from datetime import timedelta

from markupsafe import Markup

from odoo import fields, models
from odoo.tools.misc import format_datetime

BEFORE = 24  # hours before the first failure in which a change may be its reason
AFTER = 5  # minutes; clocks and drains are not that exact
SHOWN = 12


class IntegrationFailure(models.Model):
    """What changed shortly before a cause came about: from the records' own dates and histories."""

    _inherit = "integration.failure"

    changes = fields.Html("Changed Shortly Before", compute="_compute_changes", sanitize=False)

    def _compute_changes(self):
        for failure in self:
            found = sorted(failure.sudo()._changes_before(), reverse=True)[:SHOWN] if failure.oldest_at else []
            lines = [
                Markup("<li><span class='text-muted'>%s</span> %s</li>") % (format_datetime(self.env, moment), what)
                for moment, what in found
            ]
            failure.changes = Markup("<ul class='mb-0'>%s</ul>") % Markup().join(lines) if lines else False

    def _changes_before(self):
        """Yield ``(when, what changed)`` of what may be the reason."""
        self.ensure_one()
        last = self.oldest_at + timedelta(minutes=AFTER)
        during = (self.oldest_at - timedelta(hours=BEFORE), last)
        yield from self._versions_approved(*during)
        yield from self._secrets_entered(*during)
        yield from self._settings_changed(*during)
        yield from self._looked_for_changed(*during)
        yield from self._apps_updated(*during)

    def _versions_approved(self, first, last):
        flow = self.flow_id
        mappings = flow.mapping_id | flow.record_mapping_id | flow.answer_mapping_id | flow.answer_record_mapping_id
        versions = self.env["integration.mapping.version"].search(
            [("mapping_id", "in", mappings.ids), ("approved_at", ">=", first), ("approved_at", "<=", last)]
        )
        for version in versions:
            names = {"version": version.display_name, "user": version.approved_by_id.name}
            if version.approved_by_id:
                said = self.env._("%(version)s was approved by %(user)s", **names)
            else:
                said = self.env._("%(version)s came with the connector", **names)
            yield version.approved_at, said

    def _secrets_entered(self, first, last):
        credential = self.endpoint_id.credential_id
        versions = self.env["integration.credential.version"].search(
            [("credential_id", "=", credential.id), ("create_date", ">=", first), ("create_date", "<=", last)]
        )
        for version in versions:
            yield (
                version.create_date,
                self.env._(
                    "%(credential)s: %(user)s entered a new secret",
                    credential=credential.name,
                    user=version.create_uid.name,
                ),
            )

    def _settings_changed(self, first, last):
        """What the histories of the system, its endpoint, its key and the flow tell."""
        for record in (self.system_id, self.endpoint_id, self.endpoint_id.credential_id, self.flow_id):
            values = self.env["mail.tracking.value"].search(
                [
                    ("mail_message_id.model", "=", record._name),
                    ("mail_message_id.res_id", "=", record.id),
                    ("mail_message_id.date", ">=", first),
                    ("mail_message_id.date", "<=", last),
                ]
            )
            for value in values:
                message = value.mail_message_id
                shown = value._tracking_value_format()[0]
                yield (
                    message.date,
                    self.env._(
                        "%(record)s: %(user)s changed %(field)s from %(old)s to %(new)s",
                        record=record.display_name,
                        user=message.author_id.name or self.env._("the hub"),
                        field=shown["fieldInfo"]["changedField"],
                        old=shown["oldValue"] or self.env._("nothing"),
                        new=shown["newValue"] or self.env._("nothing"),
                    ),
                )

    def _looked_for_changed(self, first, last):
        """A record that messages look for by its name, and that somebody switched off or renamed."""
        problem = next(iter((self.error_params or {}).get("problems") or []), None)
        params = (problem.get("params") if isinstance(problem, dict) else None) or {}
        table, value = params.get("table"), params.get("value")
        if table not in self.env or not isinstance(value, str):
            return
        Model = self.env[table].with_context(active_test=False)
        if not Model._rec_name or not Model._log_access:
            return
        domain = [(Model._rec_name, "=", value), ("write_date", ">=", first), ("write_date", "<=", last)]
        for record in Model.search(domain, limit=1):
            yield (
                record.write_date,
                self.env._("%(record)s: %(user)s changed it", record=record.display_name, user=record.write_uid.name),
            )

    def _apps_updated(self, first, last):
        """Which modules were installed or upgraded: a deployment."""
        domain = [("state", "=", "installed"), ("write_date", ">=", first), ("write_date", "<=", last)]
        apps = self.env["ir.module.module"].search(domain)
        if apps:
            names = ", ".join(f"{app.shortdesc} {app.latest_version or ''}".strip() for app in apps[:3])
            more = self.env._(" and %(count)s more", count=len(apps) - 3) if len(apps) > 3 else ""
            said = self.env._("Apps were updated: %(names)s%(more)s", names=names, more=more)
            yield fields.Datetime.to_datetime(max(apps.mapped("write_date"))), said
