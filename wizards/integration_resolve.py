# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import fields, models
from odoo.exceptions import UserError

from ..connectors.errors import HubError
from ..models.connection import open_connector
from ..models.loose_many2one import LooseMany2one


class IntegrationResolve(models.TransientModel):
    """Say that what may have been created in the other system is there, so that it is not sent again."""

    _name = "integration.resolve"
    _description = "It Is There"

    event_id = LooseMany2one("integration.event", "Message", required=True, readonly=True)
    record_name = fields.Char(related="event_id.record_name")
    external_id = fields.Char(
        "Remote Id",
        help="As the other system writes it in the record's address. With it the record is linked, and later changes "
        "go there; without it they would be created anew.",
    )

    def action_resolve(self):
        """Check that it is there, and take the message as done."""
        self.ensure_one()
        external_id = (self.external_id or "").strip()
        self.event_id._check_in_doubt()
        if external_id:
            self._check_is_there(external_id)
        self.event_id._resolve(external_id)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _check_is_there(self, external_id):
        event = self.event_id.sudo()
        system = event.system_id
        try:
            connector = open_connector(event.endpoint_id)
            if not connector.object_type(event.object_type).fetchable:
                return
            found = connector.fetch(event.object_type, external_id)
        except HubError as error:
            raise UserError(system._hub_error_text(error)) from error
        if found is None:
            raise UserError(
                self.env._(
                    "%(system)s has no %(object)s with the id %(id)s.",
                    system=system.name,
                    object=event.object_type,
                    id=external_id,
                )
            )
