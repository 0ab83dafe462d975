# Part of Integration Hub. License LGPL-3.0 or later.
"""How many requests may be under way at once, over all workers: places are leased, and used here."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ..clock import Clock
from ..errors import ConfigurationError
from . import leases as leasing
from .held import Held
from .leases import Leases
from .store import Row, Store

ASK_AGAIN = 1.0
"""Seconds after which to ask again for a place: they come back when calls end, which nobody can foretell."""


def lease(leases: Leases, places: int, now: float, holder: str, *, wanted: int, lifetime: float) -> tuple[Leases, int]:
    """Replace the holder's lease by one of up to `wanted` of the `places`. Returns how many it got, perhaps 0. Pure."""
    held = leasing.live(leases, now)
    held.pop(holder, None)
    granted = max(0, min(wanted, places - int(leasing.total(held))))
    if granted:
        held[holder] = [granted, now + lifetime]
    return held, granted


class ConcurrencyLimit:
    """One worker's part in "at most `places` at once". Thread-safe.

    The worker leases up to `size` places for `lifetime` seconds, and starts a call only when its lease outlives
    `longest`, the time after which a call has surely ended (its timeout's `total`): so the limit holds even when a
    worker dies, and a dead worker's places come back. Leases are renewed while calls are made.
    """

    def __init__(
        self,
        store: Store,
        key: str,
        places: int,
        *,
        clock: Clock,
        holder: str,
        longest: float,
        size: int | None = None,
        lifetime: float | None = None,
    ) -> None:
        self.places = places
        self._store, self._key, self._clock, self._holder = store, key, clock, holder
        self._size = min(places, size or places)
        self._longest = longest
        self._lifetime = 3 * longest if lifetime is None else lifetime
        if self._lifetime <= longest:
            raise ConfigurationError("A lease must outlive the longest call", code="lease-too-short")
        self._granted = 0
        self._until = 0.0
        self._under_way: dict[int, float] = {}
        self._number = 0
        self._lock = threading.Lock()

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place for the time of the block. Raises Held, code too-many-at-once, when none is free."""
        with self._lock:
            number = self._enter()
        try:
            yield
        finally:
            with self._lock:
                del self._under_way[number]

    def ready(self, wanted: int) -> int:
        """How many of `wanted` calls could get a place now: leases what is missing, and takes none."""
        with self._lock:
            now = self._clock.monotonic()
            missing = len(self._under_way) + wanted > self._granted and self._granted < self._size
            if missing or now + self._longest > self._until:
                self._renew(min(self._size, len(self._under_way) + wanted))
            return max(0, min(wanted, self._granted - len(self._under_way)))

    def close(self) -> None:
        """Give back every place that no call is using; the store is not asked where there is none."""
        with self._lock:
            if self._granted > len(self._under_way):
                self._renew(len(self._under_way))

    def _enter(self) -> int:
        now = self._clock.monotonic()
        if len(self._under_way) >= self._granted or now + self._longest > self._until:
            self._renew(min(self._size, 2 * len(self._under_way) + 1))
        if len(self._under_way) >= self._granted:
            raise Held(
                f"{self.places} requests are under way, as many as allowed",
                code="too-many-at-once",
                retry_after=ASK_AGAIN,
            )
        self._number += 1
        self._under_way[self._number] = now + self._longest
        return self._number

    def _renew(self, wanted: int) -> None:
        before = self._clock.monotonic()

        def change(row: Row | None, now: float) -> tuple[Row, int]:
            leases, granted = lease(
                (row or {}).get("leases", {}), self.places, now, self._holder, wanted=wanted, lifetime=self._lifetime
            )
            return {"leases": leases}, granted

        self._granted = self._store.update(self._key, change)
        self._until = before + self._lifetime
