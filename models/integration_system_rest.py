# Part of Integration Hub. License LGPL-3.0 or later.
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..connectors import dotted, registry
from ..connectors.errors import HubError
from .rest_definition import SYSTEM, fields_of_other_auth, read, write

REST = "generic_rest"
QUIET = "integration_rest_quiet"  # in the context: the description is checked once, by whoever changes several parts
OURS = object()  # the key's value: no context that a browser sends can hold it


class IntegrationSystem(models.Model):
    """An API that has no connector of its own, described by a person: authentication, objects, pages, webhooks.

    The fields here are how it is edited; what the library reads is the definition made of them, in the settings.
    """

    _inherit = "integration.system"

    rest_base_url = fields.Char("API Base Address", help="e.g. https://api.example.com/v2")
    rest_auth_kind = fields.Selection(
        [
            ("bearer", "Bearer token"),
            ("header", "Key in a header"),
            ("query", "Key in the address"),
            ("basic", "User and password"),
            ("oauth_client_credentials", "OAuth 2.0 client credentials"),
            ("oauth_authorization_code", "OAuth 2.0, a person signs in"),
            ("none", "None"),
        ],
        "Authentication",
        default="bearer",
    )
    rest_auth_name = fields.Char("Key Name", help="The header or parameter that carries the key, e.g. X-Api-Key.")
    rest_auth_prefix = fields.Char("Before the Key", help="A word before the key in the header, e.g. Token.")
    rest_auth_user = fields.Char("User", help="Empty: the secret is user:password.")
    rest_authorize_url = fields.Char("Sign-in Address", help="The page on which a person allows the hub access.")
    rest_token_url = fields.Char("Token Address", help="Where the token is got, e.g. https://example.com/oauth/token")
    rest_client_id = fields.Char("Client Id")
    rest_scope = fields.Char("Scopes", help="Separated by blanks, as the vendor writes them.")
    rest_check_path = fields.Char("Test Address", help="Read by Test Connection, e.g. /me")
    rest_check_name = fields.Char("Account At", help="Where the answer names the account, e.g. data.email")
    rest_webhook_topic = fields.Char(
        "Topic At", help="Where a webhook says what happened: a path in the message, or header:X-Topic."
    )
    rest_webhook_dedupe = fields.Char(
        "Message Id At", help="Where a webhook says which message it is, e.g. id, or header:X-Delivery."
    )
    rest_webhook_events = fields.Char("Events At", help="Where the list of events is, if a webhook has several.")
    rest_resource_ids = fields.One2many("integration.rest.resource", "system_id", "API Objects", copy=True)
    rest_rule_ids = fields.One2many("integration.rest.rule", "system_id", "Webhook Rules")

    @api.model_create_multi
    def create(self, vals_list):
        systems = super(IntegrationSystem, self.with_context(**{QUIET: OURS})).create(vals_list)
        systems = systems.with_env(self.env)
        for system in systems.filtered(lambda system: system.connector == REST):
            given = (system.settings or {}).get("definition")
            if given and not system.rest_base_url:
                system._rest_load(given)
            elif system.rest_base_url:
                system._rest_changed()
        return systems

    def write(self, vals):
        if self._rest_quiet() or not (SYSTEM.keys() | {"rest_resource_ids", "rest_rule_ids", "settings"}) & vals.keys():
            return super().write(vals)
        before = {system: system._rest_given() for system in self.filtered(lambda system: system.connector == REST)}
        result = super(IntegrationSystem, self.with_context(**{QUIET: OURS})).write(vals)
        for system, definition in before.items():
            if system._rest_given() != definition:
                system._rest_load(system._rest_given(), definition)
        self._rest_changed()
        return result

    def _rest_quiet(self):
        return self.env.context.get(QUIET) is OURS

    def _rest_given(self):
        return (self.settings or {}).get("definition") or {}

    def _rest_definition(self):
        """Return the API's description as the library reads it."""
        self.ensure_one()
        before = self._rest_given()
        unused = fields_of_other_auth(self.rest_auth_kind)
        values = {field: False if field in unused else self[field] for field in SYSTEM}
        document = write(before, SYSTEM, values)
        described = {resource["name"]: resource for resource in before.get("resources", [])}
        document["resources"] = [
            resource._to_definition(described.get(resource.name, {})) for resource in self.rest_resource_ids
        ]
        if self.rest_rule_ids or "webhook" in document:
            rules = [rule._to_definition() for rule in self.rest_rule_ids]
            document["webhook"] = {**document.get("webhook", {}), "rules": rules}
        return document

    def _rest_changed(self):
        """Check the description, keep it as the library reads it, and tell in the chatter what is different."""
        if self._rest_quiet():
            return
        for system in self.filtered(lambda system: system.connector == REST):
            before, definition = system._rest_given(), system._rest_definition()
            if definition == before:
                continue
            system._rest_checked(definition)
            system.with_context(**{QUIET: OURS}).settings = {**(system.settings or {}), "definition": definition}
            system._rest_tell(before, definition)

    def _rest_checked(self, definition):
        """Return the description as a document, once the library has found it right. Raises ValidationError."""
        try:
            return registry.get(REST, {**(self.settings or {}), "definition": definition}).definition
        except HubError as error:
            raise ValidationError(self._hub_error_text(error)) from error

    def _rest_tell(self, before, after):
        """Tell in the chatter what is different; nothing where there was no description yet."""
        if before:
            before, after = _flat(before), _flat(after)
            changes = [
                f"{path}: {before.get(path, '–')} → {after.get(path, '–')}"
                for path in sorted(before.keys() | after.keys())
                if before.get(path) != after.get(path)
            ]
            items = Markup().join(Markup("<li>{}</li>").format(change) for change in changes)
            self.message_post(body=Markup("<p>{}</p><ul>{}</ul>").format(self.env._("The API's description:"), items))

    def _rest_load(self, definition, before=None):
        """Fill the fields from a description as the library reads it, and tell how it differs from what was *before*.

        Raises ValidationError for a wrong one.
        """
        self.ensure_one()
        document = self._rest_checked(definition)
        quiet = self.with_context(**{QUIET: OURS})
        quiet.rest_rule_ids.unlink()
        quiet.rest_resource_ids.unlink()
        quiet.write({**read(document, SYSTEM), "settings": {**(self.settings or {}), "definition": document}})
        Resource, Rule = quiet.env["integration.rest.resource"], quiet.env["integration.rest.rule"]
        resources = {}
        for sequence, resource in enumerate(document.get("resources", []), start=1):
            values = Resource._from_definition(resource)
            resources[resource["name"]] = Resource.create({**values, "system_id": self.id, "sequence": sequence})
        for sequence, rule in enumerate(dotted.read(document, "webhook.rules") or [], start=1):
            Rule.create({**Rule._from_definition(rule, resources), "system_id": self.id, "sequence": sequence})
        self._rest_tell(before, document)
        self._rest_changed()


def _flat(document, path=""):
    """Return a document's values by their dotted paths; the items of a list go by their name or topic."""
    if isinstance(document, dict):
        items = document.items()
    elif isinstance(document, list):
        items = ((_name(item, index), item) for index, item in enumerate(document))
    else:
        return {path: document}
    return {
        inner: value
        for name, item in items
        for inner, value in _flat(item, f"{path}.{name}" if path else str(name)).items()
    }


def _name(item, index):
    return (item.get("name") or item.get("topic") or index) if isinstance(item, dict) else index
