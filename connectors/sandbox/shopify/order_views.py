# Part of Integration Hub. License LGPL-3.0 or later.
"""Orders seen as GraphQL objects."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from .history_views import HistoryViews
from .money import rounded
from .parts import Doc, address, attributes, bag, connected, money, utc
from .search import tags
from .shared import gid
from .views import Views


class OrderViews(Views):
    """The views of customers and products, and those of orders, which hold both."""

    def __init__(
        self,
        find: Callable[[str, Any], Doc | None],
        allow: Callable[[str, str], None],
        transactions: Callable[[Doc], list[dict[str, Any]]],
    ) -> None:
        super().__init__(find, allow)
        self._last_order = lambda number: self.order(find("order", number))
        self._happened = HistoryViews(self.line, transactions)

    def fulfillment(self, doc: Doc, order: Doc) -> dict[str, Any]:
        """Fulfillment."""
        return self._happened.fulfillment(doc, order)

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
            "totalRefundedSet": bag(self._happened.refunded(doc), currency),
            "totalReceivedSet": bag(self._happened.received(doc), currency),
            "netPaymentSet": bag(self._happened.received(doc) - self._happened.refunded(doc), currency),
            "totalOutstandingSet": bag(doc.get("total_outstanding"), currency),
            "transactions": lambda _info, first=None: self._happened.all_transactions(doc)[:first],
            "fulfillments": lambda _info, first=None: self._happened.fulfillments(doc)[:first],
            "refunds": lambda _info, first=None: self._happened.refunds(doc)[:first],
            "fulfillmentOrders": self._happened.fulfillment_orders(doc),
            "currentSubtotalPriceSet": total("subtotal_price", True),
            "currentTotalPriceSet": total("total_price", True),
            "currentTotalTaxSet": total("total_tax", True),
            "currentTotalDiscountsSet": total("total_discounts", True),
            "currentShippingPriceSet": bag(freight, currency, doc.get("total_shipping_price_set")),
        }


def _fulfillment(status: str | None) -> str:
    return {"fulfilled": "FULFILLED", "partial": "PARTIALLY_FULFILLED", "restocked": "RESTOCKED"}.get(
        status or "", "UNFULFILLED"
    )
