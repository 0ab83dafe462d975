# Part of Integration Hub. License LGPL-3.0 or later.
"""`hub sandbox`: the application on an address, until it is told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from aiohttp import web

from ..errors import ConfigurationError
from .app import create_app
from .settings import Settings


def serve(host: str, port: int, state: Path | None, *, environ: Mapping[str, str] | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is under way, save the state and return.

    :param port: 0 takes a free one; the address is printed.
    :raises ConfigurationError: the address cannot be had, or the state file is none of ours.
    """
    settings = Settings.from_environment(os.environ if environ is None else environ)
    asyncio.run(_serve(host, port, state, settings, sys.stdout))


async def _serve(host: str, port: int, state: Path | None, settings: Settings, out: TextIO) -> None:
    runner = web.AppRunner(create_app(settings, state=state), access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    try:
        await _listen(web.TCPSite(runner, host, port), host, port)
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, stop.set)
        bound = runner.addresses[0][1] if runner.addresses else port
        print(banner(host, bound, settings), file=out, flush=True)
        await stop.wait()
    finally:
        await runner.cleanup()


async def _listen(site: web.TCPSite, host: str, port: int) -> None:
    try:
        await site.start()
    except OSError as error:
        raise ConfigurationError(
            f"Cannot listen on {host}, port {port}: {error.strerror or error}",
            code="address-unavailable",
            hint="Stop what listens there, or choose another --port.",
        ) from error


def banner(host: str, port: int, settings: Settings) -> str:
    """What is printed at the start: addresses and development credentials."""
    shown = f"[{host}]" if ":" in host else host
    everywhere = shown in ("0.0.0.0", "")  # noqa: S104 (a question, not a binding)
    url = f"http://{'127.0.0.1' if everywhere else shown}:{port}"
    rows = [
        f"Sandbox of SaaS systems on {url}",
        f"  Shopify  {url}/shopify   token {settings.shopify.token}   webhook secret {settings.shopify.webhook_secret}",
        f"  HubSpot  {url}/hubspot   token {settings.hubspot.token}   webhook secret {settings.hubspot.webhook_secret}",
        f"  Control  {url}/_control/health",
        "Development credentials of an imitation; they open nothing else.",
    ]
    return "\n".join(rows)
