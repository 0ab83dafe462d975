# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.tools import SQL

from ..engine.questions import HOLD
from . import ask_words as words

LATE = "integration_hub.mail_activity_late"


class IntegrationFlow(models.Model):
    """The recovery objective of a flow: how long its messages may wait before somebody is told."""

    _inherit = "integration.flow"

    recovery_minutes = fields.Integer(
        "Recovery Objective",
        default=60,
        tracking=True,
        help="Minutes for which a message may wait. When one waits longer the owner is told, once; 0: never.",
    )
    late_since = fields.Datetime(readonly=True, copy=False, help="Since when messages wait longer than they may.")

    _recovery_positive = models.Constraint(
        "CHECK (recovery_minutes >= 0)", "The recovery objective cannot be less than nothing."
    )

    @api.model
    def _cron_recovery(self):
        """Tell the owners of flows whose messages wait too long, and take it back when they do not any more."""
        flows = self.search(["|", ("recovery_minutes", ">", 0), ("late_since", "!=", False)])
        oldest = self._oldest_waiting()
        for flow in flows:
            late = flow.state == "on" and flow._is_late(oldest.get(flow.id))
            if late and not flow.late_since:
                flow._tell_late()
            elif not late and flow.late_since:
                flow.late_since = False
                flow.activity_unlink([LATE])
        self._tell_who_waits_in_vain()

    @api.model
    def _tell_who_waits_in_vain(self):
        """Tell people whose record waits for an answer that will not come: its message failed, or was given up."""
        waiting = self.env["mail.activity"].search([("activity_type_id", "=", self.env.ref(words.WAITING).id)])
        for activity in waiting.filtered(lambda activity: activity.res_model in self.env):
            about = [("res_model", "=", activity.res_model), ("res_id", "=", activity.res_id)]
            left = [*about, ("operation", "=", "ask"), ("topic", "=like", f"%.{HOLD}")]
            message = self.env["integration.event"].search(left, order="id desc", limit=1)
            if message.state in ("dead", "ignored"):
                words.waits_in_vain(activity, message)

    @api.model
    def _oldest_waiting(self):
        """Return ``{flow id: when the oldest message arrived}`` of all that waits, in one look."""
        self.env.cr.execute(
            SQL(
                """SELECT flow_id, min(arrived_at) FROM integration_event
                    WHERE state IN ('pending', 'retry', 'held') GROUP BY flow_id"""
            )
        )
        return dict(self.env.cr.fetchall())

    def _is_late(self, oldest):
        if not self.recovery_minutes or not oldest:
            return False
        return oldest < fields.Datetime.subtract(fields.Datetime.now(), minutes=self.recovery_minutes)

    def _tell_late(self):
        self.late_since = fields.Datetime.now()
        owner = self.owner_id or self.system_id.business_owner_id or self.system_id.technical_owner_id
        if self.env["integration.alert"]._is_told("late", "flow_id", self, owner):
            return
        self.activity_schedule(
            LATE,
            summary=self.env._("Messages wait longer than %(minutes)s minutes", minutes=self.recovery_minutes),
            note=self.degradation_text,
            user_id=(owner or self.env.user).id,
        )
