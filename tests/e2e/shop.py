# Part of Integration Hub. License LGPL-3.0 or later.
"""The shop's side, written from Shopify's documentation and not with the hub's own code."""

import base64
import hashlib
import hmac
import json
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from estate import Estate

ORDER = [
    "client_order_ref", "state", "date_order", "currency_id", "amount_untaxed", "amount_tax", "amount_total",
    "partner_id", "partner_invoice_id", "partner_shipping_id", "origin", "note", "order_line", "write_date",
]  # fmt: skip
LINE = ["name", "product_id", "product_uom_qty", "price_unit", "discount", "tax_ids", "price_subtotal", "price_total"]


def delivery(order: dict[str, Any], secret: str, topic: str = "orders/create") -> tuple[bytes, dict[str, str]]:
    """Body and headers of a webhook: HMAC-SHA256 over the raw body, base64 (shopify.dev, *Webhooks*)."""
    body = json.dumps(order).encode()
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return body, {
        "Content-Type": "application/json",
        "X-Shopify-Topic": topic,
        "X-Shopify-Shop-Domain": "larkfield-outfitters.myshopify.com",
        "X-Shopify-Webhook-Id": str(uuid.uuid4()),
        "X-Shopify-Event-Id": str(uuid.uuid4()),
        "X-Shopify-Hmac-Sha256": base64.b64encode(digest).decode(),
    }


def linked(estate: Estate, gid: str, model: str) -> int:
    """The record that one of the shop's ids is linked with."""
    domain = [("system_id", "=", estate.shop), ("external_id", "=", gid), ("res_model", "=", model)]
    return estate.admin.one("integration.binding", domain, ["res_id"])["res_id"]


def sale_order(estate: Estate, order: dict[str, Any]) -> dict[str, Any]:
    """The only sales order of a shop's order, whose link says so too."""
    found = estate.admin.one("sale.order", [("client_order_ref", "=", order["name"])], ORDER)
    assert linked(estate, order["admin_graphql_api_id"], "sale.order") == found["id"]
    return found


def money(amount: float | str) -> Decimal:
    """An amount to the cent, from what Odoo or the shop says."""
    return round(Decimal(str(amount)), 2)


def compare(estate: Estate, order: dict[str, Any]) -> dict[str, Any]:
    """Compares everything that the shop says of an order with the sales order; returns that."""
    found = sale_order(estate, order)
    assert money(found["amount_total"]) == money(order["total_price"])
    assert money(found["amount_untaxed"]) == money(found["amount_total"]) - money(found["amount_tax"])
    assert found["currency_id"][1] == order["currency"]
    moment = datetime.fromisoformat(order["processed_at"]).astimezone(UTC)
    assert found["date_order"] == f"{moment:%Y-%m-%d %H:%M:%S}"
    assert order["name"] in found["origin"]
    assert found["state"] == ("sale" if order["financial_status"] == "paid" else "draft")
    assert order["note"] is None or order["note"] in found["note"]
    _compare_people(estate, order, found)
    lines = estate.admin.call("sale.order.line", "read", found["order_line"], LINE)
    rest = _compare_items(estate, order, lines)
    rest = _compare_shipping(estate, order, rest)
    _compare_rounding(order, found, rest)
    return found


def _compare_people(estate: Estate, order: dict[str, Any], found: dict[str, Any]) -> None:
    customer = order["customer"]
    assert found["partner_id"][0] == linked(estate, customer["admin_graphql_api_id"], "res.partner")
    partner = estate.admin.read("res.partner", found["partner_id"][0], ["name", "email", "phone", "is_company"])
    assert partner["name"] == f"{customer['first_name']} {customer['last_name']}"
    assert partner["email"] == customer["email"]
    assert not partner["is_company"]
    for name, field in (("billing_address", "partner_invoice_id"), ("shipping_address", "partner_shipping_id")):
        address = order[name]
        if address:
            record = estate.admin.read("res.partner", found[field][0], ["street", "city", "zip", "country_code"])
            record.pop("id")
            assert record == {
                "street": address["address1"] or False,
                "city": address["city"] or False,
                "zip": address["zip"] or False,
                "country_code": address["country_code"],
            }


def _compare_items(estate: Estate, order: dict[str, Any], lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rest = list(lines)
    for item in order["line_items"]:
        product = linked(estate, f"gid://shopify/ProductVariant/{item['variant_id']}", "product.product")
        assert estate.admin.read("product.product", product, ["default_code"])["default_code"] == item["sku"]
        discounts = [line for line in rest if line["name"] == f"Discount: {item['name']}"]
        own = [line for line in rest if line["product_id"][0] == product] + discounts
        first = own[0]
        assert first["name"] == item["name"]
        assert first["product_uom_qty"] == item["quantity"]
        assert money(first["price_unit"]) == money(item["price"])
        discount = sum((money(one["amount"]) for one in item["discount_allocations"]), Decimal(0))
        net = money(item["price"]) * item["quantity"] - discount
        assert _net(order, own) == net
        _compare_taxes(estate, order, item, own)
        rest = [line for line in rest if line not in own]
    return rest


def _compare_shipping(estate: Estate, order: dict[str, Any], lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rest = list(lines)
    for shipping in order["shipping_lines"]:
        (own,) = [line for line in rest if line["name"] == shipping["title"]]
        assert estate.admin.read("product.product", own["product_id"][0], ["type"])["type"] == "service"
        assert _net(order, [own]) == money(shipping["price"])
        _compare_taxes(estate, order, shipping, [own])
        rest.remove(own)
    return rest


def _compare_rounding(order: dict[str, Any], found: dict[str, Any], rest: list[dict[str, Any]]) -> None:
    """Taxes are the shop's; where Odoo rounds their sum and the shop each line, one more line has the cents between."""
    cents = money(order["total_tax"]) - money(found["amount_tax"])
    taxed = len(order["line_items"]) + len(order["shipping_lines"])
    assert abs(cents) < Decimal("0.01") * taxed
    assert [(line["tax_ids"], money(line["price_total"])) for line in rest] == ([([], cents)] if cents else [])


def _net(order: dict[str, Any], lines: list[dict[str, Any]]) -> Decimal:
    field = "price_total" if order["taxes_included"] else "price_subtotal"
    return sum((money(line[field]) for line in lines), Decimal(0))


def _compare_taxes(estate: Estate, order: dict[str, Any], item: dict[str, Any], lines: list[dict[str, Any]]) -> None:
    rates = sorted(money(100 * line["rate"]) for line in item["tax_lines"])
    amount = sum((money(line["price"]) for line in item["tax_lines"]), Decimal(0))
    for line in lines:
        taxes = estate.admin.call("account.tax", "read", line["tax_ids"], ["amount", "price_include", "type_tax_use"])
        assert sorted(money(tax["amount"]) for tax in taxes) == rates
        assert all(tax["price_include"] == order["taxes_included"] and tax["type_tax_use"] == "sale" for tax in taxes)
    assert sum((money(line["price_total"]) - money(line["price_subtotal"]) for line in lines), Decimal(0)) == amount
