# Part of Integration Hub. License LGPL-3.0 or later.
"""The application: vendors below their names, the control API below `/_control`."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from ..clock import Clock, SystemClock
from .control import Control
from .core.faults import FaultBox
from .core.journal import Journal
from .core.store import Store
from .core.vendor import Core, Pause
from .core.webhooks import WebhookSender
from .settings import Settings
from .state import StateFile
from .vendors import Vendors

CORE = web.AppKey("hub_sandbox_core", Core)
VENDORS = web.AppKey("hub_sandbox_vendors", Vendors)


def create_app(
    settings: Settings | None = None,
    *,
    clock: Clock | None = None,
    pause: Pause | None = None,
    state: Path | None = None,
) -> web.Application:
    """A sandbox with its own state; start as many as you like.

    `pause` waits for an injected latency (asyncio.sleep). `state` is the file to remember objects and subscriptions
    in; None forgets them at the end. Raises ConfigurationError: the state file is none of ours, a description is wrong.
    """
    settings = settings or Settings()
    clock = clock or SystemClock()
    rng = random.Random(settings.seed)  # noqa: S311 (ids of an imitation; tests need them repeatable)
    journal = Journal(clock, settings.journal_size)
    faults = FaultBox(random.Random(rng.getrandbits(64)))  # noqa: S311
    sender = WebhookSender(
        clock, rng, journal, faults, timeout=settings.webhook_timeout, max_pending=settings.max_pending_webhooks
    )
    core = Core(settings, clock, rng, Store(clock), journal, faults, sender)
    if pause is not None:
        core.pause = pause
    vendors = Vendors(core)
    file = StateFile(state, core.store, sender, vendors) if state is not None else None
    remembered = file.load() if file is not None else ()
    if settings.seed_data:
        vendors.seed(besides=remembered)

    async def run(app: web.Application) -> AsyncIterator[None]:
        await sender.start()
        if file is not None:
            core.store.changed = file.changed
            file.save()
        yield
        await sender.stop()
        if file is not None:
            core.store.changed = lambda: None
            file.save()

    app = web.Application(client_max_size=settings.max_body)
    app[CORE] = core
    app[VENDORS] = vendors
    app.add_subapp("/_control", Control(core, vendors).app())
    app.router.add_route("*", "/{vendor}/{path:.*}", vendors.answer)
    app.cleanup_ctx.append(run)
    return app
