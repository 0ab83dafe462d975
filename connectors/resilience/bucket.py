# Part of Integration Hub. License LGPL-3.0 or later.
"""A token bucket whose tokens are leased to workers in allotments. Pure: state in, state out.

The promise: in any time of w seconds, workers together spend at most `burst` + `per_second` · w tokens, however many
they are, whenever they spend what they leased, and whoever dies. It holds because what lies in the bucket and what is
out on lease are never more than `burst` together; a lease is out until it is settled or has run out, and past its end
it can be neither spent nor given back.

`now` is the store's clock, the same for all workers.
"""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from ..errors import ConfigurationError
from . import leases as leasing
from .leases import Leases

LEAST_WAIT = 0.001
NO_RATE_WAIT = 60.0
"""Seconds after which to look again at a limit that lets nothing in."""

MAX_STEP_BACK = 60.0
"""A clock that went back by more than this (seconds) was corrected; by less, it is waited for."""


class Limit(NamedTuple):
    """At most `burst` at once and `per_second` for ever."""

    burst: float
    per_second: float

    @classmethod
    def window(cls, allowed: float, seconds: float, burst_share: float = 0.2) -> "Limit":
        """A limit that keeps to "`allowed` in any `seconds`", of which the share `burst_share` may come at once."""
        return cls(allowed * burst_share, allowed * (1 - burst_share) / seconds)

    @classmethod
    def spaced(cls, calls: int, seconds: float, burst: int) -> "Limit":
        """Whole calls, never more than `calls` from any moment until just before `seconds` later, `burst` at once.

        In that time at most `burst` + `per_second` · `seconds` come, the last of which would be one too many.
        """
        burst = min(max(burst, 1), calls)
        return cls(burst, (calls - burst + 1) / seconds)


class Bucket(NamedTuple):
    """The shared state; `Bucket(**row)` and `_asdict()` are its way from and to a row.

    `tokens` were there `at`. `paces` holds, by name, `[per_second, until]`: slower than the limit for a time.
    """

    tokens: float
    at: float
    leases: Leases = {}
    paces: Mapping[str, list[float]] = {}

    @classmethod
    def load(cls, row: Mapping[str, Any] | None, limit: Limit, now: float) -> "Bucket":
        """The state of a row; a full bucket when there is none."""
        return cls(limit.burst, now) if row is None else cls(**row)


class Grant(NamedTuple):
    """`amount` tokens until `until`; when it is 0, a grant may succeed after `wait` seconds."""

    amount: float
    until: float
    wait: float


def refill(bucket: Bucket, limit: Limit, now: float) -> Bucket:
    """The bucket with what has come in since, and without the leases and paces that have run out.

    Stretch by stretch: a lease takes its place in the bucket till its very end, or tokens spent at its end and those
    that came in meanwhile could be spent together.
    """
    tokens, at = bucket.tokens, bucket.at
    if now < at - MAX_STEP_BACK:
        at = now
    ends = {until for _value, until in (*bucket.leases.values(), *bucket.paces.values()) if at < until < now}
    for moment in (*sorted(ends), max(now, at)):
        room = limit.burst - leasing.total(leasing.live(bucket.leases, at))
        tokens = max(0.0, min(tokens + (moment - at) * _rate(bucket, limit, at), room))
        at = moment
    paces = {name: pace for name, pace in bucket.paces.items() if pace[1] > now}
    return Bucket(tokens, at, leasing.live(bucket.leases, now), paces)


def lease(
    bucket: Bucket,
    limit: Limit,
    now: float,
    holder: str,
    *,
    least: float,
    most: float,
    lifetime: float,
    reserve: float = 0.0,
) -> tuple[Bucket, Grant]:
    """Give `holder` between `least` and `most` tokens for `lifetime` seconds, or say how long to wait.

    It leaves the share `reserve` of what nobody has on lease in the bucket, for those who come before it; one that is
    too small for that gives only when it is full. What the holder still has must be settled before. Raises
    ConfigurationError when `least` can never be granted.
    """
    if least > limit.burst:
        raise ConfigurationError(
            f"One call costs {least:g}, more than the limit ever grants at once ({limit.burst:g})",
            code="cost-above-limit",
            hint="Raise the limit, or ask for less in one call.",
        )
    bucket = refill(bucket, limit, now)
    room = limit.burst - leasing.total(bucket.leases)
    left = max(0.0, min(reserve * room, room - least))
    amount = min(most, bucket.tokens - left)
    if amount < least:
        return bucket, Grant(0.0, now, _wait(bucket, limit, now, least + left))
    if amount > least:
        amount = max(least, math.floor(amount))
    held = {**bucket.leases, holder: [amount, now + lifetime]}
    return bucket._replace(tokens=bucket.tokens - amount, leases=held), Grant(amount, now + lifetime, 0.0)


def settle(bucket: Bucket, limit: Limit, now: float, holder: str, unspent: float) -> Bucket:
    """End the holder's lease and take back what it did not spend; of a lease that has run out, nothing."""
    bucket = refill(bucket, limit, now)
    held = dict(bucket.leases)
    amount = held.pop(holder, [0.0])[0]
    return bucket._replace(tokens=bucket.tokens + min(max(unspent, 0.0), amount), leases=held)


def slow(bucket: Bucket, limit: Limit, now: float, name: str, per_second: float, until: float) -> Bucket:
    """Let no more than `per_second` come in until then; 0 pauses. A later word under the same name replaces it."""
    bucket = refill(bucket, limit, now)
    return bucket._replace(paces={**bucket.paces, name: [max(per_second, 0.0), until]})


def unslow(bucket: Bucket, limit: Limit, now: float) -> Bucket:
    """End every pace before its time: a person says so."""
    return refill(bucket, limit, now)._replace(paces={})


def lower(bucket: Bucket, limit: Limit, now: float, available: float) -> Bucket:
    """Believe a peer that has only `available` left: what is in the bucket and out on lease may not be more."""
    bucket = refill(bucket, limit, now)
    left = max(0.0, available - leasing.total(bucket.leases))
    return bucket._replace(tokens=min(bucket.tokens, left))


def _rate(bucket: Bucket, limit: Limit, moment: float) -> float:
    """Tokens a second that come in from this moment on: the slowest of all that hold."""
    return min([limit.per_second, *(rate for rate, until in bucket.paces.values() if until > moment)])


def _wait(bucket: Bucket, limit: Limit, now: float, wanted: float) -> float:
    """Seconds until `wanted` tokens may be there, if nobody else takes any; never 0."""
    if limit.burst - leasing.total(bucket.leases) < wanted:
        return max(leasing.first_end(bucket.leases, now), LEAST_WAIT)  # sooner when the others settle
    missing, moment = wanted - bucket.tokens, bucket.at
    for end in (*sorted(until for _rate, until in bucket.paces.values()), math.inf):
        rate = _rate(bucket, limit, moment)
        if rate > 0 and missing <= rate * (end - moment):
            return max(moment + missing / rate - now, LEAST_WAIT)
        if end < math.inf:
            missing -= rate * (end - moment)
            moment = end
    return max(moment - now, NO_RATE_WAIT)
