# Part of Integration Hub. License LGPL-3.0 or later.
"""Shopify's resources through the mappings: what a sales order, a contact and a product get."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from integration_hub_connectors import entities
from integration_hub_connectors.errors import BadResponse
from integration_hub_connectors.mapping import CompiledMapping, MappingError, compile_mapping
from integration_hub_connectors.vendors.shopify import Shopify, money, resource

FIXTURES = Shopify.folder() / "fixtures"


def fixture(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def compiled(name: str) -> CompiledMapping:
    return compile_mapping(Shopify.mapping(name))


def mapped(name: str, document: Any) -> Any:
    mapping = compiled(name)
    found = mapping.apply(document)
    assert entities.problems(mapping.target, found) == []
    return found


def amount(text: Any) -> Decimal:
    return Decimal(text or "0")


@pytest.mark.parametrize("name", ["orders__create", "orders__create__tax_included", "orders__create__unknown_currency"])
def test_the_totals_of_a_mapped_order_add_up(name: str) -> None:
    order = mapped("order", fixture(name))
    lines = sum(
        Decimal(line["quantity"]) * amount(line["unit_price"]) - amount(line["discount_total"])
        for line in order["lines"]
    )
    shipping = sum(amount(line["price"]) - amount(line["discount_total"]) for line in order["shipping"])
    taxes = sum(amount(tax["amount"]) for line in [*order["lines"], *order["shipping"]] for tax in line["taxes"])
    totals = order["totals"]
    assert lines == amount(totals["subtotal"])
    assert shipping == amount(totals["shipping"])
    assert taxes == amount(totals["tax"]) == sum(amount(tax["amount"]) for tax in order["taxes"])
    extra = 0 if order["prices_include_tax"] else taxes
    assert lines + shipping + extra == amount(totals["total"])


def test_an_order_keeps_every_figure_of_its_lines() -> None:
    order = mapped("order", fixture("orders__create"))
    assert order["id"] == "gid://shopify/Order/6120010001"
    assert order["number"] == "#1042"
    assert order["ordered_at"] == "2025-11-14T08:30:08Z"
    assert order["lines"][0] == {
        "id": "gid://shopify/LineItem/15200010001",
        "product": {
            "id": "gid://shopify/ProductVariant/44100010001",
            "product_id": "gid://shopify/Product/7900010001",
            "sku": "TOTE-NAT",
            "name": "Linen tote",
            "price": "49.90",
            "ships": True,
        },
        "name": "Linen tote - Natural",
        "quantity": 2,
        "open_quantity": 2,
        "unit_price": "49.90",
        "discount_total": "10.00",
        "taxes": [{"title": "VAT", "rate": 0.15, "amount": "13.47"}],
    }
    assert order["tags"] == ["gift", "first order"]


def test_the_mapping_of_orders_reaches_far() -> None:
    assert len(compiled("order").targets) >= 60


def test_several_discounts_of_a_line_are_added_exactly() -> None:
    document = fixture("orders__create")
    document["line_items"][0]["discount_allocations"] = [{"amount": "0.10"}, {"amount": "0.20"}]
    document["line_items"][1].update(discount_allocations=[], total_discount="1.50")
    assert [line["discount_total"] for line in mapped("order", document)["lines"]] == ["0.30", "1.50"]


def test_a_custom_item_has_no_product_id_and_a_walk_in_order_no_customer() -> None:
    order = mapped("order", fixture("orders__create__unknown_currency"))
    assert order["currency"] == "XAF"
    assert order["lines"][0]["product"] == {"name": "Custom engraving", "price": "15000", "ships": True}
    assert "customer" not in order and "billing_address" not in order


def test_shipping_that_was_removed_is_left_out() -> None:
    document = fixture("orders__create")
    document["shipping_lines"].append({**document["shipping_lines"][0], "id": 9, "is_removed": True})
    assert [line["id"] for line in mapped("order", document)["shipping"]] == ["gid://shopify/ShippingLine/5010010001"]


def test_the_customer_of_an_order_is_the_customer_of_its_own_webhook() -> None:
    document = fixture("orders__create")
    document["customer"] = fixture("customers__update")
    assert mapped("order", document)["customer"] == mapped("customer", fixture("customers__update"))


def test_the_orders_email_serves_a_customer_without_one() -> None:
    document = fixture("orders__create")
    document["customer"]["email"] = None
    assert mapped("order", document)["customer"]["email"] == "noor.peeters@example.com"


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "Noor Peeters"),
        ({"last_name": None}, "Noor"),
        ({"first_name": "", "last_name": None}, "Noor Peeters"),  # from the address
        ({"first_name": None, "last_name": "", "default_address": None}, "noor.peeters@example.com"),
        (
            {"first_name": None, "last_name": None, "default_address": None, "email": None, "phone": "+3225550123"},
            "+3225550123",
        ),
    ],
)
def test_a_contact_goes_by_the_best_name_there_is(changes: dict[str, Any], name: str) -> None:
    assert mapped("customer", {**fixture("customers__update"), **changes})["name"] == name


def test_a_customer_becomes_a_contact() -> None:
    contact = mapped("customer", fixture("customers__update"))
    assert contact["phone"] == "+32 2 555 01 23"  # of the address: the customer has none
    assert contact["company_name"] == "Atelier Peeters"
    assert contact["address"] == {
        "street": "Rue des Tanneurs 60",
        "street2": "Bte 4",
        "city": "Bruxelles",
        "zip": "1000",
        "country_code": "BE",
    }


def test_an_unreadable_address_does_not_stop_the_contact() -> None:
    document = fixture("customers__update")
    document["default_address"]["country_code"] = "Belgium"
    document["email"] = "not an address"
    contact = mapped("customer", document)
    assert "country_code" not in contact["address"] and "email" not in contact


def test_a_product_has_its_variants_with_options_by_name() -> None:
    product = mapped("product", fixture("products__create"))
    assert product["variants"][1] == {
        "id": "gid://shopify/ProductVariant/44100010002",
        "name": "Indigo / M",
        "sku": "TOTE-IND",
        "price": "54.90",
        "weight_kg": 0.35,
        "options": [{"name": "Colour", "value": "Indigo"}, {"name": "Size", "value": "M"}],
    }
    assert product["active"] is True


def test_a_lone_default_variant_has_no_options_and_a_draft_is_not_active() -> None:
    product = mapped("product", fixture("products__update__no_options"))
    assert product["active"] is False
    assert product["variants"] == [
        {"id": "gid://shopify/ProductVariant/44100010009", "sku": "WAX-01", "price": "25.00", "weight_kg": 0.35}
    ]


def test_a_new_word_of_shopifys_for_the_status_is_a_problem_not_a_guess() -> None:
    with pytest.raises(MappingError) as caught:
        compiled("product").apply({**fixture("products__create"), "status": "hibernating"})
    assert [problem.target for problem in caught.value.problems] == ["active"]


# The same object read by GraphQL


def test_an_order_read_by_graphql_maps_as_its_webhook_does() -> None:
    node = fixture("graphql__order")["data"]["order"]
    found = mapped("order", resource.build("order", node))
    assert found["customer"].pop("language") == "fr"  # orders' webhooks carry neither of the two
    assert found["customer"].pop("tags") == []
    assert found == mapped("order", fixture("orders__create"))


def test_a_customer_read_by_graphql_maps_as_its_webhook_does() -> None:
    found = mapped("customer", resource.build("customer", fixture("graphql__customer")["data"]["customer"]))
    assert found.pop("language") == "fr"
    assert found == mapped("customer", fixture("customers__update"))


def test_a_product_read_by_graphql_maps_as_its_webhook_does() -> None:
    found = mapped("product", resource.build("product", fixture("graphql__product")["data"]["product"]))
    assert found == mapped("product", fixture("products__create"))


@pytest.mark.parametrize("kind", ["order", "customer", "product"])
def test_a_node_without_one_of_its_fields_is_a_bad_response(kind: str) -> None:
    node = fixture(f"graphql__{kind}")["data"][kind]
    for key in node:
        if key in ("displayName",):
            continue  # asked for people who read the stored payload, not mapped
        with pytest.raises(BadResponse) as caught:
            resource.build(kind, {name: value for name, value in node.items() if name != key})
        assert caught.value.code == "bad-node"


@pytest.mark.parametrize(
    ("text", "currency", "expected"),
    [
        ("49.9", "EUR", "49.90"),
        ("49.90", "EUR", "49.90"),
        ("15000.0", "XAF", "15000"),
        ("1.5", "KWD", "1.500"),
        ("0.0", "JPY", "0"),
        ("-3.0", "USD", "-3.00"),
        ("0.005", "USD", "0.005"),
        ("12", "???", "12.00"),
    ],
)
def test_amounts_get_the_decimals_of_their_currency_and_never_change(text: str, currency: str, expected: str) -> None:
    assert money.amount(text, currency) == expected
    assert Decimal(expected) == Decimal(text)


# Samples by others


@pytest.mark.parametrize("kind", ["order", "customer", "product"])
def test_recorded_samples_of_shopify_map(shared_fixtures: Path, kind: str) -> None:
    recorded = json.loads((shared_fixtures / f"payloads/shopify/{kind}.json").read_text(encoding="utf-8"))[kind]
    topic = {"order": "orders/create", "customer": "customers/update", "product": "products/update"}[kind]
    (found,) = Shopify.parse_webhook({"X-Shopify-Topic": topic}, recorded)
    assert found.object_type == kind and found.dedupe_key is None
    document = mapped(kind, found.payload)
    assert document["id"] == found.external_id
    if kind == "order":
        assert document["totals"] == {"subtotal": "398.00", "discount": "0.00", "tax": "11.94", "total": "409.94"}
        assert [line["product"]["sku"] for line in document["lines"]] == [
            "IPOD2008GREEN",
            "IPOD2008RED",
            "IPOD2008BLACK",
        ]
        assert document["taxes"] == [{"title": "State Tax", "rate": 0.06, "amount": "11.94"}]
        assert document["customer"]["address"]["state_code"] == "KY"
        assert document["ordered_at"] == "2008-01-10T16:00:00Z"
