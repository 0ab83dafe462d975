# Part of Integration Hub. License LGPL-3.0 or later.
"""The main job, first half: an order placed in the shop becomes a sales order, once, or a message that says why not."""

import pytest
import requests
from estate import Estate
from hub_clients import Refused, wait_for
from shop import compare, delivery, money, sale_order

LINES = [{"sku": "TENT-RIDGE-2", "quantity": 1}, {"sku": "MUG-ENAMEL-GRN", "quantity": 4}]


def post(estate: Estate, body: bytes, headers: dict[str, str]) -> requests.Response:
    """What the shop does with a webhook."""
    return requests.post(estate.admin.webhook_url(estate.shop), data=body, headers=headers, timeout=30)


def webhooks(estate: Estate, since: int, topic: str) -> list[dict]:
    """The shop's journal of what it sent."""
    return [one for one in estate.sandbox.journal("shopify", "out", since) if topic in one["topics"]]


def test_an_order_becomes_a_sales_order(estate: Estate) -> None:
    since = estate.sandbox.mark()
    order = estate.sandbox.order(lines=LINES, note="Leave it with the neighbours")
    message = estate.order_message(order)
    assert (message["state"], message["attempt_count"]) == ("done", 1), message
    found = compare(estate, order)
    assert (message["res_model"], message["res_id"]) == ("sale.order", found["id"])
    (sent,) = webhooks(estate, since, "orders/create")
    assert sent["status"] == 202
    assert '"accepted"' in sent["answer"]


def test_the_same_delivery_again_changes_nothing(estate: Estate) -> None:
    order = estate.sandbox.order(lines=LINES, webhook=False)
    body, headers = delivery(order, estate.sandbox.account("shopify")["webhook_secret"])
    first = post(estate, body, headers)
    assert (first.status_code, first.json()["status"]) == (202, "accepted")
    assert estate.order_message(order)["id"] == first.json()["id"]
    estate.settle()  # the customer is on its way to the CRM, which tells us about it
    before, messages = compare(estate, order), estate.admin.count("integration.event", [])
    again = post(estate, body, headers)
    assert (again.status_code, again.json()) == (202, {"id": first.json()["id"], "status": "duplicate"})
    estate.settle()
    assert estate.admin.count("integration.event", []) == messages
    assert sale_order(estate, order) == before
    assert estate.order_message(order)["attempt_count"] == 1


def test_a_duplicate_sent_at_once_is_one_order(estate: Estate) -> None:
    since = estate.sandbox.mark()
    estate.sandbox.faults({"vendor": "shopify", "kind": "duplicate", "count": 1, "match": {"topic": "orders/create"}})
    order = estate.sandbox.order(lines=LINES)
    compare_when_done(estate, order)
    sent = wait_for("both deliveries", lambda: (found := webhooks(estate, since, "orders/create"))[1:] and found, 10)
    assert ['"accepted"' in one["answer"] for one in sent] == [True, False]
    assert '"duplicate"' in sent[1]["answer"]
    assert len(estate.messages(("external_id", "=", order["admin_graphql_api_id"]))) == 1


def test_a_tampered_order_is_refused_and_the_true_one_comes_in(estate: Estate) -> None:
    since = estate.sandbox.mark()
    estate.sandbox.faults({"vendor": "shopify", "kind": "tamper", "count": 1, "match": {"topic": "orders/create"}})
    order = estate.sandbox.order(lines=LINES)
    compare_when_done(estate, order)
    sent = webhooks(estate, since, "orders/create")
    assert [one["status"] for one in sent] == [401, 202]
    assert len(estate.messages(("external_id", "=", order["admin_graphql_api_id"]))) == 1


def test_a_forged_order_leaves_a_reason_and_no_message(estate: Estate) -> None:
    estate.settle()
    messages = estate.admin.count("integration.event", [])
    endpoint = estate.endpoint(estate.shop, "inbound")
    refusals = estate.admin.count("integration.refusal", [("endpoint_id", "=", endpoint)])
    order = estate.sandbox.order(lines=LINES, webhook=False)
    body, headers = delivery(order, "not the shop's secret")
    answer = post(estate, body, headers)
    assert answer.status_code == 401
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.json()["type"] == "urn:integration-hub:problem:signature-mismatch"
    assert estate.admin.count("integration.event", []) == messages
    kept = estate.admin.search(
        "integration.refusal", [("endpoint_id", "=", endpoint)], ["reason", "message", "header_names"]
    )
    assert len(kept) == refusals + 1
    assert kept[0]["reason"] == "signature-mismatch"
    assert order["customer"]["email"] not in str(kept)


def test_tax_included_in_prices(estate: Estate) -> None:
    order = estate.sandbox.order(lines=LINES, taxes_included=True)
    found = compare_when_done(estate, order)
    assert money(found["amount_total"]) == money(order["subtotal_price"]) + money("7.90")  # nothing is added on top


@pytest.mark.parametrize(
    "discount",
    [
        pytest.param({"code": "TENTH", "percentage": "10"}, id="a round percentage"),
        pytest.param({"code": "ODD", "amount": "13.37"}, id="an amount that is no round percentage"),
    ],
)
def test_discount_and_shipping(estate: Estate, discount: dict[str, str]) -> None:
    shipping = {"title": "Express", "price": "24.90"}
    order = estate.sandbox.order(lines=LINES, discount=discount, shipping=shipping)
    assert money(order["total_discounts"]) > 0
    compare_when_done(estate, order)


def test_a_failed_order_says_why_and_mending_it_is_the_retry(estate: Estate) -> None:
    lines = [{"sku": "TENT-RIDGE-2", "price": "215000"}, {"sku": "MUG-ENAMEL-GRN", "quantity": 3, "price": "9200"}]
    order = estate.sandbox.order(lines=lines, currency="XAF", shipping={"price": "5000"})
    message = estate.order_message(order)
    assert message["state"] == "dead", message
    assert "XAF" in message["error_message"]
    assert "Activate" in message["error_hint"]
    assert not estate.admin.count("sale.order", [("client_order_ref", "=", order["name"])])
    with pytest.raises(Refused):
        estate.sales.call("integration.event", "action_retry", [message["id"]])

    currency = estate.admin.one("res.currency", [("name", "=", "XAF")], ["id"], context={"active_test": False})["id"]
    estate.admin.write("res.currency", currency, {"active": True})
    message = estate.order_message(order, "done")
    assert message["attempt_count"] == 2
    assert not message["error_message"]
    compare(estate, order)


def compare_when_done(estate: Estate, order: dict) -> dict:
    """Waits for an order's message and compares the result."""
    message = estate.order_message(order)
    assert message["state"] == "done", message
    return compare(estate, order)
