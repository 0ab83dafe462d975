# Part of Integration Hub. License LGPL-3.0 or later.
"""HubSpot's CRM API v3: contacts and companies, read and written.

Sources: https://developers.hubspot.com/docs/guides/api/crm/objects/contacts (companies), …/crm/search,
https://developers.hubspot.com/docs/guides/api/settings/account-information-api
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...auth import Auth, Bearer, Exchange
from ...connector import CheckResult, Connector, Document, Notifications, Page, PushResult, Settings
from ...errors import ConfigurationError, Conflict, NotFound, Unauthorized
from ...http import Response
from . import answers, catalogue, notifications, search

_PLURAL = {"contact": "contacts", "company": "companies"}


class HubSpot(Connector):
    """A HubSpot account, reached with a private app's access token."""

    name = "hubspot"
    title = "HubSpot"
    summary = "Contacts and companies of a CRM, both ways"
    docs_url = "https://developers.hubspot.com/docs/guides/api/crm/objects/contacts"
    scheme = "hubspot"
    settings = catalogue.SETTINGS
    objects = catalogue.OBJECTS
    flow_templates = catalogue.FLOW_TEMPLATES

    @classmethod
    def base_url(cls, settings: Mapping[str, str]) -> str:
        """`api_url` if given, else HubSpot's."""
        return settings.get("api_url", "").strip().rstrip("/") or "https://api.hubapi.com"

    @classmethod
    def auth(cls, settings: Settings, secret: str, exchange: Exchange | None = None) -> Auth:
        """The private app's token, as a bearer token."""
        return Bearer(secret)

    def check(self) -> CheckResult:
        """Read the account's details, then one contact and one company: a refusal names the missing scope."""
        details = answers.account(self.client.get("/account-info/v3/details"))
        missing = []
        for object_type in self.objects:
            try:
                self._ask("GET", object_type, params={"limit": 1})
            except Unauthorized as error:
                if error.status != 403:
                    raise
                missing.append(f"crm.objects.{_PLURAL[object_type]}.read")
        return CheckResult(details.pop("portalId"), details, tuple(missing))

    @classmethod
    def parse_webhook(cls, headers: Mapping[str, str], document: Any) -> Notifications:
        """One notification per change; of a deletion it is complete, everything else has to be fetched."""
        return notifications.parse(document)

    def fetch(self, object_type: str, external_id: str) -> Document | None:
        """The object with the properties that mappings read; None also when it was merged into another one."""
        try:
            response = self._ask(
                "GET", object_type, self._tail(external_id), params={"properties": self._wanted(object_type)}
            )
        except NotFound:
            return None
        found = answers.crm_object(response)
        # A merged object's old id answers with the object that survived, which is bound under its own id.
        return found if found["id"] == external_id else None

    def list(self, object_type: str, *, cursor: str | None = None, since: str | None = None) -> Page:
        """All objects, or by a search those changed since, oldest change first."""
        wanted = self._wanted(object_type)
        if since is None:
            after = {"after": cursor} if cursor else {}
            params = {"limit": search.PAGE_SIZE, "properties": wanted, **after}
            return Page(*answers.results(self._ask("GET", object_type, params=params)))
        body = search.changed_since(object_type, since, cursor, wanted.split(","))
        items, found = answers.results(self._ask("POST", object_type, "/search", json=body))
        return Page(items, search.next_cursor(body, items, found))

    def push(
        self, object_type: str, payload: Document, *, external_id: str | None = None, idempotency_key: str | None = None
    ) -> PushResult:
        """Update the object, or create it unless HubSpot has it already: a contact by e-mail, a company by domain.

        Raises NotFound when `external_id` is no longer there.
        """
        properties = search.properties_of(payload)
        if external_id is None:
            try:
                external_id = self._existing(object_type, properties)
                if external_id is None:
                    return self._create(object_type, properties, idempotency_key)
            except Conflict as conflict:
                external_id = answers.existing_id(conflict)
                if external_id is None:
                    raise
            # Met for the first time: what we do not know is no reason to erase what HubSpot knows.
            properties = {name: value for name, value in properties.items() if value}
        body = {"properties": properties}
        found = answers.crm_object(self._ask("PATCH", object_type, self._tail(external_id), json=body))
        return PushResult(found["id"], answers.version(found), created=False)

    def delete(self, object_type: str, external_id: str) -> None:
        """Move the object to HubSpot's recycle bin; one that is gone already is a success."""
        try:
            self._ask("DELETE", object_type, self._tail(external_id))
        except NotFound:
            return

    def _existing(self, object_type: str, properties: dict[str, str]) -> str | None:
        """The id of an object HubSpot would not itself recognise as the same; contacts it does, by e-mail."""
        body = search.same_company(properties) if object_type == "company" else None
        if body is None:
            return None
        items, _after = answers.results(self._ask("POST", object_type, "/search", json=body))
        if len(items) > 1:
            raise Conflict(
                "HubSpot has several companies of this domain or name.",
                code="ambiguous-match",
                hint="Merge them in HubSpot, or link the record to the right one by hand, then retry.",
            )
        return str(items[0]["id"]) if items else None

    def _create(self, object_type: str, properties: dict[str, str], idempotency_key: str | None) -> PushResult:
        given = {name: value for name, value in properties.items() if value}
        body = {"properties": given, "associations": []}
        found = answers.crm_object(self._ask("POST", object_type, json=body, idempotency_key=idempotency_key))
        return PushResult(found["id"], answers.version(found), created=True)

    def _ask(self, method: str, object_type: str, tail: str = "", **options: Any) -> Response:
        path = f"/crm/v3/objects/{_PLURAL[self.object_type(object_type).name]}{tail}"
        try:
            return self.client.request(method, path, **options)
        except Unauthorized as refusal:
            raise answers.name_scopes(refusal) from None

    @staticmethod
    def _tail(external_id: str) -> str:
        if not (external_id.isascii() and external_id.isdigit()):
            raise ConfigurationError(f"{external_id!r} is not a HubSpot id.", code="invalid-identifier")
        return f"/{external_id}"

    def _wanted(self, object_type: str) -> str:
        usual = catalogue.PROPERTIES[self.object_type(object_type).name]
        extra = (name.strip() for name in self.options.get("extra_properties", "").split(","))
        return ",".join(dict.fromkeys([*usual, *filter(None, extra)]))
