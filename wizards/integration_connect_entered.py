# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import models
from odoo.exceptions import UserError

from ..connectors import registry
from ..connectors.errors import HubError
from .integration_connect_field import entered


class IntegrationConnect(models.TransientModel):
    """What is entered becomes a system, its endpoints and its credentials; entered again, it changes them."""

    _inherit = "integration.connect"

    def action_connect(self):
        """Take all steps at once, for who drives this by RPC: prove that the system answers, switch on, and open it."""
        self.ensure_one()
        self._create_system()
        return self.action_open_system()

    def _create_system(self, check=True):
        """Return the system, live, with the wanted flows on."""
        self._save_system()
        if check:
            self.system_id._endpoint("outbound").action_check()
        self._install_chosen()
        self._chosen_flows().action_switch_on()
        self._finish()
        return self.system_id

    def _save_system(self):
        """Create the system that was described, or change it; UserError for what can be told without asking it."""
        self.ensure_one()
        environment = self.env["integration.environment"]._running()
        if not environment:
            raise UserError(
                self.env._(
                    "This server does not say which environment it is. Add `environment = development`, test or "
                    "production to section [integration_hub] of its configuration and restart it."
                )
            )
        values = self._entered_values()
        self._check_complete(values)
        connector = registry.get(self.connector)
        described = {"name": self.name, "settings": self._settings(connector, values)}
        if self.system_id:
            self.system_id.write(described)
        else:
            new = {"connector": self.connector, "company_id": self.company_id.id, "setup_step": "connect"}
            self.system_id = self.env["integration.system"].create({**described, **new})
        try:
            self._save_endpoints(environment, connector, values)
        except HubError as error:
            raise UserError(self.env["integration.system"]._hub_error_text(error)) from error
        secrets = self.field_ids.filtered("is_secret")
        secrets.sudo().write({"ciphertext": False, "value": False})
        self._mark_stored(secrets)

    def _settings(self, connector, values):
        """Return the system's settings: what was entered, and what the wizard does not ask for as it was."""
        asked = {field.name for field in connector.settings}
        kept = {name: value for name, value in (self.system_id.settings or {}).items() if name not in asked}
        given = {field.name: values[field.name] for field in connector.settings if field.purpose == "setting"}
        return {**kept, **{name: value for name, value in given.items() if value}}

    def _entered_values(self):
        """Return what was entered, by the names of the connector's fields."""
        return {line.name: entered(line) for line in self.field_ids}

    def _check_complete(self, values):
        lines = self.field_ids.filtered(lambda line: line.required and not line.stored)
        missing = [line.label for line in lines if not values[line.name]]
        if missing:
            raise UserError(self.env._("Please fill in: %(fields)s.", fields=", ".join(missing)))

    def _save_endpoints(self, environment, connector, values):
        api = self._endpoint(environment, "outbound", self.env._("%(system)s API", system=self.name))
        hook = any(field.purpose == "webhook_secret" for field in connector.settings) and self._endpoint(
            environment, "inbound", self.env._("%(system)s webhooks", system=self.name), scheme=connector.scheme
        )
        if not api.origin:
            raise UserError(self.env._("%(url)s is no web address: write https://host.", url=api._base_url()))
        for field in connector.settings:
            if field.purpose != "setting":
                self._save_secret(api if field.purpose == "api_credential" else hook, field, values[field.name])

    def _endpoint(self, environment, direction, name, **values):
        """Return the system's endpoint of a direction, made where there is none."""
        return self.system_id._endpoint(direction) or self.env["integration.endpoint"].create(
            {
                "name": name,
                "system_id": self.system_id.id,
                "environment_id": environment.id,
                "direction": direction,
                **values,
            }
        )

    def _save_secret(self, endpoint, field, secret):
        """Keep a secret for the addresses it is sent to. It goes nowhere else: with another address it is asked for."""
        credential = endpoint.credential_id
        if not credential:
            if secret:
                endpoint.credential_id = self.env["integration.credential"].create(
                    {
                        "name": field.label,
                        "system_id": self.system_id.id,
                        "environment_id": endpoint.environment_id.id,
                        "kind": "hmac" if field.purpose == "webhook_secret" else "api_key",
                        "origins": endpoint.secret_origins,
                        "secret": secret,
                    }
                )
            return
        moved = credential.origins != endpoint.secret_origins
        if moved and not secret:
            raise UserError(
                self.env._("The address is another one now: enter %(field)s for it again.", field=field.label)
            )
        if moved:
            credential.origins = endpoint.secret_origins
        if secret:
            credential.secret = secret
            credential.action_retire_previous()

    def _recall(self):
        """Show what was entered before; of secrets only that they are there."""
        secrets = self.field_ids.filtered("is_secret")
        self._mark_stored(secrets)
        for line in self.field_ids - secrets:
            line.value = self._recalled(line.name)

    def _recalled(self, name):
        """Return what the system knows of a field. Hook."""
        return (self.system_id.settings or {}).get(name)

    def _mark_stored(self, lines):
        purposes = {field.name: field.purpose for field in registry.get(self.connector).settings}
        for line in lines:
            direction = "inbound" if purposes[line.name] == "webhook_secret" else "outbound"
            line.stored = self.system_id._endpoint(direction).credential_id.has_secret
