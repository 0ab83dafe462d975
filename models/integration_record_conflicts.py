# Part of Integration Hub. License LGPL-3.0 or later.
from markupsafe import escape

from odoo import api, models

from .integration_record_activity import FAILED, OF_A_CAUSE


class IntegrationRecord(models.AbstractModel):
    """Whoever answers for records of which a person is asked has one activity a field and system, until all is chosen.

    Without one, a question that nobody looks for would hold the field back on both sides for ever.
    """

    _inherit = "integration.record"

    @api.model
    def _causes(self):
        return super()._causes() | self._asked()

    def _asked(self):
        """Return ``{(cause, user id): rows}`` of conflicts that wait, the oldest first."""
        Conflict, found = self.env["integration.conflict"], {}
        waiting = [("state", "=", "open"), ("system_id.active", "=", True), ("system_id.lifecycle", "!=", "retired")]
        for system, field in Conflict._read_group(waiting, ["system_id", "field_id"]):
            same = [*waiting, ("system_id", "=", system.id), ("field_id", "=", field.id)]
            for conflict in Conflict.search(same, order="id", limit=OF_A_CAUSE):
                record = conflict._record()
                if record and (user := self._chooser(conflict, record)):
                    cause = f"conflict:{system.id}:{field.id}"
                    found.setdefault((cause, user.id), []).append({"conflict": conflict, "record": record})
        return found

    def _chooser(self, conflict, record):
        """Return who is to choose: the record's own person, if they may, else who answers for the system."""
        user = record.user_id if "user_id" in record._fields else None
        if user and user._name == "res.users" and user.active and conflict.with_user(user).may_choose:
            return user
        owners = conflict.system_id.business_owner_id, conflict.system_id.technical_owner_id
        return next((owner for owner in owners if owner.active), None)

    def _place(self, row, user):
        if "conflict" not in row:
            return super()._place(row, user)
        return row["record"] if "activity_ids" in row["record"]._fields else row["conflict"].system_id

    def _tell(self, cause, user_id, rows):
        return self._ask(cause, user_id, rows) if "conflict" in rows[0] else super()._tell(cause, user_id, rows)

    def _ask(self, cause, user_id, rows):
        user, conflict = self.env["res.users"].browse(user_id), rows[0]["conflict"]
        reader = conflict.with_user(user).with_context(lang=user.lang, tz=user.tz)
        system = conflict.system_id.name
        lines = [
            reader.env._(
                "It was changed here and in %(system)s, and stays as it is on both sides until somebody chooses: "
                "To Do → Conflicts.",
                system=system,
            )
        ]
        if len(rows) > 1:
            lines.append(reader.env._("%(count)s more records wait for the same.", count=len(rows) - 1))
        self._place(rows[0], user).activity_schedule(
            FAILED,
            summary=reader.env._("Choose: %(field)s, here or in %(system)s", field=reader.field_label, system=system),
            note=escape("\n".join(lines)),
            user_id=user_id,
            integration_cause=cause,
        )
