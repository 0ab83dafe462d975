# Part of Integration Hub. License LGPL-3.0 or later.
"""The comparison of orders finds what it is there to find: a good end, and one with one thing wrong."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "chaos/histories"))

from shopify_orders_compare import differences
from shopify_orders_sides import Sides
from story import History

TENT, MUG = 501, 502


def ended() -> Sides:
    """Two tents and three mugs, all paid, shipped but for a mug; one tent came back."""
    goods = {"requires_shipping": True}
    refund = {
        "refund_line_items": [{"line_item_id": TENT, "quantity": 1, "restock_type": "return"}],
        "transactions": [{"amount": "100.00"}],
    }
    shipped = [{"id": TENT, "quantity": 2}, {"id": MUG, "quantity": 2}]
    order = {
        "id": 1, "name": "#1001", "currency": "USD", "financial_status": "partially_refunded", "cancelled_at": None,
        "current_total_price": "145.00", "current_total_tax": "18.91", "total_outstanding": "0.00", "note": "Ring",
        "customer": {"email": "h7@histories.example"}, "fulfillments": [{"line_items": shipped}], "refunds": [refund],
        "line_items": [{"id": TENT, "fulfillable_quantity": 0, **goods},
                       {"id": MUG, "fulfillable_quantity": 1, **goods}],
    }  # fmt: skip
    lines = {f"gid://shopify/LineItem/{TENT}": 10, f"gid://shopify/LineItem/{MUG}": 11, "rounding": 12}
    return Sides(
        {1: order},
        {"gid://shopify/Order/1": {"res_id": 5, "parts": {"lines": lines, "payments": {"in": [20], "back": [21]}}}},
        {5: {"state": "sale", "amount_total": 145.0, "amount_tax": 18.92, "currency_id": [1, "USD"],
             "partner_id": [30, "Buyer"], "note": "<p>Ring</p>"}},
        {10: {"product_uom_qty": 2.0, "qty_delivered": 2.0}, 11: {"product_uom_qty": 3.0, "qty_delivered": 2.0},
         12: {"product_uom_qty": 1.0, "qty_delivered": 0.0}},
        {20: {"amount": 245.0, "payment_type": "inbound", "state": "paid"},
         21: {"amount": 100.0, "payment_type": "outbound", "state": "paid"}},
        {30: {"email": "h7@histories.example"}},
        {10: 1.0},
    )  # fmt: skip


def found(sides: Sides) -> dict[int, list[str]]:
    history = History(7)
    history.facts["order"] = 1
    return differences(sides, [history])


def test_a_good_end_has_no_differences() -> None:
    assert found(ended()) == {}


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda sides: sides.links.clear(), "is not in Odoo"),
        (lambda sides: sides.orders[5].update(state="draft"), "state is draft"),
        (lambda sides: sides.orders[5].update(amount_total=145.01), "total is"),
        (lambda sides: sides.orders[5].update(amount_tax=19.5), "tax is"),
        (lambda sides: sides.orders[5].update(currency_id=[2, "EUR"]), "currency is"),
        (lambda sides: sides.orders[5].update(note=False), "note is"),
        (lambda sides: sides.lines[11].update(product_uom_qty=2.0), "lines is"),
        (lambda sides: sides.lines[11].update(qty_delivered=3.0), "lines is"),
        (lambda sides: sides.returned.clear(), "lines is"),
        (lambda sides: sides.payments[20].update(amount=240.0), "money is"),
        (lambda sides: sides.payments[21].update(state="canceled"), "money is"),
        (lambda sides: sides.partners[30].update(email=False), "customer is"),
        (lambda sides: sides.there[1].update(cancelled_at="2027-01-01"), "state is sale"),
    ],
)
def test_one_thing_that_is_wrong_is_found(spoil: Callable[[Sides], Any], words: str) -> None:
    sides = ended()
    spoil(sides)
    assert any(words in line for line in found(sides)[7]), found(sides)


def test_of_an_order_that_is_partly_paid_nobody_says_whether_it_is_confirmed() -> None:
    sides = ended()
    sides.there[1]["financial_status"] = "partially_paid"
    for state in ("draft", "sale"):
        sides.orders[5]["state"] = state
        assert found(sides) == {}
