# Part of Integration Hub. License LGPL-3.0 or later.
"""A CRM that is cheap in CPU and slow to answer: run as a program, it prints its address and keeps what it is asked.

`POST` of a contact answers after `DELAY` with an id; `GET /journal` with what came since it was last asked.
"""

import asyncio
import json
import sys
from typing import Any

DELAY = 0.05  # seconds until a call is answered
END = b"\r\n\r\n"


class Crm(asyncio.Protocol):
    """One connection, kept alive; one request after the other."""

    journal: list[dict[str, Any]] = []
    under_way = most = number = 0

    def connection_made(self, transport: Any) -> None:
        self._transport, self._buffer = transport, b""

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, end, rest = self._buffer.partition(END)
        if not end:
            return
        length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line[:15] == b"content-length:"), 0)
        if len(rest) < length:
            return
        self._buffer = rest[length:]
        method, path, _version = head.split(b"\r\n", 1)[0].split(b" ")
        if method == b"GET":
            self._answer({"journal": Crm.journal, "most": Crm.most})
            Crm.journal, Crm.most = [], 0
            return
        Crm.journal.append({"request": f"{method.decode()} {path.decode()}", "body": json.loads(rest[:length])})
        Crm.number, Crm.under_way = Crm.number + 1, Crm.under_way + 1
        Crm.most = max(Crm.most, Crm.under_way)
        asyncio.get_running_loop().call_later(DELAY, self._made, Crm.number)

    def _made(self, number: int) -> None:
        Crm.under_way -= 1
        moment = "2026-01-01T00:00:00Z"
        self._answer({"id": str(number), "properties": {}, "createdAt": moment, "updatedAt": moment})

    def _answer(self, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        self._transport.write(head.encode() + END + body)


async def serve() -> None:
    """Serves until the process ends."""
    server = await asyncio.get_running_loop().create_server(Crm, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    sys.exit(asyncio.run(serve()))
