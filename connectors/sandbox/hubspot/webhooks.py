# Part of Integration Hub. License LGPL-3.0 or later.
"""HubSpot's webhooks: batches of notifications. Source: developers.hubspot.com, *Webhooks API*."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ..core.webhooks import Event
from ..settings import HubSpotSettings


class HubSpotWebhooks:
    """The format: up to a hundred notifications a message; each retry counts `attemptNumber` up and is signed anew."""

    vendor = "hubspot"
    scheme = "hubspot"
    batch_limit = 100

    def __init__(self, settings: HubSpotSettings) -> None:
        self._settings = settings

    @property
    def batch_window(self) -> float:
        """Seconds to wait for more notifications."""
        return self._settings.batch_window

    @property
    def retry_delays(self) -> Sequence[float]:
        """Seconds before each of the (at most ten) retries."""
        return self._settings.retry_delays

    def render(self, events: Sequence[Event], delivery_id: str, attempt: int) -> tuple[bytes, dict[str, str]]:
        """The notifications as a JSON array; a single payload that is an array itself is sent as it is."""
        notifications: list[object] = []
        for event in events:
            payloads = event.payload if isinstance(event.payload, list) else [event.payload]
            notifications += [{**one, "attemptNumber": attempt} if isinstance(one, dict) else one for one in payloads]
        body = json.dumps(notifications, separators=(",", ":"), ensure_ascii=False).encode()
        return body, {"Content-Type": "application/json", "User-Agent": "HubSpot Connect 2.0"}
