# Part of Integration Hub. License LGPL-3.0 or later.
import uuid

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..connectors import registry
from ..connectors.errors import HubError
from ..engine import settings, vault

ENTERED = "••••••••"


def entered(line):
    """Return what was entered on a line; a module-level function, since it opens secrets."""
    line = line.sudo()
    if line.ciphertext:
        return vault.unseal(vault.Sealed(line.key_name, line.ciphertext), line._vault_binding())
    text = (line.value or "").strip()
    return "" if text == ENTERED else text  # a mark of what is in the vault


class IntegrationConnectField(models.TransientModel):
    """One thing to fill in. A secret is encrypted when it is entered: not even this passing row holds its text."""

    _name = "integration.connect.field"
    _description = "Connector Setting"
    _order = "advanced, id"

    wizard_id = fields.Many2one("integration.connect", required=True, ondelete="cascade")
    name = fields.Char(readonly=True)
    label = fields.Char(readonly=True)
    help = fields.Char(readonly=True)
    placeholder = fields.Char(readonly=True)
    required = fields.Boolean(readonly=True)
    is_secret = fields.Boolean(readonly=True)
    advanced = fields.Boolean(readonly=True)
    multiline = fields.Boolean(readonly=True)
    stored = fields.Boolean(readonly=True, help="The vault has this secret already; another one replaces it.")
    value = fields.Char(help="Of a secret only a mark that one was entered is kept here.")
    uuid = fields.Char(groups=fields.NO_ACCESS)
    key_name = fields.Char(groups=fields.NO_ACCESS)
    ciphertext = fields.Char(groups=fields.NO_ACCESS)

    @api.model_create_multi
    def create(self, vals_list):
        values = [vals.pop("value", None) for vals in vals_list]
        lines = super().create(vals_list)
        for line, value in zip(lines, values, strict=True):
            if value:
                line.value = value
        return lines

    def write(self, vals):
        value = vals.get("value")
        if not value or value == ENTERED:
            return super().write({name: each for name, each in vals.items() if name != "value" or not each})
        for line in self:
            secret = line._is_secret()
            super(IntegrationConnectField, line).write({**vals, "value": ENTERED} if secret else vals)
            if secret:
                # nobody may touch these columns by name, not even who entered the secret
                super(IntegrationConnectField, line.sudo()).write(line._sealed(value.strip()))
        return True

    def _is_secret(self):
        """Ask the connector, not the row: what a browser sent decides nothing here."""
        connector = registry.get(self.wizard_id.connector)
        return any(field.secret for field in connector.settings if field.name == self.name)

    def _sealed(self, secret):
        self = self.sudo()
        self.uuid = self.uuid or str(uuid.uuid4())
        try:
            sealed = vault.seal(secret, self._vault_binding())
        except HubError as error:
            raise UserError(self.env["integration.system"]._hub_error_text(error)) from None
        return {"key_name": sealed.key_name, "ciphertext": sealed.ciphertext}

    def _vault_binding(self):
        return vault.Binding(self.uuid, settings.running_environment(), ("wizard",))
