# Part of Integration Hub. License LGPL-3.0 or later.
"""Limits that hold over all workers, breakers that they share, and retries that end: pure rules, injected storage.

`retry`, `bucket`, `breaker`, `quota`, `pacing` are functions on values; `RateLimiter`, `Points`, `CircuitBreaker` and
`ConcurrencyLimit` are one worker's part in them; `transport.GuardedTransport`, to be imported from there since it alone
knows HTTP, puts the others in front of a client.
"""

from .breaker import Breaker, BreakerPolicy, Permit, verdict
from .bucket import Bucket, Limit
from .circuit import CircuitBreaker
from .concurrency import ConcurrencyLimit
from .held import Held
from .limiter import RateLimiter
from .pacing import pace
from .points import Points
from .quota import Quota, graphql_asked, graphql_cost, graphql_quota, read_quotas
from .retry import RetryPolicy, next_delay, retrying
from .store import MemoryStore, Store

__all__ = [
    "Breaker",
    "BreakerPolicy",
    "Bucket",
    "CircuitBreaker",
    "ConcurrencyLimit",
    "Held",
    "Limit",
    "MemoryStore",
    "Permit",
    "Points",
    "Quota",
    "RateLimiter",
    "RetryPolicy",
    "Store",
    "graphql_asked",
    "graphql_cost",
    "graphql_quota",
    "next_delay",
    "pace",
    "read_quotas",
    "retrying",
    "verdict",
]
