# Part of Integration Hub. License LGPL-3.0 or later.
"""REST resources seen as GraphQL objects. Nothing is stored twice; what a resource lacks is null or empty."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from .connections import connection
from .money import rounded
from .search import tags
from .shared import epoch, gid

Doc = Mapping[str, Any]


def utc(moment: str | None) -> str | None:
    """A moment as GraphQL writes it: to the second, in UTC."""
    return datetime.fromtimestamp(epoch(moment), UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def money(amount: Any, currency: str) -> dict[str, Any]:
    """MoneyV2. GraphQL leaves out needless zeros but keeps one decimal, as `19.9` and `20.0` show."""
    value = Decimal(str(amount if amount is not None else 0)).normalize()
    text = f"{value:f}"
    return {"__typename": "MoneyV2", "amount": text if "." in text else f"{text}.0", "currencyCode": currency}


def bag(amount: Any, currency: str, given: Doc | None = None) -> dict[str, Any]:
    """MoneyBag, from a REST money set where there is one."""
    shop = (given or {}).get("shop_money") or {"amount": amount, "currency_code": currency}
    presentment = (given or {}).get("presentment_money") or shop
    return {
        "shopMoney": money(shop["amount"], shop["currency_code"]),
        "presentmentMoney": money(presentment["amount"], presentment["currency_code"]),
    }


def address(doc: Doc | None) -> dict[str, Any] | None:
    """MailingAddress."""
    if not doc:
        return None
    lines = [doc.get("address1"), doc.get("address2"), doc.get("city"), doc.get("province_code"), doc.get("zip")]
    return {
        "__typename": "MailingAddress",
        "id": gid("MailingAddress", doc.get("id", 0)) + "?model_name=Address",
        "firstName": doc.get("first_name"),
        "lastName": doc.get("last_name"),
        "name": doc.get("name"),
        "company": doc.get("company"),
        "address1": doc.get("address1"),
        "address2": doc.get("address2"),
        "city": doc.get("city"),
        "province": doc.get("province"),
        "provinceCode": doc.get("province_code"),
        "zip": doc.get("zip"),
        "country": doc.get("country"),
        "countryCodeV2": doc.get("country_code"),
        "phone": doc.get("phone"),
        "formatted": [str(line) for line in [*lines, doc.get("country")] if line],
    }


def connected(items: list[Any], node: Callable[[Any], Any]) -> Callable[..., dict[str, Any]]:
    """A connection field over items whose order is their position."""

    def resolve(_info: Any, **arguments: Any) -> dict[str, Any]:
        return connection(list(enumerate(items)), lambda pair: node(pair[1]), lambda pair: (pair[0],), **arguments)

    return resolve


class Views:
    """The views; `find(kind, id)` looks a resource up, `allow(scope, field)` raises where the app lacks a scope."""

    def __init__(self, find: Callable[[str, Any], Doc | None], allow: Callable[[str, str], None]) -> None:
        self._find = find
        self._allow = allow

    def customer(self, doc: Doc | None) -> dict[str, Any] | None:
        """Customer."""
        if not doc:
            return None
        email, phone = doc.get("email"), doc.get("phone")
        consent = (doc.get("email_marketing_consent") or {}).get("state", "not_subscribed").upper()
        places = doc.get("addresses") or []
        last = doc.get("last_order_id")
        name = " ".join(part for part in (doc.get("first_name"), doc.get("last_name")) if part)
        return {
            "__typename": "Customer",
            "id": gid("Customer", doc["id"]),
            "legacyResourceId": str(doc["id"]),
            "firstName": doc.get("first_name"),
            "lastName": doc.get("last_name"),
            "displayName": name or email or phone or "",
            "email": email,
            "phone": phone,
            "defaultEmailAddress": {"emailAddress": email, "marketingState": consent} if email else None,
            "defaultPhoneNumber": {"phoneNumber": phone} if phone else None,
            "note": doc.get("note"),
            "tags": tags(doc),
            "locale": "en",
            "state": str(doc.get("state") or "disabled").upper(),
            "taxExempt": bool(doc.get("tax_exempt")),
            "verifiedEmail": bool(doc.get("verified_email")),
            "createdAt": utc(doc.get("created_at")),
            "updatedAt": utc(doc.get("updated_at")),
            "numberOfOrders": str(doc.get("orders_count") or 0),
            "amountSpent": money(doc.get("total_spent"), doc.get("currency") or "USD"),
            "defaultAddress": address(doc.get("default_address")),
            "addresses": lambda _info, first=None: [address(place) for place in places][:first],
            "addressesV2": connected(list(places), address),
            "lastOrder": lambda _info: self.order(self._find("order", last)) if last else None,
        }

    def product(self, doc: Doc | None) -> dict[str, Any] | None:
        """Product."""
        if not doc:
            return None
        variants = list(doc.get("variants") or [])
        html = doc.get("body_html") or ""
        plain = re.sub(r"<[^>]+>", "", html)
        options = [
            {
                "__typename": "ProductOption",
                "id": gid("ProductOption", option.get("id", 0)),
                "name": option["name"],
                "position": option.get("position") or index,
                "values": option.get("values") or [v["option1"] for v in variants if v.get("option1")],
            }
            for index, option in enumerate(doc.get("options") or [], start=1)
        ]
        return {
            "__typename": "Product",
            "id": gid("Product", doc["id"]),
            "legacyResourceId": str(doc["id"]),
            "title": doc.get("title") or "",
            "handle": doc.get("handle") or "",
            "description": lambda _info, truncateAt=None: plain[:truncateAt],  # noqa: N803 (the schema's name)
            "descriptionHtml": html,
            "vendor": doc.get("vendor") or "",
            "productType": doc.get("product_type") or "",
            "status": str(doc.get("status") or "active").upper(),
            "tags": tags(doc),
            "createdAt": utc(doc.get("created_at")),
            "updatedAt": utc(doc.get("updated_at")),
            "publishedAt": utc(doc.get("published_at")),
            "totalInventory": sum(variant.get("inventory_quantity") or 0 for variant in variants),
            "hasOnlyDefaultVariant": len(variants) == 1 and variants[0].get("title") == "Default Title",
            "options": lambda _info, first=None: options[:first],
            "variants": connected(variants, lambda variant: self.variant(variant, doc)),
            "variantsCount": {"count": len(variants), "precision": "EXACT"},
        }

    def variant(self, doc: Doc | None, product: Doc) -> dict[str, Any] | None:
        """ProductVariant."""
        if not doc:
            return None
        names = [option["name"] for option in product.get("options") or []]
        chosen = [doc.get(f"option{number}") for number in (1, 2, 3)]
        title = doc.get("title") or ""
        return {
            "__typename": "ProductVariant",
            "id": gid("ProductVariant", doc["id"]),
            "legacyResourceId": str(doc["id"]),
            "title": title,
            "displayName": f"{product.get('title')} - {title}",
            "sku": doc.get("sku"),
            "barcode": doc.get("barcode"),
            "price": doc.get("price") or "0.00",
            "compareAtPrice": doc.get("compare_at_price"),
            "position": doc.get("position") or 1,
            "taxable": bool(doc.get("taxable", True)),
            "availableForSale": True,
            "inventoryQuantity": doc.get("inventory_quantity"),
            "selectedOptions": [
                {"name": name, "value": value} for name, value in zip(names, chosen, strict=False) if value
            ],
            "inventoryItem": {
                "__typename": "InventoryItem",
                "id": gid("InventoryItem", doc.get("inventory_item_id") or doc["id"]),
                "sku": doc.get("sku"),
                "tracked": doc.get("inventory_management") == "shopify",
                "requiresShipping": bool(doc.get("requires_shipping", True)),
                "measurement": {"weight": {"unit": "KILOGRAMS", "value": (doc.get("grams") or 0) / 1000}},
            },
            "product": lambda _info: self.product(product),
            "createdAt": utc(doc.get("created_at")),
            "updatedAt": utc(doc.get("updated_at")),
        }

    def find_variant(self, product_id: Any, variant_id: Any) -> dict[str, Any] | None:
        """The variant of a product, or None."""
        product = self._find("product", product_id)
        found = [v for v in (product or {}).get("variants", []) if v["id"] == variant_id]
        return self.variant(found[0], product) if product and found else None

    def tax(self, doc: Doc, currency: str) -> dict[str, Any]:
        """TaxLine."""
        rate = doc.get("rate")
        return {
            "title": doc.get("title") or "",
            "rate": rate,
            "ratePercentage": float(Decimal(str(rate)) * 100) if rate is not None else None,
            "priceSet": bag(doc.get("price"), currency, doc.get("price_set")),
            "channelLiable": doc.get("channel_liable"),
            "source": None,
        }

    def discount(self, doc: Doc, index: int, currency: str) -> dict[str, Any]:
        """DiscountApplication."""
        value = doc.get("value") or "0"
        percentage = {"__typename": "PricingPercentageValue", "percentage": float(value)}
        code = doc.get("type") == "discount_code"
        return {
            "__typename": "DiscountCodeApplication" if code else "ManualDiscountApplication",
            "code": doc.get("code"),
            "title": doc.get("title") or "",
            "description": doc.get("description"),
            "index": index,
            "allocationMethod": str(doc.get("allocation_method") or "across").upper(),
            "targetSelection": str(doc.get("target_selection") or "all").upper(),
            "targetType": str(doc.get("target_type") or "line_item").upper(),
            "value": percentage if doc.get("value_type") == "percentage" else money(value, currency),
        }

    def allocation(self, doc: Doc, order: Doc) -> dict[str, Any]:
        """DiscountAllocation."""
        currency, index = order["currency"], doc.get("discount_application_index") or 0
        applications = order.get("discount_applications") or [{}]
        return {
            "allocatedAmountSet": bag(doc.get("amount"), currency, doc.get("amount_set")),
            "discountApplication": self.discount(applications[min(index, len(applications) - 1)], index, currency),
        }

    def line(self, doc: Doc, order: Doc) -> dict[str, Any]:
        """LineItem."""
        currency, quantity = order["currency"], doc["quantity"]
        unit = Decimal(doc["price"])
        allocations = doc.get("discount_allocations") or []
        off = sum((Decimal(part["amount"]) for part in allocations), Decimal(0)) or Decimal(
            doc.get("total_discount") or 0
        )
        product, variant = doc.get("product_id"), doc.get("variant_id")
        net = unit * quantity - off
        return {
            "__typename": "LineItem",
            "id": gid("LineItem", doc["id"]),
            "name": doc.get("name") or doc.get("title") or "",
            "title": doc.get("title") or "",
            "variantTitle": doc.get("variant_title"),
            "sku": doc.get("sku"),
            "vendor": doc.get("vendor"),
            "quantity": quantity,
            "currentQuantity": doc.get("current_quantity", quantity),
            "unfulfilledQuantity": doc.get("fulfillable_quantity", quantity),
            "taxable": bool(doc.get("taxable", True)),
            "requiresShipping": bool(doc.get("requires_shipping", True)),
            "isGiftCard": bool(doc.get("gift_card")),
            "customAttributes": attributes(doc.get("properties")),
            "originalUnitPriceSet": bag(unit, currency, doc.get("price_set")),
            "discountedUnitPriceSet": bag(unit, currency),
            "discountedUnitPriceAfterAllDiscountsSet": bag(rounded(net / max(quantity, 1), currency), currency),
            "originalTotalSet": bag(unit * quantity, currency),
            "discountedTotalSet": (
                lambda _info, withCodeDiscounts=False: bag(net if withCodeDiscounts else unit * quantity, currency)  # noqa: N803
            ),
            "totalDiscountSet": bag(doc.get("total_discount"), currency, doc.get("total_discount_set")),
            "discountAllocations": [self.allocation(part, order) for part in allocations],
            "taxLines": lambda _info, first=None: [self.tax(t, currency) for t in doc.get("tax_lines") or []][:first],
            "product": lambda _info: self.product(self._find("product", product)) if product else None,
            "variant": lambda _info: self.find_variant(product, variant) if variant else None,
        }

    def shipping(self, doc: Doc, order: Doc) -> dict[str, Any]:
        """ShippingLine."""
        currency, price = order["currency"], doc.get("price")
        discounted = doc.get("discounted_price", price)
        return {
            "id": gid("ShippingLine", doc["id"]) if "id" in doc else None,
            "title": doc.get("title") or "",
            "code": doc.get("code"),
            "source": doc.get("source"),
            "carrierIdentifier": doc.get("carrier_identifier"),
            "phone": doc.get("phone"),
            "custom": False,
            "isRemoved": bool(doc.get("is_removed")),
            "originalPriceSet": bag(price, currency, doc.get("price_set")),
            "discountedPriceSet": bag(discounted, currency, doc.get("discounted_price_set")),
            "currentDiscountedPriceSet": bag(discounted, currency, doc.get("current_discounted_price_set")),
            "taxLines": [self.tax(tax, currency) for tax in doc.get("tax_lines") or []],
            "discountAllocations": [self.allocation(part, order) for part in doc.get("discount_allocations") or []],
        }

    def order(self, doc: Doc | None) -> dict[str, Any] | None:
        """Order."""
        if not doc:
            return None
        currency = doc["currency"]
        lines, shipping = list(doc.get("line_items") or []), list(doc.get("shipping_lines") or [])
        applications = list(enumerate(doc.get("discount_applications") or []))
        codes = [code["code"] for code in doc.get("discount_codes") or []]
        freight = sum((Decimal(line["price"]) for line in shipping), Decimal(0))

        def total(name: str, current: bool = False) -> dict[str, Any]:
            prefix = "current_" if current and f"current_{name}" in doc else ""
            return bag(doc.get(f"{prefix}{name}"), currency, doc.get(f"{prefix}{name}_set"))

        def customer(_info: Any) -> dict[str, Any] | None:
            self._allow("read_customers", "customer")
            inside = doc.get("customer")
            return self.customer(self._find("customer", inside["id"]) or inside) if inside else None

        return {
            "__typename": "Order",
            "id": gid("Order", doc["id"]),
            "legacyResourceId": str(doc["id"]),
            "name": doc.get("name"),
            "number": doc.get("order_number") or doc.get("number") or 0,
            "email": doc.get("email"),
            "phone": doc.get("phone"),
            "note": doc.get("note"),
            "tags": tags(doc),
            "poNumber": doc.get("po_number"),
            "test": bool(doc.get("test")),
            "confirmed": bool(doc.get("confirmed")),
            "closed": bool(doc.get("closed_at")),
            "createdAt": utc(doc.get("created_at")),
            "processedAt": utc(doc.get("processed_at") or doc.get("created_at")),
            "updatedAt": utc(doc.get("updated_at")),
            "cancelledAt": utc(doc.get("cancelled_at")),
            "closedAt": utc(doc.get("closed_at")),
            "cancelReason": str(doc["cancel_reason"]).upper() if doc.get("cancel_reason") else None,
            "currencyCode": currency,
            "presentmentCurrencyCode": doc.get("presentment_currency") or currency,
            "taxesIncluded": bool(doc.get("taxes_included")),
            "displayFinancialStatus": str(doc["financial_status"]).upper() if doc.get("financial_status") else None,
            "displayFulfillmentStatus": _fulfillment(doc.get("fulfillment_status")),
            "sourceName": doc.get("source_name"),
            "statusPageUrl": doc.get("order_status_url") or "",
            "customerLocale": doc.get("customer_locale"),
            "paymentGatewayNames": doc.get("payment_gateway_names") or [],
            "customAttributes": attributes(doc.get("note_attributes")),
            "discountCode": codes[0] if codes else None,
            "discountCodes": codes,
            "discountApplications": connected(applications, lambda pair: self.discount(pair[1], pair[0], currency)),
            "customer": customer,
            "billingAddress": address(doc.get("billing_address")),
            "shippingAddress": address(doc.get("shipping_address")),
            "lineItems": connected(lines, lambda line: self.line(line, doc)),
            "shippingLine": self.shipping(shipping[0], doc) if shipping else None,
            "shippingLines": connected(shipping, lambda line: self.shipping(line, doc)),
            "taxLines": [self.tax(tax, currency) for tax in doc.get("tax_lines") or []],
            "subtotalLineItemsQuantity": sum(line["quantity"] for line in lines),
            "subtotalPriceSet": total("subtotal_price"),
            "totalPriceSet": total("total_price"),
            "totalTaxSet": total("total_tax"),
            "totalDiscountsSet": total("total_discounts"),
            "totalShippingPriceSet": bag(freight, currency, doc.get("total_shipping_price_set")),
            "totalRefundedSet": bag("0", currency),
            "currentSubtotalPriceSet": total("subtotal_price", True),
            "currentTotalPriceSet": total("total_price", True),
            "currentTotalTaxSet": total("total_tax", True),
            "currentTotalDiscountsSet": total("total_discounts", True),
            "currentShippingPriceSet": bag(freight, currency, doc.get("total_shipping_price_set")),
        }


def attributes(pairs: Any) -> list[dict[str, Any]]:
    """Attribute values from REST's {name, value} pairs."""
    return [{"key": pair["name"], "value": pair.get("value")} for pair in pairs or []]


def _fulfillment(status: str | None) -> str:
    return {"fulfilled": "FULFILLED", "partial": "PARTIALLY_FULFILLED", "restocked": "RESTOCKED"}.get(
        status or "", "UNFULFILLED"
    )
