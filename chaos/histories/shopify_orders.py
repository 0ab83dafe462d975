# Part of Integration Hub. License LGPL-3.0 or later.
"""A shop's orders: placed, paid, edited, shipped in parts, refunded, cancelled."""

import json
from collections.abc import Iterable, Iterator

import story
from hub_clients import connector_values
from shopify_orders_compare import differences
from shopify_orders_life import CURRENCIES, Life
from shopify_orders_sides import read
from story import History, Part

SIGNED = ("x-shopify-hmac-sha256", "content-length", "host", "accept", "accept-encoding")


class Plan(story.Plan):
    """A shop that decides about its orders, their shipments too."""

    vendor = "shopify"
    scheme = "shopify"
    settings = {"bucket_size": 1e9, "restore_rate": 1e9, "rest_bucket": 1e9}
    exact_to = 1.0  # what happens to an order within a second has one `updated_at`

    def connect(self) -> int:
        """By the wizard; with the taxes and currencies that the orders have, and the shop deciding about shipments."""
        tax = {"amount": 15.0, "type_tax_use": "sale", "amount_type": "percent"}
        for kind in ("tax_included", "tax_excluded"):
            self.odoo.create("account.tax", {**tax, "name": f"Histories {kind}", "price_include_override": kind})
        wanted = [("name", "in", sorted(set(CURRENCIES))), ("active", "in", (True, False))]
        for currency in self.odoo.search("res.currency", wanted, ["id"]):
            self.odoo.write("res.currency", currency["id"], {"active": True})
        system = self.odoo.connect("shopify", "Shop", connector_values(self.sandbox, "shopify"))
        ships = [("system_id", "=", system), ("transition", "=", "ship")]
        for rule in self.odoo.search("integration.ownership", ships, ["id"]):
            self.odoo.write("integration.ownership", rule["id"], {"decided_by": "system"})
        return system

    def parts(self, body: bytes, headers: dict[str, str]) -> Iterable[Part]:
        """One, about one object."""
        kept = {name: value for name, value in headers.items() if name.lower() not in SIGNED}
        topic = next(value for name, value in headers.items() if name.lower() == "x-shopify-topic")
        number = str(json.loads(body)["id"])
        yield Part(body, kept, {f"{topic.partition('/')[0]}:{number}"}, f"{topic} {number}")

    def play(self, history: History) -> Iterator[str]:
        """An order's life."""
        return Life(self.sandbox, history).play()

    def differences(self, histories: list[History]) -> dict[int, list[str]]:
        """Of every order: is it what the shop has?"""
        return differences(read(self.odoo, self.sandbox, self.system), histories)
