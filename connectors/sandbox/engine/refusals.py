# Part of Integration Hub. License LGPL-3.0 or later.
"""A request that the vendor would not serve, and the vendor's document that says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from .template import Values, merge, render

STATUSES = {
    "unauthenticated": 401,
    "expired_token": 401,
    "forbidden": 403,
    "not_found": 404,
    "malformed": 400,
    "invalid": 400,
    "invalid_parameter": 400,
    "taken": 409,
    "throttled": 429,
    "oauth": 400,
}
_REASONS = {429: "throttled"}
_DETAILS = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict"}


class Refusal(Exception):
    """Why a request is not served.

    `reason` is a key of STATUSES; `facts` fill the holes of its description (`detail` and what the reason is about),
    `extra` is laid over the document.
    """

    def __init__(self, reason: str, detail: str = "", *, extra: Mapping[str, Any] | None = None, **facts: Any) -> None:
        super().__init__(detail or reason)
        self.reason = reason
        self.detail = detail or reason.replace("_", " ")
        self.extra = extra or {}
        self.facts = facts


class Errors:
    """The vendor's error documents: `errors` of the description by reason, status ("503"), class ("5xx"), "default"."""

    def __init__(self, description: Mapping[str, Any], values: Callable[..., Values]) -> None:
        self._described = description
        self._values = values

    def refused(self, refusal: Refusal) -> web.Response:
        """The answer to a refused request."""
        status = self._status(refusal.reason)
        return self._response(status, [refusal.reason], {"detail": refusal.detail, **refusal.facts}, refusal.extra)

    def failed(self, status: int, retry_after: float | None) -> web.Response:
        """An answer of that status for no reason of its own; an empty object below 400."""
        if status < 400:
            return web.json_response({}, status=status)
        detail = _DETAILS.get(status, "Internal Server Error" if status >= 500 else f"Error {status}")
        reason = _REASONS.get(status)
        if reason and retry_after is None:
            retry_after = 1.0
        return self._response(status, [reason] if reason else [], {"detail": detail, "retry_after": retry_after}, {})

    def status(self, refusal: Refusal) -> int:
        """The status a refusal is answered with."""
        return self._status(refusal.reason)

    def _status(self, reason: str) -> int:
        return int(self._described.get(reason, {}).get("status", STATUSES[reason]))

    def _response(
        self, status: int, reasons: list[str], facts: Mapping[str, Any], extra: Mapping[str, Any]
    ) -> web.Response:
        names = ["default", f"{status // 100}xx", str(status), *reasons]
        layers = [self._described[name] for name in names if name in self._described]
        known = {"status": status, "retry_after": None, "message": facts["detail"], **facts}
        for layer in layers:
            for name, template in layer.get("values", {}).items():
                if name not in facts:
                    known[name] = render(template, self._values(**known))
        values = self._values(**known)
        body: Any = {"error": "{message}"}
        headers: dict[str, Any] = {}
        for layer in layers:
            body = merge(layer.get("body", body), layer.get("extra", {}))
            headers |= layer.get("headers", {})
        shown = {name: str(value) for name, value in render(headers, values).items() if value is not None}
        return web.json_response({**render(body, values), **extra}, status=status, headers=shown)
