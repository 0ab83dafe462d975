# Part of Integration Hub. License LGPL-3.0 or later.
"""What became of an order, seen as GraphQL objects: transactions, shipments, refunds, and what is left to ship."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from .parts import Doc, bag, connected, utc
from .shared import gid

ZERO = Decimal(0)
View = dict[str, Any]


class HistoryViews:
    """The views; `line(doc, order)` shows a line, `transactions(order)` gives those of an order."""

    def __init__(self, line: Callable[[Doc, Doc], View], transactions: Callable[[Doc], list[View]]) -> None:
        self._line, self._transactions = line, transactions

    def received(self, order: Doc) -> Decimal:
        """What was paid."""
        return self._sum(order, ("sale", "capture"))

    def refunded(self, order: Doc) -> Decimal:
        """What was given back."""
        return self._sum(order, ("refund",))

    def all_transactions(self, order: Doc) -> list[View]:
        """OrderTransaction, of an order."""
        return [self.transaction(one, order) for one in self._transactions(order)]

    def transaction(self, doc: Doc, order: Doc) -> View:
        """OrderTransaction."""
        return {
            "__typename": "OrderTransaction",
            "id": gid("OrderTransaction", doc["id"]),
            "kind": doc["kind"].upper(),
            "status": doc["status"].upper(),
            "gateway": doc["gateway"],
            "amountSet": bag(doc["amount"], order["currency"]),
            "createdAt": utc(doc["created_at"]),
            "processedAt": utc(doc["processed_at"]),
        }

    def fulfillments(self, order: Doc) -> list[View]:
        """Fulfillment, of an order."""
        return [self.fulfillment(one, order) for one in order.get("fulfillments") or []]

    def fulfillment(self, doc: Doc, order: Doc) -> View:
        """Fulfillment."""
        first, *more = doc.get("tracking_numbers") or [doc.get("tracking_number")]
        company, url = doc.get("tracking_company"), doc.get("tracking_url")
        tracking = [{"company": company, "number": first, "url": url}] if first or company or url else []
        tracking += [{"company": company, "number": number, "url": None} for number in more]
        lines = list(doc.get("line_items") or [])
        return {
            "__typename": "Fulfillment",
            "id": gid("Fulfillment", doc["id"]),
            "legacyResourceId": str(doc["id"]),
            "name": doc.get("name") or "",
            "status": str(doc.get("status") or "success").upper(),
            "createdAt": utc(doc.get("created_at")),
            "updatedAt": utc(doc.get("updated_at")),
            "totalQuantity": sum(line["quantity"] for line in lines),
            "trackingInfo": lambda _info, first=None: tracking[:first],
            "fulfillmentLineItems": connected(
                lines,
                lambda line: {
                    "__typename": "FulfillmentLineItem",
                    "id": gid("FulfillmentLineItem", f"{doc['id']}{line['id']}"),
                    "quantity": line["quantity"],
                    "lineItem": self._of(line["id"], order),
                },
            ),
        }

    def refunds(self, order: Doc) -> list[View]:
        """Refund, of an order."""
        return [self.refund(one, order) for one in order.get("refunds") or []]

    def refund(self, doc: Doc, order: Doc) -> View:
        """Refund."""
        currency = order["currency"]
        lines = list(doc.get("refund_line_items") or [])
        shipping = [one for one in doc.get("order_adjustments") or [] if one["kind"] == "shipping_refund"]
        money = list(doc.get("transactions") or [])
        return {
            "__typename": "Refund",
            "id": gid("Refund", doc["id"]),
            "legacyResourceId": str(doc["id"]),
            "createdAt": utc(doc.get("created_at")),
            "note": doc.get("note"),
            "totalRefundedSet": bag(sum((Decimal(one["amount"]) for one in money), ZERO), currency),
            "refundLineItems": connected(
                lines,
                lambda line: {
                    "id": gid("RefundLineItem", line["id"]),
                    "quantity": line["quantity"],
                    "restockType": str(line.get("restock_type") or "no_restock").upper(),
                    "subtotalSet": bag(line["subtotal"], currency),
                    "totalTaxSet": bag(line["total_tax"], currency),
                    "lineItem": self._of(line["line_item_id"], order),
                },
            ),
            "refundShippingLines": connected(
                shipping,
                lambda one: {
                    "id": gid("RefundShippingLine", one["id"]),
                    "subtotalAmountSet": bag(-Decimal(one["amount"]), currency),
                    "taxAmountSet": bag(-Decimal(one["tax_amount"]), currency),
                },
            ),
            "transactions": connected(money, lambda one: self.transaction(one, order)),
        }

    def fulfillment_orders(self, order: Doc) -> Callable[..., View]:
        """FulfillmentOrderConnection: this shop ships from one place, so there is one, named after its order."""
        lines = [line for line in order.get("line_items") or [] if line.get("requires_shipping", True)]
        is_open = any(_open(line) for line in lines) and not order.get("cancelled_at")
        if not lines:
            return connected([], lambda one: one)
        view = {
            "__typename": "FulfillmentOrder",
            "id": gid("FulfillmentOrder", order["id"]),
            "status": "OPEN" if is_open else "CLOSED",
            "lineItems": connected(
                lines,
                lambda line: {
                    "id": gid("FulfillmentOrderLineItem", line["id"]),
                    "totalQuantity": line["quantity"],
                    "remainingQuantity": _open(line),
                    "lineItem": self._line(line, order),
                },
            ),
        }
        return connected([view], lambda one: one)

    def _of(self, number: Any, order: Doc) -> View | None:
        found = next((line for line in order["line_items"] if line["id"] == number), None)
        return found and self._line(found, order)

    def _sum(self, order: Doc, kinds: tuple[str, ...]) -> Decimal:
        return sum((Decimal(one["amount"]) for one in self._transactions(order) if one["kind"] in kinds), ZERO)


def _open(line: Doc) -> int:
    quantity: int = line.get("fulfillable_quantity", line["quantity"])
    return quantity
