# Part of Integration Hub. License LGPL-3.0 or later.
"""A shop's order from its placing to its refund, by webhooks, workers and API; its parcel leaves from Odoo."""

from decimal import Decimal
from typing import Any

from estate import Estate
from hub_clients import wait_for
from shop import money, sale_order

LINES = [{"sku": "TENT-RIDGE-2", "quantity": 1}, {"sku": "MUG-ENAMEL-GRN", "quantity": 4}]


def there(estate: Estate, order: dict[str, Any]) -> dict[str, Any]:
    """The order as the shop has it now."""
    found = estate.sandbox.control("GET", "/objects/shopify/order")["objects"]
    return next(each for each in found if each["id"] == order["id"])


def change(estate: Estate, order: dict[str, Any], **values: Any) -> Decimal:
    """What the shop's staff does to an order; returns what it is worth then."""
    changed = estate.sandbox.control("PATCH", f"/shopify/orders/{order['id']}", values)
    return money(changed["current_total_price"])


def test_an_order_from_its_placing_to_its_refund(estate: Estate) -> None:
    admin = estate.admin
    of_shop = [("system_id", "=", estate.shop), ("template_key", "=", "shipments_out")]
    admin.call("integration.flow", "action_switch_on", [admin.one("integration.flow", of_shop, ["id"])["id"]])
    order = estate.sandbox.order(lines=LINES, financial_status="pending")
    message = estate.order_message(order)
    assert message["state"] == "done", message
    assert sale_order(estate, order)["state"] == "draft"

    change(estate, order, pay={})
    wait_for("the order is confirmed", lambda: sale_order(estate, order)["state"] == "sale", 30)
    worth = change(estate, order, edit={"add": [{"sku": "STOVE-CINDER", "quantity": 2}]})
    wait_for("the edit", lambda: money(sale_order(estate, order)["amount_total"]) == worth, 30)

    picking = admin.one("stock.picking", [("sale_id", "=", sale_order(estate, order)["id"])], ["id"])["id"]
    admin.call("stock.picking", "button_validate", [picking], context={"skip_sms": True})
    assert admin.read("stock.picking", picking, ["state"])["state"] == "done"
    sent = estate.message(("direction", "=", "outbound"), ("res_model", "=", "stock.picking"), ("res_id", "=", picking))
    assert sent["state"] == "done", sent
    wait_for(
        "the shop knows that it was shipped", lambda: there(estate, order)["fulfillment_status"] == "fulfilled", 30
    )

    mugs = order["line_items"][1]["id"]
    worth = change(estate, order, refund={"lines": [{"id": mugs, "quantity": 1, "restock": "return"}]})
    wait_for("the refund", lambda: money(sale_order(estate, order)["amount_total"]) == worth, 30)
    estate.settle()
    assert len(there(estate, order)["fulfillments"]) == 1  # what came back about it shipped nothing again
    dead = [
        ("system_id", "=", estate.shop),
        ("state", "=", "dead"),
        ("external_id", "=", order["admin_graphql_api_id"]),
    ]
    assert not estate.messages(*dead)
