# Part of Integration Hub. License LGPL-3.0 or later.
"""A shop's orders and Odoo's, field by field. Pure."""

from collections import Counter
from decimal import Decimal
from typing import Any

from shopify_orders_sides import Record, Sides
from story import History

CENTS = {"JPY": Decimal(1), "KWD": Decimal("0.001")}
CONFIRMED = ("authorized", "paid", "partially_refunded", "refunded")
LINE = "gid://shopify/LineItem/"


def differences(sides: Sides, histories: list[History]) -> dict[int, list[str]]:
    """What of each history's order Odoo shows otherwise, by the history's seed."""
    found = {history.seed: _of_one(sides, history) for history in histories}
    return {seed: words for seed, words in found.items() if words}


def _of_one(sides: Sides, history: History) -> list[str]:
    order = sides.there[history.facts["order"]]
    link = sides.links.get(f"gid://shopify/Order/{order['id']}")
    if link is None:
        return [f"{order['name']} is not in Odoo"]
    wanted, shown = _wanted(order), _shown(sides, link)
    if (
        abs(shown["tax"] - wanted["tax"])
        <= CENTS.get(order["currency"], Decimal("0.01")) * len(order["line_items"]) * 2
    ):
        shown["tax"] = wanted["tax"]  # rounded in another way, which the line Rounding makes up for in the total
    if wanted["state"] == "cancel":  # it stays as it was
        wanted = {name: wanted[name] for name in ("state", "currency", "money", "customer")}
    elif wanted["state"] == "open" and shown["state"] in ("draft", "sale"):
        wanted["state"] = shown["state"]  # it was to be carried out once, which may have been told or not
    return [f"{order['name']}: {name} is {shown[name]}, not {value}" for name, value in wanted.items()
            if shown[name] != value]  # fmt: skip


def _wanted(order: Record) -> Record:
    """What Odoo is to have of an order."""
    shipped: Counter[str] = Counter()
    for one in order["fulfillments"]:
        for line in one["line_items"]:
            shipped[str(line["id"])] += line["quantity"]
    came_back: Counter[str] = Counter()
    for refund in order["refunds"]:
        for part in refund["refund_line_items"]:
            if part["restock_type"] == "return":
                came_back[str(part["line_item_id"])] += part["quantity"]
    lines = {}
    for line in order["line_items"]:
        number = str(line["id"])
        if kept := shipped[number] + line["fulfillable_quantity"]:
            goods = came_back[number] if line["requires_shipping"] else 0
            lines[number] = (kept, shipped[number], goods)
    back = sum((Decimal(one["amount"]) for refund in order["refunds"] for one in refund["transactions"]), Decimal(0))
    current = Decimal(order["current_total_price"])
    state = "sale" if order["financial_status"] in CONFIRMED else "open"
    return {
        "state": "cancel" if order["cancelled_at"] else state,
        "currency": order["currency"],
        "total": current,
        "tax": Decimal(order["current_total_tax"]),
        "lines": lines,
        "money": (current - Decimal(order["total_outstanding"]) + back, back),
        "note": order["note"] or "",
        "customer": order["customer"]["email"],
    }


def _shown(sides: Sides, link: Record) -> dict[str, Any]:
    order, parts = sides.orders[link["res_id"]], link["parts"] or {}
    lines = {}
    for key, number in parts.get("lines", {}).items():
        line = sides.lines.get(number)
        if key.startswith(LINE) and key.removeprefix(LINE).isdigit() and line and line["product_uom_qty"]:
            quantities = (line["product_uom_qty"], line["qty_delivered"], sides.returned.get(number, 0))
            lines[key.removeprefix(LINE)] = tuple(map(int, quantities))
    sums = {"inbound": Decimal(0), "outbound": Decimal(0)}
    for ids in parts.get("payments", {}).values():
        for one in ids:
            if sides.payments[one]["state"] != "canceled":
                sums[sides.payments[one]["payment_type"]] += Decimal(str(sides.payments[one]["amount"]))
    return {
        "state": order["state"],
        "currency": order["currency_id"][1],
        "total": Decimal(str(round(order["amount_total"], 3))),
        "tax": Decimal(str(round(order["amount_tax"], 3))),
        "lines": lines,
        "money": (sums["inbound"], sums["outbound"]),
        "note": (order["note"] or "").removeprefix("<p>").removesuffix("</p>"),
        "customer": sides.partners[order["partner_id"][0]]["email"],
    }
