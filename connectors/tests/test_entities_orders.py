# Part of Integration Hub. License LGPL-3.0 or later.
"""What the parts of an order come to."""

from decimal import Decimal
from typing import Any

from integration_hub_connectors.entities import orders


def order(**values: Any) -> dict[str, Any]:
    line = {"id": "a", "quantity": 5, "unit_price": "10.00", "discount_total": "5.00"}
    return {"id": "1", "lines": [line], "prices_include_tax": False, **values}


def shipped(quantity: int, **values: Any) -> dict[str, Any]:
    return {"id": f"f{quantity}", "lines": [{"line": "a", "quantity": quantity}], **values}


def back(name: str, quantity: int, restock: str, amount: str | None = "9.00", **values: Any) -> dict[str, Any]:
    return {"id": name, "amount": amount, "lines": [{"line": "a", "quantity": quantity, "restock": restock, **values}]}


def test_what_is_left_is_what_was_shipped_and_what_is_open() -> None:
    found = order(fulfilments=[shipped(2), shipped(1, cancelled=True)])
    found["lines"][0]["open_quantity"] = 1
    assert orders.shipped(found, "a") == 2
    assert orders.left(found, found["lines"][0]) == 3
    assert orders.removed(found, found["lines"][0]) == 2


def test_without_an_open_quantity_refunds_say_what_was_taken_off() -> None:
    found = order(refunds=[back("r", 2, "cancel"), back("s", 1, "return")])
    assert orders.left(found, found["lines"][0]) == 3


def test_only_what_was_shipped_is_given_back_as_a_credit() -> None:
    found = order(fulfilments=[shipped(3)], refunds=[back("r", 3, "none", subtotal="27.00")])
    found["lines"][0]["open_quantity"] = 0  # two of the three were never shipped
    assert orders.given_back(found) == [orders.Credit("r:a", "a", Decimal("9.00"))]


def test_a_credit_without_an_amount_is_the_lines_share() -> None:
    found = order(refunds=[back("r", 1, "return")])
    assert orders.given_back(found) == [orders.Credit("r:a", "a", Decimal("9.00"), Decimal(1))]
    assert orders.came_back(found, "a") == 1


def test_shipping_is_given_back_by_itself() -> None:
    found = order(refunds=[{"id": "r", "amount": "8.00", "shipping": "7.00", "shipping_tax": "1.00"}])
    assert orders.given_back(found) == [orders.Credit("r:shipping", None, Decimal("7.00"))]


def test_an_edit_gives_nothing_back() -> None:
    found = order(refunds=[back("r", 2, "cancel", "0")])
    line = found["lines"][0]
    assert (orders.given_back(found), orders.edited(found, line), orders.money_back(found)) == ([], 2, 0)
    assert orders.left(found, line, refunds=False) == 3


def test_goods_that_came_back_are_credited_though_no_money_was_given() -> None:
    found = order(fulfilments=[shipped(5)], refunds=[back("r", 1, "return", "0", subtotal="9.00")])
    found["lines"][0]["open_quantity"] = 0
    assert orders.given_back(found) == [orders.Credit("r:a", "a", Decimal("9.00"), Decimal(1))]
    assert orders.edited(found, found["lines"][0]) == 0


def test_what_a_refund_gives_beyond_goods_or_keeps_of_them_counts_where_the_order_is_worth_it() -> None:
    kept = back("k", 1, "return", "8.00", subtotal="9.00", tax="1.35")
    beyond = {"id": "b", "amount": "5.00"}
    found = order(fulfilments=[shipped(5)], refunds=[kept, beyond], totals={"total": "51.75", "current": "38.75"})
    found["lines"][0]["open_quantity"] = 0
    found_credits = orders.given_back(found)
    assert [(one.key, one.amount, one.taxed) for one in found_credits] == [
        ("k:a", Decimal("9.00"), True),
        ("k:difference", Decimal("-2.35"), False),
        ("b:difference", Decimal("5.00"), False),
    ]
    assert (orders.worth(found), orders.worth(found, refunds=False)) == (Decimal("38.75"), Decimal("51.75"))
    found["totals"]["current"] = "41.40"  # what went back is owed again
    assert [one.key for one in orders.given_back(found)] == ["k:a"]


def test_taxes_before_and_after_refunds() -> None:
    refunds = [back("r", 1, "return", tax="1.35"), back("e", 1, "cancel", "0", tax="1.35")]
    found = order(refunds=refunds, totals={"tax": "6.75"})
    assert (orders.tax(found), orders.tax(found, refunds=False)) == (Decimal("4.05"), Decimal("5.40"))
    assert orders.tax(order()) is None


def test_what_it_is_worth_before_and_after_refunds() -> None:
    refunds = [back("r", 1, "return", subtotal="9.00", tax="1.35"), back("e", 1, "cancel", "0", subtotal="9.00")]
    found = order(refunds=refunds, totals={"total": "51.75", "current": "32.40"})
    assert orders.worth(found) == Decimal("32.40")
    assert orders.worth(found, refunds=False) == Decimal("42.75")
    assert orders.worth(order(refunds=refunds, totals={"total": "51.75"})) == Decimal("32.40")
    assert orders.worth(order(prices_include_tax=True, refunds=refunds[:1], totals={"total": "45.00"})) == Decimal(
        "36.00"
    )
    assert orders.worth(order()) is None


def test_lines_that_are_not_the_orders() -> None:
    found = order(fulfilments=[{"id": "f", "lines": [{"line": "b", "quantity": 1}]}])
    assert orders.unknown_lines(found, "fulfilments") == {"b"}
    assert orders.unknown_lines(found, "refunds") == set()
