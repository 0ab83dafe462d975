# Part of Integration Hub. License LGPL-3.0 or later.
"""A shop's orders: placed, paid, edited, shipped in parts, refunded, cancelled."""

import json
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

import story
from hub_clients import connector_values
from story import History, Part

SKUS = ("TENT-RIDGE-2", "MUG-ENAMEL-GRN", "STOVE-CINDER", "LAMP-GLOW-400", "SOCK-TRAIL-3", "FILTER-BASIN")
CURRENCIES = ("USD", "USD", "USD", "EUR", "JPY", "KWD")
SIGNED = ("x-shopify-hmac-sha256", "content-length", "host", "accept", "accept-encoding")
Order = dict[str, Any]


class Plan(story.Plan):
    """A shop that decides about its orders, their shipments too."""

    vendor = "shopify"
    scheme = "shopify"
    settings = {"bucket_size": 1e9, "restore_rate": 1e9, "rest_bucket": 1e9}

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
        chance = history.chance
        order = self._place(history)
        history.ids.add(f"orders:{order['id']}")
        history.facts["order"] = order["id"]
        yield f"places {order['name']}: {order['total_price']} {order['currency']}, {order['financial_status']}"
        for _turn in range(chance.randint(1, 6)):
            doings = [(words, doing) for words, doing in self._doings(order, chance) if doing is not None]
            if not doings:
                return
            words, doing = chance.choice(doings)
            order = doing()
            yield f"{words}: {order['current_total_price']}, {order['financial_status']}"

    def differences(self, histories: list[History]) -> dict[int, list[str]]:
        """State, total, currency, quantities, what was delivered, and the money."""
        there = {one["id"]: one for one in self.sandbox.control("GET", "/objects/shopify/order")["objects"]}
        found: dict[int, list[str]] = {}
        here = self._here()
        for history in histories:
            order = there[history.facts["order"]]
            wanted, shown = _wanted(order), here.get(f"gid://shopify/Order/{order['id']}")
            if shown is None:
                found[history.seed] = [f"{order['name']} is not in Odoo"]
            elif wanted != shown:
                unlike = {name: (shown[name], wanted[name]) for name in wanted if shown[name] != wanted[name]}
                found[history.seed] = [f"{order['name']}: {name} is {a}, not {b}" for name, (a, b) in unlike.items()]
        return found

    # --- what happens ---

    def _place(self, history: History) -> Order:
        chance = history.chance
        currency = chance.choice(CURRENCIES)
        price = {"JPY": "1999", "KWD": "7.345"}.get(currency)
        lines = [
            {"sku": sku, "quantity": chance.randint(1, 4), **({"price": price} if price else {})}
            for sku in chance.sample(SKUS, chance.randint(1, 3))
        ]
        if chance.random() < 0.15:
            lines.append({"title": "Gift card", "price": "25" if currency == "JPY" else "25.00", "gift_card": True})
        values = {
            "lines": lines,
            "currency": currency,
            "taxes_included": chance.random() < 0.3,
            "financial_status": chance.choice(("paid", "paid", "pending", "authorized")),
            "shipping": {"title": "Post", "price": "500" if currency == "JPY" else "7.90"},
            "customer": {"email": f"h{history.seed}@histories.example", "last_name": f"Buyer {history.seed}"},
        }
        if chance.random() < 0.3:
            values["discount"] = {"code": "SOME", "percentage": chance.choice(("10", "33", "7.5"))}
        if chance.random() < 0.15:
            values["presentment"] = {"currency": "EUR", "rate": "0.92"}
        made: Order = self.sandbox.control("POST", "/shopify/orders", values)
        return made

    def _doings(self, order: Order, chance: Any) -> Iterator[tuple[str, Callable[[], Order] | None]]:
        """What can happen to the order now; None: it cannot."""
        if order["cancelled_at"]:
            yield "writes a note", self._change(order, note=f"Note {chance.randint(1, 9)}")
            return
        open_ = [line for line in order["line_items"] if line["fulfillable_quantity"]]
        shipped = [
            line for line in order["line_items"] if line["current_quantity"] > line["fulfillable_quantity"]
        ]  # fmt: skip
        yield "writes a note", self._change(order, note=f"Note {chance.randint(1, 9)}")
        owed = Decimal(order["total_outstanding"])
        if owed > 0:
            yield "pays", self._change(order, pay={})
            yield "pays", self._change(order, pay={})
        paid = order["financial_status"] in ("paid", "partially_refunded")
        if open_ and not order["fulfillments"]:
            yield "cancels", self._change(order, cancelled=True)
        if open_:
            line = chance.choice(open_)
            part = {"id": line["id"], "quantity": chance.randint(1, line["fulfillable_quantity"])}
            fewer = line["current_quantity"] - part["quantity"]
            yield "takes some off", self._change(order, edit={"quantities": {str(line["id"]): fewer}})
            added = {"sku": chance.choice(SKUS), "quantity": chance.randint(1, 3)}
            if order["currency"] in ("JPY", "KWD"):
                added["price"] = "777" if order["currency"] == "JPY" else "1.115"
            yield "adds something", self._change(order, edit={"add": [added]})
            if paid or order["financial_status"] == "authorized":
                yield "ships some", self._change(order, fulfil={"lines": [part], "tracking_number": f"T{line['id']}"})
                yield "ships all", self._change(order, fulfil={})
            if paid:
                yield "refunds unshipped", self._change(order, refund={"lines": [{**part, "restock": "cancel"}]})
        if shipped and paid:
            line = chance.choice(shipped)
            most = line["current_quantity"] - line["fulfillable_quantity"]
            how = chance.choice(("return", "no_restock"))
            part = {"id": line["id"], "quantity": chance.randint(1, most), "restock": how}
            yield f"refunds shipped ({how})", self._change(order, refund={"lines": [part]})
        if paid and not any(one["order_adjustments"] for one in order["refunds"]):
            shipping = order["total_shipping_price_set"]["shop_money"]["amount"]
            yield "refunds the shipping", self._change(order, refund={"shipping": shipping})

    def _change(self, order: Order, **values: Any) -> Callable[[], Order]:
        return lambda: self.sandbox.control("PATCH", f"/shopify/orders/{order['id']}", values)

    # --- what Odoo shows ---

    def _here(self) -> dict[str, dict[str, Any]]:
        """What Odoo has of each order, by its remote id."""
        domain = [("system_id", "=", self.system), ("res_model", "=", "sale.order")]
        links = self.odoo.search("integration.binding", domain, ["external_id", "res_id", "parts"])
        orders = self._by_id("sale.order", [link["res_id"] for link in links], ["state", "amount_total", "currency_id"])
        lines = [line for link in links for line in (link["parts"] or {}).get("lines", {}).values()]
        known = self._by_id("sale.order.line", lines, ["product_uom_qty", "qty_delivered"])
        money = [one for link in links for ids in (link["parts"] or {}).get("payments", {}).values() for one in ids]
        payments = self._by_id("account.payment", money, ["amount", "payment_type", "state"])
        return {
            link["external_id"]: _shown(orders[link["res_id"]], link["parts"] or {}, known, payments) for link in links
        }

    def _by_id(self, model: str, ids: list[int], fields: list[str]) -> dict[int, dict[str, Any]]:
        return {one["id"]: one for one in self.odoo.search(model, [("id", "in", ids)], fields)}


def _wanted(order: Order) -> dict[str, Any]:
    """What Odoo is to have of an order."""
    cancelled = bool(order["cancelled_at"])
    shipped: dict[str, int] = {}
    for one in order["fulfillments"]:
        for line in one["line_items"]:
            shipped[str(line["id"])] = shipped.get(str(line["id"]), 0) + line["quantity"]
    left = {}
    for line in order["line_items"]:
        number = str(line["id"])
        kept = shipped.get(number, 0) + line["fulfillable_quantity"]
        if kept and not cancelled:
            left[number] = (kept, shipped.get(number, 0))
    back = sum((Decimal(one["amount"]) for refund in order["refunds"] for one in refund["transactions"]), Decimal(0))
    current = Decimal(order["current_total_price"])
    received = current - Decimal(order["total_outstanding"]) + back
    return {
        "state": "cancel" if cancelled else "open",
        "currency": order["currency"],
        "total": None if cancelled else current,
        "lines": left,
        "money": (received, back),
    }


def _shown(
    order: dict[str, Any], parts: dict[str, Any], lines: dict[int, Any], payments: dict[int, Any]
) -> dict[str, Any]:
    cancelled = order["state"] == "cancel"
    left = {}
    for key, line_id in parts.get("lines", {}).items():
        line = lines.get(line_id)
        if (
            key.startswith("gid://shopify/LineItem/")
            and ":" not in key[6:]
            and line
            and line["product_uom_qty"]
            and not cancelled
        ):
            left[key.rpartition("/")[2]] = (int(line["product_uom_qty"]), int(line["qty_delivered"]))
    sums = {"inbound": Decimal(0), "outbound": Decimal(0)}
    for ids in parts.get("payments", {}).values():
        for one in ids:
            if payments[one]["state"] != "canceled":
                sums[payments[one]["payment_type"]] += Decimal(str(payments[one]["amount"]))
    return {
        "state": "cancel" if cancelled else "open",
        "currency": order["currency_id"][1],
        "total": None if cancelled else Decimal(str(round(order["amount_total"], 3))),
        "lines": left,
        "money": (sums["inbound"], sums["outbound"]),
    }
