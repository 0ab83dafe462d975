# Part of Integration Hub. License LGPL-3.0 or later.
"""What became of an order, in the shape of its webhook: shipments and refunds, made of GraphQL nodes."""

from __future__ import annotations

from typing import Any

from ...errors import BadResponse
from .money import amount

Node = dict[str, Any]


def numeric_id(gid: str) -> int:
    """12 of `gid://shopify/Order/12`, or of `gid://shopify/ShippingLine/12?key=value`."""
    digits = gid.partition("?")[0].rpartition("/")[2]
    if not (digits.isascii() and digits.isdigit()):
        raise BadResponse("Shopify sent an identifier that is not gid://shopify/<Type>/<n>.", code="bad-identifier")
    return int(digits)


def shop_amount(bag: Node | None) -> str | None:
    """The amount in the shop's currency."""
    return amount(bag["shopMoney"]["amount"], bag["shopMoney"]["currencyCode"]) if bag else None


def fulfillment(node: Node) -> Node:
    """A member of `fulfillments`."""
    tracking = (node["trackingInfo"] or [{}])[0]
    return {
        "id": numeric_id(node["id"]),
        "status": node["status"].lower(),
        "created_at": node["createdAt"],
        "tracking_company": tracking.get("company"),
        "tracking_number": tracking.get("number"),
        "tracking_url": tracking.get("url"),
        "line_items": [
            {"id": numeric_id(item["lineItem"]["id"]), "quantity": item["quantity"]}
            for item in _all(node, "fulfillmentLineItems")
        ],
    }


def refund(node: Node) -> Node:
    """A member of `refunds`. What was given back of the shipping is an adjustment there, with the sign turned."""
    return {
        "id": numeric_id(node["id"]),
        "created_at": node["createdAt"],
        "note": node["note"],
        "refund_line_items": [
            {
                "line_item_id": numeric_id(item["lineItem"]["id"]),
                "quantity": item["quantity"],
                "restock_type": item["restockType"].lower(),
                "subtotal": shop_amount(item["subtotalSet"]),
                "total_tax": shop_amount(item["totalTaxSet"]),
            }
            for item in _all(node, "refundLineItems")
        ],
        "order_adjustments": [
            {
                "kind": "shipping_refund",
                "amount": _turned(shop_amount(item["subtotalAmountSet"])),
                "tax_amount": _turned(shop_amount(item["taxAmountSet"])),
            }
            for item in _all(node, "refundShippingLines")
        ],
        "transactions": [
            {
                "id": numeric_id(item["id"]),
                "kind": item["kind"].lower(),
                "status": item["status"].lower(),
                "gateway": item["gateway"],
                "amount": shop_amount(item["amountSet"]),
            }
            for item in _all(node, "transactions")
        ],
    }


def whole(node: Node, history: Node, most: int) -> Node:
    """An order with all that became of it. Raises BadResponse, code too-many-parts: half of it must not look whole."""
    for name in ("fulfillments", "refunds"):
        if len(history[name]) >= most:
            raise _too_many(name)
    return {**node, "fulfillments": history["fulfillments"], "refunds": history["refunds"]}


def _all(node: Node, name: str) -> list[Node]:
    if node[name]["pageInfo"]["hasNextPage"]:
        raise _too_many(name)
    nodes: list[Node] = node[name]["nodes"]
    return nodes


def _too_many(name: str) -> BadResponse:
    return BadResponse(
        f"The order has more {name} than are read at once.",
        code="too-many-parts",
        hint="Enter in Odoo by hand what became of this order.",
    )


def _turned(text: str | None) -> str | None:
    if text is None or not text.strip("0."):
        return text
    return text[1:] if text.startswith("-") else f"-{text}"
