# Part of Integration Hub. License LGPL-3.0 or later.
"""Guards: this process's part in each endpoint's limits, one for each use, made anew when somebody changes them."""

import os
import platform
import threading
import uuid
from typing import NamedTuple

from ..connectors.clock import SystemClock
from ..connectors.resilience import BreakerPolicy, CircuitBreaker, ConcurrencyLimit, Limit, RateLimiter
from ..connectors.resilience.transport import GuardedTransport

CLOCK = SystemClock()
# The share of a quota that a use leaves to those before it: so real time comes first, then polls, and bulk gets the
# rest, all of it where nobody else wants any.
RESERVES = {"realtime": 0.0, "poll": 0.25, "bulk": 0.5}
UNGUARDED = "test"  # a person's single call past all limits, which says nothing to the breaker either
SLACK = 5.0  # seconds beyond its timeout after which a call has surely ended
OPEN_CAP = 30  # times its first pause is the longest one of a breaker whose probes fail


class Limits(NamedTuple):
    """What a person set on an endpoint; 0 is no limit."""

    calls: int = 0
    seconds: int = 1
    burst: int = 0
    at_once: int = 0
    breaker_percent: int = 0
    breaker_calls: int = 0
    breaker_window: int = 60
    breaker_pause: int = 10

    def rate(self):
        """Return the :class:`Limit` of calls, or ``None``; a fifth of them may come at once where nothing is said."""
        return Limit.spaced(self.calls, self.seconds, self.burst or self.calls // 5) if self.calls else None

    def policy(self, longest):
        """Return the breaker's policy, or ``None``."""
        if not self.breaker_percent:
            return None
        return BreakerPolicy(
            window=self.breaker_window,
            minimum_calls=self.breaker_calls,
            failure_rate=self.breaker_percent / 100,
            open_for=self.breaker_pause,
            open_cap=self.breaker_pause * OPEN_CAP,
            probe_timeout=longest,
        )


class Guarded(NamedTuple):
    """Whose limits are kept, and which: what a guard is made of."""

    database: str
    endpoint_id: int
    limits: Limits
    timeout: float
    use: str = "realtime"


_guards = {}
_lock = threading.Lock()


def guard(inner, store, guarded):
    """Return the process's :class:`GuardedTransport` for a use of an endpoint.

    Where its limits are others than they were, it is a new one, and the old one's leases go back.
    """
    place = os.getpid(), guarded.database, guarded.endpoint_id, guarded.use
    with _lock:
        made, found = _guards.get(place, (None, None))
        if made == (inner, store, guarded):
            return found
        following = _make(inner, store, guarded)
        _guards[place] = (inner, store, guarded), following
    if found:
        found.close()
    return following


def end_holds(store, guarded):
    """Let an open breaker's probe go at once, and end what the other side's answers slow: a person says so."""
    CircuitBreaker(store, key("breaker", guarded.endpoint_id), clock=CLOCK).hurry()
    if limit := guarded.limits.rate():
        RateLimiter(store, key("rate", guarded.endpoint_id), limit, clock=CLOCK, holder="").resume()


def _make(inner, store, guarded):
    limits, reserve = guarded.limits, RESERVES[guarded.use]
    holder = f"{platform.node()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    longest = guarded.timeout + SLACK
    limiter = breaker = places = None
    if limit := limits.rate():
        limiter = RateLimiter(
            store, key("rate", guarded.endpoint_id), limit, clock=CLOCK, holder=holder, reserve=reserve
        )
    if policy := limits.policy(longest):
        breaker = CircuitBreaker(store, key("breaker", guarded.endpoint_id), policy, clock=CLOCK)
    if limits.at_once:
        own = max(1, int(limits.at_once * (1 - reserve)))  # of the same places: they see what the others hold
        places = ConcurrencyLimit(
            store, key("places", guarded.endpoint_id), own, clock=CLOCK, holder=holder, longest=longest
        )
    return GuardedTransport(inner, clock=CLOCK, limiter=limiter, breaker=breaker, concurrency=places)


def key(kind, endpoint_id):
    """Return under which key the workers share something of an endpoint; ``engine/limits.py`` reads it too."""
    return f"{kind}:{endpoint_id}"
