# Part of Integration Hub. License LGPL-3.0 or later.
"""Shipments made by an app: what Shopify refuses is told in `userErrors`, with the field and a sentence.

Shopify publishes the fields of these mutations, not their sentences.
Source: https://shopify.dev/docs/api/admin-graphql/2025-10/mutations/fulfillmentCreate (fulfillmentTrackingInfoUpdate)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .connections import parse_gid
from .shared import timestamp
from .shop import Shop

SCOPE = "write_merchant_managed_fulfillment_orders"
Answer = dict[str, Any]
Values = Mapping[str, Any]


class FulfillmentMutations:
    """The resolvers; `view(doc, order)` shows a shipment, `allow(scope, field)` raises where the app lacks a scope."""

    def __init__(self, shop: Shop, view: Callable[[Any, Any], Any], allow: Callable[[str, str], None]) -> None:
        self._shop, self._view, self._allow = shop, view, allow

    def fields(self) -> dict[str, Callable[..., Any]]:
        """The mutations."""
        return {
            "fulfillmentCreate": lambda _info, **given: self._create(given["fulfillment"]),
            "fulfillmentTrackingInfoUpdate": lambda _info, **given: self._track(given),
        }

    def _create(self, given: Values) -> Answer:
        self._allow(SCOPE, "fulfillmentCreate")
        wanted = given["lineItemsByFulfillmentOrder"]
        order = self._shop.find("order", parse_gid(wanted[0]["fulfillmentOrderId"])[1]) if len(wanted) == 1 else None
        if order is None:
            return _refused("fulfillment", ["fulfillment"], "Fulfillment order does not exist.")
        lines = wanted[0].get("fulfillmentOrderLineItems")
        parts = [{"id": parse_gid(line["id"])[1], "quantity": line["quantity"]} for line in lines] if lines else None
        if problem := _problem(order, parts):
            return _refused("fulfillment", ["fulfillment"], problem)
        tracking = _tracking(given.get("trackingInfo") or {})
        numbers = tracking.pop("tracking_numbers")
        made = self._shop.fulfil(order, {**({"lines": parts} if parts else {}), **tracking})
        made["tracking_numbers"] = numbers
        return {"fulfillment": self._view(made, order), "userErrors": []}

    def _track(self, given: Values) -> Answer:
        self._allow(SCOPE, "fulfillmentTrackingInfoUpdate")
        number = parse_gid(given["fulfillmentId"])[1]
        for order in self._shop.all("order"):
            for made in order.get("fulfillments") or []:
                if str(made["id"]) == number:
                    made.update(_tracking(given["trackingInfoInput"]), updated_at=timestamp(self._shop.now()))
                    self._shop.edit_order(str(order["id"]), {})
                    return {"fulfillment": self._view(made, order), "userErrors": []}
        return _refused("fulfillment", ["fulfillmentId"], "Fulfillment does not exist.")


def _problem(order: Values, parts: list[Answer] | None) -> str | None:
    is_open = {str(line["id"]): line.get("fulfillable_quantity", line["quantity"]) for line in order["line_items"]}
    if order.get("cancelled_at") or not any(is_open.values()):
        return "Fulfillment order is not in an open state."
    for part in parts or []:
        if not 0 < part["quantity"] <= is_open.get(part["id"], 0):
            return "Invalid fulfillment order line item quantity requested."
    return None


def _tracking(given: Values) -> Answer:
    urls, numbers = given.get("urls") or [], given.get("numbers") or []
    return {
        "tracking_company": given.get("company"),
        "tracking_number": given.get("number") or (numbers[0] if numbers else None),
        "tracking_numbers": numbers or ([given["number"]] if given.get("number") else []),
        "tracking_url": given.get("url") or (urls[0] if urls else None),
    }


def _refused(name: str, field: list[str], message: str) -> Answer:
    return {name: None, "userErrors": [{"field": field, "message": message}]}
