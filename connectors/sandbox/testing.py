# Part of Integration Hub. License LGPL-3.0 or later.
"""For tests, Odoo's included: a sandbox on a free port in a thread, and a receiver of webhooks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests
from aiohttp import web

from ..clock import Clock, ManualClock
from .app import CORE, VENDORS, create_app
from .core.vendor import Core
from .settings import Settings
from .vendors import Vendors


@dataclass
class Sandbox:
    """A running sandbox; `core` and `vendors` give a test access to its insides (its clock, its settings)."""

    url: str
    core: Core
    vendors: Vendors
    session: requests.Session

    def control(self, method: str, path: str, document: Any = None, *, status: int | None = None) -> Any:
        """Call the control API and return its JSON (None for 204).

        Raises AssertionError: the status is not `status` (None: any below 400).
        """
        response = self.session.request(method, f"{self.url}/_control{path}", json=document, timeout=30)
        good = response.status_code == status if status is not None else response.status_code < 400
        assert good, f"{method} {path}: {response.status_code} {response.text[:500]}"
        return response.json() if response.content else None

    def vendor(self, vendor: str, method: str, path: str, **arguments: Any) -> requests.Response:
        """Call a vendor's API with its credentials."""
        headers, query = self.vendors[vendor].access.credentials()
        headers |= arguments.pop("headers", {})
        if query:
            arguments["params"] = {**query, **arguments.get("params", {})}
        return self.session.request(method, f"{self.url}/{vendor}{path}", headers=headers, timeout=30, **arguments)

    def graphql(self, query: str, /, **variables: Any) -> dict[str, Any]:
        """Run a query against the imitated shop and return the whole answer."""
        body = {"query": query, "variables": variables}
        response = self.vendor("shopify", "POST", "/admin/api/2025-10/graphql.json", json=body)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def advance(self, seconds: float) -> None:
        """Move its clock on, which has to be a ManualClock."""
        assert isinstance(self.core.clock, ManualClock)
        self.core.clock.advance(seconds)

    def drain(self, *, retry_now: bool = True) -> None:
        """Wait until every webhook was delivered or given up."""
        answer = self.control("POST", "/webhooks/drain", {"timeout": 20, "retry_now": retry_now})
        assert answer["drained"], answer


@contextmanager
def running(
    settings: Settings | None = None, *, clock: Clock | None = None, state: Path | None = None
) -> Iterator[Sandbox]:
    """A sandbox on a free loopback port while in the block; its random numbers are fixed unless `settings` say else."""
    app = create_app(settings or Settings(seed=1), clock=clock, state=state)
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)

    async def start() -> int:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return int(runner.addresses[0][1])

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        port = asyncio.run_coroutine_threadsafe(start(), loop).result(30)
        with requests.Session() as session:
            session.trust_env = False
            yield Sandbox(f"http://127.0.0.1:{port}", app[CORE], app[VENDORS], session)
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()


@dataclass
class Received:
    """One webhook as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Receiver:
    """What came in so far; `answer` decides the status for each (200 unless told otherwise)."""

    url: str
    received: list[Received] = field(default_factory=list)
    answer: Callable[[Received], int] = lambda received: 200


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver of webhooks on a free loopback port for the time of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            received = Received("POST", self.path, dict(self.headers.items()), body)
            receiver.received.append(received)
            self.send_response(receiver.answer(received))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(f"http://127.0.0.1:{server.server_address[1]}/hook")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join(30)
