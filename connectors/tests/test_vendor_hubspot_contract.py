# Part of Integration Hub. License LGPL-3.0 or later.
from typing import Any, ClassVar

from integration_hub_connectors.sandbox.testing import Sandbox
from integration_hub_connectors.testing.connector_contract import ConnectorContract
from integration_hub_connectors.testing.sandbox_contract import SandboxContract
from integration_hub_connectors.vendors.hubspot import HubSpot


class TestHubSpotContract(ConnectorContract):
    connector = HubSpot
    documents: ClassVar = {"contact_in": ("contact",), "company_in": ("company",), "deal_in": ("deal",)}
    webhooks: ClassVar = tuple(
        ({"X-HubSpot-Request-Timestamp": "1763109012345"}, f"webhook__{name}")
        for name in ("association", "changes", "deletion", "generic", "merge", "restore")
    )

    def redelivered(self, headers: Any, document: Any) -> tuple[Any, Any]:
        """HubSpot repeats the batch with `attemptNumber` counted up, and a new timestamp."""
        again = [{**entry, "attemptNumber": entry["attemptNumber"] + 1} for entry in document]
        return {"X-HubSpot-Request-Timestamp": "1763109099999"}, again


class TestHubSpotInTheSandbox(SandboxContract):
    connector = HubSpot
    written: ClassVar = {
        "contact": (
            {"properties": {"email": "mary@example.com", "firstname": "Mary"}},
            {"properties": {"firstname": "Mary W."}},
        ),
        "company": (
            {"properties": {"name": "Langley", "domain": "langley.example"}},
            {"properties": {"name": "Langley Research"}},
        ),
    }


class TestMarkedHubSpotInTheSandbox(TestHubSpotInTheSandbox):
    """An account with a unique property for Odoo's mark; without one, companies are held."""

    settings: ClassVar = {"company_key": "odoo_key"}

    def prepared(self, sandbox: Sandbox) -> None:
        definition = {"name": "odoo_key", "label": "Odoo key", "type": "string", "hasUniqueValue": True}
        made = sandbox.vendor("hubspot", "POST", "/crm/v3/properties/companies", json=definition)
        assert made.status_code == 201, made.text
