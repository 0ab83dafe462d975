# Part of Integration Hub. License LGPL-3.0 or later.
"""A shipment brought to Shopify: what of an order's lines is shipped now, and where it can be tracked.

Shopify has no idempotency keys for this. So a payload says how much of each line is shipped altogether
(`contracts/fulfillment_out.json`), and only what Shopify does not have yet is sent: repeating it ships nothing twice.
Sources: https://shopify.dev/docs/api/admin-graphql/2025-10/mutations/fulfillmentCreate (fulfillmentTrackingInfoUpdate),
https://shopify.dev/docs/api/admin-graphql/2025-10/objects/FulfillmentOrder
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ... import moments
from ...connector_values import Document, PushResult
from ...contracts import Contract, compile_contract
from ...errors import BadResponse, NotFound, Rejected
from ...excerpts import masked_excerpt
from ...http import Client
from . import queries

_GONE = frozenset({"CANCELLED", "ERROR", "FAILURE"})
_OPEN = frozenset({"IN_PROGRESS", "OPEN"})
_CARRIERS = (
    "4PX", "APC", "Amazon Logistics UK", "Amazon Logistics US", "Anjun Logistics", "Australia Post", "Bluedart",
    "Canada Post", "Canpar", "China Post", "Chukou1", "Correios", "Couriers Please", "DHL Express", "DHL eCommerce",
    "DHL eCommerce Asia", "DPD", "DPD Local", "DPD UK", "Delhivery", "Eagle", "FSC", "FedEx", "FedEx UK", "GLS",
    "GLS (US)", "Globegistics", "Japan Post (EN)", "Japan Post (JA)", "La Poste", "New Zealand Post", "Newgistics",
    "PostNL", "PostNord", "Purolator", "Royal Mail", "SF Express", "SFC Fulfillment", "Sagawa (EN)", "Sagawa (JA)",
    "Sendle", "Singapore Post", "StarTrack", "TNT", "TNT UK", "Toll IPEC", "UPS", "USPS", "Whistl", "Yamato (EN)",
    "Yamato (JA)", "YunExpress",
)  # fmt: skip
_COMPANIES = {name.casefold(): name for name in _CARRIERS}
"""Carriers whose numbers Shopify makes links of; it compares the name letter by letter.
https://shopify.dev/docs/api/admin-graphql/2025-10/input-objects/FulfillmentTrackingInput"""


def push(client: Client, payload: Document, external_id: str | None) -> PushResult:
    """Ship what Shopify does not know as shipped; of a shipment that is known, bring the tracking up to date.

    Raises ContractViolation for what cannot be sent, NotFound for an order that is gone, Rejected for what is refused.
    """
    _contract().check(payload)
    if external_id is not None:
        return _tracked(client, external_id, payload, notify=bool(payload.get("tracking_number")))
    order = _list(queries.run(client, "order_to_ship", id=payload["order_id"]), "order")
    if order is None:
        raise NotFound("Shopify no longer has this order.", hint="It was deleted there. Give this message up.")
    done = [one for one in queries.member(order, "fulfillments") if queries.member(one, "status") not in _GONE]
    missing = _missing(done, payload)
    if not missing:
        return _tracked(client, _last_of(done, payload), payload, notify=False)
    fulfillment = {"lineItemsByFulfillmentOrder": _chosen(order, missing, payload), "notifyCustomer": True}
    if tracking := _tracking(payload):
        fulfillment["trackingInfo"] = tracking
    return _result(_mutated(client, "fulfillment_create", fulfillment=fulfillment), created=True)


def _missing(done: list[Document], payload: Document) -> dict[str, int]:
    """How much of each line is to be shipped now: at most what the shipment holds."""
    shipped: dict[str, int] = {}
    for one in done:
        for part in _nodes(one, "fulfillmentLineItems"):
            key = _line_of(part)
            shipped[key] = shipped.get(key, 0) + int(queries.member(part, "quantity"))
    lines = payload["line_items"]
    rest = {line["id"]: min(line["quantity"], line["shipped"] - shipped.get(line["id"], 0)) for line in lines}
    return {key: quantity for key, quantity in rest.items() if quantity > 0}


def _chosen(order: Document, missing: Mapping[str, int], payload: Document) -> list[Document]:
    """The open fulfillment orders' lines that are to be shipped. Raises Rejected when too little is open."""
    left, chosen = dict(missing), []
    for one in _nodes(order, "fulfillmentOrders"):
        if queries.member(one, "status") not in _OPEN:
            continue
        lines = []
        for line in _nodes(one, "lineItems"):
            key = _line_of(line)
            quantity = min(left.get(key, 0), int(queries.member(line, "remainingQuantity")))
            if quantity > 0:
                left[key] -= quantity
                lines.append({"id": queries.member(line, "id"), "quantity": quantity})
        if lines:
            found = {"fulfillmentOrderId": queries.member(one, "id"), "fulfillmentOrderLineItems": lines}
            chosen.append(found)
    if any(left.values()):
        raise Rejected(
            "Shopify has not so much of this order to ship.",
            status=200,
            code="not-open",
            hint="It was cancelled, refunded or put on hold there. Compare the order on both sides.",
            params={"lines": sorted(key for key, quantity in left.items() if quantity)},
        )
    return chosen


def _last_of(done: list[Document], payload: Document) -> str:
    """The shipment that is this one, told by its tracking number, else the last with one of its lines."""
    ids = {line["id"] for line in payload["line_items"]}
    found = [one for one in done if ids & {_line_of(part) for part in _nodes(one, "fulfillmentLineItems")}]
    numbers = set(_numbers(payload))
    same = [one for one in found if numbers & {info.get("number") for info in one["trackingInfo"]}]
    return str(queries.member((same or found)[-1], "id"))


def _line_of(part: Document) -> str:
    return str(queries.member(queries.member(part, "lineItem"), "id"))


def _tracked(client: Client, gid: str, payload: Document, *, notify: bool) -> PushResult:
    """Bring the tracking up to date; the shop tells the customer of a number that comes after the shipment."""
    tracking = _tracking(payload)
    made = _mutated(
        client, "fulfillment_tracking", fulfillmentId=gid, trackingInfoInput=tracking, notifyCustomer=notify
    )
    return _result(made, created=False)


def _tracking(payload: Document) -> Document:
    """The tracking as Shopify takes it: several parcels are numbers separated by commas."""
    numbers = _numbers(payload)
    company, url = payload.get("tracking_company"), payload.get("tracking_url")
    return {
        **({"company": _COMPANIES.get(company.strip().casefold(), company)} if company else {}),
        **({"number": numbers[0]} if len(numbers) == 1 else {"numbers": numbers} if numbers else {}),
        **({"url": url} if url and len(numbers) < 2 else {}),
    }


def _numbers(payload: Document) -> list[str]:
    return [number.strip() for number in (payload.get("tracking_number") or "").split(",") if number.strip()]


def _mutated(client: Client, name: str, **variables: Any) -> Document:
    """The shipment that a mutation answers. Raises Rejected with Shopify's reasons."""
    answer: Any = next(iter(queries.run(client, name, **variables).values()), None)
    problems = queries.member(answer, "userErrors")
    if problems:
        known = [one for one in problems if isinstance(one, Mapping)] if isinstance(problems, list) else []
        said = "; ".join(str(one.get("message")) for one in known) or "no reason given"
        raise Rejected(
            f"Shopify refused the shipment: {masked_excerpt(said.encode())}",
            status=200,
            code="user-errors",
            hint="Compare the order on both sides: what is shipped there, what was cancelled.",
        )
    made: Document = queries.member(answer, "fulfillment")
    return made


def _result(node: Document, *, created: bool) -> PushResult:
    changed = queries.member(node, "updatedAt")
    if not isinstance(changed, str):
        raise BadResponse("Shopify's answer does not say when the shipment changed.", code="bad-node")
    return PushResult(str(queries.member(node, "id")), moments.normal(changed), created)


def _list(holder: Document, name: str) -> Document | None:
    found: Document | None = queries.member(holder, name)
    return found


def _nodes(holder: Document, name: str) -> list[Document]:
    """The nodes of a connection that is read at once. Raises BadResponse, code too-many-parts."""
    found = queries.member(holder, name)
    if queries.member(queries.member(found, "pageInfo"), "hasNextPage"):
        raise BadResponse(f"The order has more {name} than are read at once.", code="too-many-parts")
    nodes: list[Document] = queries.member(found, "nodes")
    return nodes


@cache
def _contract() -> Contract:
    path = Path(__file__).parent / "contracts" / "fulfillment_out.json"
    return compile_contract(json.loads(path.read_text(encoding="utf-8")))
