# Part of Integration Hub. License LGPL-3.0 or later.
"""A certification from settings and secret to report."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from itertools import chain
from typing import Literal

from ..auth import Exchange
from ..clock import Clock, SystemClock
from ..connector import Connector, Settings
from ..http import AddressGuard, Client, RequestsTransport, Timeout, Transport
from .report import Report
from .steps import Step, Trial, attempt, reading, untried, writing
from .watch import Watch

TIMEOUT = Timeout(connect=10, read=60, total=90)
WRONG = "certification-with-a-wrong-secret"


def certify(
    connector: type[Connector],
    settings: Settings,
    secret: str,
    *,
    write: bool = False,
    sandbox: bool = False,
    clock: Clock | None = None,
    transport: Transport | None = None,
    tell: Callable[[Step], None] = lambda step: None,
) -> Report:
    """Try a connector, step by step; `tell` hears of each. Raises ConfigurationError when settings are wrong."""
    kind, clock = connector.configured(settings), clock or SystemClock()
    where: Literal["live", "elsewhere", "sandbox"] = "sandbox" if sandbox else _where(kind, settings)
    guard = AddressGuard(["127.0.0.0/8"] if where == "sandbox" else [])
    watch = Watch(transport or RequestsTransport(guard=guard), clock, kind.api_version_header)
    made, refused = (_made(kind, settings, value, watch, clock) for value in (secret, WRONG))
    trial = Trial(made, refused, secrets.token_hex(4), clock.sleep)
    steps = []
    for name, step in chain(reading(kind), writing(kind) if write else ()):
        steps.append(attempt(name, step, trial))
        tell(steps[-1])
        if name == "check" and steps[-1].outcome == "failed":
            break
    if kind.api_version_header and watch.versions:
        steps.append(_answered(kind, watch))
        tell(steps[-1])
    return Report(
        connector=kind.name,
        title=kind.title,
        kind=where,
        date=datetime.fromtimestamp(clock.now(), UTC).date().isoformat(),
        library=_library(),
        api_version=kind.api_version,
        answered_version=", ".join(sorted(watch.versions)),
        api_version_ends=str(kind.api_version_ends or ""),
        clock_offset=watch.clock_offset and round(watch.clock_offset, 1),
        requests=watch.requests,
        wrote=write,
        steps=tuple(steps),
        untried=untried(kind),
    )


def _made(kind: type[Connector], settings: Settings, secret: str, transport: Transport, clock: Clock) -> Connector:
    auth = kind.auth(settings, secret, Exchange(transport, TIMEOUT, clock=clock))
    client = Client(kind.base_url(settings), timeout=TIMEOUT, auth=auth, transport=transport, clock=clock)
    return kind(client, settings)


def _where(kind: type[Connector], settings: Settings) -> Literal["live", "elsewhere"]:
    """Live is the vendor's own address, the one that is called without `api_url`; an API that is described has none."""
    if not kind.has_vendor:
        return "elsewhere"
    own = {name: value for name, value in settings.items() if name != "api_url"}
    return "live" if not settings.get("api_url") or kind.base_url(settings) == kind.base_url(own) else "elsewhere"


def _answered(kind: type[Connector], watch: Watch) -> Step:
    told = ", ".join(sorted(watch.versions))
    if watch.versions == {kind.api_version}:
        return Step("API version", "passed", f"{told} answered, as asked for")
    return Step("API version", "failed", f"{told} answered instead of {kind.api_version}: the vendor has retired it")


def _library() -> str:
    try:
        return version("integration-hub-connectors")
    except PackageNotFoundError:
        return "from source"
