# Part of Integration Hub. License LGPL-3.0 or later.
"""Shopify's webhooks: one event a message. Source: shopify.dev, *Webhooks: headers, retries*."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from ..core.webhooks import Event
from ..settings import ShopifySettings
from .shared import VERSION


class ShopifyWebhooks:
    """The format; a retry is the same message again, with the same ids and the same time."""

    vendor = "shopify"
    scheme = "shopify"
    batch_limit = 1
    batch_window = 0.0

    def __init__(self, settings: ShopifySettings) -> None:
        self._settings = settings

    @property
    def retry_delays(self) -> Sequence[float]:
        """Seconds before each of the (at most eight) retries."""
        return self._settings.retry_delays

    def render(self, events: Sequence[Event], delivery_id: str, attempt: int) -> tuple[bytes, dict[str, str]]:
        """The resource as JSON, and the X-Shopify-* headers."""
        event = events[0]
        triggered = datetime.fromtimestamp(event.occurred_at, UTC).isoformat(timespec="microseconds")
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Shopify-Captain-Hook",
            "X-Shopify-Topic": event.topic,
            "X-Shopify-Shop-Domain": self._settings.domain,
            "X-Shopify-API-Version": VERSION,
            "X-Shopify-Webhook-Id": delivery_id,
            "X-Shopify-Event-Id": event.id,
            "X-Shopify-Triggered-At": triggered.replace("+00:00", "Z"),
        }
        return json.dumps(event.payload, separators=(",", ":"), ensure_ascii=False).encode(), headers
