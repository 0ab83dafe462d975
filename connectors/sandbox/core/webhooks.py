# Part of Integration Hub. License LGPL-3.0 or later.
"""Sending webhooks: queue, signature, retries, and the faults of a careless network."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import aiohttp

from ... import signatures
from ...clock import Clock
from ...http import Headers
from .faults import FaultBox
from .journal import Journal

_logger = logging.getLogger(__name__)
HOLD_SECONDS = 1.0


@dataclass(frozen=True)
class Event:
    """Something that happened to an object; `payload` is the vendor's JSON for it."""

    topic: str
    payload: Any
    id: str
    occurred_at: float


@dataclass(frozen=True)
class Subscription:
    """Who is told about which topics ("*" is all of them); `id` names one that was registered through the API."""

    vendor: str
    url: str
    secret: str
    topics: tuple[str, ...] = ("*",)
    id: str = ""

    def wants(self, topic: str) -> bool:
        """Whether the topic, or the part of it before a colon, is subscribed."""
        return "*" in self.topics or topic in self.topics or topic.partition(":")[0] in self.topics


class WebhookFormat(Protocol):
    """How one vendor puts events on the wire."""

    vendor: str
    scheme: str
    options: Mapping[str, Any] | None
    batch_limit: int
    forgets_failing: bool
    """Whether a registered subscription goes when the last retry of a message to it has failed."""

    @property
    def batch_window(self) -> float:
        """Seconds in which events are gathered for one message."""

    @property
    def retry_delays(self) -> Sequence[float]:
        """Seconds before each further try of a message that failed."""

    def render(self, events: Sequence[Event], delivery_id: str, attempt: int) -> tuple[bytes, dict[str, str]]:
        """Body and headers (without the signature) of the `attempt`-th try, counted from 0."""

    def registered(self) -> Sequence[Subscription]:
        """The subscriptions that were made through the vendor's API and not by the control API."""

    def forget(self, subscription: Subscription) -> None:
        """End one of them."""


@dataclass
class Delivery:
    """One HTTP message to one subscriber, with what shall go wrong with it."""

    subscription: Subscription
    format: WebhookFormat
    events: tuple[Event, ...]
    id: str
    faults: dict[str, float] = field(default_factory=dict)


class WebhookSender:
    """Sends each subscriber its events in order; what fails is retried on the vendor's schedule, beside the others."""

    def __init__(
        self, clock: Clock, rng: random.Random, journal: Journal, faults: FaultBox, *, timeout: float, max_pending: int
    ) -> None:
        self._clock = clock
        self._rng = rng
        self._journal = journal
        self._faults = faults
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._max_pending = max_pending
        self._formats: dict[str, WebhookFormat] = {}
        self._subscriptions: dict[tuple[str, str], Subscription] = {}
        self._queues: dict[tuple[str, str], asyncio.Queue[tuple[Event, str]]] = {}
        self._workers: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._retries: set[asyncio.Task[None]] = set()
        self._hurry = asyncio.Event()
        self._pending = 0
        self._session: aiohttp.ClientSession | None = None

    def register(self, webhook_format: WebhookFormat) -> None:
        """Teach the sender a vendor's format."""
        self._formats[webhook_format.vendor] = webhook_format

    def subscribe(self, subscription: Subscription) -> None:
        """Add a subscription, or replace the one of the same vendor and URL."""
        self._subscriptions[(subscription.vendor, subscription.url)] = subscription

    def unsubscribe(self, vendor: str = "", url: str = "") -> int:
        """Drop the subscriptions of a vendor and URL ("" is any); how many there were."""
        gone = [key for key in self._subscriptions if vendor in ("", key[0]) and url in ("", key[1])]
        for key in gone:
            del self._subscriptions[key]
        registered = [sub for sub in self.registered() if vendor in ("", sub.vendor) and url in ("", sub.url)]
        for subscription in registered:
            self._formats[subscription.vendor].forget(subscription)
        return len(gone) + len(registered)

    def subscriptions(self) -> list[Subscription]:
        """All that the control API made."""
        return list(self._subscriptions.values())

    def registered(self) -> list[Subscription]:
        """All that were made through vendors' APIs."""
        return [subscription for format_ in self._formats.values() for subscription in format_.registered()]

    @property
    def pending(self) -> int:
        """Events not yet delivered or given up, waiting retries included."""
        return self._pending

    def new_id(self) -> str:
        """A random UUID."""
        return str(uuid.UUID(int=self._rng.getrandbits(128), version=4))

    def emit(self, vendor: str, topic: str, payload: Any, *, occurred_at: float | None = None) -> int:
        """Queue an event for all who subscribed to it; how many there are."""
        event = Event(topic, payload, self.new_id(), self._clock.now() if occurred_at is None else occurred_at)
        wanting = [sub for sub in self._of(vendor) if sub.wants(topic)]
        for subscription in wanting:
            if self._pending >= self._max_pending:
                self._note(subscription, (event,), "", 0, outcome="dropped: too many pending")
                continue
            key = (vendor, subscription.url)
            self._pending += 1
            self._queues.setdefault(key, asyncio.Queue()).put_nowait((event, subscription.id))
            if key not in self._workers:
                self._workers[key] = asyncio.get_running_loop().create_task(self._work(key, self._formats[vendor]))
        return len(wanting)

    async def drain(self, timeout: float, *, retry_now: bool) -> bool:
        """Wait until nothing is pending; with `retry_now` waiting retries do not wait. False: the time was up first."""
        deadline = asyncio.get_running_loop().time() + timeout
        while self._pending and asyncio.get_running_loop().time() < deadline:
            if retry_now:
                self._hurry.set()
            await asyncio.sleep(0.01)
            self._hurry.clear()
        return not self._pending

    async def start(self) -> None:
        """Open the HTTP session."""
        self._session = aiohttp.ClientSession(timeout=self._timeout, auto_decompress=False)

    async def stop(self) -> None:
        """Stop sending; what is pending is lost, as its number in the log says."""
        await self.forget()
        if self._session is not None:
            await self._session.close()

    async def forget(self) -> None:
        """Throw away all that is pending."""
        if self._pending:
            _logger.warning("%d webhook events were still pending and are not sent", self._pending)
        tasks = [*self._workers.values(), *self._retries]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._workers.clear()
        self._queues.clear()
        self._retries.clear()
        self._pending = 0

    def _of(self, vendor: str) -> list[Subscription]:
        described = [sub for sub in self._subscriptions.values() if sub.vendor == vendor]
        return [*described, *self._formats[vendor].registered()] if vendor in self._formats else described

    async def _work(self, key: tuple[str, str], webhook_format: WebhookFormat) -> None:
        queue = self._queues[key]
        held: list[Delivery] = []
        while True:
            try:
                first, identifier = await asyncio.wait_for(queue.get(), HOLD_SECONDS if held else None)
            except TimeoutError:
                await self._flush(held)
                continue
            known = (sub for sub in self._of(key[0]) if (sub.url, sub.id) == (key[1], identifier))
            subscription = next(known, None)
            if subscription is None:
                self._pending -= 1
                continue
            events = await self._batch(first, queue, webhook_format)
            faults = {
                fault.kind: fault.seconds for fault in self._faults.for_webhook(key[0], [e.topic for e in events])
            }
            delivery = Delivery(subscription, webhook_format, events, self.new_id(), faults)
            if "reorder" in faults:
                held.append(delivery)
                continue
            await self._send(delivery)
            await self._flush(held)

    async def _batch(
        self, first: Event, queue: asyncio.Queue[tuple[Event, str]], webhook_format: WebhookFormat
    ) -> tuple[Event, ...]:
        events = [first]
        if webhook_format.batch_limit > 1:
            await asyncio.sleep(webhook_format.batch_window)
            while len(events) < webhook_format.batch_limit and not queue.empty():
                events.append(queue.get_nowait()[0])
        return tuple(events)

    async def _flush(self, held: list[Delivery]) -> None:
        while held:
            await self._send(held.pop(0))

    async def _send(self, delivery: Delivery) -> None:
        if "lose" in delivery.faults:
            self._note(delivery.subscription, delivery.events, delivery.id, 0, outcome="lost", fault="lose")
            self._pending -= len(delivery.events)
            return
        if "delay" in delivery.faults:
            await asyncio.sleep(delivery.faults["delay"])
        delivered = await self._attempt(delivery, 0)
        if "duplicate" in delivery.faults:
            await self._attempt(delivery, 0)
        if delivered:
            self._pending -= len(delivery.events)
            return
        task = asyncio.get_running_loop().create_task(self._retry(delivery))
        self._retries.add(task)
        task.add_done_callback(self._retries.discard)

    async def _retry(self, delivery: Delivery) -> None:
        for number, delay in enumerate(delivery.format.retry_delays, start=1):
            with contextlib.suppress(TimeoutError):  # the ordinary case: nobody was in a hurry
                await asyncio.wait_for(self._hurry.wait(), delay)
            if await self._attempt(delivery, number):
                break
        else:
            if delivery.subscription.id and delivery.format.forgets_failing:
                delivery.format.forget(delivery.subscription)
        self._pending -= len(delivery.events)

    async def _attempt(self, delivery: Delivery, number: int) -> bool:
        subscription = delivery.subscription
        body, headers = delivery.format.render(delivery.events, delivery.id, number)
        unsigned = signatures.Delivery("POST", subscription.url, Headers(headers), body)
        scheme = signatures.get(delivery.format.scheme, delivery.format.options)
        headers |= scheme.sign(unsigned, subscription.secret, now=self._clock.now(), message_id=delivery.id)
        if number == 0 and "tamper" in delivery.faults:
            body = tamper(body)
        assert self._session is not None, "the sender was not started"
        outcome: dict[str, Any] = {"fault": "+".join(delivery.faults) or None}
        try:
            async with self._session.post(
                subscription.url, data=body, headers=headers, allow_redirects=False
            ) as response:
                outcome |= {
                    "status": response.status,
                    "answer": (await response.content.read(200)).decode("utf-8", "replace"),
                }
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            outcome |= {"status": None, "error": f"{type(error).__name__}: {error}"}
        delivered = outcome["status"] is not None and 200 <= outcome["status"] < 300
        last = number >= len(delivery.format.retry_delays)
        outcome["outcome"] = "delivered" if delivered else "given up" if last else "to be retried"
        self._note(subscription, delivery.events, delivery.id, number, **outcome)
        return delivered

    def _note(
        self, subscription: Subscription, events: Sequence[Event], delivery_id: str, attempt: int, **outcome: Any
    ) -> None:
        values: dict[str, Any] = {"url": subscription.url, "delivery_id": delivery_id, "attempt": attempt}
        values |= {"topics": [event.topic for event in events], "event_ids": [event.id for event in events]}
        self._journal.add("out", subscription.vendor, **values, **outcome)


def tamper(body: bytes) -> bytes:
    """The same body with one digit changed (a space appended where it has none): still JSON, no longer signed."""
    changed = re.sub(rb"[0-9]", lambda match: b"7" if match[0] != b"7" else b"8", body, count=1)
    return changed if changed != body else body + b" "
