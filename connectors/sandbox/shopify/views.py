# Part of Integration Hub. License LGPL-3.0 or later.
"""Customers and products seen as GraphQL objects. Nothing is stored twice; what a resource lacks is null or empty."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .parts import Doc, address, connected, money, utc
from .search import tags
from .shared import gid


class Views:
    """The views; `find(kind, id)` looks a resource up, `allow(scope, field)` raises where the app lacks a scope."""

    def __init__(self, find: Callable[[str, Any], Doc | None], allow: Callable[[str, str], None]) -> None:
        self._find = find
        self._allow = allow
        self._last_order: Callable[[Any], Any] = lambda number: None
        self.levels: Callable[[Doc, dict[str, Any]], Any] = lambda variant, page: None

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
            "lastOrder": lambda _info: self._last_order(last) if last else None,
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
                "createdAt": utc(doc.get("created_at")),
                "updatedAt": utc(doc.get("updated_at")),
                "inventoryLevels": lambda _info, **page: self.levels(doc, page),
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
