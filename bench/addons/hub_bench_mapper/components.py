# Part of Integration Hub. License LGPL-3.0 or later.
"""The mappers, as the framework's documentation writes them: one for each kind of record, `direct` where a field is
taken over, modifiers where it is converted, `children` for lists. `OrderMapperByHand` makes customer and addresses in
methods of plain Python instead, and needs the framework less."""

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


class CustomerMapper(Component):
    _name = "hub.bench.customer.mapper"
    _inherit = "base.import.mapper"
    _collection = "hub.bench.backend"
    _apply_on = "hub.bench.customer"

    direct = [
        ("first_name", "first_name"),
        ("last_name", "last_name"),
        (converted("id", lambda value: gid("Customer", value)), "id"),
        (converted("email", mail), "email"),
        (converted("updated_at", instant), "updated_at"),
        (converted("total_spent", money), "total_spent"),
    ]

    @mapping
    def name(self, record):
        return {"name": " ".join(part for part in (record.get("first_name"), record.get("last_name")) if part) or None}


class AddressMapper(Component):
    _name = "hub.bench.address.mapper"
    _inherit = "base.import.mapper"
    _collection = "hub.bench.backend"
    _apply_on = "hub.bench.address"

    direct = [
        (taken("name"), "name"),
        (taken("company"), "company"),
        (converted("address1", lambda value: value and value.strip()), "street"),
        (taken("address2"), "street2"),
        (taken("city"), "city"),
        (taken("zip"), "zip"),
        (taken("province_code"), "state_code"),
        (converted("country_code", lambda value: value and value.upper()), "country_code"),
        (taken("phone"), "phone"),
    ]


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
        return {"customer": self._mapped("hub.bench.customer", record["customer"])}

    @mapping
    def billing_address(self, record):
        return {"billing_address": self._mapped("hub.bench.address", record["billing_address"])}

    @mapping
    def shipping_address(self, record):
        return {"shipping_address": self._mapped("hub.bench.address", record["shipping_address"])}

    def _mapped(self, model, record):
        return self.component(usage="import.mapper", model_name=model).map_record(record).values(**self.options)


class OrderMapperByHand(Component):
    _name = "hub.bench.order.mapper.by.hand"
    _inherit = "hub.bench.order.mapper"
    _usage = "import.mapper.by.hand"

    def _mapped(self, model, record):
        return self._customer(record) if model == "hub.bench.customer" else self._address(record)

    def _customer(self, found):
        first, last = found.get("first_name"), found.get("last_name")
        return {
            "id": gid("Customer", found.get("id")),
            "first_name": first,
            "last_name": last,
            "name": " ".join(part for part in (first, last) if part) or None,
            "email": mail(found.get("email")),
            "updated_at": instant(found.get("updated_at")),
            "total_spent": money(found.get("total_spent")),
        }

    def _address(self, found):
        street, country = found.get("address1"), found.get("country_code")
        return {
            "name": found.get("name"),
            "company": found.get("company"),
            "street": street and street.strip(),
            "street2": found.get("address2"),
            "city": found.get("city"),
            "zip": found.get("zip"),
            "state_code": found.get("province_code"),
            "country_code": country and country.upper(),
            "phone": found.get("phone"),
        }
