# Part of Integration Hub. License LGPL-3.0 or later.
"""What a vendor's answers say besides what was asked: the version of its API, and its clock."""

from __future__ import annotations

from contextlib import AbstractContextManager

from ..clock import Clock
from ..http import ClockWatch
from ..messages import Request, Response, StreamedResponse, Timeout, Transport, streaming


class Watch:
    """A transport that remembers the versions that answers named, how far the vendor's clock is ahead, and counts."""

    def __init__(self, inner: Transport, clock: Clock, version_header: str) -> None:
        self.versions: set[str] = set()
        self.requests = 0
        self._inner, self._timed, self._header = inner, ClockWatch(inner, clock), version_header

    @property
    def clock_offset(self) -> float | None:
        """Seconds by which the vendor's clock is ahead of ours; None where it does not say."""
        return self._timed.offset

    def send(self, request: Request, timeout: Timeout) -> Response:
        """The vendor's answer."""
        self.requests += 1
        response = self._timed.send(request, timeout)
        if self._header and (version := response.headers.get(self._header)):
            self.versions.add(version)
        return response

    def stream(self, request: Request, timeout: Timeout, max_bytes: int) -> AbstractContextManager[StreamedResponse]:
        """A file while it arrives; it comes from the vendor's storage, whose clock and version are its own."""
        self.requests += 1
        return streaming(self._inner).stream(request, timeout, max_bytes)
