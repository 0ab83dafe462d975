# Part of Integration Hub. License LGPL-3.0 or later.
"""Connections that ask a guard where they may lead, and keep the deadline of the exchange on the way there."""

import logging
import socket
from collections.abc import Callable
from typing import Any

import urllib3
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from .addresses import AddressGuard
from .deadline import current, time_left, within
from .reading import Answer

Resolver = Callable[[str, int], list[str]]


class AddressRefused(Exception):
    """The guard permits none of the addresses a name resolves to."""


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, in the order to try them, each once; raises OSError or UnicodeError."""
    found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def pool_classes(guard: AddressGuard | None, resolver: Resolver) -> dict[str, type[HTTPConnectionPool]]:
    """urllib3's pools by scheme, with connections that keep deadlines and ask `guard`.

    A name is resolved once for each connection, and the very addresses that `guard` permitted are connected to.
    """

    def new_connection(self: Any) -> socket.socket:
        error: Exception | None = None
        try:
            addresses = within(time_left(self.timeout), lambda: resolver(self._dns_host, self.port))
        except (OSError, UnicodeError) as unresolved:
            addresses, error = [], unresolved
        permitted = [address for address in addresses if guard is None or guard.permits(address)]
        if addresses and not permitted:
            raise AddressRefused
        for address in permitted:
            try:
                return urllib3.util.connection.create_connection(
                    (address, self.port),
                    time_left(self.timeout),
                    socket_options=self.socket_options,
                )
            except OSError as refused:
                error = refused
        if isinstance(error, TimeoutError):
            raise urllib3.exceptions.ConnectTimeoutError from error
        raise urllib3.exceptions.NewConnectionError(self, "no address accepted the connection") from error

    return {"http": _pool(HTTPConnectionPool, new_connection), "https": _pool(HTTPSConnectionPool, new_connection)}


def _pool(kind: type[HTTPConnectionPool], new_connection: Callable[[Any], socket.socket]) -> Any:
    base: Any = kind.ConnectionCls

    def send(self: Any, data: Any) -> None:
        """Within what is left of the total: the connect timeout, in which urllib3 would send, is none for a body."""
        if self.sock is None:
            self.connect()
        deadline = current()
        if deadline is not None:
            self.sock.settimeout(deadline.left())
        base.send(self, data)

    members = {"_new_conn": new_connection, "send": send, "response_class": Answer}
    return type(kind.__name__, (kind,), {"ConnectionCls": type(base.__name__, (base,), members)})


def _silent(record: logging.LogRecord) -> bool:
    """False in an exchange of ours: what urllib3 says of it holds the whole address, and so possibly a key."""
    return current() is None


for _logger in ("urllib3.connection", "urllib3.connectionpool", "urllib3.response", "urllib3.util.retry"):
    logging.getLogger(_logger).addFilter(_silent)
