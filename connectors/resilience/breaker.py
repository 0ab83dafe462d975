# Part of Integration Hub. License LGPL-3.0 or later.
"""The circuit breaker: stops calling what fails, and finds out with few calls when it works again. Pure.

                  failure rate over a window              open_for has passed
      closed ───────────────────────────────▶ open ─────────────────────────▶ half-open
        ▲                                      ▲        a probe fails             │
        │                                      └──────────────────────────────────┤
        └──────────────────────────────────────────────────────────────────────── ┘  enough probes succeed

      paused   by an operator, from any state; only an operator's `resume` leaves it, into half-open

Results are told with the permit they were made under: one that is older than the last change of state says nothing
about the present, and counts for nothing. Test sends ask for no permit and tell no result.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..errors import (
    BadResponse,
    HubError,
    ResponseError,
    ResponseTooLarge,
    ServerFault,
    Throttled,
    TransportError,
)
from ..retry_after import MAX_SECONDS, MIN_SECONDS

CLOSED, OPEN, HALF_OPEN, PAUSED = "closed", "open", "half-open", "paused"
STATES = (CLOSED, OPEN, HALF_OPEN, PAUSED)
SLICES = 10
"""Parts of the window, each counted by itself: what is older than the window goes a tenth at a time."""


class BreakerPolicy(NamedTuple):
    """Opens when of at least `minimum_calls` in `window` seconds the share `failure_rate` failed.

    It stays open for `open_for` seconds, twice as long after each failed probe, at most `open_cap`. Half-open, up to
    `probes` calls are under way at once; `successes` of them close it. A probe whose result never comes frees its
    place after `probe_timeout`.
    """

    window: float = 60.0
    minimum_calls: int = 10
    failure_rate: float = 0.5
    open_for: float = 30.0
    open_cap: float = 900.0
    probes: int = 1
    successes: int = 2
    probe_timeout: float = 120.0


class Permit(NamedTuple):
    """Leave to call. `probe` is the number of the probe's place, 0 for an ordinary call."""

    generation: int
    probe: int = 0


class Breaker(NamedTuple):
    """The shared state; `Breaker.load(row)` and `_asdict()` are its way from and to a row.

    `until` is when an open breaker lets a probe through. `slices` are `[number, calls, failures]` of the window's
    parts, `probes` are `[number, until]` of those under way. `reopened` counts failed recoveries in a row. `reason` is
    an operator's, or how many of how many calls had failed when it opened, such as `12/15`.
    """

    state: str = CLOSED
    generation: int = 1
    since: float = 0.0
    until: float = 0.0
    slices: Sequence[Sequence[int]] = ()
    probes: Sequence[Sequence[float]] = ()
    succeeded: int = 0
    reopened: int = 0
    next_probe: int = 1
    reason: str = ""

    @classmethod
    def load(cls, row: Mapping[str, Any] | None) -> "Breaker":
        """The state of a row; a closed breaker when there is none."""
        return cls() if row is None else cls(**row)


def permit(breaker: Breaker, policy: BreakerPolicy, now: float) -> tuple[Breaker, Permit | None, float]:
    """Ask to call: a permit, or None and the seconds after which to ask again."""
    longest = max(policy.open_cap, MAX_SECONDS)
    if breaker.state == OPEN and not now < breaker.until <= now + longest:  # or the clock was corrected meanwhile
        breaker = _enter(breaker, HALF_OPEN, now)
    if breaker.state == CLOSED:
        return breaker, Permit(breaker.generation), 0.0
    if breaker.state == OPEN:
        return breaker, None, breaker.until - now
    if breaker.state == PAUSED:
        return breaker, None, MAX_SECONDS
    under_way = [probe for probe in breaker.probes if probe[1] > now]
    if len(under_way) >= policy.probes:
        wait = min(until for _number, until in under_way) - now
        return breaker._replace(probes=under_way), None, min(wait, max(MIN_SECONDS, policy.open_for / 10))
    number = breaker.next_probe
    probes = [*under_way, [number, now + policy.probe_timeout]]
    return breaker._replace(probes=probes, next_probe=number + 1), Permit(breaker.generation, number), 0.0


def ready(breaker: Breaker, policy: BreakerPolicy, now: float) -> tuple[float, float]:
    """How many calls `permit` would let through now (inf while closed), or 0 and the seconds after which to ask."""
    if breaker.state == CLOSED:
        return math.inf, 0.0
    free = policy.probes - sum(until > now for _number, until in breaker.probes)
    _breaker, given, wait = permit(breaker, policy, now)
    return (0.0, wait) if given is None else (float(free), 0.0)


def record(
    breaker: Breaker,
    policy: BreakerPolicy,
    given: Permit,
    ok: bool | None,
    now: float,
    *,
    retry_after: float | None = None,
) -> Breaker:
    """Tell how a permitted call ended: True it works, False it fails, None the call says nothing about that.

    `retry_after` keeps a breaker that opens open for at least so long (4 h at most).
    """
    if given.generation != breaker.generation or breaker.state in (OPEN, PAUSED):
        return breaker
    if breaker.state == CLOSED:
        return breaker if ok is None else count(breaker, policy, 1, 0 if ok else 1, now, retry_after=retry_after)
    probes = [probe for probe in breaker.probes if probe[0] != given.probe]
    if len(probes) == len(breaker.probes):
        return breaker  # its place was freed: it took too long to count
    breaker = breaker._replace(probes=probes)
    if ok is None:
        return breaker
    if not ok:
        return _open(breaker._replace(reopened=breaker.reopened + 1), policy, now, retry_after)
    if breaker.succeeded + 1 < policy.successes:
        return breaker._replace(succeeded=breaker.succeeded + 1)
    return _enter(breaker, CLOSED, now)._replace(reopened=0)


def count(
    breaker: Breaker,
    policy: BreakerPolicy,
    calls: int,
    failures: int,
    now: float,
    *,
    retry_after: float | None = None,
) -> Breaker:
    """Count ordinary calls that have ended, several at once if need be; in a state other than closed they are late."""
    if breaker.state != CLOSED:
        return breaker
    number = int(now // (policy.window / SLICES))
    kept = {part[0]: part for part in breaker.slices if number - SLICES < part[0] <= number}
    _number, had_calls, had_failures = kept.get(number, (number, 0, 0))
    kept[number] = [number, had_calls + calls, had_failures + failures]
    breaker = breaker._replace(slices=[list(part) for part in kept.values()])
    all_calls, all_failures = (sum(part[place] for part in breaker.slices) for place in (1, 2))
    if failures and all_calls >= policy.minimum_calls and all_failures >= policy.failure_rate * all_calls:
        return _open(breaker._replace(reason=f"{all_failures}/{all_calls}"), policy, now, retry_after)
    return breaker


def pause(breaker: Breaker, now: float, reason: str = "") -> Breaker:
    """An operator stops all calls. Nothing but `resume` undoes it."""
    return _enter(breaker, PAUSED, now)._replace(reason=reason)


def resume(breaker: Breaker, now: float) -> Breaker:
    """An operator lets calls go on: probes first, for much may have changed. Without effect unless paused."""
    return _enter(breaker, HALF_OPEN, now) if breaker.state == PAUSED else breaker


def hurry(breaker: Breaker, now: float) -> Breaker:
    """A person wants to know now whether it works: an open breaker lets a probe through. Without effect otherwise."""
    return _enter(breaker, HALF_OPEN, now) if breaker.state == OPEN else breaker


def verdict(failure: HubError | None) -> bool | None:
    """What the end of a call (None: a good answer) says about the peer: it works, it fails, or nothing.

    No answer, a server fault and an answer of the wrong kind (a maintenance page with status 200) are failures. Any
    other answer shows that the peer works, be it a refusal. 429 is the rate limit's affair, and what never left or
    was too large says nothing.
    """
    if failure is None:
        return True
    if isinstance(failure, Throttled | ResponseTooLarge):
        return None
    if isinstance(failure, TransportError | ServerFault | BadResponse):
        return False
    return True if isinstance(failure, ResponseError) else None


def _open(breaker: Breaker, policy: BreakerPolicy, now: float, retry_after: float | None) -> Breaker:
    wait = min(policy.open_cap, policy.open_for * 2.0 ** min(breaker.reopened, 30))
    if retry_after is not None:
        wait = max(wait, min(retry_after, MAX_SECONDS))
    return _enter(breaker, OPEN, now)._replace(until=now + wait)


def _enter(breaker: Breaker, state: str, now: float) -> Breaker:
    """A new generation: nothing that was permitted before counts any more, and all counts begin anew."""
    return Breaker(
        state=state,
        generation=breaker.generation + 1,
        since=now,
        reopened=breaker.reopened,
        next_probe=breaker.next_probe,
        reason="" if state == CLOSED or breaker.state == PAUSED else breaker.reason,
    )
