# Part of Integration Hub. License LGPL-3.0 or later.
"""The imitated shop: what happens when a person or a buyer does something there."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from ..core.problem import ControlProblem, member, refuse_unknown
from ..core.vendor import Core
from .customers import build_customer, edit_customer
from .levels import Levels
from .merging import merge, survivor_first
from .money import parse_amount, parse_currency, present, rounded
from .order_changes import OrderChanges
from .orders import Terms, build_order, complete_order, embedded, parse_line
from .products import build_product, edit_product
from .shared import timestamp

NAME = "shopify"
ORDER_MEMBERS = (
    "lines", "customer", "currency", "taxes_included", "tax_rate", "tax_title", "shipping", "discount", "email", "note",
    "tags", "financial_status", "source_name", "webhook", "payments", "presentment",
)  # fmt: skip
ORDER_EDITS = (
    "note", "tags", "email", "financial_status", "fulfillment_status", "cancelled", "cancel_reason", "cancel_refund",
    "pay", "fulfil", "refund", "edit", "webhook",
)  # fmt: skip
Tell = Callable[[str, str, dict[str, Any]], None]
"""Takes the change (created, updated, cancelled, deleted), the kind and the object."""

KINDS = {"order": "Order", "customer": "Customer", "product": "Product"}
FINANCIAL = ("pending", "authorized", "partially_paid", "paid", "partially_refunded", "refunded", "voided")


class Shop:
    """Creates and changes orders, customers and products, and tells what happened to them."""

    def __init__(self, core: Core, tell: Tell) -> None:
        self._core = core
        self._tell = tell
        self.levels = Levels(core, tell)
        self.changes = OrderChanges(core.store.next_id, core.clock.now, self.transactions, self._keep_transaction)

    def find(self, kind: str, number: Any) -> dict[str, Any] | None:
        """The stored resource, or None."""
        return self._core.store.get(NAME, kind, str(number))

    def all(self, kind: str) -> list[dict[str, Any]]:
        """All resources of a kind."""
        return self._core.store.all(NAME, kind)

    def now(self) -> float:
        """The shop's time, in Unix seconds."""
        return self._core.clock.now()

    def transactions(self, order: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The transactions of an order; its webhooks do not carry them."""
        return [one for one in self.all("transaction") if one["order_id"] == order["id"]]

    def create_order(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """A new order with sensible defaults; tells `created` (and that of a new customer before it).

        Raises ControlProblem: a member is unknown, of another type or out of range; nothing is stored then.
        """
        refuse_unknown(values, ORDER_MEMBERS)
        core, settings = self._core, self._core.settings.shopify
        webhook = member(values, "webhook", bool, True)
        currency = parse_currency(values.get("currency", settings.currency), "/currency")
        given = member(values, "lines", list, None)
        if given is None:
            given = self._default_lines()
        if not given:
            raise ControlProblem("invalid-member", "An order has at least one line.", "/lines")
        lines = [parse_line(line, self.find_sku, currency, f"/lines/{index}") for index, line in enumerate(given)]
        terms = Terms(
            currency,
            member(values, "taxes_included", bool, False),
            _rate(values.get("tax_rate", "0.15")),
            member(values, "tax_title", str, "Sales Tax"),
        )
        total = sum((line["price"] * line["quantity"] for line in lines), Decimal(0))
        shipping = _shipping(values, currency)
        discount = _discount(values, total, currency)
        texts = {name: member(values, name, (str, type(None)), None) for name in ("email", "note") if name in values}
        texts |= {name: member(values, name, str, "") for name in ("tags", "source_name") if name in values}
        status = _financial(values) if "financial_status" in values else "paid"
        customer = self._customer(values, webhook)
        order = build_order(lines=lines, terms=terms, shipping=shipping, discount=discount, new_id=core.store.next_id)
        number = core.store.count("order_number", 1001)
        complete_order(order, core.store.next_id(), number, customer, core.clock.now(), settings.domain)
        order.update(texts)
        exchange = _exchange(values, order["id"])
        if exchange:
            core.store.put(NAME, "exchange", str(order["id"]), exchange)
        for payment in _payments(values, status):
            self.changes.pay(order, payment)
            self.changes.settle(order)
        self._settle(order, status if "financial_status" in values else None)
        if customer is not None:
            spent = Decimal(customer.get("total_spent") or "0") + Decimal(order["total_price"])
            customer |= {"orders_count": (customer.get("orders_count") or 0) + 1, "total_spent": str(spent)}
            customer |= {"last_order_id": order["id"], "last_order_name": order["name"]}
        return self._keep("order", order, "created", webhook)

    def edit_order(self, number: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Change, cancel, pay, ship, refund or edit an order; tells that, and `updated` after it.

        Raises ControlProblem; a payment, a shipment or a refund that cannot be is refused before anything changes.
        """
        refuse_unknown(values, ORDER_EDITS)
        stored = self._existing("order", number)
        order = copy.deepcopy(stored)
        webhook = member(values, "webhook", bool, True)
        cancel = member(values, "cancelled", bool, False)
        reason = member(values, "cancel_reason", str, "customer")
        changes = {name: member(values, name, (str, type(None)), None) for name in ("note", "email") if name in values}
        changes |= {"tags": member(values, "tags", str, "")} if "tags" in values else {}
        if "fulfillment_status" in values:
            changes["fulfillment_status"] = member(values, "fulfillment_status", (str, type(None)), None)
        topics, paid = [], order.get("financial_status") == "paid"
        happening = [name for name in ("edit", "pay", "fulfil", "refund") if name in values]
        if cancel and not order.get("cancelled_at"):
            topics.append("cancelled")
            self.changes.cancel(order, reason, refund=member(values, "cancel_refund", bool, True))
            self.changes.settle(order)
        for name in happening:
            topics += self._happen(order, name, values[name])
            self.changes.settle(order)
        order.update(changes)
        order["updated_at"] = timestamp(self._core.clock.now())
        if topics or happening or "financial_status" in values:
            self._settle(order, _financial(values) if "financial_status" in values else None)
        if "fulfillment_status" in changes:
            order["fulfillment_status"] = changes["fulfillment_status"]
        if order.get("financial_status") == "paid" and not paid:
            topics.append("paid")
        stored.clear()
        stored.update(order)
        for topic in topics if webhook else ():
            self._tell(topic, "order", stored)
        return self._keep("order", stored, "updated", webhook)

    def fulfil(self, order: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        """Ship something of an order for an app; tells as a person's doing it does."""
        self.edit_order(str(order["id"]), {"fulfil": given})
        made: dict[str, Any] = order["fulfillments"][-1]
        return made

    def _happen(self, order: dict[str, Any], name: str, given: Any) -> list[str]:
        """Do one of the things that happen to an order; returns what else than `updated` is told of it."""
        match name:
            case "pay":
                self.changes.pay(order, given)
            case "fulfil":
                self.changes.fulfil(order, given)
                is_open = any(line["fulfillable_quantity"] for line in order["line_items"])
                return ["partially_fulfilled" if is_open else "fulfilled"]
            case "refund":
                self.changes.refund(order, given)
            case _:
                values = given if isinstance(given, Mapping) else {}
                refuse_unknown(values, ("add", "quantities"), "/edit")
                currency = order["currency"]
                lines = [
                    parse_line(line, self.find_sku, currency, f"/edit/add/{place}")
                    for place, line in enumerate(member(values, "add", list, [], "/edit"))
                ]
                quantities = member(values, "quantities", dict, {}, "/edit")
                self.changes.edit(order, lines, quantities, _terms_of(order))
        return []

    def _settle(self, order: dict[str, Any], status: str | None) -> None:
        self.changes.settle(order)
        if status:
            order["financial_status"] = status
        if exchange := self._core.store.get(NAME, "exchange", str(order["id"])):
            present(order, exchange["currency"], Decimal(exchange["rate"]))

    def _keep_transaction(self, transaction: dict[str, Any]) -> None:
        self._core.store.put(NAME, "transaction", str(transaction["id"]), transaction)

    def create_customer(self, values: Mapping[str, Any], *, webhook: bool = True) -> dict[str, Any]:
        """A new customer; tells `created`. The e-mail address must be new."""
        store = self._core.store
        self._refuse_taken_email(values, None)
        currency = self._core.settings.shopify.currency
        customer = build_customer(values, store.next_id(), self._core.clock.now(), currency)
        store.next_id()
        return self._keep("customer", customer, "created", webhook)

    def edit_customer(self, number: str, values: Mapping[str, Any], *, webhook: bool = True) -> dict[str, Any]:
        """Change a customer; tells `updated`."""
        customer = self._existing("customer", number)
        self._refuse_taken_email(values, customer["id"])
        edit_customer(customer, values, self._core.store.next_id(), self._core.clock.now())
        return self._keep("customer", customer, "updated", webhook)

    def merge_customers(
        self, numbers: Sequence[str], *, kept: str | None = None, webhook: bool = True
    ) -> dict[str, Any]:
        """Merge two customers for good; returns the one that is kept, which the orders of both are.

        Tells `merged` and that the one which is kept was changed. Raises ControlProblem: it is one customer, or none.
        """
        one, two = (self._existing("customer", number) for number in numbers)
        if one is two:
            raise ControlProblem("same-customer", "A customer cannot be merged with itself.", "/id", status=422)
        survivor, other = survivor_first(one, two, kept)
        merge(survivor, other, self._core.clock.now())
        for order in self.all("order"):
            if (order.get("customer") or {}).get("id") == other["id"]:
                order["customer"] = embedded(survivor)
        self._core.store.remove(NAME, "customer", str(other["id"]))
        if webhook:
            ids = {"kept": survivor["admin_graphql_api_id"], "deleted": other["admin_graphql_api_id"]}
            self._tell("merged", "customer", {"id": survivor["id"], **ids})
        return self._keep("customer", survivor, "updated", webhook)

    def create_product(self, values: Mapping[str, Any], *, webhook: bool = True) -> dict[str, Any]:
        """A new product; tells `created`."""
        core = self._core
        product = build_product(values, core.store.next_id, core.clock.now(), core.settings.shopify.currency)
        return self._keep("product", product, "created", webhook)

    def edit_product(self, number: str, values: Mapping[str, Any], *, webhook: bool = True) -> dict[str, Any]:
        """Change a product; tells `updated`."""
        core = self._core
        product = self._existing("product", number)
        edit_product(product, values, core.store.next_id, core.clock.now(), core.settings.shopify.currency)
        return self._keep("product", product, "updated", webhook)

    def delete(self, kind: str, number: str, *, webhook: bool = True) -> None:
        """Delete a resource; tells `deleted`."""
        document = self._existing(kind, number)
        self._core.store.remove(NAME, kind, number)
        self._remember_gone(kind, document)
        if webhook:
            self._tell("deleted", kind, document)

    def _remember_gone(self, kind: str, document: Mapping[str, Any]) -> None:
        """An event that says what was deleted: nothing else is left of it."""
        event = {"id": self._core.store.next_id(), "action": "destroy", "subject_type": kind.upper()}
        event |= {"subject_id": document["admin_graphql_api_id"], "created_at": timestamp(self._core.clock.now())}
        self._core.store.put(NAME, "event", str(event["id"]), event)

    def find_sku(self, sku: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Product and variant of a SKU."""
        for product in self.all("product"):
            for variant in product.get("variants", []):
                if variant.get("sku") == sku:
                    return product, variant
        return None

    def _default_lines(self) -> list[dict[str, Any]]:
        skus = [v["sku"] for p in self.all("product") for v in p.get("variants", []) if v.get("sku")]
        if not skus:
            raise ControlProblem("no-products", "The shop has no products; name the lines of the order.", "/lines")
        rng = self._core.rng
        return [{"sku": sku, "quantity": rng.randint(1, 3)} for sku in rng.sample(skus, min(2, len(skus)))]

    def _customer(self, values: Mapping[str, Any], webhook: bool) -> dict[str, Any] | None:
        known = self.all("customer")
        if "customer" not in values:
            return self._core.rng.choice(known) if known else None
        given = member(values, "customer", (dict, type(None)), None)
        if given is None:
            return None
        if "id" in given:
            refuse_unknown(given, ("id",), "/customer")
            return self._existing("customer", str(given["id"]), "/customer/id")
        email = given.get("email")
        found = next((one for one in known if email and one.get("email") == email), None)
        return found or self.create_customer(given, webhook=webhook)

    def _refuse_taken_email(self, values: Mapping[str, Any], own: Any) -> None:
        email = values.get("email")
        if email and any(one.get("email") == email and one["id"] != own for one in self.all("customer")):
            raise ControlProblem("email-taken", "Another customer has that e-mail address.", "/email", status=409)

    def _existing(self, kind: str, number: str, pointer: str = "") -> dict[str, Any]:
        document = self.find(kind, number)
        if document is None:
            raise ControlProblem("not-found", f"There is no {kind} {number}.", pointer, status=404)
        return document

    def _keep(self, kind: str, document: dict[str, Any], change: str, webhook: bool) -> dict[str, Any]:
        self._core.store.put(NAME, kind, str(document["id"]), document)
        if webhook:
            self._tell(change, kind, document)
        return document


def _rate(value: Any) -> Decimal:
    rate = (
        parse_amount(value, "", "/tax_rate") if value in (0, "0") else Decimal(str(value)) if _number(value) else None
    )
    if rate is None or not rate.is_finite() or not 0 <= rate < 1:
        raise ControlProblem("invalid-member", "'tax_rate' is a number from 0 to below 1.", "/tax_rate")
    return rate


def _number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return not isinstance(value, bool)


def _financial(values: Mapping[str, Any]) -> str:
    if values["financial_status"] not in FINANCIAL:
        known = ", ".join(FINANCIAL)
        raise ControlProblem("invalid-member", f"'financial_status' is one of {known}.", "/financial_status")
    return str(values["financial_status"])


def _payments(values: Mapping[str, Any], status: str) -> list[Mapping[str, Any]]:
    """What is paid when an order is placed: what is given, else all of it unless its state says otherwise."""
    given: list[Mapping[str, Any]] | None = member(values, "payments", (list, type(None)), None)
    if given is not None:
        return given
    usual: dict[str, list[Mapping[str, Any]]] = {"paid": [{}], "authorized": [{"authorize": True}]}
    return usual.get(status, [])


def _exchange(values: Mapping[str, Any], number: int) -> dict[str, Any] | None:
    """In which currency the customer sees the order: `{"currency", "rate"}`, so many of it for one of the shop's."""
    given = member(values, "presentment", (dict, type(None)), None)
    if given is None:
        return None
    refuse_unknown(given, ("currency", "rate"), "/presentment")
    currency = parse_currency(given.get("currency"), "/presentment/currency")
    if not _number(given.get("rate")) or Decimal(str(given["rate"])) <= 0:
        raise ControlProblem("invalid-member", "'rate' is a number above 0.", "/presentment/rate")
    return {"id": number, "currency": currency, "rate": str(given["rate"])}


def _terms_of(order: Mapping[str, Any]) -> Terms:
    """What applied to an order's lines: also to those that an edit adds."""
    rate, title = next(((tax["rate"], tax["title"]) for tax in order["tax_lines"]), (0, "Sales Tax"))
    return Terms(order["currency"], bool(order["taxes_included"]), Decimal(str(rate)), title)


def _shipping(values: Mapping[str, Any], currency: str) -> tuple[str, Decimal] | None:
    given = member(values, "shipping", (dict, type(None)), {})
    if given is None:
        return None
    refuse_unknown(given, ("title", "price"), "/shipping")
    title = member(given, "title", str, "Standard Shipping", "/shipping")
    if "price" in given:
        return title, parse_amount(given["price"], currency, "/shipping/price")
    return title, rounded(Decimal("7.90"), currency)


def _discount(values: Mapping[str, Any], total: Decimal, currency: str) -> tuple[str, Decimal] | None:
    given = member(values, "discount", (dict, type(None)), None)
    if given is None:
        return None
    refuse_unknown(given, ("code", "amount", "percentage"), "/discount")
    code = member(given, "code", str, "WELCOME", "/discount")
    if "percentage" in given:
        percentage = parse_amount(given["percentage"], "", "/discount/percentage")
        amount = rounded(total * percentage / 100, currency)
    else:
        amount = parse_amount(given.get("amount"), currency, "/discount/amount")
    if amount > total:
        raise ControlProblem("invalid-member", f"A discount of {amount} is more than the lines' {total}.", "/discount")
    return code, amount
