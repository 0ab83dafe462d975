# Part of Integration Hub. License LGPL-3.0 or later.
"""Rate limiters as the vendors run them. Sizes are arguments, so that a setting changed at run time counts at once."""

from __future__ import annotations

from collections import deque

from ...clock import Clock


class LeakyBucket:
    """A bucket of points that is restored at a constant rate; a request takes its cost or is refused whole."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._used = 0.0
        self._at = clock.monotonic()

    def available(self, size: float, rate: float) -> float:
        """Points left now."""
        now = self._clock.monotonic()
        self._used = max(0.0, self._used - (now - self._at) * rate)
        self._at = now
        return max(0.0, size - self._used)

    def take(self, cost: float, size: float, rate: float) -> bool:
        """Take `cost` points; False, and nothing taken, when there are not enough."""
        if cost > self.available(size, rate):
            return False
        self._used += cost
        return True

    def give_back(self, cost: float) -> None:
        """Return points that a request turned out not to need."""
        self._used = max(0.0, self._used - cost)


class RollingWindow:
    """At most `limit` requests in any `interval` seconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._hits: deque[float] = deque()

    def remaining(self, limit: int, interval: float) -> int:
        """Requests that may still come now."""
        now = self._clock.monotonic()
        while self._hits and self._hits[0] <= now - interval:
            self._hits.popleft()
        return max(0, limit - len(self._hits))

    def reset(self, interval: float) -> float:
        """Seconds until all requests counted now are forgotten."""
        return self._hits[-1] + interval - self._clock.monotonic() if self._hits else 0.0

    def hit(self, limit: int, interval: float) -> float | None:
        """Count a request: None when it is allowed, else the seconds until the next one would be."""
        if self.remaining(limit, interval) > 0:
            self._hits.append(self._clock.monotonic())
            return None
        if not self._hits:
            return interval
        return max(0.0, self._hits[max(0, len(self._hits) - limit)] + interval - self._clock.monotonic())
