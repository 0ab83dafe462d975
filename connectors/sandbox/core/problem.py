# Part of Integration Hub. License LGPL-3.0 or later.
"""Problems of the control API: RFC 9457 documents with a stable `type`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from ...pointers import pointer_of


class ControlProblem(Exception):
    """A request to the control API that cannot be served; answered as application/problem+json."""

    def __init__(self, slug: str, detail: str, pointer: str = "", *, status: int = 400) -> None:
        super().__init__(detail)
        self.slug = slug
        self.detail = detail
        self.pointer = pointer
        self.status = status

    def response(self) -> web.Response:
        """The problem document; `type` is `urn:hub-sandbox:<slug>`, `pointer` the JSON pointer of the bad member."""
        document: dict[str, Any] = {
            "type": f"urn:hub-sandbox:{self.slug}",
            "title": self.slug.replace("-", " ").capitalize(),
            "status": self.status,
            "detail": self.detail,
        }
        if self.pointer:
            document["pointer"] = self.pointer
        return web.json_response(document, status=self.status, content_type="application/problem+json")


async def read_object(request: web.Request, *, allowed: tuple[str, ...] | None = None) -> dict[str, Any]:
    """The request's JSON object ({} when there is no body).

    Raises ControlProblem: invalid-json, not-an-object, unknown-member (when `allowed` names the members).
    """
    raw = await request.read()
    if not raw.strip():
        return {}
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ControlProblem("invalid-json", f"The body is not JSON: {error}.") from error
    if not isinstance(document, dict):
        raise ControlProblem("not-an-object", f"The body must be a JSON object, not {type(document).__name__}.")
    if allowed is not None:
        refuse_unknown(document, allowed)
    return document


def refuse_unknown(document: Mapping[str, Any], allowed: tuple[str, ...], pointer: str = "") -> None:
    """Raises ControlProblem: unknown-member, naming the first member that is not in `allowed`."""
    for name in document:
        if name not in allowed:
            raise ControlProblem(
                "unknown-member",
                f"'{name}' is not understood; there are {', '.join(allowed)}.",
                pointer + pointer_of((name,)),
            )


def member(
    document: Mapping[str, Any], name: str, kind: type | tuple[type, ...], default: Any, pointer: str = ""
) -> Any:
    """`document[name]` checked to be of `kind`; `default` when it is absent.

    Raises ControlProblem: invalid-member.
    """
    if name not in document:
        return default
    value = document[name]
    kinds = kind if isinstance(kind, tuple) else (kind,)
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        wanted = " or ".join("null" if item is type(None) else item.__name__ for item in kinds)
        raise ControlProblem(
            "invalid-member", f"'{name}' must be {wanted}, not {type(value).__name__}.", pointer + pointer_of((name,))
        )
    return value
