# Part of Integration Hub. License LGPL-3.0 or later.
"""For tests, Odoo's included: a peer that answers byte by byte as it is told, and so may misbehave in any way."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


@dataclass
class RawServer:
    """A TCP server that hands each request's bytes to `script(connection, head, body)`, which may misbehave."""

    listener: socket.socket
    script: Callable[[socket.socket, bytes, bytes], None] | None = None
    heads: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def answer(self, status: str, body: bytes = b"", *headers: str) -> None:
        """From now on answer like this."""
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
        self.send("\r\n".join(lines).encode("latin-1") + body)

    def send(self, raw: bytes, *, close: bool = False) -> None:
        """From now on answer with exactly these bytes."""

        def script(connection: socket.socket, head: bytes, body: bytes) -> None:
            connection.sendall(raw)
            if close:
                connection.shutdown(socket.SHUT_RDWR)

        self.script = script

    def serve(self) -> None:
        while True:
            try:
                connection, _address = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection:
            buffer = b""
            while True:
                while b"\r\n\r\n" not in buffer:
                    received = self._receive(connection)
                    if not received:
                        return
                    buffer += received
                head, _blank, read = buffer.partition(b"\r\n\r\n")
                rest = bytearray(read)
                length = next(
                    (
                        int(line.split(b":")[1])
                        for line in head.split(b"\r\n")
                        if line.lower().startswith(b"content-length")
                    ),
                    0,
                )
                while len(rest) < length:
                    rest += self._receive(connection)
                body, buffer = bytes(rest[:length]), bytes(rest[length:])
                self.heads.append(head)
                self.bodies.append(body)
                assert self.script is not None
                try:
                    self.script(connection, head, body)
                except OSError:
                    return  # the client has left, which some tests are about

    @staticmethod
    def _receive(connection: socket.socket) -> bytes:
        try:
            return connection.recv(65536)
        except OSError:
            return b""


@contextlib.contextmanager
def serving() -> Iterator[RawServer]:
    """A real server on loopback for the time of the block, told by each test how to answer."""
    listener = socket.create_server(("127.0.0.1", 0))
    running = RawServer(listener)
    threading.Thread(target=running.serve, daemon=True).start()
    try:
        yield running
    finally:
        if listener.fileno() >= 0:
            listener.shutdown(socket.SHUT_RDWR)  # close alone leaves a thread in accept() listening
            listener.close()
