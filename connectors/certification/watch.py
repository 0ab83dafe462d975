# Part of Integration Hub. License LGPL-3.0 or later.
"""What a vendor's answers say besides what was asked: the version of its API, and its clock."""

from __future__ import annotations

from contextlib import AbstractContextManager
from email.utils import parsedate_to_datetime

from ..clock import Clock
from ..messages import Request, Response, StreamedResponse, Timeout, Transport, streaming


class Watch:
    """A transport that remembers the versions that answers named, how far the vendor's clock is off, and counts."""

    def __init__(self, inner: Transport, clock: Clock, version_header: str) -> None:
        self.versions: set[str] = set()
        self.requests = 0
        self.clock_offset: float | None = None
        self._inner, self._clock, self._header = inner, clock, version_header

    def send(self, request: Request, timeout: Timeout) -> Response:
        """The vendor's answer."""
        self.requests += 1
        response = self._inner.send(request, timeout)
        if self._header and (version := response.headers.get(self._header)):
            self.versions.add(version)
        if (offset := self._offset(response)) is not None:
            self.clock_offset = offset
        return response

    def stream(self, request: Request, timeout: Timeout, max_bytes: int) -> AbstractContextManager[StreamedResponse]:
        """A file while it arrives; it comes from the vendor's storage, whose clock and version are its own."""
        self.requests += 1
        return streaming(self._inner).stream(request, timeout, max_bytes)

    def _offset(self, response: Response) -> float | None:
        try:
            return self._clock.now() - parsedate_to_datetime(response.headers["Date"]).timestamp()
        except (KeyError, ValueError):
            return None
