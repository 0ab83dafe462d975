# Part of Integration Hub. License LGPL-3.0 or later.
"""The wire: one request out, one complete response in, within time and size."""

import threading
from dataclasses import dataclass
from typing import Any, Protocol

import requests
import urllib3
from requests.adapters import HTTPAdapter

from ..clock import Clock, SystemClock
from ..errors import BodyTruncated, ConfigurationError, ResponseTooLarge
from ..messages import Headers, Request, Response
from .addresses import AddressGuard
from .connection import AddressRefused, Deadline, pool_classes
from .failures import translate

MAX_RESPONSE_BYTES = 16 * 1024 * 1024
_CHUNK = 16 * 1024


@dataclass(frozen=True)
class Timeout:
    """Seconds allowed to connect, between two arrivals of data, and for everything together."""

    connect: float = 5.0
    read: float = 20.0
    total: float = 30.0

    def __post_init__(self) -> None:
        if not all(0 < seconds < float("inf") for seconds in (self.connect, self.read, self.total)):
            raise ConfigurationError("Timeouts must be positive and finite", code="invalid-timeout")


class Transport(Protocol):
    """Sends a request and returns the complete response, whatever its status; thread-safe.

    Raises TransportError (or a subclass) when no complete response came, ConfigurationError when the request cannot
    be sent at all.
    """

    def send(self, request: Request, timeout: Timeout) -> Response:
        """The peer's answer."""


class RequestsTransport:
    """A pooled, thread-safe transport on requests: no redirects, no cookies, no proxies or netrc from the environment.

    ``guard`` refuses addresses after name resolution, on each new connection. ``session`` may be given for its TLS
    settings (``verify``, ``cert``); its adapters are replaced.
    """

    def __init__(
        self,
        session: requests.Session | None = None,
        *,
        clock: Clock | None = None,
        guard: AddressGuard | None = None,
        max_response_bytes: int = MAX_RESPONSE_BYTES,
        pool_size: int = 32,
    ) -> None:
        self._clock = clock or SystemClock()
        self._max_bytes = max_response_bytes
        self._session = session or requests.Session()
        self._session.trust_env = False
        self._session.cookies = _NoCookies()
        adapter = _Adapter(guard, pool_size)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def send(self, request: Request, timeout: Timeout) -> Response:
        """The peer's answer, body complete and decoded."""
        started = self._clock.monotonic()
        deadline = Deadline(self._clock, started + timeout.total, timeout.read)
        try:
            with deadline:
                return self._exchange(request, timeout, deadline, started)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, AddressRefused) as error:
            failure = translate(error, request.target)
        raise failure  # outside the handler: the original's text may hold the query, and so a key

    def close(self) -> None:
        """Close the pooled connections."""
        self._session.close()

    def _exchange(self, request: Request, timeout: Timeout, deadline: Deadline, started: float) -> Response:
        prepared = requests.PreparedRequest()
        prepared.prepare(method=request.method, url=request.url, headers=dict(request.headers), data=request.body)
        with self._session.send(
            prepared,
            stream=True,
            allow_redirects=False,
            timeout=(min(timeout.connect, timeout.total), min(timeout.read, timeout.total)),
            proxies={},
            verify=self._session.verify,
            cert=self._session.cert,
        ) as answer:
            body = self._read(answer.raw, request, deadline)
            headers = Headers(answer.raw.headers.items())
            return Response(answer.status_code, headers, body, self._clock.monotonic() - started)

    def _read(self, raw: Any, request: Request, deadline: Deadline) -> bytes:
        chunks: list[bytes] = []
        size = 0
        params = {"target": request.target}
        raw.enforce_content_length = True  # urllib3 1.26 does not by itself
        try:
            for chunk in raw.stream(_CHUNK, decode_content=True):
                size += len(chunk)
                if size > self._max_bytes:
                    break
                deadline.check()
                chunks.append(chunk)
            else:
                return b"".join(chunks)
        except (urllib3.exceptions.ProtocolError, urllib3.exceptions.DecodeError):
            chunks.clear()
        if size > self._max_bytes:
            limit = self._max_bytes
            raise ResponseTooLarge(
                f"{request.target} answered with more than {limit} bytes", params={**params, "limit": limit}
            )
        raise BodyTruncated(f"The answer of {request.target} broke off before its end", params=params)


class _NoCookies(requests.cookies.RequestsCookieJar):
    """Keeps nothing: a session shared by threads and tenants must not remember."""

    def set_cookie(self, cookie: Any, *args: Any, **kwargs: Any) -> None:
        """Forget it."""


class _Adapter(HTTPAdapter):
    """An adapter whose connections keep deadlines and ask the guard."""

    def __init__(self, guard: AddressGuard | None, pool_size: int) -> None:
        self._guard = guard
        self._lock = threading.Lock()
        super().__init__(pool_connections=pool_size, pool_maxsize=pool_size, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Use our own connection classes."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = pool_classes(self._guard)
