# Part of Integration Hub. License LGPL-3.0 or later.
"""HubSpot's CRM API v3: contacts, companies and deals, read and written, and who belongs to whom.

Sources: https://developers.hubspot.com/docs/guides/api/crm/objects/contacts (companies, deals), …/crm/search,
https://developers.hubspot.com/docs/guides/api/settings/account-information-api,
https://developers.hubspot.com/docs/api-reference/communication-preferences-subscriptions-v4 (unsubscribe-all)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from ... import dotted
from ...connector import CheckResult, Connector, Document, Limits, Notifications, Page, PushResult, Settings
from ...errors import Conflict, Unauthorized
from ...http import Client, Response
from ...rest import Account, Resource, RestConnector, templates
from . import answers, associations, catalogue, flows, notifications, search


class HubSpot(RestConnector):
    """A HubSpot account, reached with a private app's access token, or as an app that a person signs in to."""

    name = "hubspot"
    title = "HubSpot"
    summary = "Contacts, companies and deals of a CRM, both ways"
    docs_url = "https://developers.hubspot.com/docs/guides/api/crm/objects/contacts"
    scheme = "hubspot"
    settings = catalogue.SETTINGS
    flow_templates = flows.FLOW_TEMPLATES
    scopes = catalogue.SCOPES
    ownership = catalogue.OWNERSHIP
    keys_at = catalogue.KEYS_AT
    address = "https://api.hubapi.com"
    account = Account(
        "/account-info/v3/details",
        name="portalId",
        details={name: name for name in ("companyCurrency", "timeZone", "accountType")},
    )
    resources = catalogue.RESOURCES
    webhooks_by_hand = catalogue.WEBHOOKS_BY_HAND
    # https://developers.hubspot.com/docs/guides/apps/api-usage/usage-details: the smallest plan's; for each private app
    limits = Limits(calls=100, seconds=10)
    api_version = "v3"
    # https://developers.hubspot.com/docs/api-reference/legacy/migration-guide: "in September 2027"
    api_version_ends = date(2027, 9, 1)
    proofs = catalogue.PROOFS

    @classmethod
    def configured(cls, settings: Settings) -> type[Connector]:
        """With a property for the mark, companies can be created again."""
        from .marked import MarkedHubSpot

        return MarkedHubSpot if str(settings.get("company_key") or "").strip() else HubSpot

    def __init__(self, client: Client, settings: Settings) -> None:
        super().__init__(client, settings)
        self.options |= {f"{name}_properties": self._wanted(name) for name in self.objects}

    @classmethod
    def _credentials(cls, settings: Settings) -> Mapping[str, Any]:
        """A private app's token; for an app that a person signs in to, what it takes to get one."""
        client_id = str(settings.get("client_id") or "").strip()
        if not client_id:
            return super()._credentials(settings)
        return catalogue.sign_in(client_id, cls.base_url(settings), bool(settings.get("api_url")))

    def check(self) -> CheckResult:
        """Read the account's details, then one object of each kind: a refusal names the missing scope."""
        found = super().check()
        missing = []
        for path in catalogue.PATHS.values():
            try:
                answers.results(self.ask("GET", path, params={"limit": 1}))
            except Unauthorized as error:
                if error.status != 403:
                    raise
                missing.append(f"crm.objects.{path.rpartition('/')[2]}.read")
        return replace(found, missing_scopes=tuple(missing))

    @classmethod
    def page(cls, settings: Settings, object_type: str, external_id: str) -> str:
        """The record in the account's CRM, where the settings name the account."""
        kind = next((number for number, name in catalogue.OBJECT_TYPE_IDS.items() if name == object_type), "")
        account = str(settings.get("account_id") or "").strip()
        known = kind and account.isdigit()
        return f"https://app.hubspot.com/contacts/{account}/record/{kind}/{external_id}" if known else ""

    @classmethod
    def parse_webhook(cls, headers: Mapping[str, str], document: Any) -> Notifications:
        """One notification per change, of which the object has to be fetched: even deletions overtake one another."""
        return notifications.parse(document)

    def list(self, object_type: str, *, cursor: str | None = None, since: str | None = None) -> Page:
        """All objects, or by a search those changed since, oldest change first."""
        path, wanted = catalogue.PATHS[self.object_type(object_type).name], self._wanted(object_type)
        if since is None:
            after = {"after": cursor} if cursor else {}
            params = {"limit": search.PAGE_SIZE, "properties": wanted, **after}
            page = Page(*answers.results(self.ask("GET", path, params=params)))
        else:
            body = search.changed_since(object_type, since, cursor, wanted.split(","))
            items, found = answers.results(self.ask("POST", f"{path}/search", json=body))
            page = Page(items, search.next_cursor(body, items, found))
        associations.complete(self.ask, object_type, page.items)
        return page

    def fetch(self, object_type: str, external_id: str) -> Document | None:
        """The object, with whom it belongs to."""
        found = super().fetch(object_type, external_id)
        if found is not None:
            associations.complete(self.ask, object_type, [found])
        return found

    def push(self, object_type: str, payload: Document, **options: Any) -> PushResult:
        """Create or update it, with whom it belongs to; a contact who wants no mailings is unsubscribed from all.

        The other way round only people can do it: HubSpot subscribes nobody again to everything.
        """
        result = super().push(object_type, payload, **options)
        if not result.created:
            associations.bring_in_step(self.ask, object_type, result.external_id, payload)
        email = dotted.read(payload, "properties.email")
        if payload.get("opted_out") is True and email:
            path = templates.fill_path("/communication-preferences/v4/statuses/{id}/unsubscribe-all", {"id": email})
            self.ask("POST", path, params={"channel": "EMAIL"})
        return result

    def ask(self, method: str, path: str, **options: Any) -> Response:
        """Send a request; a refusal names the scopes to grant."""
        try:
            return super().ask(method, path, **options)
        except Unauthorized as refusal:
            raise answers.name_scopes(refusal) from None

    def outgoing(self, resource: Resource, payload: Document, *, first: bool) -> Document:
        """The properties as text, "" to clear; what HubSpot may know and we do not is no reason to erase it.

        What is created is so together with whom it belongs to: were that a call of its own, and lost, who tries again
        would create a second one.
        """
        properties = search.properties_of(payload)
        if not first:
            return {"properties": properties}
        known = {name: value for name, value in properties.items() if value}
        return {"properties": known, **associations.at_creation(resource.name, payload)}

    def _update(self, resource: Resource, external_id: str, payload: Document) -> PushResult:
        return super()._update(resource, external_id, {"properties": payload["properties"]})

    def identified(self, resource: Resource, payload: Document, idempotency_key: str | None) -> bool:
        """A contact only by its e-mail address."""
        if resource.name == "contact":
            return bool(payload["properties"].get("email"))
        return super().identified(resource, payload, idempotency_key)

    def after_conflict(self, resource: Resource, payload: Document, conflict: Conflict) -> str | None:
        """The id that the refusal names."""
        return answers.existing_id(conflict)

    def other_object(self, resource: Resource, found: Document) -> Document | None:
        """None: a merged object's old id answers with the one that survived, which says itself what it is made of."""
        return None if isinstance(found.get("properties"), dict) else super().other_object(resource, found)

    def _wanted(self, object_type: str) -> str:
        usual = catalogue.PROPERTIES[object_type]
        extra = (name.strip() for name in self.options.get("extra_properties", "").split(","))
        return ",".join(dict.fromkeys([*usual, *filter(None, extra)]))
