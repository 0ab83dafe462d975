# Part of Integration Hub. License LGPL-3.0 or later.
import uuid

from odoo import api, fields, models

from ..engine import vault


class IntegrationCredentialVersion(models.Model):
    """One secret as it is stored: encrypted, tied to its credential, environment and addresses."""

    _name = "integration.credential.version"
    _description = "Credential Version"
    _inherit = ["integration.cached.mixin"]
    _order = "id desc"

    credential_id = fields.Many2one("integration.credential", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="credential_id.company_id")
    create_date = fields.Datetime("Stored On")
    create_uid = fields.Many2one("res.users", "Stored By")
    expires_at = fields.Datetime("Valid Until", help="Empty: until it is replaced.")
    state = fields.Selection([("live", "In use"), ("retired", "No longer valid")], compute="_compute_state")
    key_name = fields.Char("Encrypted With", help="Name of the master key in the server's configuration.")
    uuid = fields.Char(groups=fields.NO_ACCESS)
    origins = fields.Char(groups=fields.NO_ACCESS)
    ciphertext = fields.Char(groups=fields.NO_ACCESS)

    @api.depends("expires_at")
    def _compute_state(self):
        now = fields.Datetime.now()
        for version in self:
            live = version.sudo().ciphertext and (not version.expires_at or version.expires_at > now)
            version.state = "live" if live else "retired"

    @api.model
    def _seal(self, credential, secret):
        """Store a secret encrypted; returns the version."""
        identity = str(uuid.uuid4())
        origins = tuple(credential.origins.split())
        sealed = vault.seal(secret, vault.Binding(identity, credential.environment_id.code, origins))
        return self.create(
            {
                "credential_id": credential.id,
                "uuid": identity,
                "origins": " ".join(origins),
                "key_name": sealed.key_name,
                "ciphertext": sealed.ciphertext,
            }
        )

    def _retire(self, reason):
        """Forget the secrets themselves; the fact that they existed stays."""
        self = self.sudo().filtered("ciphertext")
        self.write({"ciphertext": False, "expires_at": fields.Datetime.now()})
        for credential in self.credential_id:
            credential._message_log(body=self.env._("Earlier secrets were retired: %(reason)s.", reason=reason))
