# Part of Integration Hub. License LGPL-3.0 or later.
"""GraphQL of locations and stock levels: what there is, and `inventoryActivate`, `inventorySetQuantities`.

The codes of refusals are Shopify's; their sentences are not compared by anybody.
Sources: https://shopify.dev/docs/api/admin-graphql/2025-10/mutations/inventorySetQuantities,
…/enums/InventorySetQuantitiesUserErrorCode, …/mutations/inventoryActivate, …/objects/InventoryLevel
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .connections import connection, error, parse_gid
from .parts import utc
from .shared import gid, timestamp
from .shop import Shop

MOST = 1_000_000_000
REASONS = frozenset({"correction", "cycle_count_available", "received", "restock", "other"})
Answer = dict[str, Any]
Values = Mapping[str, Any]


class Inventory:
    """The resolvers; `allow(scope, field)` raises where the app lacks a scope."""

    def __init__(self, shop: Shop, allow: Callable[[str, str], None]) -> None:
        self._shop, self._allow = shop, allow

    def fields(self) -> dict[str, Callable[..., Any]]:
        """The queries and mutations."""
        return {
            "location": lambda _info, **given: self._location(given.get("id")),
            "locations": lambda _info, **given: self._locations(given),
            "inventoryActivate": lambda _info, **given: self._activate(given),
            "inventorySetQuantities": lambda _info, **given: self._set(given["input"]),
        }

    def levels_of(self, variant: Values, page: dict[str, Any]) -> Any:
        """The connection of a variant's levels."""
        self._allow("read_inventory", "inventoryLevels")
        page.pop("query", None)
        return connection(self._shop.levels.of(variant), self._level, lambda one: (one["id"],), **page)

    def _location(self, global_id: str | None) -> Answer | None:
        self._allow("read_locations", "location")
        places = self._shop.levels.locations()
        wanted = _number("Location", global_id) if global_id else str(places[0]["id"]) if places else ""
        return next((_view(one) for one in places if str(one["id"]) == wanted), None)

    def _locations(self, given: Values) -> Any:
        self._allow("read_locations", "locations")
        places = [one for one in self._shop.levels.locations() if one["active"] or given.get("includeInactive")]
        page = {name: given[name] for name in ("first", "after", "last", "before", "reverse") if name in given}
        by_name = given.get("sortKey", "NAME") == "NAME"
        return connection(places, _view, lambda one: (one["name"] if by_name else "", one["id"]), **page)

    def _level(self, level: Values) -> Answer:
        place = next(one for one in self._shop.levels.locations() if one["id"] == level["location_id"])

        def quantities(_info: Any, names: list[str]) -> list[Answer]:
            known = {"available": level["available"], "on_hand": level["available"]}
            return [{"name": name, "quantity": known.get(name, 0)} for name in names]

        return {
            "__typename": "InventoryLevel",
            "id": level["admin_graphql_api_id"],
            "createdAt": utc(level["created_at"]),
            "updatedAt": utc(level["updated_at"]),
            "isActive": True,
            "location": _view(place),
            "quantities": quantities,
        }

    def _activate(self, given: Values) -> Answer:
        self._allow("write_inventory", "inventoryActivate")
        found = self._shop.levels.variant(_number("InventoryItem", given["inventoryItemId"]))
        place = self._place(given["locationId"])
        if found is None or place is None:
            field = ["inventoryItemId"] if found is None else ["locationId"]
            return {"inventoryLevel": None, "userErrors": [{"field": field, "message": "It could not be found."}]}
        levels, variant = self._shop.levels, found[1]
        level = next((one for one in levels.of(variant) if one["location_id"] == place["id"]), None)
        if level is not None and given.get("available") is not None:
            said = "Not allowed to set available quantity when the item is already active at the location."
            return {"inventoryLevel": None, "userErrors": [{"field": ["available"], "message": said}]}
        return {
            "inventoryLevel": self._level(level or levels.activate(variant, place["id"], given.get("available") or 0)),
            "userErrors": [],
        }

    def _set(self, given: Values) -> Answer:
        """All quantities are set, or none."""
        self._allow("write_inventory", "inventorySetQuantities")
        problems, wanted = [], []
        if given["name"] not in ("available", "on_hand"):
            problems.append(_problem("INVALID_NAME", ["input", "name"], "It must be 'available' or 'on_hand'."))
        if given["reason"] not in REASONS:
            problems.append(_problem("INVALID_REASON", ["input", "reason"], "The specified reason is invalid."))
        pairs = [(one["inventoryItemId"], one["locationId"]) for one in given["quantities"]]
        for place, one in enumerate(given["quantities"]):
            level, refused = self._wanted(one, compare=not given.get("ignoreCompareQuantity"))
            if refused is None and pairs.count(pairs[place]) > 1:
                refused = "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR"
            if refused:
                said = refused.replace("_", " ").capitalize()
                problems.append(_problem(refused, ["input", "quantities", str(place)], f"{said}."))
            wanted.append((level, one["quantity"]))
        if problems:
            return {"inventoryAdjustmentGroup": None, "userErrors": problems}
        for level, quantity in wanted:
            if level["available"] != quantity:
                self._shop.levels.put(level, quantity)
        group = {"id": gid("InventoryAdjustmentGroup", 1), "reason": given["reason"]}
        return {"inventoryAdjustmentGroup": {**group, "createdAt": self._now()}, "userErrors": []}

    def _wanted(self, one: Values, *, compare: bool) -> tuple[Any, str | None]:
        """The level that is meant, or the code of what is wrong."""
        found = self._shop.levels.variant(_number("InventoryItem", one["inventoryItemId"]))
        place = self._place(one["locationId"])
        if found is None or place is None:
            return None, "INVALID_INVENTORY_ITEM" if found is None else "INVALID_LOCATION"
        level = next((each for each in self._shop.levels.of(found[1]) if each["location_id"] == place["id"]), None)
        if level is None:
            return None, "ITEM_NOT_STOCKED_AT_LOCATION"
        if one["quantity"] < 0 or one["quantity"] > MOST:
            return level, "INVALID_QUANTITY_NEGATIVE" if one["quantity"] < 0 else "INVALID_QUANTITY_TOO_HIGH"
        if compare and one.get("compareQuantity") is None:
            return level, "COMPARE_QUANTITY_REQUIRED"
        return level, "COMPARE_QUANTITY_STALE" if compare and one["compareQuantity"] != level["available"] else None

    def _place(self, global_id: str) -> Any:
        number = _number("Location", global_id)
        return next((one for one in self._shop.levels.locations() if str(one["id"]) == number and one["active"]), None)

    def _now(self) -> str | None:
        return utc(timestamp(self._shop.now()))


def _number(kind: str, global_id: str) -> str:
    found, number = parse_gid(global_id)
    if found != kind:
        raise error(f"Invalid global id '{global_id}'", "argumentLiteralsIncompatible", typeName="CoercionError")
    return number


def _problem(code: str, field: list[str], message: str) -> Answer:
    return {"code": code, "field": field, "message": message}


def _view(place: Values) -> Answer:
    return {
        "__typename": "Location",
        "id": place["admin_graphql_api_id"],
        "legacyResourceId": str(place["id"]),
        "name": place["name"],
        "isActive": place["active"],
        "createdAt": utc(place["created_at"]),
        "updatedAt": utc(place["updated_at"]),
    }
