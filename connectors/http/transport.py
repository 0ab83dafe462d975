# Part of Integration Hub. License LGPL-3.0 or later.
"""The wire: one request out, one complete response in, within time and size."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
import urllib3

from ..clock import Clock, SystemClock
from ..errors import BadResponse, BodyTruncated, HubError, ResponseTooLarge
from ..messages import Headers, Request, Response, StreamedResponse, Timeout, Transport
from .adapter import Adapter
from .addresses import AddressGuard
from .connection import AddressRefused, Resolver, resolve
from .deadline import Deadline
from .decoding import BrokenEncoding, UnknownEncoding, decoder
from .failures import translate
from .limits import MAX_RESPONSE_BYTES
from .proxy import Proxy
from .tls import InsecureTls, Tls

__all__ = ["RequestsTransport", "Timeout", "Transport"]

_CHUNK = 16 * 1024
_logger = logging.getLogger(__name__)


class RequestsTransport:
    """A pooled, thread-safe transport on requests: no redirects, no cookies, no proxies or netrc from the environment.

    `guard` refuses addresses after name resolution, on each new connection: the address that was checked is the one
    connected to. `tls` says whom to trust and may hold a client certificate; verification is turned off by an
    InsecureTls object and by nothing else.

    It uses requests' adapter and not its session, which would keep cookies for all who share it, look into the
    environment, and read the whole body of a redirect to see where it leads, however large.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        guard: AddressGuard | None = None,
        tls: Tls | InsecureTls | None = None,
        proxy: Proxy | None = None,
        max_response_bytes: int = MAX_RESPONSE_BYTES,
        pool_size: int = 32,
        resolver: Resolver = resolve,
    ) -> None:
        self._clock = clock or SystemClock()
        self._guard = guard
        self._tls = tls or Tls()
        self._proxy = proxy
        self._max_bytes = max_response_bytes
        self._adapter = Adapter(guard, self._tls.context(), proxy, pool_size, resolver)

    def send(self, request: Request, timeout: Timeout) -> Response:
        """The peer's answer, body complete and decoded."""
        started = self._clock.monotonic()
        with self.stream(request, timeout, self._max_bytes) as answer:
            body = b"".join(answer.pieces)
        return Response(answer.status, answer.headers, body, self._clock.monotonic() - started)

    @contextmanager
    def stream(self, request: Request, timeout: Timeout, max_bytes: int) -> Iterator[StreamedResponse]:
        """The peer's answer for the length of the block, its body still to come: at most `max_bytes`, decoded."""
        deadline = Deadline(self._clock, self._clock.monotonic() + timeout.total, timeout.read)
        answer = self._open(request, timeout, deadline)
        with answer:
            headers = Headers(answer.raw.headers.items())
            yield StreamedResponse(
                answer.status_code, headers, self._pieces(answer.raw, headers, request, deadline, max_bytes)
            )

    def close(self) -> None:
        """Close the pooled connections."""
        self._adapter.close()

    def __repr__(self) -> str:
        return f"RequestsTransport(tls={self._tls!r}, guard={self._guard!r}, proxy={self._proxy!r})"

    def _open(self, request: Request, timeout: Timeout, deadline: Deadline) -> requests.Response:
        """The answer as far as its headers."""
        if isinstance(self._tls, InsecureTls) and request.url.lower().startswith("https:"):
            _logger.warning("TLS verification is off for %s: %s", request.target, self._tls.reason)
        prepared = requests.PreparedRequest()
        try:
            prepared.prepare(method=request.method, url=request.url, headers=dict(request.headers), data=request.body)
            with deadline:
                connect, read = (min(seconds, timeout.total) for seconds in (timeout.connect, timeout.read))
                return self._adapter.send(prepared, stream=True, timeout=(connect, read))
        except (*_FOREIGN, AddressRefused) as error:
            failure = translate(error, request.target)
        raise failure  # outside the handler: the original's text may hold the query, and so a key

    def _pieces(
        self, raw: Any, headers: Headers, request: Request, deadline: Deadline, max_bytes: int
    ) -> Iterator[bytes]:
        """The body, decoded. Neither what arrives nor what it decodes to may pass the limit."""
        params = {"target": request.target}
        failure: HubError
        try:
            arriving = _bounded(_arriving(raw, deadline), max_bytes)
            yield from _bounded(decoder(headers.get("content-encoding", "")).feed(arriving), max_bytes)
            return
        except _LimitReached:
            message = f"{request.target} answered with more than {max_bytes} bytes"
            failure = ResponseTooLarge(message, params={**params, "limit": max_bytes})
        except UnknownEncoding as unknown:
            message = f"{request.target} answered in an encoding that was not asked for: {unknown}"
            failure = BadResponse(message, code="unknown-encoding", params={**params, "encoding": str(unknown)})
        except (urllib3.exceptions.ProtocolError, BrokenEncoding):
            failure = BodyTruncated(f"The answer of {request.target} broke off before its end", params=params)
        except _FOREIGN as error:
            failure = translate(error, request.target)
        raise failure


_FOREIGN = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)


def _arriving(raw: Any, deadline: Deadline) -> Iterator[bytes]:
    try:
        for chunk in raw.stream(_CHUNK, decode_content=False):
            deadline.check()
            yield chunk
    except ValueError:  # all that http.client says of a chunk of negative size
        raise urllib3.exceptions.ProtocolError from None


def _bounded(pieces: Iterator[bytes], limit: int) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > limit:
            raise _LimitReached
        yield piece


class _LimitReached(Exception):
    """More bytes than allowed."""
