# Part of Integration Hub. License LGPL-3.0 or later.
"""An answer's head, read so that neither its time, nor its lines, nor what comes before it can be without end."""

import http.client
import io
import socket
from typing import Any

from .deadline import Deadline, current

MAX_LINE = 65536
"""Bytes of one line, as http.client allows a header; urllib3 before 2.6 reads a chunk's size without any limit."""


class Answer(http.client.HTTPResponse):
    """http.client's response, read under the thread's deadline, and only the final one."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        deadline = current()
        if deadline is not None:
            self.fp = _Lines(_TimedStream(sock, self.fp.detach(), deadline))

    def _read_status(self) -> tuple[str, int, str]:
        """The final answer's status line.

        Interim answers (1xx, RFC 9110 §15.2) are skipped here, for http.client knows 100 only: it would take a 103 for
        the answer, and what comes behind it for the answer to the next request on this connection.
        """
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if not 100 <= status < 200:
                return version, status, reason
            http.client.parse_headers(self.fp)


class _Lines(io.BufferedReader):
    """A stream in which a line has an end."""

    def readline(self, size: int | None = -1, /) -> bytes:
        return super().readline(MAX_LINE if size is None or size < 0 else size)


class _TimedStream(io.RawIOBase):
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
