# Part of Integration Hub. License LGPL-3.0 or later.
"""What may be kept of an exchange for a person to read: where it went and what came, and never a secret.

Of one that came to what was wanted no header and no body is kept; of one that did not, those headers that say nothing
of who called, and the beginnings of both bodies, masked.
"""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ..excerpts import masked_excerpt
from ..messages import Headers, Request, Response, StreamedResponse

Record = Callable[[Request, Response | StreamedResponse | None, float, str | None], None]
"""Is given each exchange: the request before it was signed, the answer, the seconds, and the code of its error."""

HIDDEN = "***"
_REQUEST_IDS = ("x-request-id", "request-id", "x-correlation-id", "x-hubspot-correlation-id", "x-amzn-requestid")
_OPEN_HEADERS = frozenset(
    {
        "accept", "content-length", "content-type", "date", "idempotency-key",
        "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "retry-after", "server", "traceparent",
        "user-agent", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "x-shopify-api-version",
        *_REQUEST_IDS,
    }
)  # fmt: skip
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_OPAQUE = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9_\-.~%]{20,}|.*@.*|.*%40.*")
_ID_CHARS = 200


def shown(
    request: Request,
    response: Response | StreamedResponse | None,
    seconds: float,
    error: str | None,
    *,
    bodies: bool = False,
) -> dict[str, Any]:
    """What may be kept of an exchange, as JSON has it; with `bodies`, what was said and answered, masked."""
    status = response.status if response is not None else None
    known: dict[str, Any] = {"method": request.method, "url": shown_url(request.url), "ms": round(seconds * 1000)}
    if status is not None:
        known["status"] = status
    if error:
        known["error"] = error
    if response is not None and (request_id := _request_id(response.headers)):
        known["request_id"] = request_id
    if bodies:
        known["sent"] = {"headers": shown_headers(request.headers), "body": masked_excerpt(request.body or b"")}
        if isinstance(response, Response):
            known["got"] = {"headers": shown_headers(response.headers), "body": masked_excerpt(response.body)}
    return known


def shown_url(url: str) -> str:
    """The address without what may be a secret or a person: opaque parts of its path, and all values of its query."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    path = "/".join(HIDDEN if _is_opaque(each) else each for each in parts.path.split("/"))
    query = "&".join(f"{name}={HIDDEN}" for name, _value in parse_qsl(parts.query, keep_blank_values=True))
    return f"{parts.scheme}://{parts.hostname or ''}{port}{path}{'?' if query else ''}{query}"


def shown_headers(headers: Headers) -> dict[str, str]:
    """All names; the values of those that say nothing of who called."""
    return {name: headers[name][:_ID_CHARS] if name.lower() in _OPEN_HEADERS else HIDDEN for name in headers}


def _is_opaque(segment: str) -> bool:
    return bool(_OPAQUE.fullmatch(segment)) and not _UUID.fullmatch(segment)


def _request_id(headers: Headers) -> str:
    return next((headers[name][:_ID_CHARS] for name in _REQUEST_IDS if name in headers), "")
