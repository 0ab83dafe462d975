# Part of Integration Hub. License LGPL-3.0 or later.
"""The webhooks of a description: which events a change makes, and how deliveries look on the wire."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ... import dotted
from ..core.webhooks import Event, Subscription
from .template import render

if TYPE_CHECKING:
    from .objects import Objects, Record
    from .vendor import DescribedVendor


class Events:
    """Makes events of changes (`events`) and deliveries of events (`body`, `headers`, `batch`, `retry_delays`)."""

    def __init__(self, vendor: DescribedVendor, described: Mapping[str, Any]) -> None:
        self._vendor = vendor
        self._described = described
        self.vendor = vendor.name
        self.scheme: str = described.get("scheme", "")
        self.options: Mapping[str, Any] | None = described.get("options")
        self.batch_limit: int = described.get("batch", {}).get("limit", 1)
        self.forgets_failing: bool = described.get("registered", {}).get("forgotten", False)

    @property
    def batch_window(self) -> float:
        """Seconds to wait for more events."""
        return float(self._setting(self._described.get("batch", {}).get("seconds", 0.0)))

    @property
    def retry_delays(self) -> Sequence[float]:
        """Seconds before each retry."""
        return tuple(self._setting(self._described.get("retry_delays", [])))

    def tell(
        self,
        change: str,
        objects: Objects,
        record: Record,
        actor: str,
        changed: Mapping[str, Any] | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        """Send what the description sends of a change: created, updated, deleted, or a plug-in's own with its facts."""
        now = self._vendor.core.clock.now()
        for event in self._described.get("events", ()):
            if event["on"] != change or objects.name not in event.get("types", (objects.name,)):
                continue
            members = list((changed or {}).items()) if event.get("each") == "member" else [("", None)]
            for name, value in members:
                values = self._vendor.values(
                    id=objects.id(record),
                    type=objects.name,
                    plural=objects.plural,
                    item=record,
                    actor=render(self._described.get("actors", {}).get(actor, {}), self._vendor.values()),
                    member={"name": name, "value": value},
                    facts=facts or {},
                )
                topic = render(event["topic"], values)
                payload = render(event.get("payload", "{item}"), {**values, "topic": topic})
                self._vendor.core.sender.emit(self.vendor, topic, payload, occurred_at=now)

    def render(self, events: Sequence[Event], delivery_id: str, attempt: int) -> tuple[bytes, dict[str, str]]:
        """Body and headers of a try; where deliveries are batches, a payload that is a list is several."""
        described, first = self._described, events[0]
        payloads: list[Any] = []
        for event in events:
            payloads += event.payload if isinstance(event.payload, list) and self.batch_limit > 1 else [event.payload]
        values = self._vendor.values(
            topic=first.topic,
            delivery_id=delivery_id,
            event_id=first.id,
            occurred_at=first.occurred_at,
            attempt=attempt,
        )
        stamp = render(described.get("stamp", {}), values)
        if stamp:
            payloads = [{**one, **stamp} if isinstance(one, dict) else one for one in payloads]
        whole = {**values, "payload": payloads[0], "payloads": payloads, "count": len(payloads)}
        body = render(described.get("body", "{payloads}" if self.batch_limit > 1 else "{payload}"), whole)
        headers = {"Content-Type": "application/json", **render(described.get("headers", {}), values)}
        text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
        return text.encode(), {name: str(value) for name, value in headers.items()}

    def registered(self) -> Sequence[Subscription]:
        """The objects that the description says are webhooks."""
        described = self._described.get("registered")
        if described is None:
            return ()
        found = []
        for one in self._vendor.core.store.all(self.vendor, described["type"]):
            address, topics = dotted.read(one, described["address"]), dotted.read(one, described["topics"])
            own = "secret" in described
            secret = dotted.read(one, described["secret"]) if own else self._setting("{settings.webhook_secret}")
            several = tuple(topics) if isinstance(topics, list) else (topics,)
            found.append(Subscription(self.vendor, address, secret, several, str(one["id"])))
        return found

    def forget(self, subscription: Subscription) -> None:
        """Remove the object that the subscription is."""
        self._vendor.core.store.remove(self.vendor, self._described["registered"]["type"], subscription.id)

    def _setting(self, template: Any) -> Any:
        return render(template, self._vendor.values())
