# Part of Integration Hub. License LGPL-3.0 or later.
"""`hub sandbox`: the application on an address, until it is told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from aiohttp import web

from ..errors import ConfigurationError
from .app import VENDORS, create_app
from .engine.description import installed, read
from .settings import Settings
from .vendors import Vendors


def serve(
    host: str,
    port: int,
    state: Path | None,
    *,
    descriptions: Sequence[Path] = (),
    environ: Mapping[str, str] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is under way, save the state and return.

    Port 0 takes a free one; the address is printed. `descriptions` are files of vendors to imitate beside the installed
    ones, or instead of those of the same name. Raises ConfigurationError: the address cannot be had, the state file is
    none of ours, a description is wrong.
    """
    vendors = {one.name: one for one in (*installed(), *(read(path) for path in descriptions))}
    settings = Settings.from_environment(os.environ if environ is None else environ, tuple(vendors.values()))
    asyncio.run(_serve(host, port, state, settings, sys.stdout))


async def _serve(host: str, port: int, state: Path | None, settings: Settings, out: TextIO) -> None:
    app = create_app(settings, state=state)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    try:
        await _listen(web.TCPSite(runner, host, port), host, port)
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, stop.set)
        bound = runner.addresses[0][1] if runner.addresses else port
        print(banner(host, bound, app[VENDORS]), file=out, flush=True)
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


def banner(host: str, port: int, vendors: Vendors) -> str:
    """What is printed at the start: addresses and development credentials."""
    shown = f"[{host}]" if ":" in host else host
    everywhere = shown in ("0.0.0.0", "")  # noqa: S104 (a question, not a binding)
    url = f"http://{'127.0.0.1' if everywhere else shown}:{port}"
    rows = [f"Sandbox of SaaS systems on {url}"]
    width = max(len(vendor.title) for vendor in vendors.values()) if vendors else 0
    for vendor in vendors.values():
        held = vendor.credentials()
        known = [f"{name.replace('_', ' ')} {held[name]}" for name in ("token", "webhook_secret") if name in held]
        rows.append("   ".join([f"  {vendor.title:<{width}}  {url}/{vendor.name}", *known]))
    rows.append(f"  {'Control':<{width}}  {url}/_control/health")
    rows.append("Development credentials of an imitation; they open nothing else.")
    return "\n".join(rows)
