# Part of Integration Hub. License LGPL-3.0 or later.
"""Requests, responses and headers as plain values; what http, auth and signatures have in common."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, runtime_checkable
from urllib.parse import quote, urlsplit, urlunsplit

from . import jsondoc
from .errors import ConfigurationError, DocumentError, ErrorPage

_OPAQUE = re.compile(r"[A-Za-z0-9_\-]{20,}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

HeaderSource = Mapping[str, str] | Iterable[tuple[str, str]]


class Headers(Mapping[str, str]):
    """Header fields, names without regard to case, in order, a doubled field still visible by `getall`.

    As a mapping, a doubled field reads as its values joined by ", " (RFC 9110 §5.3). Immutable: `set` and
    `without` return new headers.
    """

    __slots__ = ("_by_name", "_pairs")

    _pairs: tuple[tuple[str, str], ...]
    _by_name: dict[str, list[str]]

    def __init__(self, source: "HeaderSource | None" = None) -> None:
        if isinstance(source, Headers):
            pairs = source._pairs
        elif isinstance(source, Mapping):
            pairs = tuple(source.items())
        else:
            pairs = tuple(source or ())
        self._pairs = pairs
        self._by_name = {}
        for name, value in pairs:
            self._by_name.setdefault(name.lower(), []).append(value)

    def getall(self, name: str) -> list[str]:
        """Every value of a field, in order; empty when it is absent."""
        return list(self._by_name.get(name.lower(), ()))

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The fields as they were given, doubled ones included."""
        return self._pairs

    def set(self, name: str, value: str) -> "Headers":
        """New headers in which `name` has this one value."""
        return Headers((*self.without(name)._pairs, (name, value)))

    def without(self, name: str) -> "Headers":
        """New headers without `name`."""
        lowered = name.lower()
        return Headers(pair for pair in self._pairs if pair[0].lower() != lowered)

    def __getitem__(self, name: str) -> str:
        return ", ".join(self._by_name[name.lower()])

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._by_name

    def __iter__(self) -> Iterator[str]:
        seen: set[str] = set()
        for name, _value in self._pairs:
            if name.lower() not in seen:
                seen.add(name.lower())
                yield name

    def __len__(self) -> int:
        return len(self._by_name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._by_name == other._by_name

    def __hash__(self) -> int:
        return hash(tuple(sorted((name, tuple(values)) for name, values in self._by_name.items())))

    def __repr__(self) -> str:
        return f"Headers({', '.join(self)})"  # names only: values may be credentials


@dataclass(frozen=True, repr=False)
class Request:
    """An HTTP request about to be sent. Its `repr` shows neither query, header values nor body."""

    method: str
    url: str
    headers: Headers = field(default_factory=Headers)
    body: bytes | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "method", self.method.upper())
        if not isinstance(self.headers, Headers):
            object.__setattr__(self, "headers", Headers(self.headers))

    def with_header(self, name: str, value: str) -> "Request":
        """The same request with one header set; ConfigurationError when the value cannot travel in a header."""
        check_header(name, value)
        return replace(self, headers=self.headers.set(name, value))

    def with_query(self, name: str, value: str) -> "Request":
        """The same request with one parameter added at the end of its query."""
        parts = urlsplit(self.url)
        added = f"{quote(name, safe='')}={quote(value, safe='')}"
        return replace(self, url=urlunsplit(parts._replace(query=f"{parts.query}&{added}" if parts.query else added)))

    @property
    def target(self) -> str:
        """Host and path, for messages: without the query, and without what in the path may be a key (`***`)."""
        try:
            parts = urlsplit(self.url)
        except ValueError:
            return "(malformed address)"
        return f"{parts.netloc.rpartition('@')[2]}{_OPAQUE.sub(_unless_id, parts.path)}"

    def __repr__(self) -> str:
        return f"Request({self.method} {self.target}, {self.headers!r}, {len(self.body or b'')} bytes)"


@dataclass(frozen=True, repr=False)
class Response:
    """A complete HTTP answer; `elapsed` in seconds. Its `repr` shows no header values and no body."""

    status: int
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    elapsed: float = 0.0

    def __post_init__(self) -> None:
        if not isinstance(self.headers, Headers):
            object.__setattr__(self, "headers", Headers(self.headers))

    @property
    def ok(self) -> bool:
        """Whether the status is a success (200-299)."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body as JSON, or ErrorPage.

        As strict as jsondoc, except that the last of two equal keys wins: a vendor's slip there should not make
        its whole answer unusable.
        """
        try:
            return jsondoc.parse(self.body, max_depth=200, unique_keys=False)
        except DocumentError as error:
            kind = self.headers.get("content-type", "no content type")
            problem = f"The answer (status {self.status}, {kind}) is not the JSON that was promised: {error.message}"
            failure = ErrorPage(problem, params={"status": self.status, "reason": error.code, **error.params})
        raise failure

    def __repr__(self) -> str:
        return f"Response({self.status}, {self.headers!r}, {len(self.body)} bytes)"


@dataclass(frozen=True, repr=False)
class StreamedResponse:
    """An HTTP answer whose body is still arriving: decoded `pieces`, to be taken once and in order.

    Taking a piece raises what a transport raises: ResponseTooLarge past the limit, BodyTruncated, TimeoutExceeded …
    """

    status: int
    headers: Headers
    pieces: Iterator[bytes]

    def __repr__(self) -> str:
        return f"StreamedResponse({self.status}, {self.headers!r})"


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


@runtime_checkable
class StreamingTransport(Transport, Protocol):
    """A transport that can also hand over a body of any length while it arrives."""

    def stream(self, request: Request, timeout: Timeout, max_bytes: int) -> AbstractContextManager[StreamedResponse]:
        """The peer's answer for the length of a `with` block, whatever its status; `send`'s errors."""


def streaming(transport: Transport) -> StreamingTransport:
    """The transport, when it can stream; ConfigurationError, code no-streaming, when it cannot."""
    if isinstance(transport, StreamingTransport):
        return transport
    raise ConfigurationError(
        f"{type(transport).__name__} cannot hand over a file while it arrives",
        code="no-streaming",
        hint="Use a transport with the method stream, such as RequestsTransport.",
    )


class Auth(Protocol):
    """How requests prove who sends them; it sees the answer, so that renewing a token is no special case.

    Implementations are thread-safe and show no secret in `repr` or errors.
    """

    def apply(self, request: Request) -> Request:
        """The request with its credentials."""

    def recover(self, response: Response) -> bool:
        """After a 401 or 403: True when the credentials were renewed and the request deserves one more try."""


def _unless_id(found: re.Match[str]) -> str:
    """Stars for what may be a key, as in the address of a chat system's incoming webhook; words and UUIDs stay."""
    text = found[0]
    return "***" if any(map(str.isdigit, text)) and not _UUID.fullmatch(text) else text


def check_header(name: str, value: str) -> None:
    """Refuse, by ConfigurationError, what could not travel in a header or would start another one.

    The message names the header, never its value.
    """
    if not name or not name.isascii() or not all(char.isalnum() or char in "!#$%&'*+-.^_`|~" for char in name):
        raise ConfigurationError(f"{name!r} is not a header name", code="invalid-header")
    if (
        any(char < " " or char == "\x7f" or char > "\xff" for char in value.replace("\t", " "))
        or value != value.strip()
    ):
        raise ConfigurationError(
            f"The value for the header {name} has characters that cannot travel in a header",
            code="invalid-header",
            hint="Enter the value again: a line break or a space was probably pasted with it.",
        )
