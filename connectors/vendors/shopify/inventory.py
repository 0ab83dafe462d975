# Part of Integration Hub. License LGPL-3.0 or later.
"""Stock levels brought to Shopify: how much of a variant may be sold at each location, and where locations are.

A level is set by comparing: only if it still is what was read a moment before, so that nothing is written over a sale
that happens meanwhile. Shopify counts whole pieces, none below zero: what is cut off is told (`PushResult.notes`).
Sources: https://shopify.dev/docs/api/admin-graphql/2025-10/mutations/inventorySetQuantities (inventoryActivate),
https://shopify.dev/docs/apps/build/orders-fulfillment/inventory-management-apps/manage-quantities-states
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ... import moments
from ...connector_values import Document, Page, PushResult
from ...contracts import Contract, compile_contract
from ...errors import BadResponse, NotFound, Rejected, ServerFault
from ...excerpts import masked_excerpt
from ...http import Client
from . import queries, resource

_PAGE_SIZE = 20
_LOCATIONS = 100
_MOST_LEVELS = 50
"""Locations of a variant that are read."""

_TRIES = 3
"""Times that levels are compared and set, when others change them meanwhile."""


def push(client: Client, payload: Document, external_id: str | None) -> PushResult:
    """Set the levels that are not what they are to be, and stock the variant where it is not.

    Raises ContractViolation for what cannot be sent, NotFound for a variant that is gone, Rejected for what is refused.
    """
    _contract().check(payload)
    notes: list[str] = []
    wanted = {level["location_id"]: _pieces(level["available"], notes) for level in payload["levels"]}
    for _try in range(_TRIES):
        node = queries.member(
            queries.run(client, "inventory", id=payload["variant_id"], levels=_MOST_LEVELS), "productVariant"
        )
        if node is None:
            raise NotFound("Shopify no longer has this variant.", hint="It was deleted there. Give this message up.")
        item = queries.member(node, "inventoryItem")
        if not queries.member(item, "tracked"):
            raise Rejected(
                "Shopify does not track the stock of this variant.",
                status=200,
                code="not-tracked",
                hint="Tick “Track quantity” of the variant in Shopify, then retry. Or stop tracking it in Odoo.",
            )
        levels = _levels(node)
        for place in wanted.keys() - levels.keys():
            _activate(client, item["id"], place, wanted[place])
            notes.append(f"It was not stocked at {place.rpartition('/')[2]} before.")
        if _set(client, item["id"], {place: (levels[place], wanted[place]) for place in wanted.keys() & levels.keys()}):
            return PushResult(payload["variant_id"], None, external_id is None, tuple(notes))
    raise ServerFault(
        "The level was changed there each time it was to be set.",
        status=200,
        code="changing",
        hint="It is tried again automatically.",
        in_doubt=False,
    )


def held(client: Client, cursor: str | None) -> Page:
    """A page of variants with what is there of them."""
    data = queries.run(client, "inventories", first=_PAGE_SIZE, after=cursor, levels=_MOST_LEVELS)
    nodes, after = queries.connection(data, "productVariants", cursor)
    return Page([_document(node) for node in nodes], after)


def holds(document: Document, payload: Document) -> bool:
    """Whether the levels are those of the payload."""
    there = {level["location_id"]: level["available"] for level in document["levels"]}
    return all(there.get(level["location_id"]) == _pieces(level["available"], []) for level in payload["levels"])


def locations(client: Client, cursor: str | None, since: str | None) -> Page:
    """A page of the shop's locations; Shopify cannot search them by when they were changed."""
    nodes, after = queries.connection(
        queries.run(client, "locations", first=_LOCATIONS, after=cursor), "locations", cursor
    )
    found = [resource.build("location", node) for node in nodes]
    if since:
        found = [one for one in found if moments.normal(one["updated_at"]) >= moments.normal(since)]
    return Page(found, after)


def _document(node: Document) -> Document:
    identifier = queries.member(node, "id")
    tracked = queries.member(queries.member(node, "inventoryItem"), "tracked")
    levels = _levels(node).items() if tracked else ()
    return {
        "id": identifier,
        "variant_id": identifier,
        "levels": [{"location_id": place, "available": quantity} for place, quantity in levels],
    }


def _levels(node: Document) -> dict[str, int]:
    """What may be sold of a variant, by location. Raises BadResponse when it is at more than are read."""
    nodes, after = queries.connection(queries.member(node, "inventoryItem"), "inventoryLevels")
    if after is not None:
        raise BadResponse("The variant is stocked at more locations than are read at once.", code="too-many-parts")
    found: dict[str, int] = {}
    for level in nodes:
        quantities = {one["name"]: one["quantity"] for one in queries.member(level, "quantities")}
        found[str(queries.member(queries.member(level, "location"), "id"))] = int(quantities["available"])
    return found


def _pieces(quantity: float, notes: list[str]) -> int:
    """Whole pieces that there are for sure, none below zero."""
    pieces = max(0, math.floor(quantity))
    if quantity < 0:
        notes.append(f"{quantity:g} is told as 0: Shopify takes no level below zero.")
    elif pieces != quantity:
        notes.append(f"{quantity:g} is told as {pieces}: Shopify counts whole pieces.")
    return pieces


def _set(client: Client, item: str, changes: Mapping[str, tuple[int, int]]) -> bool:
    """Set what differs; tells whether it is so now: not, when somebody else changed it meanwhile."""
    quantities = [
        {"inventoryItemId": item, "locationId": place, "quantity": after, "compareQuantity": before}
        for place, (before, after) in sorted(changes.items())
        if before != after
    ]
    if not quantities:
        return True
    given = {"name": "available", "reason": "correction", "quantities": quantities}
    answer = queries.member(queries.run(client, "inventory_set", input=given), "inventorySetQuantities")
    problems = queries.member(answer, "userErrors")
    if any(isinstance(one, Mapping) and one.get("code") == "COMPARE_QUANTITY_STALE" for one in problems or ()):
        return False
    if problems:
        raise _refusal(problems)
    return True


def _activate(client: Client, item: str, place: str, quantity: int) -> None:
    """Stock a variant at a location. One that is stocked there meanwhile is compared and set by the next try."""
    made = queries.run(client, "inventory_activate", inventoryItemId=item, locationId=place, available=quantity)
    if problems := queries.member(queries.member(made, "inventoryActivate"), "userErrors"):
        raise _refusal(problems)


def _refusal(problems: Any) -> Rejected:
    known: Iterable[Any] = problems if isinstance(problems, list) else ()
    said = "; ".join(str(one.get("message")) for one in known if isinstance(one, Mapping)) or "no reason given"
    return Rejected(
        f"Shopify refused the stock level: {masked_excerpt(said.encode())}",
        status=200,
        code="user-errors",
        hint="Look at the location and the variant there: a location that is closed takes no stock.",
    )


@cache
def _contract() -> Contract:
    path = Path(__file__).parent / "contracts" / "inventory_out.json"
    return compile_contract(json.loads(path.read_text(encoding="utf-8")))
