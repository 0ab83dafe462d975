# Part of Integration Hub. License LGPL-3.0 or later.
"""A GraphQL node rewritten as the REST resource that Shopify's webhooks carry, so that one mapping serves both.

Only names and shapes change, no value. Amounts are in the shop's currency, as in the webhook's plain fields.
Sources: https://shopify.dev/docs/api/admin-graphql/2025-10/objects/Order (Customer, Product) and
https://shopify.dev/docs/api/webhooks (the payload samples of each topic).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...errors import BadResponse
from . import order_parts
from .money import amount
from .order_parts import Node, numeric_id
from .order_parts import shop_amount as _amount

GRAMS = {"GRAMS": 1.0, "KILOGRAMS": 1000.0, "OUNCES": 28.349523125, "POUNDS": 453.59237}


def _identity(node: Node) -> Node:
    return {"id": numeric_id(node["id"]), "admin_graphql_api_id": node["id"]}


def _lower(value: str | None) -> str | None:
    return value.lower() if value else value


def _taxes(node: Node) -> list[Node]:
    taxes = node["taxLines"] or ()
    return [{"title": tax["title"], "rate": tax["rate"], "price": _amount(tax["priceSet"])} for tax in taxes]


def _discounts(node: Node) -> list[Node]:
    return [{"amount": _amount(found["allocatedAmountSet"])} for found in node["discountAllocations"] or ()]


def _address(node: Node | None) -> Node | None:
    if node is None:
        return None
    return {
        "first_name": node["firstName"],
        "last_name": node["lastName"],
        "name": node["name"],
        "company": node["company"],
        "address1": node["address1"],
        "address2": node["address2"],
        "city": node["city"],
        "zip": node["zip"],
        "province": node["province"],
        "province_code": node["provinceCode"],
        "country": node["country"],
        "country_code": node["countryCodeV2"],
        "phone": node["phone"],
    }


def customer(node: Node) -> Node:
    """The resource of `customers/update` from a Customer node."""
    email, phone = node["defaultEmailAddress"], node["defaultPhoneNumber"]
    return {
        **_identity(node),
        "email": email and email["emailAddress"],
        "first_name": node["firstName"],
        "last_name": node["lastName"],
        "phone": phone and phone["phoneNumber"],
        "locale": node["locale"],
        "note": node["note"],
        "tags": ", ".join(node["tags"]),
        "created_at": node["createdAt"],
        "updated_at": node["updatedAt"],
        "default_address": _address(node["defaultAddress"]),
    }


def _line(node: Node) -> Node:
    product, variant = node["product"], node["variant"]
    return {
        **_identity(node),
        "product_id": product and numeric_id(product["id"]),
        "variant_id": variant and numeric_id(variant["id"]),
        "title": node["title"],
        "variant_title": node["variantTitle"],
        "name": node["name"],
        "sku": node["sku"],
        "vendor": node["vendor"],
        "quantity": node["quantity"],
        "current_quantity": node["currentQuantity"],
        "fulfillable_quantity": node["unfulfilledQuantity"],
        "requires_shipping": node["requiresShipping"],
        "gift_card": node["isGiftCard"],
        "price": _amount(node["originalUnitPriceSet"]),
        "discount_allocations": _discounts(node),
        "tax_lines": _taxes(node),
    }


def _shipping(node: Node) -> Node:
    return {
        "id": numeric_id(node["id"]) if node["id"] else None,
        "code": node["code"],
        "title": node["title"],
        "source": node["source"],
        "price": _amount(node["originalPriceSet"]),
        "discount_allocations": _discounts(node),
        "tax_lines": _taxes(node),
    }


def order(node: Node) -> Node:
    """The resource of `orders/updated` from an Order node."""
    return {
        **_identity(node),
        "name": node["name"],
        "created_at": node["createdAt"],
        "processed_at": node["processedAt"],
        "updated_at": node["updatedAt"],
        "cancelled_at": node["cancelledAt"],
        "cancel_reason": _lower(node["cancelReason"]),
        "financial_status": _lower(node["displayFinancialStatus"]),
        "currency": node["currencyCode"],
        "presentment_currency": node["presentmentCurrencyCode"],
        "payment_gateway_names": node["paymentGatewayNames"],
        "taxes_included": node["taxesIncluded"],
        "test": node["test"],
        "email": node["email"],
        "phone": node["phone"],
        "note": node["note"],
        "tags": ", ".join(node["tags"]),
        "customer": node["customer"] and customer(node["customer"]),
        "billing_address": _address(node["billingAddress"]),
        "shipping_address": _address(node["shippingAddress"]),
        "line_items": [_line(item) for item in node["lineItems"]["nodes"]],
        "shipping_lines": [_shipping(item) for item in node["shippingLines"]["nodes"]],
        "tax_lines": _taxes(node),
        "subtotal_price": _amount(node["subtotalPriceSet"]),
        "total_discounts": _amount(node["totalDiscountsSet"]),
        "total_shipping_price_set": {
            "shop_money": {"amount": _amount(node["totalShippingPriceSet"]), "currency_code": node["currencyCode"]}
        },
        "total_tax": _amount(node["totalTaxSet"]),
        "total_price": _amount(node["totalPriceSet"]),
        "total_price_set": {
            side: {"amount": amount(money["amount"], money["currencyCode"]), "currency_code": money["currencyCode"]}
            for side, money in (
                ("shop_money", node["totalPriceSet"]["shopMoney"]),
                ("presentment_money", node["totalPriceSet"]["presentmentMoney"]),
            )
        },
        "current_total_price": _amount(node["currentTotalPriceSet"]),
        "total_outstanding": _amount(node["totalOutstandingSet"]),
        "fulfillments": [order_parts.fulfillment(item) for item in node["fulfillments"]],
        "refunds": [order_parts.refund(item) for item in node["refunds"]],
    }


def _variant(node: Node) -> Node:
    measurement = (node["inventoryItem"] or {}).get("measurement")
    weight = (measurement or {}).get("weight")
    options = [option["value"] for option in node["selectedOptions"][:3]]
    return {
        **_identity(node),
        "title": node["title"],
        "position": node["position"],
        "sku": node["sku"],
        "barcode": node["barcode"],
        "price": node["price"],
        "taxable": node["taxable"],
        "updated_at": node["updatedAt"],
        **dict(zip(("option1", "option2", "option3"), [*options, None, None, None], strict=False)),
        "grams": round(weight["value"] * GRAMS[weight["unit"]]) if weight else None,
    }


def product(node: Node) -> Node:
    """The resource of `products/update` from a Product node."""
    return {
        **_identity(node),
        "title": node["title"],
        "handle": node["handle"],
        "body_html": node["descriptionHtml"],
        "product_type": node["productType"],
        "vendor": node["vendor"],
        "status": _lower(node["status"]),
        "tags": ", ".join(node["tags"]),
        "created_at": node["createdAt"],
        "updated_at": node["updatedAt"],
        "options": [{"name": option["name"], "position": option["position"]} for option in node["options"]],
        "variants": [_variant(item) for item in node["variants"]["nodes"]],
    }


def location(node: Node) -> Node:
    """The resource of `locations/update` from a Location node."""
    return {
        **_identity(node),
        "name": node["name"],
        "active": node["isActive"],
        "created_at": node["createdAt"],
        "updated_at": node["updatedAt"],
    }


BUILDERS: dict[str, Callable[[Node], Node]] = {
    "order": order, "customer": customer, "product": product, "location": location,
}  # fmt: skip


def build(object_type: str, node: Any) -> Node:
    """The webhook-shaped resource of a node. Raises BadResponse, code bad-node, when the node lacks a field."""
    try:
        return BUILDERS[object_type](node)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadResponse(
            f"Shopify's {object_type} does not have the shape of API version 2025-10 ({type(error).__name__}).",
            code="bad-node",
            hint="Check that the address is Shopify's own API.",
        ) from error
