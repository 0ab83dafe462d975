# Part of Integration Hub. License LGPL-3.0 or later.
"""A transport that asks before it sends: breaker, concurrency and rate limit in front of any other transport."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple

from ..clock import Clock
from ..errors import HubError, Throttled
from ..http import Request, Response, Timeout, Transport
from ..messages import StreamedResponse, streaming
from ..statuses import error_for_status
from .breaker import verdict
from .circuit import CircuitBreaker
from .concurrency import ASK_AGAIN, ConcurrencyLimit
from .held import Held
from .limiter import RateLimiter
from .quota import Quota, read_quotas


class Ready(NamedTuple):
    """How many calls could leave now; when none, the code that a Held would have and the seconds after which to ask."""

    calls: int
    code: str = ""
    wait: float = 0.0


class GuardedTransport:
    """Sends through `inner` what the limits let through; what they do not raises Held, and was not sent.

    A wait for the rate limit of up to `patience` seconds, and less than the request's total time, is waited here.
    Every answer teaches: its quota headers slow the limiter before a 429, a 429 pauses it for its `Retry-After`, and
    the breaker counts. `cost` says what a request costs (default 1), `quotas` reads more than the usual headers.
    """

    def __init__(
        self,
        inner: Transport,
        *,
        clock: Clock,
        limiter: RateLimiter | None = None,
        breaker: CircuitBreaker | None = None,
        concurrency: ConcurrencyLimit | None = None,
        patience: float = 1.0,
        cost: Callable[[Request], float] = lambda request: 1.0,
        quotas: Callable[[Response, float], list[Quota]] = lambda response, now: read_quotas(response.headers, now),
    ) -> None:
        self._inner, self._clock = inner, clock
        self._limiter, self._breaker, self._concurrency = limiter, breaker, concurrency
        self._patience, self._cost, self._quotas = patience, cost, quotas

    def send(self, request: Request, timeout: Timeout) -> Response:
        """The answer, whatever its status. Raises Held, or what the inner transport raises."""
        if self._breaker is None:
            return self._limited(request, timeout)[0]
        permit = self._breaker.permit()
        try:  # what is no HubError is our own bug: a probe's place is then freed by its time running out
            response, failure = self._limited(request, timeout)
        except HubError as error:
            self._breaker.record(permit, error)
            raise
        self._breaker.record(permit, failure)
        return response

    def ready(self, wanted: int) -> Ready:
        """How many of `wanted` calls could leave now. Nothing is spent: others may be faster than a later `send`."""
        if self._breaker is not None:
            free, wait = self._breaker.ready()
            if not free:
                return Ready(0, "breaker-open", wait)
            wanted = int(min(wanted, free))
        if self._concurrency is not None:
            wanted = self._concurrency.ready(wanted)
            if not wanted:
                return Ready(0, "too-many-at-once", ASK_AGAIN)
        if self._limiter is not None:
            tokens, wait = self._limiter.ready()
            if not tokens:
                return Ready(0, "rate-limited", wait)
            wanted = min(wanted, tokens)
        return Ready(wanted)

    def told(self, failure: HubError) -> None:
        """Learn that an answer which looked good here was none: a maintenance page under a 200, say."""
        if self._breaker is not None and verdict(failure) is False:
            try:
                self._breaker.record(self._breaker.permit(), failure)
            except Held:
                return  # it is not called anyway

    def close(self) -> None:
        """Give back what is leased and not in use."""
        for part in (self._limiter, self._concurrency):
            if part is not None:
                part.close()

    def stream(self, request: Request, timeout: Timeout, max_bytes: int) -> AbstractContextManager[StreamedResponse]:
        """What the inner transport streams, past all limits: a file in a storage is not the API that they are for."""
        return streaming(self._inner).stream(request, timeout, max_bytes)

    def _limited(self, request: Request, timeout: Timeout) -> tuple[Response, HubError | None]:
        if self._limiter is not None:
            self._wait_for(self._limiter, self._cost(request), min(self._patience, timeout.total))
        with self._concurrency.place() if self._concurrency is not None else nullcontext():
            return self._send(request, timeout)

    def _send(self, request: Request, timeout: Timeout) -> tuple[Response, HubError | None]:
        response = self._inner.send(request, timeout)
        now = self._clock.now()
        failure = None
        if not response.ok:
            failure = error_for_status(response.status, response.headers, now=now)
        if self._limiter is not None:
            self._limiter.observe(self._quotas(response, now))
            if isinstance(failure, Throttled):
                self._limiter.pause(failure.retry_after or 1.0)
        return response, failure

    def _wait_for(self, limiter: RateLimiter, cost: float, patience: float) -> None:
        deadline = self._clock.monotonic() + patience
        while wait := limiter.acquire(cost):
            if self._clock.monotonic() + wait > deadline:
                raise Held(
                    "The rate limit is used up", code="rate-limited", retry_after=wait, params={"wait": round(wait, 3)}
                )
            self._clock.sleep(wait)
