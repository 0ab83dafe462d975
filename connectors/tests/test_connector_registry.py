# Part of Integration Hub. License LGPL-3.0 or later.
import pytest
from integration_hub_connectors import registry
from integration_hub_connectors.errors import ConfigurationError
from integration_hub_connectors.vendors.shopify import Shopify


def test_the_registry_lists_vendors_by_name_and_what_fits_any_last() -> None:
    *vendors, last = registry.CONNECTORS
    assert vendors == sorted(vendors) and last == "generic_rest"
    assert registry.get("shopify") is Shopify


def test_an_unknown_connector_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigurationError) as caught:
        registry.get("nothing")
    assert caught.value.code == "unknown-connector"
    assert "shopify" in caught.value.hint


@pytest.mark.parametrize("name", ["nothing", "../catalogue", "order.json", ""])
def test_an_unknown_mapping_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Shopify.mapping(name)
    assert caught.value.code == "unknown-mapping"


def test_a_mapping_is_read_anew_each_time() -> None:
    Shopify.mapping("order")["lines"].clear()
    assert Shopify.mapping("order")["lines"]


def test_a_connector_is_shaped_by_its_settings() -> None:
    assert registry.get("shopify", {"shop": "atelier.myshopify.com"}) is Shopify
    definition = {
        "base_url": "https://api.example.com",
        "check": {"path": "/me"},
        "resources": [{"name": "guest", "title": "Guest", "entity": "contact", "read": {"path": "/guests/{id}"}}],
    }
    assert registry.get("generic_rest").objects == {}
    assert list(registry.get("generic_rest", {"definition": definition}).objects) == ["guest"]
