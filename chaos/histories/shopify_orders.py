# Part of Integration Hub. License LGPL-3.0 or later.
"""A shop's orders: placed, paid, edited, shipped in parts, refunded, cancelled."""

from collections.abc import Iterator

from shopify_orders_compare import differences
from shopify_orders_life import CURRENCIES, Life
from shopify_orders_sides import read
from shopify_shop import Shop
from story import History


class Plan(Shop):
    """A shop that decides about its orders, their shipments too."""

    def connect(self) -> int:
        """By the wizard; with the taxes and currencies that the orders have, and the shop deciding about shipments."""
        tax = {"amount": 15.0, "type_tax_use": "sale", "amount_type": "percent"}
        for kind in ("tax_included", "tax_excluded"):
            self.odoo.create("account.tax", {**tax, "name": f"Histories {kind}", "price_include_override": kind})
        wanted = [("name", "in", sorted(set(CURRENCIES))), ("active", "in", (True, False))]
        for currency in self.odoo.search("res.currency", wanted, ["id"]):
            self.odoo.write("res.currency", currency["id"], {"active": True})
        system = super().connect()
        ships = [("system_id", "=", system), ("transition", "=", "ship")]
        for rule in self.odoo.search("integration.ownership", ships, ["id"]):
            self.odoo.write("integration.ownership", rule["id"], {"decided_by": "system"})
        return system

    def play(self, history: History) -> Iterator[str]:
        """An order's life."""
        return Life(self.sandbox, history).play()

    def differences(self, histories: list[History]) -> dict[int, list[str]]:
        """Of every order: is it what the shop has?"""
        return differences(read(self.odoo, self.sandbox, self.system), histories)
