# Part of Integration Hub. License LGPL-3.0 or later.
"""What a token endpoint may answer, and what each answer means for the work that waits (RFC 6749 §5).

A refusal suspends, whatever its status: the credentials need a person, and no event is dead for that. What is no answer
at all (a gateway's page under status 200, half a document, a token that cannot be sent) is a fault of the server, tried
again: the same work succeeds as soon as the server is well.
"""

import re
from collections.abc import Iterable
from typing import Any

from ...errors import BadResponse, ConfigurationError, ResponseError, ServerFault, Unauthorized
from ...excerpts import masked_excerpt
from ...messages import Response, check_header
from ...statuses import error_for_status
from .tokens import Token

_MAX_BYTES = 256 * 1024
_MAX_LIFETIME = 10 * 365 * 86400.0
_ERROR_CODE = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
_LATER = frozenset({"temporarily_unavailable", "server_error"})
_UNABLE = frozenset({408, 425, 429})
_HINTS = {
    "invalid_client": "The other system does not accept the client id and secret (or key): enter them again.",
    "invalid_grant": "The authorisation has expired or was withdrawn in the other system: authorise again.",
    "invalid_scope": "The other system does not grant these scopes to this client: correct them.",
    "unauthorized_client": "Allow this client this kind of grant in the other system.",
    "unsupported_grant_type": "The other system does not offer this kind of grant: choose another way to authenticate.",
}


def read_token(response: Response, target: str, *, now: float, hidden: Iterable[str] = ()) -> Token:
    """The token in an answer, or the error that the answer means; no error shows one of `hidden`."""
    body = response.body[: _MAX_BYTES + 1]
    if response.status >= 500 or response.status in _UNABLE:
        raise error_for_status(
            response.status, response.headers, _scrubbed(body, hidden), now=now, method="POST", target=target
        )
    document = _document(response)
    if isinstance(document, dict) and document.get("error"):
        raise _refusal(response, target, document["error"], _scrubbed(body, hidden))
    if not response.ok:
        raise _refusal(response, target, None, _scrubbed(body, hidden))
    problem = "the answer is no JSON object"
    if isinstance(document, dict):
        found = _token(document, now)
        if isinstance(found, Token):
            return found
        problem = found
    raise ServerFault(
        f"{target} answered {response.status}, but gave no token: {problem}",
        code="oauth-bad-answer",
        hint="It is tried again automatically. If it goes on, check the token address.",
        status=response.status,
        params={"status": response.status, "target": target, "reason": problem},
    )


def _document(response: Response) -> Any:
    if len(response.body) > _MAX_BYTES:
        return None
    try:
        return response.json()
    except BadResponse:
        return None  # read_token says what that means, by the status


def _token(document: dict[str, Any], now: float) -> Token | str:
    """The token, or in words what is wrong with it."""
    access, kind = document.get("access_token"), document.get("token_type")
    refresh, scope = document.get("refresh_token"), document.get("scope")
    if not isinstance(access, str) or not access or not _can_travel(access):
        return "access_token is missing, or cannot travel in a header"
    if kind is not None and (not isinstance(kind, str) or kind.lower() != "bearer"):
        return "token_type is not Bearer"
    if refresh is not None and (not isinstance(refresh, str) or not refresh.strip()):
        return "refresh_token is not text"
    lifetime = _seconds(document.get("expires_in"))
    if lifetime is not None and lifetime <= 0:
        return "expires_in is no number of seconds, or the token has already expired"
    expires_at = None if lifetime is None else now + min(lifetime, _MAX_LIFETIME)
    return Token(access, now, expires_at, refresh, scope if isinstance(scope, str) else None)


def _seconds(value: Any) -> float | None:
    """A lifetime; some send it as text. None when there is none, 0 when it means nothing."""
    if value is None:
        return None
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value):
        return float(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(min(value, _MAX_LIFETIME))
    return 0.0


def _can_travel(token: str) -> bool:
    try:
        check_header("Authorization", f"Bearer {token}")
    except ConfigurationError:
        return False
    return token.isascii() and " " not in token


def _refusal(response: Response, target: str, error: Any, body: bytes) -> ResponseError:
    known = isinstance(error, str) and _ERROR_CODE.fullmatch(error) is not None
    code = error if known else "refused"
    kind: type[ResponseError] = ServerFault if code in _LATER else Unauthorized
    hint = kind.hint if kind is ServerFault else _HINTS.get(code, "Check the token address and the credentials.")
    return kind(
        f"{target} refused to give an access token: {code if known else f'status {response.status}'}",
        code=f"oauth-{code.lower().replace('_', '-').replace('.', '-')}",
        hint=hint,
        status=response.status,
        excerpt=masked_excerpt(body),
        params={"status": response.status, "target": target, "error": code},
    )


def _scrubbed(body: bytes, hidden: Iterable[str]) -> bytes:
    """The body without what we sent: a server may echo a secret in its error's description."""
    for secret in hidden:
        body = body.replace(secret.encode(), b"***")
    return body
