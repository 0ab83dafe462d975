# Part of Integration Hub. License LGPL-3.0 or later.
"""What happens to orders in the imitated shop: told alike by webhook and GraphQL, and shipped by the connector."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from integration_hub_connectors import entities
from integration_hub_connectors.contracts.errors import ContractViolation
from integration_hub_connectors.errors import NotFound, Rejected
from integration_hub_connectors.http import AddressGuard, Client, RequestsTransport, Timeout
from integration_hub_connectors.mapping import compile_mapping
from integration_hub_connectors.sandbox.testing import Sandbox, running
from integration_hub_connectors.vendors.shopify import Shopify

LINES = [{"sku": "TENT-RIDGE-2", "quantity": 2}, {"sku": "MUG-ENAMEL-GRN", "quantity": 3}]
MAPPING = compile_mapping(Shopify.mapping("order"))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running() as found:
        yield found


@pytest.fixture(scope="module")
def shop(sandbox: Sandbox) -> Shopify:
    settings = {"api_url": f"{sandbox.url}/shopify"}
    transport = RequestsTransport(guard=AddressGuard(["127.0.0.0/8"]))
    auth = Shopify.auth(settings, "shpat_sandbox")
    return Shopify(
        Client(Shopify.base_url(settings), timeout=Timeout(2, 10, 10), auth=auth, transport=transport), settings
    )


@pytest.fixture
def order(sandbox: Sandbox) -> dict[str, Any]:
    made: dict[str, Any] = sandbox.control("POST", "/shopify/orders", {"lines": LINES, "financial_status": "pending"})
    return made


def change(sandbox: Sandbox, order: dict[str, Any], **values: Any) -> dict[str, Any]:
    changed: dict[str, Any] = sandbox.control("PATCH", f"/shopify/orders/{order['id']}", values)
    return changed


def refused(sandbox: Sandbox, order: dict[str, Any], **values: Any) -> None:
    before = sandbox.core.store.get("shopify", "order", str(order["id"]))
    with pytest.raises(Exception, match=r"4\d\d|invalid|problem"):
        change(sandbox, order, **values)
    assert sandbox.core.store.get("shopify", "order", str(order["id"])) == before


def test_webhook_and_graphql_tell_a_whole_life_alike(sandbox: Sandbox, shop: Shopify, order: dict[str, Any]) -> None:
    """So a poll after a webhook is no news."""
    tents, mugs = order["line_items"]
    states = [
        {"pay": {"amount": "100.00", "gateway": "gift_card"}},
        {"pay": {}},
        {"edit": {"add": [{"sku": "STOVE-CINDER"}], "quantities": {str(mugs["id"]): 2}}},
        {"refund": {"lines": [{"id": mugs["id"], "quantity": 1, "restock": "cancel"}]}},
        {"fulfil": {"lines": [{"id": tents["id"], "quantity": 1}], "tracking_number": "1Z", "tracking_company": "UPS"}},
        {"refund": {"lines": [{"id": tents["id"], "quantity": 1, "restock": "return"}], "shipping": "7.90"}},
        {"fulfil": {}},
    ]
    for values in states:
        told = MAPPING.apply(change(sandbox, order, **values))
        read = MAPPING.apply(shop.fetch("order", str(order["id"])))
        assert entities.problems("order", told) == []
        for each in (told, read):
            each.pop("customer", None)
        assert read == told, values
    assert [each["tracking"]["number"] for each in told["fulfilments"][:1]] == ["1Z"]
    assert told["payments"][0]["amount"] == order["total_price"] or Decimal(told["payments"][0]["amount"]) > 0


def test_totals_follow_to_the_cent(sandbox: Sandbox, order: dict[str, Any]) -> None:
    change(sandbox, order, pay={})
    for line in order["line_items"]:
        for _unit in range(line["quantity"]):
            order = change(
                sandbox, order, refund={"lines": [{"id": line["id"], "quantity": 1, "restock": "cancel"}]}
            )  # fmt: skip
    order = change(sandbox, order, refund={"shipping": "7.90"})
    assert (order["current_total_price"], order["current_total_tax"], order["total_outstanding"]) == ("0.00",) * 3
    assert order["financial_status"] == "refunded"


def test_states_of_money_and_shipping(sandbox: Sandbox, order: dict[str, Any]) -> None:
    assert change(sandbox, order, pay={"amount": "1.00"})["financial_status"] == "partially_paid"
    assert change(sandbox, order, pay={})["financial_status"] == "paid"
    one = {"lines": [{"id": order["line_items"][0]["id"], "quantity": 1}]}
    assert change(sandbox, order, fulfil=one)["fulfillment_status"] == "partial"
    assert change(sandbox, order, refund=one)["financial_status"] == "partially_refunded"
    assert change(sandbox, order, fulfil={})["fulfillment_status"] == "fulfilled"


def test_what_cannot_be_is_refused_and_changes_nothing(sandbox: Sandbox, order: dict[str, Any]) -> None:
    tents, _mugs = order["line_items"]
    refused(sandbox, order, pay={"amount": "9999.00"})
    refused(sandbox, order, refund={"amount": "1.00"})
    refused(sandbox, order, refund={"lines": [{"id": tents["id"], "quantity": 3}]})
    refused(sandbox, order, refund={"lines": [{"id": tents["id"], "quantity": 1, "restock": "return"}]})
    refused(sandbox, order, fulfil={"lines": [{"id": 1, "quantity": 1}]})
    refused(sandbox, order, edit={"quantities": {str(tents["id"]): 9}})
    change(sandbox, order, fulfil={})
    refused(sandbox, order, fulfil={})
    refused(sandbox, order, cancelled=True)


def payload(order: dict[str, Any], *parts: tuple[int, int, int], **tracking: str) -> dict[str, Any]:
    lines = [
        {"id": order["line_items"][place]["admin_graphql_api_id"], "quantity": quantity, "shipped": shipped}
        for place, quantity, shipped in parts
    ]
    return {"order_id": order["admin_graphql_api_id"], "line_items": lines, **tracking}


def shipped(sandbox: Sandbox, order: dict[str, Any]) -> list[tuple[str | None, list[int]]]:
    found = sandbox.core.store.get("shopify", "order", str(order["id"])) or {}
    return [
        (one["tracking_number"], [line["quantity"] for line in one["line_items"]]) for one in found["fulfillments"]
    ]  # fmt: skip


def test_a_shipment_goes_out_once(sandbox: Sandbox, shop: Shopify, order: dict[str, Any]) -> None:
    first = payload(order, (0, 1, 1), tracking_number="1Z", tracking_company="UPS")
    made = shop.push("fulfillment", first)
    again = shop.push("fulfillment", first, in_doubt=True)
    assert (made.created, again.created, again.external_id) == (True, False, made.external_id)
    assert re.fullmatch(r"gid://shopify/Fulfillment/\d+", made.external_id)
    assert shipped(sandbox, order) == [("1Z", [1])]
    shop.push("fulfillment", {**first, "tracking_number": "2Z"}, external_id=made.external_id)
    assert shipped(sandbox, order) == [("2Z", [1])]
    shop.push("fulfillment", payload(order, (0, 1, 2), (1, 3, 3)))
    assert shipped(sandbox, order) == [("2Z", [1]), (None, [1, 3])]


def test_a_shipment_that_the_shop_has_not_open(sandbox: Sandbox, shop: Shopify, order: dict[str, Any]) -> None:
    change(sandbox, order, cancelled=True)
    with pytest.raises(Rejected) as caught:
        shop.push("fulfillment", payload(order, (0, 1, 1)))
    assert caught.value.code == "not-open"
    assert shipped(sandbox, order) == []


def test_a_shipment_of_no_order(shop: Shopify, order: dict[str, Any]) -> None:
    gone = {**payload(order, (0, 1, 1)), "order_id": "gid://shopify/Order/1"}
    with pytest.raises(NotFound):
        shop.push("fulfillment", gone)
    with pytest.raises(ContractViolation):
        shop.push("fulfillment", {"order_id": "1", "line_items": []})


def test_presentment_money(sandbox: Sandbox) -> None:
    made = sandbox.control(
        "POST", "/shopify/orders", {"lines": LINES, "presentment": {"currency": "JPY", "rate": "150"}}
    )
    total = made["total_price_set"]
    assert total["presentment_money"] == {
        "amount": str((Decimal(total["shop_money"]["amount"]) * 150).quantize(Decimal(1))),
        "currency_code": "JPY",
    }
    assert made["line_items"][0]["price_set"]["presentment_money"]["currency_code"] == "JPY"
