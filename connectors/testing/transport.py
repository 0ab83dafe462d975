# Part of Integration Hub. License LGPL-3.0 or later.
"""A transport that answers from a script and remembers what was asked, for tests of code that talks to a vendor."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ..http import Client, Headers, Request, Response, Timeout

Answer = Response | Exception | Callable[[Request], Response]


def answer(document: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer."""
    fields = Headers({"Content-Type": "application/json", **(headers or {})})
    return Response(status, fields, json.dumps(document).encode())


class ScriptedTransport:
    """Gives one answer after the other and the last one for ever; an exception is raised, a callable asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []

    def send(self, request: Request, timeout: Timeout) -> Response:
        """The next answer; `requests` holds what was asked."""
        self.requests.append(request)
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(found, Exception):
            raise found
        return found if isinstance(found, Response) else found(request)

    def sent(self, index: int = -1) -> Any:
        """The JSON body of a request."""
        return json.loads(self.requests[index].body or b"null")


def client(transport: ScriptedTransport, base_url: str = "https://vendor.example", **options: Any) -> Client:
    """A client over the script."""
    return Client(base_url, timeout=Timeout(connect=1, read=1, total=2), transport=transport, **options)
