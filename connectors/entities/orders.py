# Part of Integration Hub. License LGPL-3.0 or later.
"""What the parts of an order come to: how much of a line is left, what was shipped and refunded, what it is worth now.

An order's document holds all of it at once, so each question is answered from the document alone. Quantities and
amounts are decimals. A refund that neither gives money nor takes goods back only takes them off the order: an edit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

Order = Mapping[str, Any]
ZERO = Decimal(0)


class Credit(NamedTuple):
    """What a refund gives back of a line that was shipped, or of the shipping: amounts as the order's prices are.

    Without taxes at all is what it gave beyond that; what it kept back is less than 0.
    """

    key: str
    line: str | None
    amount: Decimal
    returned: Decimal = ZERO
    taxed: bool = True


def is_carried_out(order: Order) -> bool:
    """Whether it is to be carried out: it says so, or something of it was shipped, whatever is to be paid by now."""
    return bool(order.get("confirmed")) or any(not each.get("cancelled") for each in order.get("fulfilments") or ())


def shipped(order: Order, line_id: str) -> Decimal:
    """How much of a line was shipped, by shipments that were not cancelled."""
    parts = (part for each in order.get("fulfilments") or () if not each.get("cancelled") for part in each["lines"])
    return sum((number(part["quantity"]) for part in parts if part["line"] == line_id), ZERO)


def came_back(order: Order, line_id: str) -> Decimal:
    """How much of a line came back and was put on the shelf again."""
    found = (part for _refund, part in _refund_lines(order) if part["line"] == line_id)
    return sum((number(part["quantity"]) for part in found if part.get("restock") == "return"), ZERO)


def refunded(order: Order, line_id: str) -> Decimal:
    """How much of a line was taken off again or given money back for."""
    return sum((number(part["quantity"]) for _refund, part in _refund_lines(order) if part["line"] == line_id), ZERO)


def taken_off(order: Order, line_id: str) -> Decimal:
    """How much of a line refunds say was taken off before it was shipped."""
    found = (part for _refund, part in _refund_lines(order) if part["line"] == line_id)
    return sum((number(part["quantity"]) for part in found if part.get("restock") == "cancel"), ZERO)


def removed(order: Order, line: Order) -> Decimal:
    """How much of a line was taken off before it was shipped: by an edit, or by a refund of what was not sent yet."""
    if line.get("open_quantity") is None:
        return taken_off(order, line["id"])
    return max(number(line["quantity"]) - shipped(order, line["id"]) - number(line["open_quantity"]), ZERO)


def edited(order: Order, line: Order) -> Decimal:
    """How much of a line was taken off without anything given back."""
    found = ((refund, part) for refund, part in _refund_lines(order) if part["line"] == line["id"])
    return sum((number(part["quantity"]) for refund, part in found if not gives_back(refund)), ZERO)


def left(order: Order, line: Order, *, refunds: bool = True) -> Decimal:
    """How much of a line is to be delivered or was; `refunds`: also those count that gave money back."""
    off = removed(order, line)
    return number(line["quantity"]) - (off if refunds else min(off, edited(order, line)))


def given_back(order: Order) -> list[Credit]:
    """What was given back of what is left on the order: of goods that were shipped, and of the shipping."""
    lines = {line["id"]: line for line in order["lines"]}
    off = {identifier: removed(order, line) for identifier, line in lines.items()}
    found = []
    for refund, part in sorted(_refund_lines(order), key=lambda each: each[1].get("restock") != "cancel"):
        line, quantity = lines.get(part["line"]), number(part["quantity"])
        if line is None or not quantity:
            continue
        before_shipping = min(quantity, off[line["id"]])
        off[line["id"]] -= before_shipping
        if quantity > before_shipping and gives_back(refund):
            back = quantity - before_shipping
            amount = _worth(line, part) * back / quantity
            returned = back if part.get("restock") == "return" else ZERO
            found.append(Credit(f"{refund['id']}:{line['id']}", line["id"], amount, returned))
    for refund in order.get("refunds") or ():
        if amount := number(refund.get("shipping")):
            found.append(Credit(f"{refund['id']}:shipping", None, amount))
    return found + _differences(order)


def worth(order: Order, *, refunds: bool = True) -> Decimal | None:
    """What the order comes to, taxes included; None where the document does not say.

    `refunds`: after those that gave money back, else before them.
    """
    totals = order.get("totals") or {}
    if totals.get("current") is not None:
        back = sum((_value(order, each) for each in order.get("refunds") or () if gives_back(each)), ZERO)
        back += sum((credit.amount for credit in _differences(order)), ZERO)
        return number(totals["current"]) + (ZERO if refunds else back)
    if totals.get("total") is None:
        return None
    back = sum((_value(order, each) for each in order.get("refunds") or ()), ZERO)
    return number(totals["total"]) - (back if refunds else ZERO)


def tax(order: Order, *, refunds: bool = True) -> Decimal | None:
    """The taxes in what the order comes to; None where the document does not say. `refunds`: as of `worth`."""
    totals = order.get("totals") or {}
    if totals.get("tax") is None:
        return None
    counted = (each for each in order.get("refunds") or () if refunds or not gives_back(each))
    return number(totals["tax"]) - sum((_tax(each) for each in counted), ZERO)


def money_back(order: Order) -> Decimal:
    """The money that was given back."""
    return sum((number(each.get("amount")) for each in order.get("refunds") or ()), ZERO)


def gives_back(refund: Order) -> bool:
    """Whether a refund gave money back, or took goods back; one that does not say how much money it gave did."""
    if refund.get("amount") is None or number(refund["amount"]) > 0:
        return True
    return any(part.get("restock") == "return" for part in refund.get("lines") or ())


def unknown_lines(order: Order, name: str) -> set[str]:
    """The lines that shipments or refunds name and that the order does not have."""
    known = {line["id"] for line in order["lines"]}
    return {part["line"] for each in order.get(name) or () for part in each.get("lines") or ()} - known


def number(value: Any) -> Decimal:
    """A quantity or an amount; nothing is 0."""
    return Decimal(str(value)) if value not in (None, "") else ZERO


def _refund_lines(order: Order) -> Iterator[tuple[Order, Order]]:
    return ((refund, part) for refund in order.get("refunds") or () for part in refund.get("lines") or ())


def _worth(line: Order, part: Order) -> Decimal:
    """The amount of a refunded line, its share of the line's discount taken off."""
    if part.get("subtotal") is not None:
        return number(part["subtotal"])
    quantity = number(line["quantity"])
    gross = number(line["unit_price"]) * quantity - number(line.get("discount_total"))
    return gross * number(part["quantity"]) / quantity


def _value(order: Order, refund: Order) -> Decimal:
    """What a refund takes off the order's total, taxes included."""
    lines = {line["id"]: line for line in order["lines"]}
    parts = [part for part in refund.get("lines") or () if part["line"] in lines]
    net = sum((_worth(lines[part["line"]], part) for part in parts), number(refund.get("shipping")))
    return net if order.get("prices_include_tax") else net + _tax(refund)


def _tax(refund: Order) -> Decimal:
    parts = refund.get("lines") or ()
    return sum((number(part.get("tax")) for part in parts), number(refund.get("shipping_tax")))


def _differences(order: Order) -> list[Credit]:
    """What refunds gave beyond the goods and the shipping that they name, or kept back of them, a restocking fee.

    Only where the order's worth counts it: else it is money that went back, and the order is worth what it was.
    """
    totals, refunds = order.get("totals") or {}, order.get("refunds") or ()
    if totals.get("current") is None or totals.get("total") is None:
        return []
    paid = [each for each in refunds if each.get("amount") is not None and number(each["amount"]) > 0]
    found = [
        Credit(f"{each['id']}:difference", None, number(each["amount"]) - _value(order, each), taxed=False)
        for each in paid
    ]
    found = [credit for credit in found if credit.amount]
    named = number(totals["total"]) - sum((_value(order, each) for each in refunds), ZERO)
    return found if named - number(totals["current"]) == sum((credit.amount for credit in found), ZERO) else []
