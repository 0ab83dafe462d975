# Part of Integration Hub. License LGPL-3.0 or later.
import logging

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..engine.database import Database
from ..engine.wake import wake_after_commit

_logger = logging.getLogger(__name__)


class IntegrationEvent(models.Model):
    """What a person does about a message that may have taken effect in the other system already."""

    _inherit = "integration.event"

    def action_resolve(self):
        """Ask where it is in the other system."""
        self._check_in_doubt()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("It Is There"),
            "res_model": "integration.resolve",
            "view_mode": "form",
            "target": "new",
            "context": {"default_event_id": self.id},
        }

    def action_send_again(self):
        """Send it, since a person found out that it is not there."""
        self._check_in_doubt()
        self.env.cr.execute(SQL("UPDATE integration_event SET in_doubt = NULL WHERE id = %s", self.id))
        _logger.info("Message %s is sent again by user %s", self.id, self.env.uid)
        self._note_deed("send_again", self.env.user)
        wake_after_commit(self.env.cr, Database(self.env.cr.dbname), self._requeue())

    def _is_asked_about(self):
        """Tell whether it waits for a person to say whether it is there."""
        return self.state == "held" and self.error_code == "in-doubt"

    def _check_in_doubt(self):
        """Raise unless this is one message that a person is to decide about, and this person may."""
        self.ensure_one()
        self._check_operator()
        if self.direction != "outbound" or not self.in_doubt or self.state not in ("held", "dead"):
            raise UserError(self.env._("Nothing is in doubt about the message %(name)s.", name=self.display_name))

    def _resolve(self, external_id=""):
        """Take it as done, since a person found it in the other system; with its id there, the record is linked."""
        self._check_in_doubt()
        if external_id:
            self._link_found(external_id)
        user = self.env.user.name
        self.env.cr.execute(
            SQL(
                """UPDATE integration_event
                      SET state = 'done', done_at = %s, next_try_at = NULL, in_doubt = NULL, error_code = 'found-there',
                          error_message = %s, error_hint = NULL, external_id = coalesce(%s, external_id)
                    WHERE id = %s""",
                fields.Datetime.now(),
                self.env._("%(user)s found it in %(system)s", user=user, system=self.sudo().system_id.name),
                external_id or None,
                self.id,
            )
        )
        self.env.cr.execute(SQL("DELETE FROM integration_blocked_key WHERE event_id = %s", self.id))
        self.invalidate_model()
        self._note_deed("resolve", self.env.user)
        _logger.info("Message %s was found there by user %s (id %s)", self.id, self.env.uid, external_id or "not given")
        wake_after_commit(self.env.cr, Database(self.env.cr.dbname), self._units())

    def _link_found(self, external_id):
        flow = self.sudo().flow_id
        record = self.env[self.res_model].browse(self.res_id).exists() if self.res_model in self.env else None
        if not record:
            raise UserError(self.env._("The record is gone here, so that nothing can be linked. Leave the id empty."))
        known = flow.env["integration.binding"]._find(flow.system_id, flow.entity_id, external_id)
        if known and known._record() and (known.res_model, known.res_id) != (record._name, record.id):
            raise UserError(
                self.env._(
                    "%(id)s is linked with another record, %(name)s. Remove that link first, or check the id.",
                    id=external_id,
                    name=known.with_user(self.env.user).record_name or known.res_id,
                )
            )
        # What is there may be older than the record: without a digest, its next change is sent in any case.
        flow.env["integration.binding"]._link(flow.system_id, flow.entity_id, external_id, record.sudo())
