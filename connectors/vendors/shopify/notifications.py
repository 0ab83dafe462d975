# Part of Integration Hub. License LGPL-3.0 or later.
"""Shopify's webhook: one resource, its topic and delivery in the headers.

Source: https://shopify.dev/docs/apps/build/webhooks/delivery-structure
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ... import moments
from ...connector import Notification
from ...errors import DocumentError
from .catalogue import OBJECTS, TOPICS

MERGE = "customers/merge"
MOST_VARIANTS = 100
"""What a webhook holds of a product's: it may have 2048. https://shopify.dev/changelog, 2025-10-15"""


def parse(headers: Mapping[str, str], document: Any) -> list[Notification]:
    """What the webhook tells. Raises DocumentError when headers or body have another shape.

    X-Shopify-Webhook-Id names the delivery and stays the same when it is repeated; X-Shopify-Event-Id would not do,
    several webhooks of one action share it.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    topic = lowered.get("x-shopify-topic", "")
    if not topic:
        raise DocumentError("The header X-Shopify-Topic is missing.", code="missing-topic")
    if not isinstance(document, dict):
        raise DocumentError("The body of a Shopify webhook is not a JSON object.", code="unexpected-shape")
    dedupe_key = lowered.get("x-shopify-webhook-id") or None
    if topic == MERGE:
        return _merge(document, dedupe_key)
    object_type = TOPICS.get(topic, "")
    external_id = gid(object_type, document.get("id")) if object_type else ""
    changed = document.get("updated_at") or None if object_type else None
    triggered = lowered.get("x-shopify-triggered-at") or changed
    return [
        Notification(
            topic=topic,
            object_type=object_type,
            external_id=external_id,
            partition_key=f"{object_type}:{external_id}" if object_type else f"topic:{topic}",
            payload=document,
            complete=not (_is_cut(document) or (object_type == "order" and _gives_back_in_another_currency(document))),
            dedupe_key=dedupe_key,
            version=moments.normal(changed) if changed else None,
            occurred_at=moments.normal(triggered) if triggered else None,
            deleted=bool(object_type) and topic.endswith("/delete"),
        )
    ]


def _is_cut(document: dict[str, Any]) -> bool:
    """Whether a product may have more variants than its webhook holds: it names them all in `variant_gids`."""
    variants, named = document.get("variants"), document.get("variant_gids")
    if not isinstance(variants, list):
        return False
    return len(variants) >= MOST_VARIANTS or (isinstance(named, list) and len(named) > len(variants))


def _merge(document: dict[str, Any], dedupe_key: str | None) -> list[Notification]:
    """The id of one leads to the other, which has changed. A merge that failed is no news."""
    if document.get("status") == "failed":
        topic = f"{MERGE} failed"  # which no flow takes
        return [Notification(topic, "", "", f"topic:{topic}", document, complete=True, dedupe_key=dedupe_key)]
    kept, gone = (gid("customer", document.get(f"admin_graphql_api_customer_{one}_id")) for one in ("kept", "deleted"))
    key = f"customer:{kept}"  # of both: whoever is kept is read when it is known who that is
    return [
        Notification(
            MERGE,
            "customer",
            gone,
            key,
            {**document, "merged_into": kept},
            complete=True,
            dedupe_key=dedupe_key and f"{dedupe_key}:merged",
            merged_into=kept,
        ),
        Notification(MERGE, "customer", kept, key, document, complete=False, dedupe_key=dedupe_key),
    ]


def _gives_back_in_another_currency(order: dict[str, Any]) -> bool:
    """Money is given back in what the customer saw, and a webhook says no other amount of it: the API says both.

    Source: https://shopify.dev/docs/api/admin-rest/latest/resources/transaction (`currency`)
    """
    money = (one for refund in _objects(order.get("refunds")) for one in _objects(refund.get("transactions")))
    return any(one.get("currency") not in (None, order.get("currency")) for one in money)


def _objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; of anything else none, for its contract refuses it."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def gid(object_type: str, identifier: Any) -> str:
    """`gid://shopify/Order/12` of 12, "12" or itself. Raises DocumentError, code invalid-identifier."""
    prefix = f"gid://shopify/{OBJECTS[object_type].title}/"
    number = identifier if isinstance(identifier, int) and not isinstance(identifier, bool) else None
    digits = str(number) if number is not None else str(identifier or "").removeprefix(prefix)
    if not (digits.isascii() and digits.isdigit()):
        raise DocumentError(f"The {object_type} has no Shopify id.", code="invalid-identifier")
    return prefix + digits
