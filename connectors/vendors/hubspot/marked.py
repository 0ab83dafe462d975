# Part of Integration Hub. License LGPL-3.0 or later.
"""HubSpot with companies that carry Odoo's mark: the key of their creation, in a property with unique values.

An upsert by that property reads the companies themselves, not their search, which lags.
Sources: https://developers.hubspot.com/docs/guides/api/crm/objects/companies#upsert-companies,
https://developers.hubspot.com/docs/guides/api/crm/properties#create-unique-identifier-properties
"""

from __future__ import annotations

from ...connector import CheckResult, Document, PushResult
from ...errors import ConfigurationError, NotFound
from ...rest import Resource, templates
from . import catalogue
from .connector import HubSpot


class MarkedHubSpot(HubSpot):
    """A HubSpot account that never gets a company twice; the setting `company_key` names the property."""

    resources = catalogue.MARKED

    def check(self) -> CheckResult:
        """Also that the property is there, and unique."""
        found = super().check()
        path = templates.fill_path("/crm/v3/properties/companies/{id}", {"id": self._mark})
        try:
            described = self.ask("GET", path).json()
        except NotFound:
            described = None
        if not isinstance(described, dict) or described.get("hasUniqueValue") is not True:
            raise ConfigurationError(
                f"HubSpot's companies have no property {self._mark!r} with unique values.",
                code="no-unique-property",
                hint="Create one in HubSpot (Settings, Properties, Company properties, Rules: require unique values), "
                "or leave the setting empty.",
            )
        return found

    @property
    def _mark(self) -> str:
        return str(self.options["company_key"]).strip()

    def identified(self, resource: Resource, payload: Document, idempotency_key: str | None) -> bool:
        """A company by the key of its creation."""
        if resource.name == "company":
            return bool(idempotency_key)
        return super().identified(resource, payload, idempotency_key)

    def _create(self, resource: Resource, payload: Document, idempotency_key: str | None) -> PushResult:
        if resource.name != "company":
            return super()._create(resource, payload, idempotency_key)
        if not idempotency_key:
            return super()._create(HubSpot.resource(resource.name), payload, None)
        marked = {"idProperty": self._mark, "id": idempotency_key}
        properties = {**payload["properties"], self._mark: idempotency_key}
        return super()._create(resource, {"inputs": [{**marked, "properties": properties}]}, None)
