# Part of Integration Hub. License LGPL-3.0 or later.
"""The rate limits of a description: which of them count a request, what they tell, and when they refuse.

A `window` allows `limit` requests in any `seconds`; a `bucket` of `limit` restores `leak` a second. Both read their
figures at each request, so that a setting changed at run time counts at once.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from ...clock import Clock
from ..core.limits import LeakyBucket, RollingWindow
from .refusals import Refusal
from .template import Values, render


class RateLimit:
    """One limit."""

    def __init__(self, name: str, described: Mapping[str, Any], clock: Clock, values: Callable[..., Values]) -> None:
        self.name = name
        self._described = described
        self._clock = clock
        self._values = values
        self._routes = re.compile(described.get("routes", ""))
        self._untold = re.compile(described["untold"]) if "untold" in described else None
        self._window = RollingWindow(clock) if described["kind"] == "window" else None
        self._bucket = LeakyBucket(clock)

    def counts(self, route: str) -> bool:
        """Whether it counts requests of that route ("GET /contacts")."""
        return self._routes.search(route) is not None

    def take(self, cost: float) -> None:
        """Count a request. Raises Refusal, throttled, when there have been too many."""
        limit, per = self._figures()
        if self._window is not None:
            wait = self._window.hit(int(limit), per)
        else:
            left = self._bucket.available(limit, per)
            taken = self._bucket.take(cost, limit, per)
            wait = None if taken else (cost - left) / per if per else 60.0
        if wait is not None:
            facts = render(self._described.get("values", {}), self._values())
            told = {"limit_name": self.name, "retry_after": max(1.0, wait), **facts}
            raise Refusal("throttled", "Too many requests", **told)

    def headers(self, route: str) -> dict[str, str]:
        """What its headers say after a request."""
        if "headers" not in self._described or (self._untold is not None and self._untold.search(route)):
            return {}
        limit, per = self._figures()
        if self._window is not None:
            remaining: float = self._window.remaining(int(limit), per)
            reset = self._window.reset(per)
        else:
            remaining = self._bucket.available(limit, per)
            reset = (limit - remaining) / per if per else 0.0
        figures = {
            "limit": int(limit),
            "remaining": math.floor(remaining),
            "used": math.ceil(limit - remaining),
            "reset": math.ceil(reset),
            "reset_at": self._clock.now() + reset,
        }
        return {name: str(text) for name, text in render(self._described["headers"], self._values(**figures)).items()}

    def _figures(self) -> tuple[float, float]:
        values = self._values()
        per = self._described["seconds" if self._window is not None else "leak"]
        return float(render(self._described["limit"], values)), float(render(per, values))


class RateLimits:
    """All limits of a vendor, asked in the order of the description."""

    def __init__(self, described: Mapping[str, Any], clock: Clock, values: Callable[..., Values]) -> None:
        self._limits = [RateLimit(name, one, clock, values) for name, one in described.items()]

    def take(self, route: str, cost: float) -> None:
        """Count a request; the first limit that is reached refuses it."""
        for limit in self._limits:
            if limit.counts(route):
                limit.take(cost)

    def headers(self, route: str) -> dict[str, str]:
        """The headers of all limits that count this route."""
        return {
            name: text for limit in self._limits if limit.counts(route) for name, text in limit.headers(route).items()
        }
