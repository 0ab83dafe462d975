# Part of Integration Hub. License LGPL-3.0 or later.
import re
import uuid
from datetime import UTC, datetime
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..connectors import signatures
from ..connectors.errors import HubError, SignatureRefused
from ..connectors.signatures import Delivery
from ..engine import settings, vault
from .alert_messages import Told
from .integration_alert_rule import SEVERITIES

CALLED = ("slack", "webhook")
SIGNED = "standard_webhooks"
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def secret_of(channel):
    """Return a channel's secret, opened for the address that it is used for; a module-level function, as all such are.

    :raises VaultError: there is none, or it was entered for another address or environment
    """
    channel = channel.sudo()
    versions = ()
    if channel.ciphertext:
        binding = vault.Binding(channel.uuid, channel.sealed_for, (channel.sealed_origin,))
        versions = ((binding, vault.Sealed(channel.key_name, channel.ciphertext), None),)
    origin = channel.sealed_origin if channel.kind == "slack" else vault.origin_of(channel.url or "")
    stored = vault.Stored(channel.name, channel.sealed_for, versions)
    return vault.open_stored(stored, origin, datetime.now(UTC).replace(tzinfo=None))[0]


class IntegrationAlertChannel(models.Model):
    """A way by which people are told of alerts. Its secret is written and never read back."""

    _name = "integration.alert.channel"
    _description = "Alert Channel"
    _inherit = ["mail.thread"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        [
            ("activity", "To-do in Odoo"),
            ("email", "E-mail"),
            ("slack", "Slack"),
            ("webhook", "Webhook"),
        ],
        required=True,
        default="slack",
        tracking=True,
    )
    company_id = fields.Many2one("res.company", tracking=True, help="Only alerts of this company. Empty: of all.")
    least_severity = fields.Selection(
        SEVERITIES, "From", default="info", required=True, tracking=True, help="What is less severe is not told here."
    )
    tells_end = fields.Boolean("Tell the End", default=True, tracking=True, help="Say when an alert is over, too.")
    lang = fields.Selection("_selection_lang", "Language", help="Of what nobody in particular is told, as in Slack.")
    url = fields.Char("Address", tracking=True, help="Where the webhook is sent to.")
    secret = fields.Char(
        "New Secret",
        compute="_compute_secret",
        inverse="_inverse_secret",
        copy=False,
        help="Slack: the address of an incoming webhook, which is a secret. Webhook: the signing secret, as "
        "Standard Webhooks has it: whsec_ and base64. It is encrypted at once and can never be read again.",
    )
    has_secret = fields.Boolean("Secret Stored", compute="_compute_has_secret")
    sealed_origin = fields.Char("Used For", readonly=True, copy=False, help="The only address the secret is used for.")
    uuid = fields.Char(groups=fields.NO_ACCESS, copy=False)
    sealed_for = fields.Char(groups=fields.NO_ACCESS, copy=False)
    key_name = fields.Char(groups=fields.NO_ACCESS, copy=False)
    ciphertext = fields.Char(groups=fields.NO_ACCESS, copy=False)
    problem = fields.Char("Cannot Tell", readonly=True, copy=False)
    problem_since = fields.Datetime(readonly=True, copy=False)
    worked_at = fields.Datetime("Last Told", readonly=True, copy=False)

    def _selection_lang(self):
        return self.env["res.lang"].get_installed()

    @api.depends_context("uid")
    def _compute_secret(self):
        self.secret = False

    def _inverse_secret(self):
        for channel in self.filtered("secret"):
            secret, channel.secret = channel.secret, False
            channel._seal(secret.strip())

    def _compute_has_secret(self):
        for channel in self:
            channel.has_secret = bool(channel.sudo().ciphertext)

    @api.constrains("kind", "url")
    def _check_url(self):
        for channel in self.filtered(lambda channel: channel.kind == "webhook"):
            self._check_address(channel.url or "")

    @api.model
    def _check_address(self, url):
        parts = urlsplit(url)
        if parts.scheme not in ("https", "http") or not parts.hostname:
            raise ValidationError(self.env._("Write the whole address, https://host/path."))
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ValidationError(self.env._("Alerts leave only encrypted: the address has to begin with https://."))

    @api.model_create_multi
    def create(self, vals_list):
        secrets = [vals.pop("secret", None) for vals in vals_list]
        channels = super().create(vals_list)
        for channel, secret in zip(channels, secrets, strict=True):
            if secret:
                channel._seal(secret.strip())
        return channels

    def write(self, vals):
        vals = dict(vals)
        secret = vals.pop("secret", None)
        result = super().write(vals) if vals else True
        if secret:
            for channel in self:
                channel._seal(secret.strip())
        return result

    def _seal(self, secret):
        """Encrypt a secret, tied to this channel, the running environment and the address that it is for."""
        self.check_access("write")
        if self.kind == "slack":
            self._check_address(secret)
        origin = vault.origin_of(secret if self.kind == "slack" else self.url or "")
        identity = str(uuid.uuid4())
        try:
            if self.kind == "webhook":
                signatures.get(SIGNED).sign(Delivery("POST", self.url, {}, b""), secret, now=0)
            environment = settings.running_environment()
            sealed = vault.seal(secret, vault.Binding(identity, environment, (origin,)))
        except SignatureRefused as error:
            raise UserError(
                self.env._("This is no signing secret: it has to be whsec_ and 24 bytes or more in base64.")
            ) from error
        except HubError as error:
            raise UserError(self.env["integration.system"]._hub_error_text(error)) from None
        self.sudo().write(
            {
                "uuid": identity,
                "sealed_for": environment,
                "sealed_origin": origin,
                "key_name": sealed.key_name,
                "ciphertext": sealed.ciphertext,
                "problem": False,
                "problem_since": False,
            }
        )
        self._message_log(body=self.env._("A new secret was stored."))

    # --- telling ---

    @api.model
    def _activities(self):
        """Return the channel that always works: to-dos in Odoo."""
        return self.search([("kind", "=", "activity")], limit=1)

    def _may_tell(self, alert):
        ranks = [name for name, _label in SEVERITIES]
        severe = ranks.index(alert.severity) >= ranks.index(self.least_severity)
        return severe and (not self.company_id or self.company_id == alert.company_id)

    def action_test(self):
        """Send a message that says that it is a test, now."""
        self.ensure_one()
        self.check_access("write")
        if self.kind not in CALLED:
            raise UserError(self.env._("To-dos and e-mails need no test: their people have them or not."))
        self.env["integration.alert.notice"]._try_out(self)
        params = {"type": "success", "message": self.env._("It was taken by the other side.")}
        return {"type": "ir.actions.client", "tag": "display_notification", "params": params}

    def _without_address(self, text):
        """Return a text without the secret part of an address that is a secret."""
        host = urlsplit(self.sealed_origin or "").netloc
        return re.sub(rf"{re.escape(host)}/\S*", f"{host}/***", text) if self.kind == "slack" and host else text

    def _works(self, now):
        if self.problem:
            self.write({"problem": False, "problem_since": False})
            self._message_log(body=self.env._("It works again."))
        self.worked_at = now

    def _fails(self, problem, now):
        """Say on itself that a channel does not work, in its history when that begins."""
        if not self.problem:
            self._message_log(body=self.env._("It does not work: %(problem)s", problem=problem))
        self.write({"problem": problem[:500], "problem_since": self.problem_since or now})

    def _test_words(self):
        return Told(
            f"test-{uuid.uuid4()}", 0, "test", "test", "info", "", self.env._("Integration Hub"),
            self.env._("This is a test: alerts arrive here."), "", "", "", "", "", "", "", "",
        )  # fmt: skip
