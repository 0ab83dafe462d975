# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import fields, models
from odoo.exceptions import UserError

from ..connectors.errors import HubError
from ..engine.backlog import room
from ..engine.database import Database
from ..engine.wake import wake_after_commit
from ..models.connection import open_connector
from ..models.windows import form_of


class IntegrationFetch(models.TransientModel):
    """Read one object from the other system now, and let its flow take it: for what a webhook missed."""

    _name = "integration.fetch"
    _description = "Fetch from the Other System"

    flow_id = fields.Many2one(
        "integration.flow", required=True, domain=[("direction", "=", "inbound"), ("state", "=", "on")]
    )
    object_type = fields.Char(related="flow_id.object_type")
    external_id = fields.Char("Remote Id", required=True, help="As the other system writes it in the record's address.")

    def action_fetch(self):
        """Read the object, store it as a message, and show that message."""
        self.ensure_one()
        flow = self.flow_id
        self._check_room(flow.endpoint_id)
        endpoint = flow.system_id._endpoint("outbound")
        if not endpoint:
            raise UserError(
                self.env._("%(system)s has no API endpoint in this environment.", system=flow.system_id.name)
            )
        try:
            document = open_connector(endpoint).fetch(flow.object_type, self.external_id.strip())
        except HubError as error:
            raise UserError(flow.system_id._hub_error_text(error)) from error
        if document is None:
            raise UserError(
                self.env._(
                    "%(system)s has no %(object)s with the id %(id)s.",
                    system=flow.system_id.name,
                    object=flow.object_type,
                    id=self.external_id,
                )
            )
        return form_of("integration.event", self._store(flow, document))

    def _check_room(self, endpoint):
        """What is fetched waits until there is room for it: a webhook's message comes first."""
        if room(self.env.cr, endpoint.id, fields.Datetime.now()) == 0:
            raise UserError(
                self.env._(
                    "As many messages of %(endpoint)s wait as may wait. Fetch it again when some of them are done.",
                    endpoint=endpoint.name,
                )
            )

    def _store(self, flow, document):
        """Store the object as a message, in the order of its webhooks' messages."""
        db = Database(self.env.cr.dbname)
        read = flow._read_documents([document])[0]
        notification = flow._notification(read, "fetched", self.external_id.strip())
        accepted = flow._insert(flow.endpoint_id, notification, read.text, None, db.now())
        wake_after_commit(self.env.cr, db, [accepted.unit])
        return accepted.event_id
