# Part of Integration Hub. License LGPL-3.0 or later.
import json
from typing import ClassVar

from integration_hub_connectors.testing.connector_contract import ConnectorContract
from integration_hub_connectors.testing.sandbox_contract import SandboxContract
from integration_hub_connectors.vendors.generic_rest import GenericRest

DEFINITION = json.loads((GenericRest.folder() / "fixtures" / "definition.json").read_text(encoding="utf-8"))


class TestGenericRestContract(ConnectorContract):
    """A definition is held to what every vendor's connector is held to."""

    connector = GenericRest
    settings: ClassVar = {"definition": DEFINITION}
    documents: ClassVar = {"guest_in": ("guest",), "house_in": ("house",)}
    webhooks: ClassVar = tuple(({}, f"webhook__{name}") for name in ("guest_changed", "guest_deleted", "house_changed"))


class TestGenericRestWithTokensContract(TestGenericRestContract):
    settings: ClassVar = {
        "definition": json.dumps(
            {
                **DEFINITION,
                "auth": {
                    "kind": "oauth_client_credentials",
                    "token_url": "https://login.bookings.example/token",
                    "client_id": "hub",
                },
            }
        )
    }


class TestGenericRestInTheSandbox(SandboxContract):
    """The definition against an API that is as it says."""

    connector = GenericRest
    settings: ClassVar = {"definition": DEFINITION}
    description = "fixtures/sandbox.json"
    written: ClassVar = {
        "guest": ({"full_name": "Mary Jackson", "email": "mary@example.com"}, {"full_name": "Mary W. Jackson"})
    }
