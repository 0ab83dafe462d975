# Part of Integration Hub. License LGPL-3.0 or later.
"""What happens to an order of a shop, from its placing to its end."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from hub_clients import Sandbox
from story import History

SKUS = ("TENT-RIDGE-2", "MUG-ENAMEL-GRN", "STOVE-CINDER", "LAMP-GLOW-400", "SOCK-TRAIL-3", "FILTER-BASIN")
CURRENCIES = ("USD", "USD", "USD", "EUR", "JPY", "KWD")  # of two decimals, of none, of three
PRICES = {"JPY": "1999", "KWD": "7.345"}
SELDOM = {"writes a note": 0.3, "cancels before it is confirmed": 0.5, "cancels after it is confirmed": 0.3}
CONFIRMED = ("authorized", "paid", "partially_refunded", "refunded")
Order = dict[str, Any]
Doing = tuple[str, Callable[[], Order]]


class Life:
    """An order's. `history.facts["order"]` is its number."""

    def __init__(self, sandbox: Sandbox, history: History) -> None:
        self.sandbox, self.history, self.chance = sandbox, history, history.chance

    def play(self) -> Iterator[str]:
        """It is placed, then whatever can happen to it."""
        order = self._place()
        self.history.ids.add(f"orders:{order['id']}")
        self.history.facts["order"] = order["id"]
        yield f"places {order['name']}: {order['total_price']} {order['currency']}, {order['financial_status']}"
        for _turn in range(self.chance.randint(1, 7)):
            doings = list(self._doings(order))
            ((words, doing),) = self.chance.choices(doings, [SELDOM.get(words, 1.0) for words, _doing in doings])
            order = doing()
            self.history.played[words] += 1
            yield f"{words}: {order['current_total_price']}, {order['financial_status']}"
            if order["cancelled_at"] and words == "writes a note":
                return

    def _place(self) -> Order:
        chance, seed = self.chance, self.history.seed
        currency = chance.choice(CURRENCIES)
        lines = [self._line(currency, chance.randint(1, 4), sku) for sku in chance.sample(SKUS, chance.randint(1, 3))]
        values: dict[str, Any] = {
            "lines": lines,
            "currency": currency,
            "taxes_included": chance.random() < 0.3,
            "financial_status": chance.choice(("paid", "paid", "pending", "authorized")),
            "shipping": {"title": "Post", "price": "500" if currency == "JPY" else "7.90"},
            "customer": {"email": f"h{seed}@histories.example", "last_name": f"Buyer {seed}"},
        }
        kinds = [f"placed, {values['financial_status']}", f"placed in {currency}"]
        if values["taxes_included"]:
            kinds.append("placed with prices that include tax")
        if chance.random() < 0.15:
            lines.append({"title": "Gift card", "price": "25" if currency == "JPY" else "25.00", "gift_card": True})
            kinds.append("placed with a gift card")
        if chance.random() < 0.3:
            values["discount"] = {"code": "SOME", "percentage": chance.choice(("10", "33", "7.5"))}
            kinds.append("placed with a discount")
        if chance.random() < 0.15:
            values["presentment"] = {"currency": "EUR", "rate": "0.92"}
            kinds.append("placed in another currency than the shop's")
        if chance.random() < 0.1:
            values["shipping"] = None
            kinds.append("placed without shipping cost")
        if chance.random() < 0.1:
            values["tax_rate"] = "0"
            kinds.append("placed without taxes")
        self.history.played.update(kinds)
        made: Order = self.sandbox.control("POST", "/shopify/orders", values)
        return made

    def _line(self, currency: str, quantity: int, sku: str) -> dict[str, Any]:
        price = {"price": PRICES[currency]} if currency in PRICES else {}
        return {"sku": sku, "quantity": quantity, **price}

    # --- what can happen now ---

    def _doings(self, order: Order) -> Iterator[Doing]:
        yield "writes a note", self._change(order, note=f"Note {self.chance.randint(1, 9)}")
        if order["cancelled_at"]:
            return
        yield from self._payments(order)
        paid = order["financial_status"] in ("paid", "partially_refunded")
        open_ = [line for line in order["line_items"] if line["fulfillable_quantity"]]
        if open_:
            yield from self._edits(order, open_)
        if open_ and (paid or order["financial_status"] == "authorized"):
            yield from self._shipments(order, open_)
        if open_ and not order["fulfillments"]:
            when = "after" if order["financial_status"] in CONFIRMED else "before"
            yield f"cancels {when} it is confirmed", self._change(order, cancelled=True)
        if paid:
            yield from self._refunds(order, open_)

    def _payments(self, order: Order) -> Iterator[Doing]:
        owed = Decimal(order["total_outstanding"])
        if owed <= 0:
            return
        yield "pays", self._change(order, pay={})
        yield "pays by a gift card", self._change(order, pay={"gateway": "gift_card"})
        if owed > 10:
            part = owed // 2
            yield "pays a part", self._change(order, pay={"amount": str(part)})

    def _edits(self, order: Order, open_: list[Order]) -> Iterator[Doing]:
        line = self.chance.choice(open_)
        fewer = line["current_quantity"] - self.chance.randint(1, line["fulfillable_quantity"])
        yield "edits: takes some off", self._change(order, edit={"quantities": {str(line["id"]): fewer}})
        added = {"sku": self.chance.choice(SKUS), "quantity": self.chance.randint(1, 3)}
        if order["currency"] in PRICES:
            added["price"] = "777" if order["currency"] == "JPY" else "1.115"
        yield "edits: adds something", self._change(order, edit={"add": [added]})

    def _shipments(self, order: Order, open_: list[Order]) -> Iterator[Doing]:
        line = self.chance.choice(open_)
        part = {"id": line["id"], "quantity": self.chance.randint(1, line["fulfillable_quantity"])}
        yield "ships some", self._change(order, fulfil={"lines": [part], "tracking_number": f"T{line['id']}"})
        yield "ships all", self._change(order, fulfil={})

    def _refunds(self, order: Order, open_: list[Order]) -> Iterator[Doing]:
        if open_:
            line = self.chance.choice(open_)
            part = {"id": line["id"], "quantity": self.chance.randint(1, line["fulfillable_quantity"])}
            yield "refunds some, unshipped", self._change(order, refund={"lines": [{**part, "restock": "cancel"}]})
        shipped = [one for one in order["line_items"] if one["current_quantity"] > one["fulfillable_quantity"]]
        if shipped:
            line = self.chance.choice(shipped)
            most = line["current_quantity"] - line["fulfillable_quantity"]
            how = self.chance.choice(("return", "no_restock"))
            part = {"id": line["id"], "quantity": self.chance.randint(1, most), "restock": how}
            words = f"refunds some, shipped, {'restocked' if how == 'return' else 'not restocked'}"
            yield words, self._change(order, refund={"lines": [part]})
        shipping = order["total_shipping_price_set"]["shop_money"]["amount"]
        shipping_left = Decimal(shipping) > 0 and not any(one["order_adjustments"] for one in order["refunds"])
        if shipping_left:
            yield "refunds the shipping cost", self._change(order, refund={"shipping": shipping})
        how = self.chance.choice(("return", "no_restock"))
        if parts := list(_all_that_is_left(order, how)):
            back = {"shipping": shipping} if shipping_left else {}
            words = f"refunds all, {'restocked' if how == 'return' else 'not restocked'}"
            yield words, self._change(order, refund={"lines": parts, **back})

    def _change(self, order: Order, **values: Any) -> Callable[[], Order]:
        return lambda: self.sandbox.control("PATCH", f"/shopify/orders/{order['id']}", values)


def _all_that_is_left(order: Order, how: str) -> Iterator[dict[str, Any]]:
    """The parts of a refund of everything: what was shipped comes back or not, the rest is not shipped any more."""
    for line in order["line_items"]:
        shipped = line["current_quantity"] - line["fulfillable_quantity"]
        for quantity, restock in ((line["fulfillable_quantity"], "cancel"), (shipped, how)):
            if quantity:
                yield {"id": line["id"], "quantity": quantity, "restock": restock}
