# Part of Integration Hub. License LGPL-3.0 or later.
"""What a vendor's imitation provides, and what every one of them gets: journal, faults, and its own error shape."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
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

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
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


class Vendor(Protocol):
    """One vendor's imitation, served below `/<name>`."""

    name: str
    types: tuple[str, ...]

    def routes(self) -> list[web.RouteDef]:
        """The vendor's own API."""

    def control_routes(self) -> list[web.RouteDef]:
        """What a person does in the vendor's screens, below `/_control/<name>`."""

    def seed(self) -> None:
        """Put the start data into the store; sends no webhook."""

    def adopt(self, kind: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """Store a document given in the vendor's shape as it is; raises ControlProblem when it cannot be one."""

    def credentials(self) -> dict[str, Any]:
        """What a client needs to talk to this vendor."""

    def failure(self, status: int, retry_after: float | None) -> web.Response:
        """An error of that status in the vendor's shape."""

    def expired_token(self) -> web.Response:
        """The vendor's answer to a token that is no longer valid."""


def vendor_app(core: Core, vendor: Vendor) -> web.Application:
    """The vendor's routes with journal and faults around them."""

    @web.middleware
    async def around(request: web.Request, handler: Handler) -> web.StreamResponse:
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
            status=None,
            executed=None,
        )
        started = core.clock.monotonic()
        faults = core.faults.for_request(vendor.name, request.method, path)
        entry["fault"] = "+".join(fault.kind for fault in faults) or None
        try:
            response = await _answer(core, vendor, request, handler, faults)
            entry["status"] = response.status if response.status != DROPPED else None
            return response
        except web.HTTPException as error:
            response = vendor.failure(error.status, None)
            entry["status"] = response.status
            return response
        finally:
            entry["seconds"] = round(core.clock.monotonic() - started, 4)
            entry.update(notes)

    app = web.Application(middlewares=[around], client_max_size=core.settings.max_body)
    app.add_routes(vendor.routes())
    return app


async def _answer(
    core: Core, vendor: Vendor, request: web.Request, handler: Handler, faults: list[Fault]
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
    response = await handler(request)
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
