# Part of Integration Hub. License LGPL-3.0 or later.
"""A rate limit as a worker uses it: tokens are leased from the store in allotments and spent here."""

import threading
from collections.abc import Callable, Iterable

from ..clock import Clock
from . import bucket as buckets
from .bucket import Bucket, Grant, Limit
from .pacing import RESERVE, pace
from .quota import Quota
from .store import Row, Store


class RateLimiter:
    """One worker's part in a limit that all workers share; see `bucket` for the promise. Thread-safe.

    `holder` names the worker: no two living ones may have the same. `size` tokens are leased at once (by default a
    quarter of the burst), to be spent within `lifetime` seconds by this worker's own monotonic clock; the store is
    asked about once for each `size` calls. `close`, or leaving its `with` block, gives back what was not spent.

    Of several limiters on one key those with a larger `reserve` give way: they leave that share of what nobody has on
    lease in the bucket. So what comes first finds tokens at once, and what gives way gets all the rest.
    """

    def __init__(
        self,
        store: Store,
        key: str,
        limit: Limit,
        *,
        clock: Clock,
        holder: str,
        size: float | None = None,
        lifetime: float = 5.0,
        reserve: float = 0.0,
    ) -> None:
        self.limit = limit
        self._reserve = reserve
        self._store, self._key, self._clock, self._holder = store, key, clock, holder
        self._size = max(1.0, limit.burst / 4) if size is None else size
        self._lifetime = lifetime
        self._left = 0.0
        self._until = 0.0
        self._lock = threading.Lock()

    def acquire(self, cost: float = 1.0) -> float:
        """Spend `cost` tokens and return 0, or return the seconds after which to ask again.

        Raises ConfigurationError when the limit can never grant so much at once.
        """
        with self._lock:
            wait = self._wait(cost)
            if not wait:
                self._left -= cost
            return wait

    def ready(self) -> tuple[int, float]:
        """How many calls could be begun of what is leased, or 0 and the seconds after which to ask; spends nothing."""
        with self._lock:
            wait = self._wait(1.0)
            return (0, wait) if wait else (int(self._left), 0.0)

    def observe(self, quotas: Iterable[Quota], reserve: float = RESERVE) -> None:
        """Slow down, for every worker, as far as the peer's own word on what is left makes it wise.

        The store is asked only when less than the share `reserve` of a quota is left.
        """
        scarce = [quota for quota in quotas if quota.share < reserve]
        if not scarce:
            return

        def change(state: Bucket, now: float) -> Bucket:
            for quota in scarce:
                per_second, seconds = pace(quota, reserve)
                state = buckets.slow(state, self.limit, now, quota.name, per_second, now + seconds)
                state = buckets.lower(state, self.limit, now, quota.remaining)
            return state

        with self._lock:
            self._settle_and(change)

    def pause(self, seconds: float) -> None:
        """Let no worker lease anything for so long: what a `Retry-After` asks for. This worker drops what it has."""
        with self._lock:
            self._settle_and(
                lambda state, now: buckets.slow(
                    state._replace(tokens=0.0), self.limit, now, "retry-after", 0.0, now + seconds
                )
            )

    def resume(self) -> None:
        """End what slows this limit before its time, for every worker: a person says so."""
        with self._lock:
            self._settle_and(lambda state, now: buckets.unslow(state, self.limit, now))

    def close(self) -> None:
        """Give back what was not spent; the store is not asked where there is nothing."""
        with self._lock:
            if self._spendable():
                self._settle_and(lambda state, now: state)

    def __enter__(self) -> "RateLimiter":
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _spendable(self) -> float:
        return self._left if self._clock.monotonic() < self._until else 0.0

    def _wait(self, cost: float) -> float:
        """Have at least `cost` on lease and return 0, or the seconds after which to ask again."""
        if self._spendable() >= cost:
            return 0.0
        before = self._clock.monotonic()
        grant = self._lease(cost)
        if grant.amount <= 0:
            return grant.wait
        self._left, self._until = grant.amount, before + self._lifetime
        return 0.0 if self._spendable() >= cost else buckets.LEAST_WAIT  # the store may have answered too slowly

    def _lease(self, cost: float) -> Grant:
        unspent = self._spendable()
        self._left = 0.0

        def change(row: Row | None, now: float) -> tuple[Row, Grant]:
            state = buckets.settle(Bucket.load(row, self.limit, now), self.limit, now, self._holder, unspent)
            most = max(cost, self._size)
            state, grant = buckets.lease(
                state,
                self.limit,
                now,
                self._holder,
                least=cost,
                most=most,
                lifetime=self._lifetime,
                reserve=self._reserve,
            )
            return state._asdict(), grant

        return self._store.update(self._key, change)

    def _settle_and(self, then: Callable[[Bucket, float], Bucket]) -> None:
        unspent = self._spendable()
        self._left = 0.0

        def change(row: Row | None, now: float) -> tuple[Row, None]:
            state = buckets.settle(Bucket.load(row, self.limit, now), self.limit, now, self._holder, unspent)
            return then(state, now)._asdict(), None

        self._store.update(self._key, change)
