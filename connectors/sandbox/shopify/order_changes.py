# Part of Integration Hub. License LGPL-3.0 or later.
"""What happens to an order after it was placed: payments, shipments, refunds, edits, a cancellation.

Each changes the order as its REST resource shows it, and `settle` then says what it is worth now. An edit that takes
goods off appears among the refunds, without a transaction; units that were not shipped are taken off by `cancel`.
Sources: https://shopify.dev/docs/api/admin-rest/latest/resources/order (refund, transaction, fulfillment),
https://shopify.dev/docs/apps/build/orders-fulfillment/order-management-apps/edit-orders
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from ..core.problem import ControlProblem, member, refuse_unknown
from .money import money_set, parse_amount, rounded, text
from .orders import ZERO, Terms, line_item
from .shared import gid, timestamp

Order = dict[str, Any]
RESTOCKS = ("no_restock", "cancel", "return")
_RECEIVED = ("sale", "capture")


class OrderChanges:
    """The changes; `transactions(order)` gives those of an order, `keep(transaction)` stores a new one."""

    def __init__(
        self,
        new_id: Callable[[], int],
        now: Callable[[], float],
        transactions: Callable[[Order], list[Order]],
        keep: Callable[[Order], None],
    ) -> None:
        self._new_id, self._now = new_id, now
        self._transactions, self._keep = transactions, keep

    def pay(self, order: Order, given: Any) -> None:
        """Take money: `{"amount", "gateway", "authorize"}`; without an amount all that is open. Or only reserve it."""
        values = given if isinstance(given, Mapping) else {}
        refuse_unknown(values, ("amount", "gateway", "authorize"), "/pay")
        currency, open_ = order["currency"], Decimal(order["total_outstanding"])
        amount = parse_amount(values["amount"], currency, "/pay/amount") if "amount" in values else open_
        if amount < 0 or amount > max(open_, ZERO):
            raise ControlProblem("invalid-amount", f"{amount} is more than the {open_} that are open.", "/pay/amount")
        gateway = member(values, "gateway", str, "manual", "/pay")
        authorized = any(one["kind"] == "authorization" for one in self._transactions(order))
        reserve = member(values, "authorize", bool, False, "/pay")
        kind = "authorization" if reserve else "capture" if authorized else "sale"
        self._transact(order, kind, gateway, amount)
        if gateway not in order["payment_gateway_names"]:
            order["payment_gateway_names"] = [*order["payment_gateway_names"], gateway]

    def fulfil(self, order: Order, given: Any) -> dict[str, Any]:
        """Ship: `{"lines": [{"id", "quantity"}], "tracking_number", …}`; without lines all that is open."""
        values = given if isinstance(given, Mapping) else {}
        refuse_unknown(values, ("lines", "tracking_number", "tracking_company", "tracking_url"), "/fulfil")
        if order.get("cancelled_at"):
            raise ControlProblem("order-cancelled", "A cancelled order is not shipped.", "/fulfil")
        wanted = _quantities(order, values.get("lines"), "fulfillable_quantity", "/fulfil/lines")
        if not wanted:
            raise ControlProblem("nothing-to-ship", "Nothing of the order is open.", "/fulfil", status=409)
        for line, quantity in wanted:
            line["fulfillable_quantity"] -= quantity
        tracking = {name: values.get(f"tracking_{name}") for name in ("number", "company", "url")}
        number, moment = self._new_id(), timestamp(self._now())
        made = {
            "id": number,
            "admin_graphql_api_id": gid("Fulfillment", number),
            "order_id": order["id"],
            "name": f"{order['name']}.{len(order['fulfillments']) + 1}",
            "status": "success",
            "service": "manual",
            "created_at": moment,
            "updated_at": moment,
            **{f"tracking_{name}": value for name, value in tracking.items()},
            "tracking_numbers": [tracking["number"]] if tracking["number"] else [],
            "tracking_urls": [tracking["url"]] if tracking["url"] else [],
            "line_items": [{**_bare(line), "quantity": quantity} for line, quantity in wanted],
        }
        order["fulfillments"] = [*order["fulfillments"], made]
        return made

    def refund(self, order: Order, given: Any) -> None:
        """Give back: `{"lines": [{"id", "quantity", "restock"}], "shipping": amount, "amount": money, "note"}`.

        Without an amount the money is what the lines and the shipping are worth, at most what was received.
        """
        values = given if isinstance(given, Mapping) else {}
        refuse_unknown(values, ("lines", "shipping", "amount", "note"), "/refund")
        lines = member(values, "lines", list, [], "/refund")
        parts = [self._taken(order, part, f"/refund/lines/{place}") for place, part in enumerate(lines)]
        self._give_back(order, values, parts)

    def edit(self, order: Order, lines: list[dict[str, Any]], quantities: Mapping[str, Any], terms: Terms) -> None:
        """Add lines (as `parse_line` gives them) and set what is left of others: `{line id: quantity}`."""
        parts, items = [], {str(line["id"]): line for line in order["line_items"]}
        for key, wanted in quantities.items():
            line = items.get(key)
            if line is None or not isinstance(wanted, int) or wanted < 0:
                raise ControlProblem("invalid-member", f"No line {key} to set to {wanted!r}.", "/edit/quantities")
            change = wanted - line["current_quantity"]
            if change < 0:
                parts.append((line, -change, "cancel"))
                self._check_open(line, -change)
                line["fulfillable_quantity"] += change
            elif change > 0:
                raise ControlProblem("invalid-member", "More of a line is a new line.", "/edit/quantities")
        for line in lines:
            tax, item = line_item(line, self._new_id(), ZERO, terms)
            order["line_items"] = [*order["line_items"], item]
            self._grow(order, line["price"] * line["quantity"], tax)
        if parts:
            self._give_back(order, {"amount": "0"}, parts)

    def cancel(self, order: Order, reason: str, *, refund: bool) -> None:
        """Take all off that was not shipped, and give its money back unless it is not to be."""
        if order["fulfillments"]:
            raise ControlProblem("order-shipped", "What was shipped cannot be cancelled.", "/cancelled", status=409)
        moment = timestamp(self._now())
        parts = [(line, line["fulfillable_quantity"], "cancel") for line in order["line_items"]]
        parts = [part for part in parts if part[1]]
        for line, _quantity, _restock in parts:
            line["fulfillable_quantity"] = 0
        charged, back = self._shipping(order)
        shipping = text(charged - back, order["currency"])
        self._give_back(order, {"shipping": shipping, **({} if refund else {"amount": "0"})}, parts)
        order |= {"cancelled_at": moment, "closed_at": moment, "cancel_reason": reason}

    def settle(self, order: Order) -> None:
        """Say what the order is worth, what is still to be paid, and its two states."""
        for name in ("refunds", "fulfillments", "payment_gateway_names"):
            order.setdefault(name, [])
        currency = order["currency"]
        gone = {"subtotal": ZERO, "tax": ZERO, "shipping": ZERO}
        for one in order["refunds"]:
            gone["subtotal"] += sum((Decimal(part["subtotal"]) for part in one["refund_line_items"]), ZERO)
            gone["tax"] += sum((Decimal(part["total_tax"]) for part in one["refund_line_items"]), ZERO)
            gone["shipping"] -= sum((Decimal(part["amount"]) for part in one["order_adjustments"]), ZERO)
            gone["tax"] -= sum((Decimal(part["tax_amount"]) for part in one["order_adjustments"]), ZERO)
        off = gone["subtotal"] + gone["shipping"] + (ZERO if order["taxes_included"] else gone["tax"])
        current = {
            "subtotal_price": Decimal(order["subtotal_price"]) - gone["subtotal"],
            "total_tax": Decimal(order["total_tax"]) - gone["tax"],
            "total_price": Decimal(order["total_price"]) - off,
            "total_discounts": Decimal(order["total_discounts"]),
        }
        for name, amount in current.items():
            order[f"current_{name}"] = text(amount, currency)
            order[f"current_{name}_set"] = money_set(amount, currency)
        received, back = self._sum(order, _RECEIVED), self._sum(order, ("refund",))
        order["total_outstanding"] = text(current["total_price"] - received + back, currency)
        order["financial_status"] = _financial(order, received, back, self._sum(order, ("authorization",)))
        shipped = sum(part["quantity"] for one in order["fulfillments"] for part in one["line_items"])
        is_open = any(line["fulfillable_quantity"] for line in order["line_items"])
        order["fulfillment_status"] = None if not shipped else "partial" if is_open else "fulfilled"
        for line in order["line_items"]:
            line["fulfillment_status"] = None if line["fulfillable_quantity"] or not shipped else "fulfilled"

    # --- steps ---

    def _taken(self, order: Order, given: Any, pointer: str) -> tuple[Order, int, str]:
        """A refunded line, its quantity and how it is restocked; what was not shipped is not to be shipped any more."""
        if not isinstance(given, Mapping):
            raise ControlProblem("invalid-member", "A refunded line is a JSON object.", pointer)
        refuse_unknown(given, ("id", "quantity", "restock"), pointer)
        line = next((one for one in order["line_items"] if str(one["id"]) == str(given.get("id"))), None)
        quantity = member(given, "quantity", int, 1, pointer)
        if line is None or not 0 < quantity <= line["current_quantity"]:
            raise ControlProblem("invalid-member", "So much of that line is not left.", f"{pointer}/quantity")
        restock = member(given, "restock", str, "no_restock", pointer)
        if restock not in RESTOCKS:
            raise ControlProblem("invalid-member", f"'restock' is one of {', '.join(RESTOCKS)}.", f"{pointer}/restock")
        shipped = line["current_quantity"] - line["fulfillable_quantity"]
        if restock == "return" and quantity > shipped:
            raise ControlProblem("invalid-member", "What was not shipped does not come back.", f"{pointer}/restock")
        if restock == "cancel":
            self._check_open(line, quantity)
            line["fulfillable_quantity"] -= quantity
        elif quantity > shipped:
            line["fulfillable_quantity"] -= quantity - shipped
        return line, quantity, restock

    def _check_open(self, line: Order, quantity: int) -> None:
        if quantity > line["fulfillable_quantity"]:
            raise ControlProblem("invalid-member", "What was shipped is not taken off again.", "/lines", status=409)

    def _give_back(self, order: Order, values: Mapping[str, Any], parts: list[tuple[Order, int, str]]) -> None:
        currency, number, moment = order["currency"], self._new_id(), timestamp(self._now())
        items = [self._refund_line(order, line, quantity, restock) for line, quantity, restock in parts]
        shipping = parse_amount(values.get("shipping", "0"), currency, "/refund/shipping")
        adjustments = [self._adjustment(order, shipping)] if shipping else []
        worth = sum((Decimal(item["subtotal"]) for item in items), shipping)
        if not order["taxes_included"]:
            worth += sum((Decimal(item["total_tax"]) for item in items), ZERO)
            worth -= sum((Decimal(part["tax_amount"]) for part in adjustments), ZERO)
        kept = self._sum(order, _RECEIVED) - self._sum(order, ("refund",))
        money = min(worth, kept)
        if "amount" in values:
            money = parse_amount(values["amount"], currency, "/refund/amount")
        if money > kept:
            raise ControlProblem(
                "invalid-amount", f"{money} is more than the {kept} that were received.", "/refund/amount"
            )
        transactions = [self._transact(order, "refund", self._gateway(order), money)] if money else []
        made = {
            "id": number,
            "admin_graphql_api_id": gid("Refund", number),
            "order_id": order["id"],
            "created_at": moment,
            "processed_at": moment,
            "note": values.get("note"),
            "restock": any(restock != "no_restock" for _line, _quantity, restock in parts),
            "refund_line_items": items,
            "order_adjustments": adjustments,
            "transactions": transactions,
        }
        order["refunds"] = [*order["refunds"], made]

    def _refund_line(self, order: Order, line: Order, quantity: int, restock: str) -> Order:
        """What so many units of a line are worth, so that all of them come to the line, to the cent."""
        currency, ordered = order["currency"], line["quantity"]
        gone = ordered - line["current_quantity"]
        off = sum((Decimal(part["amount"]) for part in line["discount_allocations"]), ZERO)
        net = Decimal(line["price"]) * ordered - off
        tax = sum((Decimal(part["price"]) for part in line["tax_lines"]), ZERO)

        def part_of(amount: Decimal) -> Decimal:
            return rounded(amount * (gone + quantity) / ordered, currency) - rounded(amount * gone / ordered, currency)

        line["current_quantity"] -= quantity
        return {
            "id": self._new_id(),
            "line_item_id": line["id"],
            "quantity": quantity,
            "restock_type": restock,
            "location_id": None,
            "subtotal": text(part_of(net), currency),
            "subtotal_set": money_set(part_of(net), currency),
            "total_tax": text(part_of(tax), currency),
            "total_tax_set": money_set(part_of(tax), currency),
            "line_item": _bare(line),
        }

    def _adjustment(self, order: Order, shipping: Decimal) -> Order:
        currency = order["currency"]
        charged, back = self._shipping(order)
        if shipping > charged - back:
            raise ControlProblem("invalid-amount", f"{shipping} is more than the shipping cost.", "/refund/shipping")
        tax = sum((Decimal(tax["price"]) for line in order["shipping_lines"] for tax in line["tax_lines"]), ZERO)
        share = rounded(tax * (back + shipping) / charged, currency) - rounded(tax * back / charged, currency)
        return {
            "id": self._new_id(),
            "order_id": order["id"],
            "kind": "shipping_refund",
            "reason": "Shipping refund",
            "amount": text(-shipping, currency),
            "amount_set": money_set(-shipping, currency),
            "tax_amount": text(-share, currency),
            "tax_amount_set": money_set(-share, currency),
        }

    def _shipping(self, order: Order) -> tuple[Decimal, Decimal]:
        """What the shipping cost, and what of it was given back."""
        charged = sum((Decimal(line["price"]) for line in order["shipping_lines"]), ZERO)
        parts = (part for one in order["refunds"] for part in one["order_adjustments"])
        return charged, -sum((Decimal(part["amount"]) for part in parts), ZERO)

    def _transact(self, order: Order, kind: str, gateway: str, amount: Decimal) -> Order:
        number = self._new_id()
        made = {
            "id": number,
            "admin_graphql_api_id": gid("OrderTransaction", number),
            "order_id": order["id"],
            "kind": kind,
            "status": "success",
            "gateway": gateway,
            "amount": text(amount, order["currency"]),
            "currency": order["currency"],
            "created_at": timestamp(self._now()),
            "processed_at": timestamp(self._now()),
        }
        self._keep(made)
        return made

    def _sum(self, order: Order, kinds: tuple[str, ...]) -> Decimal:
        return sum((Decimal(one["amount"]) for one in self._transactions(order) if one["kind"] in kinds), ZERO)

    def _gateway(self, order: Order) -> str:
        return str(order["payment_gateway_names"][-1]) if order["payment_gateway_names"] else "manual"

    def _grow(self, order: Order, price: Decimal, tax: Decimal) -> None:
        """Add a line's worth to the totals as ordered."""
        currency = order["currency"]
        added = {
            "total_line_items_price": price,
            "subtotal_price": price,
            "total_tax": tax,
            "total_price": price + (ZERO if order["taxes_included"] else tax),
        }
        for name, amount in added.items():
            total = Decimal(order[name]) + amount
            order[name], order[f"{name}_set"] = text(total, currency), money_set(total, currency)


def _financial(order: Order, received: Decimal, back: Decimal, reserved: Decimal) -> str:
    if not received and Decimal(order["total_price"]):
        return "voided" if order.get("cancelled_at") else "authorized" if reserved else "pending"
    if received and back >= received:
        return "refunded"
    if back:
        return "partially_refunded"
    return "paid" if Decimal(order["total_outstanding"]) <= 0 else "partially_paid"


def _quantities(order: Order, given: Any, most: str, pointer: str) -> list[tuple[Order, int]]:
    if given is None:
        return [(line, line[most]) for line in order["line_items"] if line[most]]
    lines, found = {str(line["id"]): line for line in order["line_items"]}, []
    for place, part in enumerate(given if isinstance(given, list) else [None]):
        line = lines.get(str(part.get("id"))) if isinstance(part, Mapping) else None
        quantity = part.get("quantity", 0) if isinstance(part, Mapping) else 0
        if line is None or not isinstance(quantity, int) or not 0 < quantity <= line[most]:
            raise ControlProblem("invalid-member", "So much of that line is not open.", f"{pointer}/{place}")
        found.append((line, quantity))
    return found


def _bare(line: Order) -> Order:
    return {name: value for name, value in line.items() if name not in ("tax_lines", "discount_allocations")}
