# Part of Integration Hub. License LGPL-3.0 or later.
"""How much of each variant is where, in the shape of the REST resource and of `inventory_levels/update`.

A variant is stocked at the shop's first location from the start, with its `inventory_quantity`; elsewhere once it is
activated there. Unlike Shopify's, orders leave the levels as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..core.problem import member, refuse_unknown
from ..core.vendor import Core
from .shared import gid, timestamp

NAME, KIND = "shopify", "inventory_level"
Doc = dict[str, Any]


class Levels:
    """The levels of the shop; `tell` takes the change, the kind and the object."""

    def __init__(self, core: Core, tell: Callable[[str, str, Doc], None]) -> None:
        self._core, self._tell = core, tell

    def locations(self) -> list[Doc]:
        """The shop's locations, the oldest first."""
        return sorted(self._core.store.all(NAME, "location"), key=lambda one: int(one["id"]))

    def variant(self, item: Any) -> tuple[Doc, Doc] | None:
        """Product and variant of an inventory item."""
        for product in self._core.store.all(NAME, "product"):
            for variant in product.get("variants", []):
                if str(variant.get("inventory_item_id")) == str(item):
                    return product, variant
        return None

    def of(self, variant: Mapping[str, Any]) -> list[Doc]:
        """The levels of a variant, the oldest first."""
        item = variant["inventory_item_id"]
        found = [one for one in self._core.store.all(NAME, KIND) if one["inventory_item_id"] == item]
        if not found and (places := self.locations()):
            found = [self._new(item, places[0]["id"], variant.get("inventory_quantity") or 0)]
        return found

    def activate(self, variant: Mapping[str, Any], location: Any, available: int) -> Doc:
        """Stock a variant at a location where it is not; tells the level."""
        self.of(variant)
        made = self._new(variant["inventory_item_id"], location, 0)
        return self.put(made, available)

    def put(self, level: Doc, available: int, *, webhook: bool = True) -> Doc:
        """Set a level; tells it and its product, whose variants say their quantity."""
        level |= {"available": available, "updated_at": timestamp(self._core.clock.now())}
        self._core.store.changed()
        found = self.variant(level["inventory_item_id"])
        if webhook:
            self._tell("updated", KIND, level)
        if found:
            product, variant = found
            variant["inventory_quantity"] = sum(one["available"] for one in self.of(variant))
            product["updated_at"] = timestamp(self._core.clock.now())
            if webhook:
                self._tell("updated", "product", product)
        return level

    def edit(self, level: Doc, given: Mapping[str, Any], *, webhook: bool = True) -> Doc:
        """What the staff counts: `available`. Raises ControlProblem."""
        refuse_unknown(given, ("available",))
        return self.put(level, member(given, "available", int, 0), webhook=webhook)

    def _new(self, item: int, location: int, available: int) -> Doc:
        number, now = self._core.store.next_id(), timestamp(self._core.clock.now())
        level = {
            "id": number,
            "inventory_item_id": item,
            "location_id": location,
            "available": available,
            "created_at": now,
            "updated_at": now,
            "admin_graphql_api_id": f"{gid('InventoryLevel', number)}?inventory_item_id={item}",
        }
        self._core.store.put(NAME, KIND, str(number), level)
        return level
