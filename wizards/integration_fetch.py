# Part of Integration Hub. License LGPL-3.0 or later.
import json

from odoo import fields, models
from odoo.exceptions import UserError

from ..connectors.connector import Notification
from ..connectors.errors import HubError
from ..engine.backlog import room
from ..engine.database import Database
from ..engine.store import insert_inbound
from ..engine.wake import wake_after_commit
from ..models.connection import open_connector


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
        event_id = self._store(flow, document)
        return {
            "type": "ir.actions.act_window",
            "res_model": "integration.event",
            "res_id": event_id,
            "view_mode": "form",
        }

    def _check_room(self, endpoint):
        """What is fetched waits until there is room for it: a webhook's message comes first."""
        if room(self.env.cr, endpoint.id, fields.Datetime.now()) == 0:
            raise UserError(
                self.env._(
                    "As many messages of %(endpoint)s wait as may wait. Fetch it again when some of them are done.",
                    endpoint=endpoint.name,
                )
            )

    def _identity(self, flow, document):
        """Return the object's id as its webhooks have it, so that both wait for each other; what was typed at worst."""
        try:
            found = flow.mapping_id._compiled()[1].apply(document).get("id")
        except HubError:
            found = None  # the message itself will say what is wrong with it
        return found or self.external_id.strip()

    def _store(self, flow, document):
        cr = self.env.cr
        db = Database(cr.dbname)
        external_id = self._identity(flow, document)
        accepted = insert_inbound(
            cr,
            endpoint_id=flow.endpoint_id.id,
            company_id=flow.company_id.id,
            flow_id=flow.id,
            message=Notification(
                topic=f"{flow.object_type}.fetched",
                object_type=flow.object_type,
                external_id=external_id,
                partition_key=f"{flow.object_type}:{external_id}",
                payload=document,
                complete=True,
            ),
            dedupe_key=None,
            headers={},
            body=json.dumps(document, ensure_ascii=False),
            now=db.now(),
        )
        wake_after_commit(cr, db, [accepted.unit])
        return accepted.event_id
