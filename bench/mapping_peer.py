# Part of Integration Hub. License LGPL-3.0 or later.
"""The peer of `mapping_vs_python`: the mapping a good developer would write by hand for this one payload.

It does what the mapping does (the same checks, the same treatment of missing values) with the same shortcuts, so
that the ratio measures the engine and not the transforms.
"""

import datetime
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

_MONEY = re.compile(r"(?:0|[1-9][0-9]{0,17})\.[0-9]{2}").fullmatch
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+").fullmatch
_CENT = Decimal("0.01")
_UTC = datetime.UTC
_STATUS = {"authorized": "pending", "paid": "paid", "voided": "cancelled"}


def _money(value: Any) -> str:
    if isinstance(value, str) and _MONEY(value):
        return value
    return format(Decimal(str(value)).quantize(_CENT, ROUND_HALF_UP), "f")


def _instant(value: str) -> str:
    moment = datetime.datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("no offset")
    return moment.astimezone(_UTC).isoformat()[:19] + "Z"


def _mail(value: str) -> str:
    address = value.strip().lower()
    if not _MAIL(address):
        raise ValueError("not a mail address")
    return address


def _put(out: dict[str, Any], key: str, value: Any) -> None:
    if value is not None:
        out[key] = value


def _address(found: dict[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    _put(out, "name", found.get("name"))
    _put(out, "company", found.get("company"))
    street = found.get("address1")
    if street is not None:
        out["street"] = street.strip()
    _put(out, "street2", found.get("address2"))
    _put(out, "city", found.get("city"))
    _put(out, "zip", found.get("zip"))
    _put(out, "state_code", found.get("province_code"))
    country = found.get("country_code")
    if country is not None:
        out["country_code"] = country.upper()
    _put(out, "phone", found.get("phone"))
    return out


def _taxes(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    taxes = []
    for tax in found:
        out: dict[str, Any] = {}
        _put(out, "title", tax.get("title"))
        _put(out, "rate", tax.get("rate"))
        price = tax.get("price")
        if price is not None:
            out["amount"] = _money(price)
        taxes.append(out)
    return taxes


def _line(item: dict[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    product: dict[str, Any] = {}
    identifier = item.get("id")
    if identifier is None:
        raise ValueError("id")
    out["id"] = f"gid://shopify/LineItem/{identifier}"
    variant = item.get("variant_id")
    if variant is not None:
        product["id"] = f"gid://shopify/ProductVariant/{variant}"
    parent = item.get("product_id")
    if parent is not None:
        product["product_id"] = f"gid://shopify/Product/{parent}"
    sku = item.get("sku")
    if sku is not None:
        product["sku"] = sku.strip()
    _put(product, "name", item.get("title"))
    price = item.get("price")
    if price is not None:
        product["price"] = out["unit_price"] = _money(price)
    if product:
        out["product"] = product
    _put(out, "name", item.get("name"))
    quantity = item.get("quantity")
    if quantity is None:
        raise ValueError("quantity")
    out["quantity"] = quantity
    _put(out, "weight_grams", item.get("grams"))
    discount = item.get("total_discount")
    out["discount_total"] = "0.00" if discount is None else _money(discount)
    taxes = item.get("tax_lines")
    if taxes is not None:
        out["taxes"] = _taxes(taxes)
    return out


def map_order(order: dict[str, Any]) -> dict[str, Any]:
    """The canonical order of a Shopify order."""
    out: dict[str, Any] = {}
    if order.get("id") is None:
        raise ValueError("id")
    out["id"] = f"gid://shopify/Order/{order['id']}"
    _put(out, "number", order.get("name"))
    created = order.get("created_at")
    if created is not None:
        out["ordered_at"] = _instant(created)
    updated = order.get("updated_at")
    if updated is not None:
        out["updated_at"] = _instant(updated)
    cancelled = order.get("cancelled_at")
    if cancelled is not None:
        out["cancelled_at"] = _instant(cancelled)
    currency = order.get("currency")
    if currency is None:
        raise ValueError("currency")
    out["currency"] = currency.upper()
    _put(out, "prices_include_tax", order.get("taxes_included"))
    note = order.get("note")
    if note is not None:
        out["note"] = note.strip()
    tags = order.get("tags")
    out["tags"] = [] if tags is None else [tag.strip() for tag in tags.split(",") if tag.strip()]
    status = order.get("financial_status")
    if status is not None:
        out["financial_status"] = _STATUS[status]
    out["channel"] = "shopify"
    _put(out, "source", order.get("source_name"))
    customer = order.get("customer")
    if customer is not None:
        person: dict[str, Any] = {}
        if customer.get("id") is not None:
            person["id"] = f"gid://shopify/Customer/{customer['id']}"
        _put(person, "first_name", customer.get("first_name"))
        _put(person, "last_name", customer.get("last_name"))
        name = " ".join(part for part in (customer.get("first_name"), customer.get("last_name")) if part)
        if name:
            person["name"] = name
        mail = customer.get("email")
        if mail is not None:
            person["email"] = _mail(mail)
        changed = customer.get("updated_at")
        if changed is not None:
            person["updated_at"] = _instant(changed)
        out["customer"] = person
    billing = order.get("billing_address")
    if billing is not None:
        out["billing_address"] = _address(billing)
    shipping = order.get("shipping_address")
    if shipping is not None:
        out["shipping_address"] = _address(shipping)
    items = order.get("line_items")
    if items is not None:
        out["lines"] = [_line(item) for item in items]
    rates = order.get("shipping_lines")
    if rates is not None:
        out["shipping"] = []
        for rate in rates:
            one: dict[str, Any] = {}
            _put(one, "code", rate.get("code"))
            _put(one, "title", rate.get("title"))
            if rate.get("price") is not None:
                one["price"] = _money(rate["price"])
            out["shipping"].append(one)
    taxes = order.get("tax_lines")
    if taxes is not None:
        out["taxes"] = _taxes(taxes)
    totals: dict[str, Any] = {}
    for key, field in _TOTALS:
        amount = order.get(field)
        if amount is not None:
            totals[key] = _money(amount)
    if totals:
        out["totals"] = totals
    return out


_TOTALS = (
    ("lines", "total_line_items_price"),
    ("subtotal", "subtotal_price"),
    ("discount", "total_discounts"),
    ("tax", "total_tax"),
    ("total", "total_price"),
)
