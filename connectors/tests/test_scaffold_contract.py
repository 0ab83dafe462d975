# Part of Integration Hub. License LGPL-3.0 or later.
"""The imaginary connector that `hub new` copies, held to what every connector is held to."""

from typing import ClassVar

import pytest
from integration_hub_connectors import registry
from integration_hub_connectors.errors import ConfigurationError
from integration_hub_connectors.scaffold.acme import Acme
from integration_hub_connectors.testing.connector_contract import ConnectorContract
from integration_hub_connectors.testing.sandbox_contract import SandboxContract


class TestAcmeContract(ConnectorContract):
    connector = Acme
    documents: ClassVar = {"customer_in": ("customer",)}
    webhooks: ClassVar = (({}, "webhook__customer_updated"), ({}, "webhook__customer_deleted"))

    def test_it_is_registered_under_its_name(self) -> None:
        """It is in no catalogue: nobody can connect it."""
        with pytest.raises(ConfigurationError):
            registry.get(Acme.name)


class TestAcmeInTheSandbox(SandboxContract):
    connector = Acme
    written: ClassVar = {
        "customer": ({"name": "Mary Jackson", "email": "mary@example.com"}, {"name": "Mary W. Jackson"}),
    }
