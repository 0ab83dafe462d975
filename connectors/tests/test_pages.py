# Part of Integration Hub. License LGPL-3.0 or later.
"""Where a person finds an object at its vendor."""

import pytest
from integration_hub_connectors.registry import CONNECTORS
from integration_hub_connectors.vendors.hubspot import HubSpot
from integration_hub_connectors.vendors.shopify import Shopify

ORDER = "gid://shopify/Order/450789469"


def test_shopify() -> None:
    page = Shopify.page({"shop": "https://Larkfield.myshopify.com/"}, "order", ORDER)
    assert page == "https://larkfield.myshopify.com/admin/orders/450789469"


def test_hubspot() -> None:
    assert (
        HubSpot.page({"account_id": " 4711 "}, "company", "7") == "https://app.hubspot.com/contacts/4711/record/0-2/7"
    )


@pytest.mark.parametrize("name", sorted(CONNECTORS))
@pytest.mark.parametrize("settings", [{}, {"shop": "evil.example/x"}, {"account_id": "1/../evil"}])
def test_no_page_rather_than_a_wrong_one(name: str, settings: dict[str, str]) -> None:
    assert CONNECTORS[name].page(settings, "no-such-object", "1") == ""
    assert CONNECTORS[name].page(settings, "order", ORDER) == ""
    assert CONNECTORS[name].page(settings, "contact", "1") == ""
