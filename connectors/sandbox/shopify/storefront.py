# Part of Integration Hub. License LGPL-3.0 or later.
"""Plug-in `shop`: orders, customers and products that are made and changed as a shop does it. No options."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from ..core.problem import ControlProblem, refuse_unknown
from ..engine.objects import PERSON, Objects, Record
from ..engine.plugin import Deed, Plugin
from ..engine.vendor import DescribedVendor
from .shop import KINDS, Shop


class ShopObjects(Objects):
    """One of the shop's types."""

    def __init__(self, vendor: DescribedVendor, name: str, described: Mapping[str, Any], shop: Shop) -> None:
        super().__init__(vendor, name, described)
        self._shop = shop

    def create(self, given: Mapping[str, Any], actor: str, *, webhook: bool = True) -> Record:
        """What a buyer or the staff makes. Raises ControlProblem."""
        match self.name:
            case "order":
                return self._shop.create_order({**given, "webhook": webhook})
            case "customer":
                return self._shop.create_customer(given, webhook=webhook)
            case _:
                return self._shop.create_product(given, webhook=webhook)

    def update(
        self, record: Record, given: Mapping[str, Any], actor: str, *, webhook: bool = True, whole: bool = False
    ) -> Record:
        """What the staff changes. Raises ControlProblem."""
        number = str(record["id"])
        match self.name:
            case "order":
                return self._shop.edit_order(number, {**given, "webhook": webhook})
            case "customer":
                return self._shop.edit_customer(number, given, webhook=webhook)
            case "inventory_level":
                return self._shop.levels.edit(record, given, webhook=webhook)
            case _:
                return self._shop.edit_product(number, given, webhook=webhook)

    def delete(self, key: str, actor: str, *, webhook: bool = True) -> None:
        """Delete it for good."""
        self._shop.delete(self.name, key, webhook=webhook)

    def adopt(self, document: Mapping[str, Any]) -> Record:
        """Keep a REST resource as it is; it may be wrapped in its name, as Shopify's own examples are."""
        inner = document.get(self.name, document)
        if not isinstance(inner, Mapping) or not isinstance(inner.get("id"), int) or isinstance(inner.get("id"), bool):
            raise ControlProblem("invalid-object", f"A Shopify {self.name} is an object with a number as 'id'.")
        if self.name == "order" and not isinstance(inner.get("currency"), str):
            raise ControlProblem("invalid-object", "A Shopify order has a 'currency'.")
        return super().adopt(inner)


class Storefront(Plugin):
    """The shop's objects."""

    def __init__(self, vendor: DescribedVendor, options: Mapping[str, Any]) -> None:
        super().__init__(vendor, options)
        self.shop = Shop(vendor.core, self._tell)

    def objects(self, name: str, described: Mapping[str, Any]) -> Objects | None:
        """Orders, customers and products."""
        return ShopObjects(self.vendor, name, described, self.shop) if name in (*KINDS, "inventory_level") else None

    def deeds(self) -> Mapping[str, Deed]:
        """`merge` of customers: takes the `id` of the other one, and in `keep` whose e-mail address is kept."""
        return {"merge": self._merge}

    def _merge(self, objects: Objects, key: str, given: Mapping[str, Any]) -> Record:
        refuse_unknown(given, ("id", "keep"))
        if objects.name != "customer":
            raise ControlProblem("not-found", f"Shopify merges no {objects.plural}.", status=404)
        return self.shop.merge_customers([key, str(given.get("id"))], kept=str(given.get("keep")))

    def _tell(self, change: str, kind: str, document: Record) -> None:
        self.vendor.events.tell(change, self.vendor.types[kind], copy.deepcopy(document), PERSON)
