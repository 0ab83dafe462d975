# Part of Integration Hub. License LGPL-3.0 or later.
"""The one table from an HTTP status to the class of its error, and so to the policy; and to what it leaves in doubt."""

import http
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from . import refusals
from .errors import Conflict, Gone, NotFound, Rejected, ResponseError, ServerFault, Throttled, Unauthorized
from .excerpts import masked_excerpt
from .retry_after import parse_retry_after

_BY_STATUS: dict[int, type[ResponseError]] = {
    401: Unauthorized,
    403: Unauthorized,
    404: NotFound,
    408: ServerFault,
    409: Conflict,
    410: Gone,
    425: ServerFault,
    429: Throttled,
}
# What a server answers that did not get a whole request, or did not understand it (RFC 9110 §15.5.9, §15.6.2, §15.6.6,
# RFC 8470): nothing was done. Any other 5xx may come from a proxy whose server went on working.
_NOT_DONE = frozenset({408, 425, 501, 505})
_PRIVATE_HEADERS = frozenset({"set-cookie", "set-cookie2", "authorization", "proxy-authorization", "cookie"})


def _class_of(status: int) -> type[ResponseError]:
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 500:
        return ServerFault
    return Rejected


def _in_doubt(status: int, retry_after: float | None) -> bool:
    """Whether a change that was answered so may have been made. With 503, `Retry-After` says that it was put off."""
    if status == 503:
        return retry_after is None
    return status == 303 or (status >= 500 and status not in _NOT_DONE)  # 303: see elsewhere what became of it


def error_for_status(
    status: int,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    *,
    now: float | None = None,
    method: str = "",
    target: str = "",
    sent: bytes = b"",
) -> ResponseError:
    """The error for an answer that is not a success (status outside 200-299).

    `now` (unix seconds) is used for a Retry-After date when the answer has no Date of its own; `method` and
    `target` (host and path, no query) only make the message readable; `sent` is the request's body.
    """
    lowered = {name.lower(): value for name, value in (headers or {}).items()}
    kept = {name: value for name, value in lowered.items() if name not in _PRIVATE_HEADERS}
    where = " ".join(part for part in (method, target) if part)
    message = f"{where or 'The other system'} answered {status}{_phrase(status)}"
    retry_after = parse_retry_after(lowered.get("retry-after"), date=lowered.get("date"), now=now)
    details: dict[str, Any] = {"in_doubt": _in_doubt(status, retry_after)}
    params: dict[str, Any] = {"status": status, "target": target}
    if refusal := refusals.read(body, sent):
        params["refusal"] = asdict(refusal)
        message += f": {refusal.words}" + (f" ({refusal.field})" if refusal.field else "")
    if 300 <= status < 400:
        kept.pop("location", None)
        details["code"] = "redirect-refused"
        details["hint"] = (
            "Enter the address it leads to: a redirect is followed only where the endpoint allows it, and never with"
            " credentials to another origin."
        )
        message += ", a redirect"
    return _class_of(status)(
        message,
        status=status,
        headers=kept,
        excerpt=masked_excerpt(body),
        params=params,
        retry_after=retry_after,
        **details,
    )


def _phrase(status: int) -> str:
    try:
        return f" {http.HTTPStatus(status).phrase}"
    except ValueError:
        return ""
