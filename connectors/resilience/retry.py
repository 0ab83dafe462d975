# Part of Integration Hub. License LGPL-3.0 or later.
"""When the next try is: exponential with jitter, capped in count and age, and never before the peer allows it."""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from ..clock import Clock
from ..errors import HubError, Policy
from ..retry_after import MAX_SECONDS, MIN_SECONDS

T = TypeVar("T")
Random = Callable[[], float]
"""Returns a float in [0, 1), as `random.random` does."""

_MAX_EXPONENT = 30  # past this every cap is reached, and the power would overflow in the end


class RetryPolicy(NamedTuple):
    """How long something that fails is tried. Seconds throughout.

    The wait after the n-th failure is `base` · `factor`^(n-1), at most `cap`; of it the share `jitter` (0 none,
    1 all) is random, so that what failed together does not come back together. No try follows failure number
    `max_attempts`, nor a failure at the age of `max_age`.
    """

    base: float = 5.0
    cap: float = 3600.0
    max_attempts: int = 12
    max_age: float = 48 * 3600.0
    factor: float = 2.0
    jitter: float = 0.5


def next_delay(
    policy: RetryPolicy, attempts: int, age: float, random: Random, retry_after: float | None = None
) -> float | None:
    """Seconds to wait after failure number `attempts`, at least one; None when no further try is due.

    `age` is in seconds since the work arrived. `retry_after` is what the peer asked for, as
    `parse_retry_after` reads it in either form: it is obeyed, within 1 s and 4 h, in place of the policy's own wait.
    """
    if attempts >= policy.max_attempts or age >= policy.max_age:
        return None
    if retry_after is not None:
        return min(max(MIN_SECONDS, float(retry_after)), MAX_SECONDS)  # in this order also NaN becomes the least
    ceiling = min(policy.cap, policy.base * policy.factor ** min(max(attempts, 1) - 1, _MAX_EXPONENT))
    return max(MIN_SECONDS, ceiling * (1.0 - policy.jitter + policy.jitter * random()))


def retrying(
    operation: Callable[[], T],
    policy: RetryPolicy,
    *,
    clock: Clock,
    random: Random,
    repeatable: bool = True,
) -> T:
    """The result of `operation`, called again after failures whose class says RETRY, waiting in between.

    For a person or a deadline that waits; a queue uses `next_delay` and waits in no thread. `repeatable` False (no
    idempotency key, no natural upsert) gives up when the failed call may have taken effect. Raises the last failure.
    """
    started = clock.monotonic()
    attempts = 0
    while True:
        attempts += 1
        try:
            return operation()
        except HubError as failure:
            if failure.policy is not Policy.RETRY or (failure.in_doubt and not repeatable):
                raise
            age = clock.monotonic() - started
            delay = next_delay(policy, attempts, age, random, failure.retry_after)
            if delay is None or age + delay > policy.max_age:
                raise
        clock.sleep(delay)
