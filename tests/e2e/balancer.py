# Part of Integration Hub. License LGPL-3.0 or later.
"""A round-robin TCP balancer, as small as one can be: each connection goes to the next backend that takes it."""

import itertools
import socket
import threading
from contextlib import suppress


class Balancer:
    """Listens on `port` of 127.0.0.1 for the block; `backends` are ports there, and may change at any time."""

    def __init__(self) -> None:
        self.backends: list[int] = []
        self._turn = itertools.count()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]

    def __enter__(self) -> "Balancer":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _address = self._listener.accept()
                threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            if backend := self._connect():
                with backend:
                    answers = threading.Thread(target=_pump, args=[backend, client], daemon=True)
                    answers.start()
                    _pump(client, backend)
                    answers.join()

    def _connect(self) -> socket.socket | None:
        backends, turn = list(self.backends), next(self._turn)
        for offset in range(len(backends)):
            with suppress(OSError):
                return socket.create_connection(("127.0.0.1", backends[(turn + offset) % len(backends)]), timeout=60)
        return None


def _pump(source: socket.socket, sink: socket.socket) -> None:
    """Copies until the source ends, and tells the sink; an end by error is an end as well."""
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
