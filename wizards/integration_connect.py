# Part of Integration Hub. License LGPL-3.0 or later.
import uuid

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..connectors import registry
from ..connectors.errors import HubError
from ..engine import settings, vault

ENTERED = "••••••••"


class IntegrationConnect(models.TransientModel):
    """Add a connector: what it needs to know, its keys, the flows to switch on."""

    _name = "integration.connect"
    _description = "Add a Connector"

    def _selection_connector(self):
        return [(name, connector.title) for name, connector in registry.CONNECTORS.items()]

    connector = fields.Selection("_selection_connector", required=True)
    summary = fields.Char(compute="_compute_summary")
    docs_url = fields.Char(compute="_compute_summary")
    name = fields.Char(required=True, compute="_compute_name", store=True, readonly=False, precompute=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    field_ids = fields.One2many(
        "integration.connect.field", "wizard_id", compute="_compute_lines", store=True, readonly=False
    )
    flow_ids = fields.One2many(
        "integration.connect.flow", "wizard_id", compute="_compute_lines", store=True, readonly=False
    )

    @api.depends("connector")
    def _compute_summary(self):
        for wizard in self:
            connector = registry.CONNECTORS.get(wizard.connector)
            wizard.summary = connector and connector.summary
            wizard.docs_url = connector and connector.docs_url

    @api.depends("connector")
    def _compute_name(self):
        for wizard in self:
            connector = registry.CONNECTORS.get(wizard.connector)
            wizard.name = connector and connector.title

    @api.depends("connector")
    def _compute_lines(self):
        for wizard in self:
            connector = registry.CONNECTORS.get(wizard.connector)
            wizard.field_ids = [Command.clear()] + [
                Command.create(wizard._prepare_line(field)) for field in (connector.settings if connector else ())
            ]
            wizard.flow_ids = [Command.clear()] + [
                Command.create(
                    {
                        "key": template.key,
                        "name": template.title,
                        "help": template.help,
                        "available": available,
                        "app": template.app,
                        "wanted": available and not template.optional,
                    }
                )
                for template, available in (
                    self.env["integration.flow"]._templates(wizard.connector) if connector else ()
                )
            ]

    def _prepare_line(self, field):
        """Return the values of the line in which a person fills in a field of the connector."""
        return {
            "name": field.name,
            "label": field.label,
            "help": field.help,
            "placeholder": field.placeholder,
            "required": field.required,
            "is_secret": field.secret,
            "advanced": field.advanced,
            "multiline": field.multiline,
        }

    def _entered_values(self):
        """Return what was entered, by the names of the connector's fields."""
        return {line.name: _entered(line) for line in self.field_ids}

    def action_connect(self):
        """Create system, credentials, endpoints and flows, prove that the system answers, and open it."""
        self.ensure_one()
        system = self._create_system()
        return {
            "type": "ir.actions.act_window",
            "res_model": "integration.system",
            "res_id": system.id,
            "view_mode": "form",
        }

    def _create_system(self, check=True):
        environment = self.env["integration.environment"]._running()
        if not environment:
            raise UserError(
                self.env._(
                    "This server does not say which environment it is. Add `environment = development`, test or "
                    "production to section [integration_hub] of its configuration and restart it."
                )
            )
        values = self._entered_values()
        missing = [line.label for line in self.field_ids if line.required and not values[line.name]]
        if missing:
            raise UserError(self.env._("Please fill in: %(fields)s.", fields=", ".join(missing)))
        connector = registry.get(self.connector)
        purposes = {field.name: field.purpose for field in connector.settings}
        system = self.env["integration.system"].create(
            {
                "name": self.name,
                "connector": self.connector,
                "company_id": self.company_id.id,
                "lifecycle": "live",
                "settings": {name: value for name, value in values.items() if purposes[name] == "setting" and value},
            }
        )
        try:
            self._create_endpoints(system, environment, connector, values, purposes)
        except HubError as error:
            raise UserError(system._hub_error_text(error)) from error
        if check:
            system._endpoint("outbound").action_check()
        self._create_flows(system)
        self.field_ids.sudo().write({"ciphertext": False})
        return system

    def _create_endpoints(self, system, environment, connector, values, purposes):
        Endpoint, Credential = self.env["integration.endpoint"], self.env["integration.credential"]
        api = Endpoint.create(
            {
                "name": self.env._("%(system)s API", system=system.name),
                "system_id": system.id,
                "environment_id": environment.id,
                "direction": "outbound",
            }
        )
        hook = "webhook_secret" in purposes.values() and Endpoint.create(
            {
                "name": self.env._("%(system)s webhooks", system=system.name),
                "system_id": system.id,
                "environment_id": environment.id,
                "direction": "inbound",
                "scheme": connector.scheme,
            }
        )
        if not api.origin:
            raise UserError(self.env._("%(url)s is no web address: write https://host.", url=api._base_url()))
        for name, purpose in purposes.items():
            if purpose == "setting" or not values[name]:
                continue
            inbound = purpose == "webhook_secret"
            endpoint = hook if inbound else api
            endpoint.credential_id = Credential.create(
                {
                    "name": next(field.label for field in connector.settings if field.name == name),
                    "system_id": system.id,
                    "environment_id": environment.id,
                    "kind": "hmac" if inbound else "api_key",
                    "origins": endpoint.secret_origins,
                    "secret": values[name],
                }
            )

    def _create_flows(self, system):
        wanted = set(self.flow_ids.filtered("wanted").mapped("key"))
        Flow = self.env["integration.flow"]
        for template, available in Flow._templates(system.connector):
            if not available:
                continue
            flow = Flow._install(system, template)
            if template.key in wanted:
                flow.action_switch_on()


def _entered(line):
    """Return what was entered on a line; a module-level function, since it opens secrets."""
    line = line.sudo()
    if line.ciphertext:
        return vault.unseal(vault.Sealed(line.key_name, line.ciphertext), line._vault_binding())
    return (line.value or "").strip()


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


class IntegrationConnectFlow(models.TransientModel):
    """One flow on offer."""

    _name = "integration.connect.flow"
    _description = "Connector Flow"

    wizard_id = fields.Many2one("integration.connect", required=True, ondelete="cascade")
    key = fields.Char(readonly=True)
    name = fields.Char(readonly=True)
    help = fields.Char(readonly=True)
    available = fields.Boolean(readonly=True)
    app = fields.Char("Needs App", readonly=True)
    wanted = fields.Boolean("Switch On")
