# Part of Integration Hub. License LGPL-3.0 or later.
import secrets
from urllib.parse import urlsplit

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..connectors import registry
from ..connectors.errors import HubError
from ..engine import vault


class IntegrationEndpoint(models.Model):
    """An address: the API that is called, or the route on which webhooks arrive."""

    _name = "integration.endpoint"
    _description = "Endpoint"
    _inherit = ["integration.cached.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "system_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10)
    system_id = fields.Many2one(
        "integration.system", required=True, ondelete="cascade", index=True, check_company=True, tracking=True
    )
    connector = fields.Selection(related="system_id.connector")
    company_id = fields.Many2one(related="system_id.company_id", store=True, index=True)
    environment_id = fields.Many2one(
        "integration.environment",
        required=True,
        ondelete="restrict",
        default=lambda self: self.env["integration.environment"]._running(),
        tracking=True,
        help="The endpoint only works where this environment runs.",
    )
    direction = fields.Selection(
        [("inbound", "Receives webhooks"), ("outbound", "Calls the API")],
        required=True,
        default="outbound",
        tracking=True,
    )
    credential_id = fields.Many2one(
        "integration.credential",
        ondelete="restrict",
        index=True,
        check_company=True,
        domain="[('system_id', '=', system_id), ('environment_id', '=', environment_id)]",
        tracking=True,
        help="The key it calls with, or the secret that webhooks are signed with.",
    )
    state = fields.Selection(
        [("active", "On"), ("paused", "Paused"), ("suspended", "Stopped"), ("disabled", "Off")],
        default="active",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
        help="Paused: by a person. Stopped: the other side refuses the credential. Off: takes and sends nothing.",
    )
    state_reason = fields.Char("Why", readonly=True, copy=False, tracking=True)
    # inbound
    slug = fields.Char(
        copy=False,
        default=lambda self: secrets.token_urlsafe(12),
        help="The last part of the webhook's address. Long and random, so that nobody finds it by trying.",
    )
    webhook_url = fields.Char("Webhook Address", compute="_compute_webhook_url", help="Enter it at the other system.")
    max_body_bytes = fields.Integer("Largest Body", default=5 * 1024 * 1024, help="In bytes; larger ones are refused.")
    # outbound
    url = fields.Char("API Address", tracking=True, help="Empty: the vendor's own.")
    origin = fields.Char(compute="_compute_origin", help="Where requests go: scheme and host.")
    secret_origins = fields.Char(compute="_compute_origin", help="Every address that its secret is sent to.")
    timeout_connect = fields.Float(default=5.0, help="Seconds until a connection must stand.")
    timeout_read = fields.Float(default=30.0, help="Seconds between two pieces of an answer.")
    timeout_total = fields.Float(default=60.0, help="Seconds for a whole call.")
    # both
    service_user_id = fields.Many2one(
        "res.users",
        required=True,
        ondelete="restrict",
        domain=[("share", "=", False)],
        context={"active_test": False},
        default=lambda self: self.env.ref("integration_hub.user_service", raise_if_not_found=False),
        tracking=True,
        help="Whose rights its work is done with; may be an archived user, who cannot log in.",
    )
    lane_id = fields.Many2one(
        "integration.lane",
        "Priority",
        required=True,
        ondelete="restrict",
        default=lambda self: self.env.ref("integration_hub.integration_lane_standard", raise_if_not_found=False),
        tracking=True,
    )
    retry_base = fields.Float("First Retry After", default=5.0, help="Seconds; doubled with each further failure.")
    retry_cap = fields.Float("Longest Wait", default=3600.0, help="Seconds between two tries, at the most.")
    retry_max_attempts = fields.Integer("Tries", default=12, help="After so many failures a message counts as failed.")
    retry_max_age_hours = fields.Float("Give Up After (hours)", default=48.0)
    flow_ids = fields.One2many("integration.flow", "endpoint_id", readonly=True)
    waiting_count = fields.Integer("Waiting Messages", compute="_compute_message_counts")
    failed_count = fields.Integer("Failed Messages", compute="_compute_message_counts")

    _slug_unique = models.UniqueIndex("(slug) WHERE slug IS NOT NULL", "Another endpoint has this webhook address.")
    _timeouts_positive = models.Constraint(
        "CHECK (timeout_connect > 0 AND timeout_read > 0 AND timeout_total > 0)", "Every call needs its timeouts."
    )

    # --- what is shown ---

    @api.depends("slug", "direction")
    def _compute_webhook_url(self):
        base = self.env["ir.config_parameter"].sudo().get_param("web.base.url", "")
        for endpoint in self:
            inbound = endpoint.direction == "inbound" and endpoint.slug
            endpoint.webhook_url = f"{base}/integration/webhook/{endpoint.slug}" if inbound else False

    @api.depends("url", "system_id.settings", "system_id.connector", "direction")
    def _compute_origin(self):
        for endpoint in self:
            outbound = endpoint.direction == "outbound"
            endpoint.origin = endpoint._outbound_origin() if outbound else "inbound"
            endpoint.secret_origins = endpoint._secret_origins() if outbound else "inbound"

    def _outbound_origin(self):
        try:
            return vault.origin_of(self._base_url())
        except HubError:
            return False

    def _secret_origins(self):
        try:
            connector, settings = self._connector_and_settings()
            addresses = connector.secret_addresses(settings)
        except HubError:
            return False
        return " ".join(dict.fromkeys(map(vault.origin_of, addresses)))

    def _base_url(self):
        """Return the address calls go to. Raises ConfigurationError where the system's settings name none."""
        connector, settings = self._connector_and_settings()
        return connector.base_url(settings)

    def _connector_and_settings(self):
        """Return the connector's class and what it is told: the system's settings, with the address of this endpoint.

        Raises ConfigurationError.
        """
        self.ensure_one()
        settings = dict(self.system_id.settings or {})
        if self.url:
            settings["api_url"] = self.url
        return registry.get(self.system_id.connector, settings), settings

    def _compute_message_counts(self):
        waiting, failed = (
            self.env["integration.event"]._counted("endpoint_id", self, kind) for kind in ("waiting", "failed")
        )
        for endpoint in self:
            endpoint.waiting_count = waiting.get(endpoint, 0)
            endpoint.failed_count = failed.get(endpoint, 0)

    # --- what is allowed ---

    @api.constrains("slug")
    def _check_slug(self):
        for endpoint in self:
            if endpoint.slug and not all(char.isalnum() or char in "-_" for char in endpoint.slug):
                raise ValidationError(self.env._("A webhook address has letters, digits, - and _ only."))

    @api.constrains("url")
    def _check_url(self):
        for endpoint in self:
            parts = urlsplit(endpoint.url or "https://x")
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValidationError(
                    self.env._("%(url)s is no web address: write https://host/path.", url=endpoint.url)
                )

    @api.constrains("service_user_id")
    def _check_service_user_id(self):
        for endpoint in self:
            if endpoint.service_user_id.id == SUPERUSER_ID or endpoint.service_user_id.share:
                raise ValidationError(
                    self.env._(
                        "%(user)s cannot be a service user: choose an ordinary one.", user=endpoint.service_user_id.name
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_logged(self):
        if self.env["integration.event"].sudo().search_count([("endpoint_id", "in", self.ids)], limit=1):
            raise UserError(self.env._("The log has messages of this endpoint. Archive it instead of deleting it."))

    # --- a person's actions ---

    def action_view_messages(self):
        """Open this endpoint's messages."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("integration_hub.integration_event_action")
        return dict(action, domain=[("endpoint_id", "=", self.id)], context={})
