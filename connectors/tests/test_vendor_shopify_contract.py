# Part of Integration Hub. License LGPL-3.0 or later.
from typing import ClassVar

from integration_hub_connectors.testing.connector_contract import ConnectorContract
from integration_hub_connectors.testing.sandbox_contract import SandboxContract
from integration_hub_connectors.vendors.shopify import Shopify


def headers(topic: str) -> dict[str, str]:
    return {
        "X-Shopify-Topic": topic,
        "X-Shopify-Shop-Domain": "atelier.myshopify.com",
        "X-Shopify-API-Version": "2025-10",
        "X-Shopify-Webhook-Id": f"b54557e4-bdd9-4b37-8a5f-{topic}",
        "X-Shopify-Triggered-At": "2025-11-14T08:30:12.345678901Z",
        "X-Shopify-Event-Id": "98880550-7158-44d4-b7cd-2c97c8a091b5",
    }


class TestShopifyContract(ConnectorContract):
    connector = Shopify
    settings: ClassVar = {"shop": "atelier.myshopify.com"}
    documents: ClassVar = {
        "order": ("orders__create", "orders__create__unknown_currency", "orders__create__tax_included"),
        "customer": ("customers__update",),
        "location": ("locations__update",),
        "product": ("products__create", "products__update__no_options"),
    }
    payload: ClassVar = {"email": "x@example.com", "first_name": "x"}
    payloads: ClassVar = {
        "inventory": {
            "variant_id": "gid://shopify/ProductVariant/1",
            "levels": [{"location_id": "gid://shopify/Location/1", "available": 1}],
        },
        "fulfillment": {
            "order_id": "gid://shopify/Order/1",
            "line_items": [{"id": "gid://shopify/LineItem/1", "quantity": 1, "shipped": 1}],
        },
    }
    webhooks: ClassVar = (
        (headers("orders/create"), "orders__create"),
        (headers("orders/updated"), "orders__create__unknown_currency"),
        (headers("customers/update"), "customers__update"),
        (headers("products/create"), "products__create"),
        (headers("products/delete"), "products__delete"),
        (headers("locations/update"), "locations__update"),
        (headers("themes/publish"), "products__delete"),
    )


class TestShopifyInTheSandbox(SandboxContract):
    connector = Shopify
    written: ClassVar = {
        "customer": (
            {
                "email": "mary@example.com",
                "first_name": "Mary",
                "phone": "+3225550123",
                "default_address": {"address1": "Rue des Tanneurs 60", "city": "Bruxelles", "country_code": "BE"},
            },
            {"email": "mary@example.com", "first_name": "Mary W.", "default_address": {"city": "Gent"}},
        ),
    }
