# Part of Integration Hub. License LGPL-3.0 or later.
"""What every vendor's imitation gets: the shared parts, a journal, and faults around its answers."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

from aiohttp import web

from ...clock import Clock
from ..settings import Settings
from .faults import Fault, FaultBox
from .journal import Journal
from .store import Store
from .webhooks import WebhookSender

Pause = Callable[[float], Awaitable[None]]
DROPPED = 499
NOTES: ContextVar[dict[str, Any]] = ContextVar("hub_sandbox_notes")


@dataclass
class Core:
    """The parts all vendors share."""

    settings: Settings
    clock: Clock
    rng: random.Random
    store: Store
    journal: Journal
    faults: FaultBox
    sender: WebhookSender
    pause: Pause = asyncio.sleep


class Answering(Protocol):
    """A vendor as far as faults need to know it."""

    name: str

    async def handle(self, request: web.Request, path: str) -> web.StreamResponse:
        """The vendor's answer; raises web.HTTPException where it has no such route."""

    def failure(self, status: int, retry_after: float | None) -> web.Response:
        """An error of that status in the vendor's shape."""

    def expired_token(self) -> web.Response:
        """The vendor's answer to a token that is no longer valid."""


async def answer(core: Core, vendor: Answering, request: web.Request) -> web.StreamResponse:
    """The vendor's answer, with what the faults in force make of it; the journal gets its entry."""
    path = request.path.removeprefix(f"/{vendor.name}")
    notes: dict[str, Any] = {}
    NOTES.set(notes)
    entry = core.journal.add(
        "in",
        vendor.name,
        method=request.method,
        path=path,
        query=request.query_string,
        idempotency_key=request.headers.get("Idempotency-Key"),
        traceparent=request.headers.get("traceparent"),
        status=None,
        executed=None,
    )
    started = core.clock.monotonic()
    faults = core.faults.for_request(vendor.name, request.method, path)
    entry["fault"] = "+".join(fault.kind for fault in faults) or None
    try:
        response = await _answer(core, vendor, request, path, faults)
        entry["status"] = response.status if response.status != DROPPED else None
        return response
    except web.HTTPException as error:
        response = vendor.failure(error.status, None)
        entry["status"] = response.status
        return response
    finally:
        entry["seconds"] = round(core.clock.monotonic() - started, 4)
        entry.update(notes)


async def _answer(
    core: Core, vendor: Answering, request: web.Request, path: str, faults: list[Fault]
) -> web.StreamResponse:
    kinds = {fault.kind: fault for fault in faults}
    for fault in faults:
        if fault.kind == "latency":
            await core.pause(fault.seconds)
    if "expired_token" in kinds:
        return vendor.expired_token()
    if "drop" in kinds and kinds["drop"].phase == "before":
        return _drop(request)
    if "status" in kinds and kinds["status"].phase == "before":
        return vendor.failure(kinds["status"].status, kinds["status"].retry_after)
    if "garbage_200" in kinds:
        return web.Response(
            text="<html><body><h1>We are down for maintenance</h1></body></html>", content_type="text/html"
        )
    response = await vendor.handle(request, path)
    NOTES.get()["executed"] = response.status
    if "drop" in kinds:
        return _drop(request)
    if "status" in kinds:
        return vendor.failure(kinds["status"].status, kinds["status"].retry_after)
    if "truncate" in kinds and isinstance(response, web.Response):
        return await _truncate(request, response)
    return response


def _drop(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=DROPPED)


async def _truncate(request: web.Request, whole: web.Response) -> web.StreamResponse:
    body = whole.body if isinstance(whole.body, bytes) else b""
    half = web.StreamResponse(status=whole.status, headers={"Content-Type": whole.headers.get("Content-Type", "")})
    half.content_length = max(len(body), 2)
    half.force_close()
    await half.prepare(request)
    await half.write(body[: len(body) // 2] or b"{")
    await asyncio.sleep(0)
    if request.transport is not None:
        request.transport.close()
    return half
