# Part of Integration Hub. License LGPL-3.0 or later.
"""Orders, in the shape of the REST resource and of the orders/* webhooks; their totals add up exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..core.problem import ControlProblem, member, refuse_unknown
from .money import money_set, parse_amount, rounded, share, text
from .shared import gid, timestamp

LINE_MEMBERS = ("sku", "quantity", "price", "title", "discount", "gift_card", "requires_shipping")
ZERO = Decimal(0)


@dataclass(frozen=True)
class Terms:
    """What applies to every line of an order."""

    currency: str
    taxes_included: bool
    tax_rate: Decimal
    tax_title: str


def tax_lines(amount: Decimal, terms: Terms) -> tuple[Decimal, list[dict[str, Any]]]:
    """The tax on an amount (contained in it where taxes are included), and its tax lines."""
    if not terms.tax_rate:
        return ZERO, []
    tax = amount - amount / (1 + terms.tax_rate) if terms.taxes_included else amount * terms.tax_rate
    tax = rounded(tax, terms.currency)
    line = {
        "title": terms.tax_title,
        "rate": float(terms.tax_rate),
        "price": text(tax, terms.currency),
        "price_set": money_set(tax, terms.currency),
        "channel_liable": False,
    }
    return tax, [line]


def allocation(amount: Decimal, index: int, currency: str) -> dict[str, Any]:
    """The part of a discount that falls on one line."""
    return {
        "amount": text(amount, currency),
        "amount_set": money_set(amount, currency),
        "discount_application_index": index,
    }


def parse_line(given: Any, find: Callable[[str], Any], currency: str, pointer: str) -> dict[str, Any]:
    """A line as {product, variant, title, quantity, price}; `find(sku)` gives (product, variant) or None.

    Raises ControlProblem: unknown SKU, a line with neither SKU nor title, a bad quantity or price.
    """
    if not isinstance(given, Mapping):
        raise ControlProblem("invalid-member", "A line is a JSON object.", pointer)
    refuse_unknown(given, LINE_MEMBERS, pointer)
    quantity = member(given, "quantity", int, 1, pointer)
    if not 1 <= quantity <= 100000:
        raise ControlProblem("invalid-member", "'quantity' must be between 1 and 100000.", f"{pointer}/quantity")
    sku = member(given, "sku", str, None, pointer)
    title = member(given, "title", str, None, pointer)
    product, variant = find(sku) or (None, None) if sku else (None, None)
    if variant is None and title is None:
        detail = f"There is no variant with SKU {sku!r}" if sku else "A line needs a SKU"
        raise ControlProblem("unknown-sku", f"{detail}, or a title and price for a custom item.", f"{pointer}/sku")
    price = given.get("price", variant["price"] if variant else None)
    amount = rounded(parse_amount(price, currency, f"{pointer}/price"), currency)
    name = title or str((product or {}).get("title") or "")
    gift_card = member(given, "gift_card", bool, False, pointer)
    ships = member(given, "requires_shipping", bool, not gift_card, pointer)
    return {
        "product": product,
        "variant": variant,
        "sku": sku,
        "title": name,
        "quantity": quantity,
        "price": amount,
        "gift_card": gift_card,
        "requires_shipping": ships,
    }


def line_item(line: Mapping[str, Any], number: int, discount: Decimal, terms: Terms) -> tuple[Decimal, dict[str, Any]]:
    """The tax of a line, and the line_items member."""
    product, variant, currency = line["product"], line["variant"], terms.currency
    taxed = line["price"] * line["quantity"] - discount
    tax, taxes = (ZERO, []) if line["gift_card"] else tax_lines(taxed, terms)
    option = variant["title"] if variant and variant["title"] != "Default Title" else None
    return tax, {
        "id": number,
        "admin_graphql_api_id": gid("LineItem", number),
        "title": line["title"],
        "name": f"{line['title']} - {option}" if option else line["title"],
        "variant_title": option,
        "sku": variant["sku"] if variant else line["sku"],
        "vendor": product["vendor"] if product else None,
        "product_id": product["id"] if product else None,
        "variant_id": variant["id"] if variant else None,
        "product_exists": product is not None,
        "quantity": line["quantity"],
        "current_quantity": line["quantity"],
        "fulfillable_quantity": line["quantity"],
        "price": text(line["price"], currency),
        "price_set": money_set(line["price"], currency),
        "total_discount": text(ZERO, currency),
        "total_discount_set": money_set(ZERO, currency),
        "discount_allocations": [allocation(discount, 0, currency)] if discount else [],
        "tax_lines": taxes,
        "taxable": not line["gift_card"],
        "requires_shipping": line["requires_shipping"],
        "gift_card": line["gift_card"],
        "grams": variant["grams"] if variant else 0,
        "fulfillment_service": "manual",
        "fulfillment_status": None,
        "variant_inventory_management": "shopify" if variant else None,
        "properties": [],
        "duties": [],
    }


def shipping_line(number: int, title: str, price: Decimal, terms: Terms) -> tuple[Decimal, dict[str, Any]]:
    """The tax on shipping, and the shipping_lines member."""
    tax, taxes = tax_lines(price, terms)
    money = money_set(price, terms.currency)
    return tax, {
        "id": number,
        "carrier_identifier": None,
        "code": title,
        "title": title,
        "source": "shopify",
        "price": text(price, terms.currency),
        "price_set": money,
        "discounted_price": text(price, terms.currency),
        "discounted_price_set": money,
        "current_discounted_price_set": money,
        "is_removed": False,
        "phone": None,
        "requested_fulfillment_service_id": None,
        "tax_lines": taxes,
        "discount_allocations": [],
    }


def build_order(
    *,
    lines: list[dict[str, Any]],
    terms: Terms,
    shipping: tuple[str, Decimal] | None,
    discount: tuple[str, Decimal] | None,
    new_id: Callable[[], int],
) -> dict[str, Any]:
    """The part of an order that is money: lines, shipping, discounts, taxes, totals.

    `shipping` is (title, price), `discount` (code, amount over all lines, at most their sum).
    """
    currency = terms.currency
    gross = [line["price"] * line["quantity"] for line in lines]
    off = discount[1] if discount else ZERO
    parts = share(off, gross, currency) if off else [ZERO] * len(lines)
    taxed = [line_item(line, new_id(), part, terms) for line, part in zip(lines, parts, strict=True)]
    shipped = [shipping_line(new_id(), *shipping, terms)] if shipping else []
    tax = sum((amount for amount, _ in [*taxed, *shipped]), ZERO)
    freight = shipping[1] if shipping else ZERO
    subtotal = sum(gross, ZERO) - off
    total = subtotal + freight + (ZERO if terms.taxes_included else tax)
    amounts = {
        "total_line_items_price": sum(gross, ZERO),
        "total_discounts": off,
        "subtotal_price": subtotal,
        "total_tax": tax,
        "total_price": total,
    }
    order: dict[str, Any] = {"currency": currency, "presentment_currency": currency}
    order["taxes_included"] = terms.taxes_included
    for name, amount in amounts.items():
        order[name] = text(amount, currency)
        order[f"{name}_set"] = money_set(amount, currency)
    order["total_outstanding"] = order["total_price"]
    order["total_shipping_price_set"] = money_set(freight, currency)
    order["line_items"] = [item for _, item in taxed]
    order["shipping_lines"] = [item for _, item in shipped]
    order["tax_lines"] = _sum_taxes(tax, terms)
    order["discount_codes"] = []
    order["discount_applications"] = []
    if discount and off:
        order["discount_codes"] = [{"code": discount[0], "amount": text(off, currency), "type": "fixed_amount"}]
        order["discount_applications"] = [
            {
                "type": "discount_code",
                "code": discount[0],
                "value": text(off, currency),
                "value_type": "fixed_amount",
                "target_type": "line_item",
                "target_selection": "all",
                "allocation_method": "across",
            }
        ]
    return order


def _sum_taxes(tax: Decimal, terms: Terms) -> list[dict[str, Any]]:
    if not terms.tax_rate:
        return []
    values = {"title": terms.tax_title, "rate": float(terms.tax_rate), "price": text(tax, terms.currency)}
    return [{**values, "price_set": money_set(tax, terms.currency), "channel_liable": False}]


def complete_order(
    order: dict[str, Any], number: int, order_number: int, customer: Mapping[str, Any] | None, now: float, domain: str
) -> None:
    """Add everything that is not money, in place."""
    moment = timestamp(now)
    home = dict(customer["default_address"]) if customer and customer.get("default_address") else None
    place = None
    if home is not None:
        place = {name: home[name] for name in home if name not in ("id", "customer_id", "default", "country_name")}
        place |= {"latitude": None, "longitude": None}
    order |= {
        "id": number,
        "admin_graphql_api_id": gid("Order", number),
        "name": f"#{order_number}",
        "number": order_number - 1000,
        "order_number": order_number,
        "order_status_url": f"https://{domain}/orders/{number}",
        "email": customer["email"] if customer else None,
        "contact_email": customer["email"] if customer else None,
        "phone": customer["phone"] if customer else None,
        "customer": embedded(customer) if customer else None,
        "billing_address": place,
        "shipping_address": dict(place) if place else None,
        "created_at": moment,
        "processed_at": moment,
        "updated_at": moment,
        "cancelled_at": None,
        "cancel_reason": None,
        "closed_at": None,
        "confirmed": True,
        "test": False,
        "financial_status": "pending",
        "fulfillment_status": None,
        "payment_gateway_names": [],
        "source_name": "web",
        "note": None,
        "note_attributes": [],
        "tags": "",
        "po_number": None,
        "buyer_accepts_marketing": False,
        "customer_locale": "en",
        "location_id": None,
        "user_id": None,
        "fulfillments": [],
        "refunds": [],
    }


def embedded(customer: Mapping[str, Any]) -> dict[str, Any]:
    """The customer as an order holds it."""
    left_out = ("orders_count", "total_spent", "last_order_id", "last_order_name", "addresses")
    return {name: value for name, value in customer.items() if name not in left_out}
