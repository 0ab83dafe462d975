# Part of Integration Hub. License LGPL-3.0 or later.
"""What every connector must do, whatever its vendor: inherit it in a test module and fill in the attributes.

class TestAcme(ConnectorContract):
    connector = Acme
    settings = {"account": "example"}
    documents = {"order": ("orders__create",)}
    webhooks = (({"X-Acme-Topic": "order"}, "orders__create"),)
"""

from __future__ import annotations

from .connector_calls import CallContract
from .connector_case import SECRET
from .connector_mappings import MappingContract
from .connector_metadata import MetadataContract
from .connector_webhooks import WebhookContract

__all__ = ["SECRET", "ConnectorContract"]


class ConnectorContract(MetadataContract, MappingContract, WebhookContract, CallContract):
    """Inherit, and fill in what `ConnectorCase` asks for: `connector`, `settings`, `documents`, `webhooks`."""
