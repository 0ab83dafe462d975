# Part of Integration Hub. License LGPL-3.0 or later.
"""The wire: one request out, one complete response in, within time and size."""

import logging
from collections.abc import Iterator
from typing import Any

import requests
import urllib3

from ..clock import Clock, SystemClock
from ..errors import BadResponse, BodyTruncated, ConfigurationError, HubError, ResponseTooLarge
from ..messages import Headers, Request, Response, Timeout, Transport
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
        deadline = Deadline(self._clock, started + timeout.total, timeout.read)
        self._check_session()
        if isinstance(self._tls, InsecureTls) and request.url.lower().startswith("https:"):
            _logger.warning("TLS verification is off for %s: %s", request.target, self._tls.reason)
        try:
            with deadline:
                return self._exchange(request, timeout, deadline, started)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, AddressRefused) as error:
            failure = translate(error, request.target)
        raise failure  # outside the handler: the original's text may hold the query, and so a key

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

    def _exchange(self, request: Request, timeout: Timeout, deadline: Deadline, started: float) -> Response:
        prepared = requests.PreparedRequest()
        prepared.prepare(method=request.method, url=request.url, headers=dict(request.headers), data=request.body)
        with self._session.send(
            prepared,
            stream=True,
            allow_redirects=False,
            timeout=(min(timeout.connect, timeout.total), min(timeout.read, timeout.total)),
            proxies={},
            verify=True,
        ) as answer:
            headers = Headers(answer.raw.headers.items())
            body = self._read(answer.raw, headers, request, deadline)
            return Response(answer.status_code, headers, body, self._clock.monotonic() - started)

    def _read(self, raw: Any, headers: Headers, request: Request, deadline: Deadline) -> bytes:
        """The body, decoded. Neither what arrives nor what it decodes to may pass the limit."""
        params = {"target": request.target}
        failure: HubError
        try:
            pieces = decoder(headers.get("content-encoding", "")).feed(self._arriving(raw, deadline))
            return b"".join(self._bounded(pieces))
        except _LimitReached:
            limit = self._max_bytes
            message = f"{request.target} answered with more than {limit} bytes"
            failure = ResponseTooLarge(message, params={**params, "limit": limit})
        except UnknownEncoding as unknown:
            message = f"{request.target} answered in an encoding that was not asked for: {unknown}"
            failure = BadResponse(message, code="unknown-encoding", params={**params, "encoding": str(unknown)})
        except (urllib3.exceptions.ProtocolError, BrokenEncoding):
            failure = BodyTruncated(f"The answer of {request.target} broke off before its end", params=params)
        raise failure

    def _arriving(self, raw: Any, deadline: Deadline) -> Iterator[bytes]:
        for chunk in self._bounded(raw.stream(_CHUNK, decode_content=False)):
            deadline.check()
            yield chunk

    def _bounded(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        size = 0
        for piece in pieces:
            size += len(piece)
            if size > self._max_bytes:
                raise _LimitReached
            yield piece


class _LimitReached(Exception):
    """More bytes than allowed."""


class _NoCookies(requests.cookies.RequestsCookieJar):
    """Keeps nothing: a session shared by threads and tenants must not remember."""

    def set_cookie(self, cookie: Any, *args: Any, **kwargs: Any) -> None:
        """Forget it."""
