# Part of Integration Hub. License LGPL-3.0 or later.
"""The shop's side of a webhook, written from Shopify's documentation and not with the hub's own code.

Sources: https://shopify.dev/docs/apps/build/webhooks/delivery-structure, https://shopify.dev/docs/api/admin-rest
(Customer, Order). Each message is a newer version of its object, and says so in `updated_at`.
"""

import base64
import hashlib
import hmac
import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from plan import Message, customer_of

DOMAIN = "larkfield-outfitters.myshopify.com"
BEGINNING = datetime(2025, 1, 1, tzinfo=UTC)
FIRST_ID = {"c": 7_300_000_000_000, "b": 7_300_000_000_000, "o": 6_300_000_000_000}


def delivery(message: Message, secret: str, run: str) -> tuple[bytes, dict[str, str]]:
    """Body and headers, the same at each delivery of the message: HMAC-SHA256 over the raw body, base64."""
    kind = "orders" if message.key.startswith("o") else "customers"
    topic = f"{kind}/{'create' if message.sequence == 1 else 'updated' if kind == 'orders' else 'update'}"
    document = order(message) if kind == "orders" else customer(message.key, message.sequence, message.mark)
    body = json.dumps(document).encode()
    identity = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{run}/{message.number}"))
    return body, {
        "Content-Type": "application/json",
        "X-Shopify-Topic": topic,
        "X-Shopify-Shop-Domain": DOMAIN,
        "X-Shopify-API-Version": "2025-10",
        "X-Shopify-Webhook-Id": identity,
        "X-Shopify-Event-Id": str(uuid.uuid5(uuid.NAMESPACE_URL, identity)),
        "X-Shopify-Triggered-At": document["updated_at"],
        "X-Shopify-Hmac-Sha256": base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode(),
    }


def email(key: str) -> str:
    """The address of whoever a key is about; those at `crm.` are sent on to the CRM."""
    return f"{key}@{'crm.' if key[0] in 'bp' else ''}chaos.example"


def customer(key: str, sequence: int, phone: str | None) -> dict[str, Any]:
    """A customer's REST resource; its phone number carries the message's mark."""
    number = FIRST_ID[key[0]] + int(key[1:])
    moment = BEGINNING + timedelta(minutes=sequence)
    return {
        "id": number,
        "admin_graphql_api_id": f"gid://shopify/Customer/{number}",
        "created_at": BEGINNING.isoformat(),
        "updated_at": moment.isoformat(),
        "first_name": "Chaos",
        "last_name": key.upper(),
        "state": "disabled",
        "note": None,
        "verified_email": True,
        "tax_exempt": False,
        "email": email(key),
        "phone": phone,
        "currency": "USD",
        "tags": "",
        "addresses": [],
    }


def order(message: Message) -> dict[str, Any]:
    """An order's REST resource, of one line and no tax; its note carries the message's mark."""
    number = FIRST_ID["o"] + int(message.key[1:])
    buyer = customer_of(message.key)
    moment = (BEGINNING + timedelta(minutes=message.sequence)).isoformat()
    money = {"amount": "40.00", "currency_code": "USD"}
    none = {"amount": "0.00", "currency_code": "USD"}
    line = {
        "id": number * 10 + 1,
        "admin_graphql_api_id": f"gid://shopify/LineItem/{number * 10 + 1}",
        "product_id": 8_300_000_000_001,
        "variant_id": 9_300_000_000_001,
        "sku": "CHAOS-1",
        "name": "Chaos kit",
        "title": "Chaos kit",
        "variant_title": None,
        "quantity": 2,
        "current_quantity": 2,
        "price": "20.00",
        "price_set": {"shop_money": {**money, "amount": "20.00"}, "presentment_money": {**money, "amount": "20.00"}},
        "total_discount": "0.00",
        "discount_allocations": [],
        "tax_lines": [],
        "taxable": False,
        "requires_shipping": True,
        "gift_card": False,
        "grams": 100,
        "vendor": "Larkfield",
        "fulfillment_service": "manual",
        "fulfillment_status": None,
        "product_exists": True,
        "properties": [],
    }
    totals = {
        f"{name}_set": {"shop_money": value, "presentment_money": value}
        for name, value in {"subtotal_price": money, "total_price": money, "total_tax": none, "total_discounts": none,
                            "total_line_items_price": money, "total_shipping_price": none}.items()
    }  # fmt: skip
    return {
        "id": number,
        "admin_graphql_api_id": f"gid://shopify/Order/{number}",
        "name": f"#{message.key}",
        "order_number": int(message.key[1:]),
        "created_at": BEGINNING.isoformat(),
        "processed_at": BEGINNING.isoformat(),
        "updated_at": moment,
        "cancelled_at": None,
        "cancel_reason": None,
        "currency": "USD",
        "presentment_currency": "USD",
        "taxes_included": False,
        "tax_lines": [],
        "financial_status": "paid",
        "fulfillment_status": None,
        "note": message.mark,
        "tags": "",
        "email": email(buyer),
        "contact_email": email(buyer),
        "phone": None,
        "source_name": "web",
        "test": False,
        "discount_codes": [],
        "subtotal_price": "40.00",
        "total_price": "40.00",
        "total_tax": "0.00",
        "total_discounts": "0.00",
        "total_line_items_price": "40.00",
        **totals,
        "customer": customer(buyer, 0, None),
        "billing_address": None,
        "shipping_address": None,
        "line_items": [line],
        "shipping_lines": [],
    }
