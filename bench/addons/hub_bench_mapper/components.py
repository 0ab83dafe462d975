# Part of Integration Hub. License LGPL-3.0 or later.
"""The mappers, as the framework's documentation writes them: `direct` where a field is taken over, with modifiers where
it is converted; a mapping method for each nested object; `children` with a mapper each for lists."""

import datetime
import re
from decimal import ROUND_HALF_UP, Decimal

from odoo.addons.component.core import Component
from odoo.addons.connector.components.mapper import mapping

_MONEY = re.compile(r"(?:0|[1-9][0-9]{0,17})\.[0-9]{2}").fullmatch
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+").fullmatch
_STATUS = {"authorized": "pending", "paid": "paid", "voided": "cancelled"}


def money(value):
    if value is None or (isinstance(value, str) and _MONEY(value)):
        return value
    return format(Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP), "f")


def instant(value):
    return value and datetime.datetime.fromisoformat(value).astimezone(datetime.UTC).isoformat()[:19] + "Z"


def mail(value):
    address = value and value.strip().lower()
    if address and not _MAIL(address):
        raise ValueError("not a mail address")
    return address


def gid(kind, number):
    return None if number is None else f"gid://shopify/{kind}/{number}"


def converted(field, convert):
    """A modifier: the field, converted."""

    def modifier(self, record, to_attr):
        return convert(record.get(field))

    return modifier


def taken(field):
    """A modifier: the field as it is, false and zero too, which a bare name would make False."""

    def modifier(self, record, to_attr):
        return record.get(field)

    return modifier


class ImportMapChild(Component):
    _name = "hub.bench.map.child"
    _inherit = "base.map.child.import"
    _collection = "hub.bench.backend"
    _apply_on = ["hub.bench.line", "hub.bench.tax", "hub.bench.shipping"]

    def format_items(self, items_values):
        return items_values


class TaxMapper(Component):
    _name = "hub.bench.tax.mapper"
    _inherit = "base.import.mapper"
    _collection = "hub.bench.backend"
    _apply_on = "hub.bench.tax"

    direct = [("title", "title"), (taken("rate"), "rate"), (converted("price", money), "amount")]


class ShippingMapper(Component):
    _name = "hub.bench.shipping.mapper"
    _inherit = "base.import.mapper"
    _collection = "hub.bench.backend"
    _apply_on = "hub.bench.shipping"

    direct = [("code", "code"), ("title", "title"), (converted("price", money), "price")]


class LineMapper(Component):
    _name = "hub.bench.line.mapper"
    _inherit = "base.import.mapper"
    _collection = "hub.bench.backend"
    _apply_on = "hub.bench.line"

    direct = [
        ("title", "title"),
        ("name", "name"),
        ("quantity", "quantity"),
        ("grams", "weight_grams"),
        ("fulfillment_service", "fulfillment_service"),
        (taken("requires_shipping"), "requires_shipping"),
        (converted("sku", lambda value: value and value.strip()), "sku"),
        (converted("price", money), "unit_price"),
        (converted("total_discount", lambda value: money(value) or "0.00"), "discount_total"),
    ]

    @mapping
    def ids(self, record):
        return {
            "id": gid("LineItem", record["id"]),
            "variant_id": gid("ProductVariant", record.get("variant_id")),
            "product_id": gid("Product", record.get("product_id")),
        }


class OrderMapper(Component):
    _name = "hub.bench.order.mapper"
    _inherit = "base.import.mapper"
    _collection = "hub.bench.backend"
    _apply_on = "hub.bench.order"

    direct = [
        ("name", "number"),
        ("reference", "reference"),
        ("source_name", "source"),
        ("gateway", "gateway"),
        ("landing_site", "landing_site"),
        (taken("browser_ip"), "browser_ip"),
        (taken("taxes_included"), "prices_include_tax"),
        (taken("confirmed"), "confirmed"),
        (converted("note", lambda value: value and value.strip()), "note"),
        (converted("currency", str.upper), "currency"),
        (converted("email", mail), "email"),
        (converted("created_at", instant), "ordered_at"),
        (converted("updated_at", instant), "updated_at"),
        (converted("cancelled_at", instant), "cancelled_at"),
        (converted("closed_at", instant), "closed_at"),
        (converted("financial_status", _STATUS.get), "financial_status"),
        (converted("total_line_items_price", money), "amount_lines"),
        (converted("subtotal_price", money), "amount_subtotal"),
        (converted("total_discounts", money), "amount_discount"),
        (converted("total_tax", money), "amount_tax"),
        (converted("total_price", money), "amount_total"),
    ]
    children = [
        ("line_items", "line_ids", "hub.bench.line"),
        ("shipping_lines", "shipping_ids", "hub.bench.shipping"),
        ("tax_lines", "tax_ids", "hub.bench.tax"),
    ]

    @mapping
    def id(self, record):
        return {"id": gid("Order", record["id"])}

    @mapping
    def channel(self, record):
        return {"channel": "shopify"}

    @mapping
    def customer(self, record):
        found = record.get("customer") or {}
        first, last = found.get("first_name"), found.get("last_name")
        return {
            "customer_id": gid("Customer", found.get("id")),
            "customer_first_name": first,
            "customer_last_name": last,
            "customer_name": " ".join(part for part in (first, last) if part) or None,
            "customer_email": mail(found.get("email")),
            "customer_updated_at": instant(found.get("updated_at")),
            "customer_total_spent": money(found.get("total_spent")),
        }

    @mapping
    def billing_address(self, record):
        return self._address(record.get("billing_address") or {}, "billing")

    @mapping
    def shipping_address(self, record):
        return self._address(record.get("shipping_address") or {}, "shipping")

    def _address(self, found, kind):
        street, country = found.get("address1"), found.get("country_code")
        return {
            f"{kind}_name": found.get("name"),
            f"{kind}_company": found.get("company"),
            f"{kind}_street": street and street.strip(),
            f"{kind}_street2": found.get("address2"),
            f"{kind}_city": found.get("city"),
            f"{kind}_zip": found.get("zip"),
            f"{kind}_state_code": found.get("province_code"),
            f"{kind}_country_code": country and country.upper(),
            f"{kind}_phone": found.get("phone"),
        }
