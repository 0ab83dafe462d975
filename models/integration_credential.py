# Part of Integration Hub. License LGPL-3.0 or later.
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import ormcache

from ..connectors.errors import HubError
from ..engine import tokens, vault


class IntegrationCredential(models.Model):
    """A vault entry. Its secret is written and never read back; several versions live while it is being replaced."""

    _name = "integration.credential"
    _description = "Credential"
    _inherit = ["integration.cached.mixin", "mail.thread"]
    _order = "system_id, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    system_id = fields.Many2one(
        "integration.system", required=True, ondelete="cascade", index=True, check_company=True, tracking=True
    )
    company_id = fields.Many2one(related="system_id.company_id", store=True, index=True)
    environment_id = fields.Many2one(
        "integration.environment",
        required=True,
        ondelete="restrict",
        default=lambda self: self.env["integration.environment"]._running(),
        tracking=True,
        help="A credential refuses to work in any other environment.",
    )
    kind = fields.Selection(
        [("api_key", "API key or access token"), ("basic", "User and password"), ("hmac", "Webhook signing secret")],
        required=True,
        default="api_key",
        tracking=True,
    )
    origins = fields.Char(
        "Allowed Addresses",
        required=True,
        tracking=True,
        help="The secret is only ever used for these addresses (scheme://host), or `inbound` for a webhook. "
        "Changing them asks for the secret again.",
    )
    expires_on = fields.Date(
        "Valid Until",
        copy=False,
        tracking=True,
        help="The last day on which the other side accepts this secret, if it ends: the dashboard counts the days. "
        "A new secret has no end until you enter one.",
    )
    grace_hours = fields.Integer(
        "Overlap (hours)",
        default=24,
        help="How long the previous secret stays valid after a new one is entered.",
    )
    secret = fields.Char(
        "New Secret",
        compute="_compute_secret",
        inverse="_inverse_secret",
        copy=False,
        help="Paste it here and save. It is encrypted at once and can never be read again, only replaced.",
    )
    version_ids = fields.One2many("integration.credential.version", "credential_id", readonly=True, copy=False)
    has_secret = fields.Boolean("Secret Stored", compute="_compute_has_secret")
    endpoint_ids = fields.One2many("integration.endpoint", "credential_id", readonly=True)

    @api.depends_context("uid")
    def _compute_secret(self):
        self.secret = False

    def _inverse_secret(self):
        for credential in self.filtered("secret"):
            secret, credential.secret = credential.secret, False
            credential._store_secret(secret)

    @api.depends("version_ids.state", "version_ids.expires_at")
    def _compute_has_secret(self):
        for credential in self:
            credential.has_secret = bool(credential.version_ids.filtered(lambda version: version.state == "live"))

    @api.constrains("origins")
    def _check_origins(self):
        for credential in self:
            for origin in credential.origins.split():
                if origin != "inbound" and not origin.startswith(("https://", "http://")):
                    raise ValidationError(
                        self.env._(
                            "%(origin)s is no address. Write scheme://host, e.g. https://api.hubapi.com, or inbound.",
                            origin=origin,
                        )
                    )

    @api.model_create_multi
    def create(self, vals_list):
        # An inverse runs before other fields of the same create are settled; the secret is stored last.
        secrets = [vals.pop("secret", None) for vals in vals_list]
        credentials = super().create(vals_list)
        for credential, secret in zip(credentials, secrets, strict=True):
            if secret:
                credential._store_secret(secret)
        return credentials

    def write(self, vals):
        vals = dict(vals)
        secret = vals.pop("secret", None)
        if secret:
            vals.setdefault("expires_on", False)  # that of the one before
        rebound = {"origins", "environment_id"} & vals.keys()
        before = {credential: (credential.origins, credential.environment_id) for credential in self} if rebound else {}
        result = super().write(vals) if vals else True
        for credential in self:
            if credential in before and before[credential] != (credential.origins, credential.environment_id):
                credential.version_ids._retire(self.env._("The allowed addresses or the environment changed"))
            if secret:
                credential._store_secret(secret)
        return result

    @api.model
    @ormcache("credential_id")
    def _stored(self, credential_id):
        """Return a credential's secrets as they are stored, for intake: sealed, and not read at each delivery."""
        self.env.flush_all()
        return vault.stored(self.env.cr, credential_id)

    def unlink(self):
        """The tokens got with them go, too: their table knows nothing of records."""
        ids = self.ids
        result = super().unlink()
        tokens.forget(self.env.cr, ids)
        return result

    def _store_secret(self, secret):
        """Encrypt a secret as the newest version; earlier ones stay valid for the overlap."""
        self.ensure_one()
        self.check_access("write")
        until = fields.Datetime.now() + timedelta(hours=max(self.grace_hours, 0))
        Version = self.env["integration.credential.version"].sudo()
        live = self.sudo().version_ids.filtered(lambda version: version.state == "live")
        try:
            Version._seal(self, secret.strip())
        except HubError as error:
            raise UserError(self.env["integration.system"]._hub_error_text(error)) from None
        for version in live:
            version.expires_at = min(filter(None, [version.expires_at, until]))
        self._message_log(body=self.env._("A new secret was stored."))
        self.endpoint_ids.sudo()._secret_changed()

    def action_retire_previous(self):
        """End the overlap now: only the newest secret stays valid."""
        for credential in self:
            credential.version_ids.sorted("id", reverse=True)[1:]._retire(self.env._("Ended by hand"))
