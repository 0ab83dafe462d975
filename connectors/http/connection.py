# Part of Integration Hub. License LGPL-3.0 or later.
"""Connections that keep a deadline for the whole exchange, and ask a guard where they may lead.

A read timeout alone does not bound an exchange: a peer that sends one byte now and then resets it each time, in the
headers as well as in the body. So the time left is set on the socket before each receive.
"""

import http.client
import io
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import urllib3
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from ..clock import Clock
from .addresses import AddressGuard

Resolver = Callable[[str, int], list[str]]
_current = threading.local()


class AddressRefused(Exception):
    """The guard permits none of the addresses a name resolves to."""


class Deadline:
    """The end of an exchange, in force for the thread inside its ``with`` block."""

    def __init__(self, clock: Clock, end: float, read: float) -> None:
        self._clock = clock
        self._end = end
        self._read = read

    def check(self) -> float:
        """Seconds a single receive may take now; raises TimeoutError once the total is used up."""
        left = self._end - self._clock.monotonic()
        if left <= 0:
            raise TimeoutError("total time used up")
        return min(left, self._read)

    def __enter__(self) -> Self:
        _current.deadline = self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        _current.deadline = None


class _DeadlineReader(io.RawIOBase):
    """The socket's stream, its timeout set anew before each receive."""

    def __init__(self, sock: socket.socket, stream: io.RawIOBase, deadline: Deadline) -> None:
        self._sock = sock
        self._stream = stream
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._deadline.check())
        return self._stream.readinto(buffer)

    def close(self) -> None:
        self._stream.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """A response that reads under the thread's deadline."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        deadline = getattr(_current, "deadline", None)
        if deadline is not None:
            self.fp = io.BufferedReader(_DeadlineReader(sock, self.fp.detach(), deadline))


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, in the order to try them, each once; raises OSError or UnicodeError."""
    found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _connect_timeout(seconds: float) -> float:
    deadline: Deadline | None = getattr(_current, "deadline", None)
    return seconds if deadline is None else min(seconds, deadline.check())


def pool_classes(guard: AddressGuard | None, resolver: Resolver) -> dict[str, type[HTTPConnectionPool]]:
    """urllib3's pools by scheme, with connections that keep deadlines and ask ``guard``.

    A name is resolved once for each connection, and the very addresses that ``guard`` permitted are connected to.
    """

    def new_connection(self: Any) -> socket.socket:
        error: Exception | None = None
        try:
            addresses = resolver(self._dns_host, self.port)
        except (OSError, UnicodeError) as unresolved:
            addresses, error = [], unresolved
        permitted = [address for address in addresses if guard is None or guard.permits(address)]
        if addresses and not permitted:
            raise AddressRefused("no permitted address")
        for address in permitted:
            try:
                return urllib3.util.connection.create_connection(
                    (address, self.port),
                    _connect_timeout(self.timeout),
                    source_address=self.source_address,
                    socket_options=self.socket_options,
                )
            except OSError as refused:
                error = refused
        if isinstance(error, TimeoutError):
            raise urllib3.exceptions.ConnectTimeoutError(self, "connect timeout") from error
        raise urllib3.exceptions.NewConnectionError(self, "no address accepted the connection") from error

    members = {"_new_conn": new_connection, "response_class": _Response}
    plain = type("HubHTTPConnection", (HTTPConnectionPool.ConnectionCls,), members)
    secure = type("HubHTTPSConnection", (HTTPSConnectionPool.ConnectionCls,), members)
    return {
        "http": type("HubHTTPPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("HubHTTPSPool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
    }
