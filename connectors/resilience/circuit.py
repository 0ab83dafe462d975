# Part of Integration Hub. License LGPL-3.0 or later.
"""The circuit breaker as a worker uses it: shared through the store, asked about once a second and not at each call."""

import math
import threading
from collections.abc import Callable
from typing import TypeVar

from ..clock import Clock
from ..errors import HubError
from . import breaker as machine
from .breaker import CLOSED, PAUSED, Breaker, BreakerPolicy, Permit
from .held import Held
from .store import Row, Store

T = TypeVar("T")


class CircuitBreaker:
    """One worker's part in the breaker of an endpoint. Thread-safe.

    While it is closed, good calls are counted here and told to the store together, at the latest at the first call
    after `freshness` seconds; a failure is told at once. So another worker's opening, and an operator's pause, are
    seen within `freshness` seconds.
    """

    def __init__(
        self,
        store: Store,
        key: str,
        policy: BreakerPolicy | None = None,
        *,
        clock: Clock,
        freshness: float = 1.0,
    ) -> None:
        self.policy = policy or BreakerPolicy()
        self._store, self._key, self._clock, self._freshness = store, key, clock, freshness
        self._permit: Permit | None = None
        self._asked = 0.0
        self._good = 0
        self._lock = threading.Lock()

    def permit(self) -> Permit:
        """Leave to call, to be given back with `record`. Raises Held, code breaker-open or paused."""
        with self._lock:
            now = self._clock.monotonic()
            if self._permit is not None and now < self._asked + self._freshness:
                return self._permit
            state, (permit, wait) = self._ask(_permit)
            self._asked = now
            self._permit = permit if state.state == CLOSED else None
        if permit is not None:
            return permit
        if state.state == PAUSED:
            raise Held("An operator has paused this endpoint", code="paused", retry_after=wait, hint=_PAUSED_HINT)
        raise Held("This endpoint is not called, since it kept failing", code="breaker-open", retry_after=wait)

    def ready(self) -> tuple[float, float]:
        """How many calls `permit` would let through now (inf while closed), or 0 and the seconds after which to ask.

        It takes none of the probes' places: who gets one is decided when the call leaves.
        """
        with self._lock:
            now = self._clock.monotonic()
            if self._permit is not None and now < self._asked + self._freshness:
                return math.inf, 0.0
            state, found = self._ask(_ready)
            self._asked = now
            self._permit = Permit(state.generation) if state.state == CLOSED else None
            return found

    def record(self, permit: Permit, failure: HubError | None) -> None:
        """Tell how the call ended; None is a good answer. See `breaker.verdict` for what counts."""
        ok = machine.verdict(failure)
        with self._lock:
            if ok and permit == self._permit:
                self._good += 1
                return
            if ok is None and not permit.probe:
                return
            flush = self._flush()
            self._permit = None  # a failure may have opened it: ask before the next call
        retry_after = None if failure is None else failure.retry_after

        def change(row: Row | None, now: float) -> tuple[Row, None]:
            state = flush(Breaker.load(row), now)
            return machine.record(state, self.policy, permit, ok, now, retry_after=retry_after)._asdict(), None

        self._store.update(self._key, change)

    def pause(self, reason: str = "") -> None:
        """An operator stops all calls."""
        self._store.update(self._key, lambda row, now: (machine.pause(Breaker.load(row), now, reason)._asdict(), None))

    def resume(self) -> None:
        """An operator lets calls go on, probes first."""
        self._store.update(self._key, lambda row, now: (machine.resume(Breaker.load(row), now)._asdict(), None))

    def hurry(self) -> None:
        """A person wants to know now whether it works: a probe may go."""
        self._store.update(self._key, lambda row, now: (machine.hurry(Breaker.load(row), now)._asdict(), None))

    def _ask(self, question: Callable[[Breaker, BreakerPolicy, float], tuple[Breaker, T]]) -> tuple[Breaker, T]:
        flush = self._flush()

        def change(row: Row | None, now: float) -> tuple[Row, tuple[Breaker, T]]:
            state, answer = question(flush(Breaker.load(row), now), self.policy, now)
            return state._asdict(), (state, answer)

        return self._store.update(self._key, change)

    def _flush(self) -> Callable[[Breaker, float], Breaker]:
        """Take the good calls counted here out, to be counted in the shared state if it is still the one they met."""
        good, self._good = self._good, 0
        generation = 0 if self._permit is None else self._permit.generation

        def flush(state: Breaker, now: float) -> Breaker:
            if not good or state.generation != generation:
                return state
            return machine.count(state, self.policy, good, 0, now)

        return flush


def _permit(state: Breaker, policy: BreakerPolicy, now: float) -> tuple[Breaker, tuple[Permit | None, float]]:
    state, permit, wait = machine.permit(state, policy, now)
    return state, (permit, wait)


def _ready(state: Breaker, policy: BreakerPolicy, now: float) -> tuple[Breaker, tuple[float, float]]:
    return state, machine.ready(state, policy, now)


_PAUSED_HINT = "Resume the endpoint when it should go on."
