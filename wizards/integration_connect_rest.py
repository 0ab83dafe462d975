# Part of Integration Hub. License LGPL-3.0 or later.
import json

from odoo import api, fields, models

from ..models.integration_system_rest import REST
from ..models.rest_definition import SYSTEM, fields_of_other_auth, write

ASKED = (
    "rest_base_url",
    "rest_auth_kind",
    "rest_auth_name",
    "rest_authorize_url",
    "rest_token_url",
    "rest_client_id",
    "rest_scope",
    "rest_check_path",
)


class IntegrationConnect(models.TransientModel):
    """An API that has no connector of its own: address, authentication and what proves them; the rest comes later."""

    _inherit = "integration.connect"

    rest_base_url = fields.Char("API Base Address", help="The address below which all others lie.")
    rest_auth_kind = fields.Selection(
        lambda self: self.env["integration.system"]._fields["rest_auth_kind"].selection,
        "Authentication",
        default="bearer",
    )
    rest_auth_name = fields.Char("Key Name", help="The header or parameter that carries the key, e.g. X-Api-Key.")
    rest_authorize_url = fields.Char("Sign-in Address", help="The page on which a person allows the hub access.")
    rest_token_url = fields.Char("Token Address", help="Where the token is got.")
    rest_client_id = fields.Char("Client Id")
    rest_scope = fields.Char("Scopes", help="Separated by blanks, as the vendor writes them.")
    rest_check_path = fields.Char("Test Address", help="Read to prove that address and key are right, e.g. /me")

    def _prepare_line(self, field):
        """The definition is made of the fields above; who has one already pastes it under Advanced."""
        values = super()._prepare_line(field)
        if self.connector == REST and field.name == "definition":
            values.update(
                required=False,
                advanced=True,
                label=self.env._("Description"),
                help=self.env._("The API as JSON, from another hub or the vendor. It replaces the fields above."),
            )
        return values

    def _entered_values(self):
        values = super()._entered_values()
        if self.connector == REST:
            values["definition"] = values["definition"] or json.dumps(self._rest_definition())
        return values

    def _rest_definition(self):
        unused = fields_of_other_auth(self.rest_auth_kind)
        table = {field: SYSTEM[field] for field in ASKED if field not in unused}
        before = (self.system_id.settings or {}).get("definition") or {"resources": []}
        return write(before, table, self)

    def _recall(self):
        if self.connector == REST:
            self.update({field: self.system_id[field] for field in ASKED})
        return super()._recall()

    def _recalled(self, name):
        return False if self.connector == REST and name == "definition" else super()._recalled(name)

    @api.depends("rest_auth_kind")
    def _compute_signs_in(self):
        return super()._compute_signs_in()

    def _signs_in(self):
        if self.connector == REST:
            return self.rest_auth_kind == "oauth_authorization_code"
        return super()._signs_in()

    @api.onchange("rest_auth_kind")
    def _onchange_rest_auth_kind(self):
        if self.rest_auth_kind == "header" and not self.rest_auth_name:
            self.rest_auth_name = "X-Api-Key"
