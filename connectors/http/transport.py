# Part of Integration Hub. License LGPL-3.0 or later.
"""The wire: one request out, one complete response in, within time and size."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
import urllib3

from ..clock import Clock, SystemClock
from ..errors import BadResponse, BodyTruncated, ConfigurationError, HubError, ResponseTooLarge
from ..messages import Headers, Request, Response, StreamedResponse, Timeout, Transport
from .adapter import Adapter
from .addresses import AddressGuard
from .connection import AddressRefused, Deadline, Resolver, resolve
from .decoding import BrokenEncoding, UnknownEncoding, decoder
from .failures import translate
from .proxy import Proxy
from .tls import InsecureTls, Tls

__all__ = ["MAX_RESPONSE_BYTES", "RequestsTransport", "Timeout", "Transport"]

MAX_RESPONSE_BYTES = 16 * 1024 * 1024
_CHUNK = 16 * 1024
_logger = logging.getLogger(__name__)


class RequestsTransport:
    """A pooled, thread-safe transport on requests: no redirects, no cookies, no proxies or netrc from the environment.

    ``guard`` refuses addresses after name resolution, on each new connection: the address that was checked is the one
    connected to. ``tls`` says whom to trust and may hold a client certificate; verification is turned off by an
    InsecureTls object and by nothing else. ``session`` may be given for what a test wants to see; its adapters are
    replaced, and ConfigurationError says so when it would not verify.
    """

    def __init__(
        self,
        session: requests.Session | None = None,
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
        self._session = session or requests.Session()
        self._check_session()
        self._session.trust_env = False
        self._session.cookies = _NoCookies()
        adapter = Adapter(guard, self._tls.context(), proxy, pool_size, resolver)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

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
        self._session.close()

    def __repr__(self) -> str:
        return f"RequestsTransport(tls={self._tls!r}, guard={self._guard!r}, proxy={self._proxy!r})"

    def _check_session(self) -> None:
        if self._session.verify is not True or self._session.cert is not None:
            raise ConfigurationError(
                "A session's own TLS settings are not used",
                code="insecure-tls",
                hint="Give the transport a Tls object, or an InsecureTls one that says why.",
            )

    def _open(self, request: Request, timeout: Timeout, deadline: Deadline) -> requests.Response:
        """The answer as far as its headers."""
        self._check_session()
        if isinstance(self._tls, InsecureTls) and request.url.lower().startswith("https:"):
            _logger.warning("TLS verification is off for %s: %s", request.target, self._tls.reason)
        prepared = requests.PreparedRequest()
        try:
            prepared.prepare(method=request.method, url=request.url, headers=dict(request.headers), data=request.body)
            with deadline:
                return self._session.send(
                    prepared,
                    stream=True,
                    allow_redirects=False,
                    timeout=(min(timeout.connect, timeout.total), min(timeout.read, timeout.total)),
                    proxies={},
                    verify=True,
                )
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
            arriving = _arriving(_bounded(raw.stream(_CHUNK, decode_content=False), max_bytes), deadline)
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


def _arriving(chunks: Iterator[bytes], deadline: Deadline) -> Iterator[bytes]:
    for chunk in chunks:
        deadline.check()
        yield chunk


def _bounded(pieces: Iterator[bytes], limit: int) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > limit:
            raise _LimitReached
        yield piece


class _LimitReached(Exception):
    """More bytes than allowed."""


class _NoCookies(requests.cookies.RequestsCookieJar):
    """Keeps nothing: a session shared by threads and tenants must not remember."""

    def set_cookie(self, cookie: Any, *args: Any, **kwargs: Any) -> None:
        """Forget it."""
