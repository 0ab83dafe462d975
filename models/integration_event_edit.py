# Part of Integration Hub. License LGPL-3.0 or later.
"""Edit and replay: what a failed message says is corrected in a new message, and the old one stays as it came."""

import json
import logging

from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..connectors import jsondoc
from ..connectors.connector import Notification
from ..connectors.errors import DocumentError
from ..engine.database import Database
from ..engine.slots import Unit
from ..engine.wake import wake_after_commit
from .json_diff import ABSENT, differences

_logger = logging.getLogger(__name__)

FAILED = ("dead", "held", "retry")
TOLD_AT_MOST = 50  # parts that were edited


class IntegrationEvent(models.Model):
    """A message that takes the place of one that failed, with the same order key."""

    _inherit = "integration.event"

    edited = fields.Text(
        "What Was Edited",
        compute="_compute_edited",
        groups="integration_hub.group_consultant",
        help="What this message says otherwise than the one that it replaces.",
    )

    def _compute_edited(self):
        for event in self:
            before, after = event.parent_id.payload_ids[:1].body, event.payload_ids[:1].body
            if not (event.parent_id and before and after):
                event.edited = False
                continue
            found = differences(json.loads(before), json.loads(after))
            told = [f"{each.pointer}: {_said(each.before)} → {_said(each.after)}" for each in found[:TOLD_AT_MOST]]
            event.edited = "\n".join(told)

    def action_edit_replay(self):
        """Show what the message says, to be corrected and taken as a new message."""
        self.ensure_one()
        self._check_editor()
        self._check_editable()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Edit and Replay"),
            "res_model": "integration.edit.replay",
            "view_mode": "form",
            "target": "new",
            "context": {"default_event_id": self.id},
        }

    def _check_editor(self):
        if not self.env.user.has_group("integration_hub.group_edit_replay"):
            raise AccessError(self.env._("Editing messages is a right of its own. Ask an administrator for it."))
        self.check_access("read")

    def _check_editable(self):
        """Raise UserError where there is nothing to edit, saying what to do instead."""
        if reason := self._not_editable():
            raise UserError(reason)

    def _not_editable(self):
        if replacement := self._replacement():
            return self.env._("It was replaced by %(name)s already.", name=replacement.display_name)
        if self.state not in FAILED:
            return self.env._("Only messages that failed are edited. This one waits, or is over.")
        if self.direction == "outbound":
            return self.env._(
                "What is sent is read from the Odoo record when it is sent, so this message has no content to edit. "
                "Correct the record, then retry."
            )
        system = self.sudo().system_id.name
        if self.operation == "read":
            return self.env._(
                "The message only names the object: what it says is read from %(system)s when its turn comes. Correct "
                "it there, then retry.",
                system=system,
            )
        if self.operation != "upsert":
            return self.env._("It tells that something was deleted or merged in %(system)s: there is nothing to edit.",
                              system=system)  # fmt: skip
        if not self.sudo().payload_ids:
            return self.env._("What it carried is kept no longer. Fetch the object from %(system)s, and give this up.",
                              system=system)  # fmt: skip
        return "" if self._taken_by() else self.env._("No flow takes it. Switch one on first.")

    def _taken_by(self):
        """Return the flow that a message is for."""
        Flow = self.env["integration.flow"].sudo()
        return Flow.browse(self.flow_id.id or Flow._route(self.endpoint_id.id, self.topic) or ())

    def _replacement(self):
        """Return the message that has taken this one's place; empty where there is none."""
        self.env.cr.execute(
            SQL(
                """SELECT event_id FROM integration_dedupe
                    WHERE endpoint_id = %s AND dedupe_key = %s AND company_id = %s""",
                self.endpoint_id.id,
                self._once(),
                self.company_id.id,
            )
        )
        return self.browse(row[0] for row in self.env.cr.fetchall()).exists()

    def _once(self):
        return f"edited:{self.id}"

    def _replay_edited(self, text, reason=""):
        """Store an edited content as a new message in this one's place; returns it. Pressed twice, it is made once.

        Raises UserError where the text is not strict JSON, or the message is not failed any more.
        """
        self.ensure_one()
        self._check_editor()
        # Whoever presses at the same moment waits here; the request that lost the race is run again, and finds it.
        self.env.cr.execute(SQL("SELECT 1 FROM integration_event WHERE id = %s FOR UPDATE", self.id))
        self.invalidate_recordset()
        if replacement := self._replacement():
            return replacement
        self._check_editable()
        try:
            document = jsondoc.parse(text.encode())
        except DocumentError as error:
            raise UserError(self.env._("It is not JSON: %(why)s", why=error)) from error
        event, flow = self.sudo(), self._taken_by()
        notification = Notification(
            topic=event.topic,
            object_type=event.object_type,
            external_id=event.external_id,
            partition_key=event.partition_key,
            payload=document,
            complete=True,
            version=event.external_version,
        )
        db = Database(self.env.cr.dbname)
        accepted = flow._insert(event.endpoint_id, notification, text, self._once(), db.now())
        replacement = self.browse(accepted.event_id)
        self._put_in_place(replacement)
        self._note_deed("edit", self.env.user, reason)
        self._tell_edited(flow, replacement, document, reason)
        self.env.invalidate_all()
        wake_after_commit(self.env.cr, db, [accepted.unit, Unit(event.endpoint_id.id, event.direction, event.slot)])
        return replacement

    def _put_in_place(self, replacement):
        """Close this one, and let the new one have its place: later ones of the key go on waiting for it."""
        cr = self.env.cr
        cr.execute(
            SQL(
                "UPDATE integration_event SET parent_id = %s, causation_id = %s WHERE id = %s",
                self.id,
                self.id,
                replacement.id,
            )
        )
        cr.execute(
            SQL(
                """UPDATE integration_event SET state = 'ignored', done_at = %s, next_try_at = NULL, error_hint = %s
                    WHERE id = %s""",
                fields.Datetime.now(),
                self.env._(
                    "Replaced by %(message)s, edited by %(user)s",
                    message=replacement.display_name,
                    user=self.env.user.name,
                ),
                self.id,
            )
        )
        cr.execute(SQL("UPDATE integration_blocked_key SET event_id = %s WHERE event_id = %s", replacement.id, self.id))

    def _tell_edited(self, flow, replacement, document, reason):
        """Say on the flow who edited what, without the values: they are read by those who may see contents."""
        before = json.loads(self.sudo().payload_ids[:1].body)
        parts = [each.pointer or "/" for each in differences(before, document)]
        named = ", ".join(parts[:TOLD_AT_MOST]) or self.env._("nothing")
        said = Markup("%s<br/>%s") % (
            self.env._(
                "%(old)s was edited and replayed as %(new)s.", old=self.display_name, new=replacement.display_name
            ),
            self.env._("Edited: %(parts)s", parts=named),
        )
        if reason:
            said += Markup("<br/>%s") % self.env._("Reason: %(reason)s", reason=reason)
        flow.message_post(body=said, author_id=self.env.user.partner_id.id)
        _logger.info("Message %s was edited by user %s and replayed as %s", self.id, self.env.uid, replacement.id)


def _said(value):
    return "–" if value is ABSENT else json.dumps(value, ensure_ascii=False)
