# Part of Integration Hub. License LGPL-3.0 or later.
"""Requests to one API: its base address, its credentials, its limits, and errors that say what to do next."""

import json as json_module
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from ..clock import Clock, SystemClock
from ..errors import ConfigurationError, HubError, ResponseTooLarge, TimeoutExceeded
from ..messages import Auth, Headers, Request, Response, Timeout, Transport, check_header, streaming
from ..statuses import error_for_status
from .decoding import ACCEPT_ENCODING
from .download import check_link, refuse
from .echoes import without_credentials
from .exchanges import Record
from .limits import MAX_DOWNLOAD_BYTES, MAX_RESPONSE_BYTES
from .observation import Metrics, Observer
from .redirects import Redirects
from .trace import TraceContext
from .url import Params, check_base_url, join, normal, origin

_logger = logging.getLogger(__name__)
_OF_THE_CONNECTION = frozenset(
    {"connection", "content-length", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)
"""Say where a message ends and what the connection is for (RFC 9110 §7.6.1, RFC 9112 §6): no caller's affair."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Change nothing (RFC 9110 §9.2.1): whatever becomes of them, nothing is in doubt."""


class Client:
    """Sends requests below `base_url` and returns successful responses; anything else is raised as a HubError.

    `timeout` bounds each call as a whole, a second try after renewed credentials and redirects included. Redirects
    are errors unless `redirects` allows them. `trace` gives the context that a request belongs to (None: a new
    trace begins) and makes each request carry a `traceparent` of its own; `metrics` is told of each exchange, and
    `record` is given it, for whoever keeps what may be kept. Logs method, host, path, status and duration at debug
    level; never queries, headers or bodies. Thread-safe when its `auth` and `transport` are, as all of ours are.
    """

    def __init__(
        self,
        base_url: str,
        *,
        timeout: Timeout,
        auth: Auth | None = None,
        transport: Transport | None = None,
        clock: Clock | None = None,
        user_agent: str | None = None,
        max_response_bytes: int = MAX_RESPONSE_BYTES,
        redirects: Redirects | None = None,
        trace: "Callable[[], TraceContext | None] | None" = None,
        metrics: Metrics | None = None,
        record: Record | None = None,
    ) -> None:
        self.base_url = check_base_url(base_url)
        self.timeout = timeout
        self.clock = clock or SystemClock()
        self._auth = auth
        self._max_bytes = max_response_bytes
        self._transport = transport or _own_transport(self.clock, max_response_bytes)
        self._redirects = redirects
        self._trace = trace
        self._observer = Observer(_logger, self.clock, metrics, record)
        self._user_agent = user_agent or "integration-hub"
        check_header("User-Agent", self._user_agent)

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: Any = None,
        data: "bytes | str | Mapping[str, Any] | None" = None,
        headers: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
    ) -> Response:
        """The successful (2xx) response to one request.

        `path` is relative to the base address, or an absolute address of the same origin. `json` is sent as
        UTF-8 JSON, `data` as it is (a mapping as a form). Raises TransportError, ResponseError by status, or
        ConfigurationError when the request cannot be built.
        """
        request = self._build(method, path, params, json, data, headers, idempotency_key)
        try:
            return self._answered(request)
        except HubError as error:
            if request.method in _SAFE:
                error.in_doubt = False
            raise

    def _answered(self, request: Request) -> Response:
        deadline = self.clock.monotonic() + self.timeout.total
        response, ours = self._follow(request, deadline)
        if ours and response.status in (401, 403) and self._auth is not None and self._auth.recover(response):
            response, ours = self._follow(request, deadline)
        if not response.ok:
            raise error_for_status(
                response.status,
                response.headers,
                response.body,
                now=self.clock.now(),
                method=request.method,
                target=request.target,
                sent=request.body or b"",
            )
        return response

    def get(self, path: str, **options: Any) -> Response:
        """`request("GET", …)`."""
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> Response:
        """`request("POST", …)`."""
        return self.request("POST", path, **options)

    def patch(self, path: str, **options: Any) -> Response:
        """`request("PATCH", …)`."""
        return self.request("PATCH", path, **options)

    def put(self, path: str, **options: Any) -> Response:
        """`request("PUT", …)`."""
        return self.request("PUT", path, **options)

    def delete(self, path: str, **options: Any) -> Response:
        """`request("DELETE", …)`."""
        return self.request("DELETE", path, **options)

    @contextmanager
    def download(
        self, url: str, *, max_bytes: int = MAX_DOWNLOAD_BYTES, total: float = 3600.0
    ) -> Iterator[Iterator[bytes]]:
        """A file that the API made ready in its storage: its decoded bytes in pieces, while they arrive.

        `url` is a link that the API answered with, to any host that the transport's guard permits. It is asked for
        with no credentials, no trace and no redirects. `total` seconds bound the whole block, the caller's own work
        in it included; `max_bytes` bounds what arrives and what it decodes to. Raises BadResponse (bad-link),
        ServerFault (link-expired), and while reading what a transport raises.
        """
        transport = streaming(self._transport)
        fields = {"User-Agent": self._user_agent, "Accept": "*/*", "Accept-Encoding": ACCEPT_ENCODING}
        request = Request("GET", check_link(url, self.base_url), Headers(fields))
        total_timeout = replace(self.timeout, total=total)
        with (
            self._observer.exchange(request) as answered,
            transport.stream(request, total_timeout, max_bytes) as answer,
        ):
            answered(answer)
            refuse(answer, request, self.clock.now())
            yield answer.pieces

    def __repr__(self) -> str:
        return f"Client({self.base_url!r}, auth={self._auth!r}, transport={self._transport!r})"

    def _build(
        self,
        method: str,
        path: str,
        params: Params | None,
        json: Any,
        data: "bytes | str | Mapping[str, Any] | None",
        headers: Mapping[str, str] | None,
        idempotency_key: str | None,
    ) -> Request:
        if not method.isascii() or not method.isalpha():
            raise ConfigurationError(f"{method!r} is not an HTTP method", code="invalid-method")
        if json is not None and data is not None:
            raise ConfigurationError("A request has either json or data", code="two-bodies")
        body, content_type = _encode_json(json) if json is not None else _encode_data(data)
        fields = {"User-Agent": self._user_agent, "Accept": "application/json", "Accept-Encoding": ACCEPT_ENCODING}
        request = Request(method, join(self.base_url, path, params), Headers(fields), body)
        if content_type:
            request = request.with_header("Content-Type", content_type)
        if idempotency_key is not None:
            request = request.with_header("Idempotency-Key", idempotency_key)
        for name, value in (headers or {}).items():
            if name.lower() in _OF_THE_CONNECTION:
                raise ConfigurationError(f"The header {name} is the connection's own", code="invalid-header")
            request = request.with_header(name, value)
        return request

    def _follow(self, request: Request, deadline: float) -> tuple[Response, bool]:
        """The final answer, and whether it comes from the origin that our credentials belong to."""
        hops = 0
        while True:
            ours = origin(request.url) == origin(self.base_url)
            response = self._send(request, deadline, with_credentials=ours)
            following = self._redirects.next(request, response, hops) if self._redirects is not None else None
            if following is None:
                return response, ours
            request, hops = following, hops + 1

    def _send(self, request: Request, deadline: float, *, with_credentials: bool) -> Response:
        request = replace(request, url=normal(request.url))
        signed = self._traced(request) if with_credentials else request
        if with_credentials and self._auth is not None:
            signed = self._auth.apply(signed)
        left = deadline - self.clock.monotonic()
        if left <= 0:
            message = f"{request.target} did not answer in time"
            raise TimeoutExceeded(message, in_doubt=False, params={"target": request.target})
        with self._observer.exchange(request) as answered:
            response = self._transport.send(signed, replace(self.timeout, total=left))
            if not response.ok and signed is not request:
                response = replace(response, body=without_credentials(response.body, request, signed))
            answered(response)
        if len(response.body) > self._max_bytes:
            raise ResponseTooLarge(
                f"{request.target} answered with more than {self._max_bytes} bytes",
                params={"limit": self._max_bytes, "target": request.target},
            )
        return response

    def _traced(self, request: Request) -> Request:
        if self._trace is not None:
            context = self._trace()
            for name, value in (context.child() if context else TraceContext.new()).headers().items():
                request = request.with_header(name, value)
        return request


def _own_transport(clock: Clock, max_response_bytes: int) -> Transport:
    from .transport import RequestsTransport

    return RequestsTransport(clock=clock, max_response_bytes=max_response_bytes)


def _encode_json(document: Any) -> tuple[bytes, str]:
    try:
        text = json_module.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode(), "application/json"
    except (TypeError, ValueError, RecursionError) as error:
        kind = type(error).__name__
    raise ConfigurationError(f"The document to send is not JSON ({kind})", code="unserialisable-document")


def _encode_data(data: "bytes | str | Mapping[str, Any] | None") -> tuple[bytes | None, str | None]:
    if data is None or isinstance(data, bytes):
        return data, None
    try:
        if isinstance(data, str):
            return data.encode(), None
        return urlencode(data, doseq=True).encode(), "application/x-www-form-urlencoded"
    except UnicodeEncodeError:
        pass  # its text would show the data
    raise ConfigurationError("The data to send has halves of characters", code="unserialisable-document")
