# Part of Integration Hub. License LGPL-3.0 or later.
"""How far the peer's clock is from ours: signatures and tokens that are good for minutes fail where it is far."""

from email.utils import parsedate_to_datetime

from ..clock import Clock
from ..messages import Headers, Request, Response, Timeout, Transport


class ClockWatch:
    """A transport that notes, by the Date of the last answer (RFC 9110 §6.6.1), how far the peer's clock is ahead.

    `offset` in seconds, to about half a second and half the time that the answer took; None where no answer said. A
    cache's answer has an old date, and says nothing.
    """

    def __init__(self, inner: Transport, clock: Clock) -> None:
        self.offset: float | None = None
        self._inner = inner
        self._clock = clock

    def send(self, request: Request, timeout: Timeout) -> Response:
        """The inner transport's answer."""
        sent = self._clock.now()
        response = self._inner.send(request, timeout)
        date = _date(response.headers)
        if date is not None:
            self.offset = date + 0.5 - (sent + self._clock.now()) / 2
        return response


def _date(headers: Headers) -> float | None:
    if "age" in headers:
        return None
    try:
        return parsedate_to_datetime(headers.get("date", "")).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
