# Part of Integration Hub. License LGPL-3.0 or later.
"""Who may ask what: the credentials a request must carry, the tokens an OAuth endpoint gave out, and scopes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aiohttp import web

from ...clock import Clock
from .refusals import Refusal
from .template import Values, render


class Access:
    """The checks of `auth`: all of them must pass. Kinds: header, bearer, query, basic, oauth."""

    def __init__(self, checks: Sequence[Mapping[str, Any]], tokens: Tokens, values: Callable[..., Values]) -> None:
        self._checks = checks
        self._tokens = tokens
        self._values = values

    def check(self, request: web.Request, route: str) -> None:
        """Raises Refusal: unauthenticated, or expired_token for a token that was good once."""
        for described in self._checks:
            if not re.search(described.get("routes", ""), route):
                continue
            given, wanted = _given(described, request), self._wanted(described)
            if described["kind"] == "oauth" and self._tokens.valid(given):
                continue
            if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), wanted.encode()):
                raise Refusal(described.get("refusal", "unauthenticated"), "The credentials are not accepted")

    def credentials(self) -> tuple[dict[str, str], dict[str, str]]:
        """The headers and the query parameters of a client that is let in."""
        headers: dict[str, str] = {}
        query: dict[str, str] = {}
        for described in self._checks:
            wanted = self._wanted(described)
            match described["kind"]:
                case "query":
                    query[described["name"]] = wanted
                case "header":
                    headers[described["name"]] = wanted
                case "basic":
                    headers["Authorization"] = f"Basic {base64.b64encode(wanted.encode()).decode()}"
                case _:
                    headers["Authorization"] = f"Bearer {wanted}"
        return headers, query

    def _wanted(self, described: Mapping[str, Any]) -> str:
        return str(render(described["value"], self._values()))


def _given(described: Mapping[str, Any], request: web.Request) -> str:
    kind = described["kind"]
    if kind == "query":
        return str(request.query.get(described["name"], ""))
    if kind == "header":
        return str(request.headers.get(described["name"], ""))
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != ("basic" if kind == "basic" else "bearer"):
        return ""
    return basic(value) if kind == "basic" else value.strip()


def basic(value: str) -> str:
    """`user:password` of an Authorization header's credentials, "" for what is none (RFC 7617)."""
    try:
        return base64.b64decode(value.strip(), validate=True).decode()
    except ValueError:
        return ""


class Tokens:
    """Access tokens given out by the token route, and the refresh tokens and codes that buy them (RFC 6749).

    The first refresh token and authorization code are settings, so that a client can be set up without a browser.
    A refresh token is good once: the answer carries the next one. So is a code that the `authorize` route gave, and
    only with the verifier of its challenge (RFC 7636) and for the address that it was sent to.
    """

    def __init__(self, described: Mapping[str, Any], clock: Clock, values: Callable[..., Values]) -> None:
        self._described = described
        self._clock = clock
        self._values = values
        self._until: dict[str, float] = {}
        self._codes: dict[str, tuple[str, str | None]] = {}
        self._refresh: str | None = None

    def valid(self, token: str) -> bool:
        """Whether the token was given out and lives. Raises Refusal, expired_token, when it is past its time."""
        until = self._until.get(token)
        if until is not None and until <= self._clock.now():
            raise Refusal("expired_token", "The access token expired")
        return until is not None

    def check_client(self, client_id: str) -> None:
        """Raises Refusal, oauth, for a client that is not known."""
        if client_id != self._wanted()["client_id"]:
            raise Refusal("oauth", "The client is not known", error="invalid_client")

    def code(self, redirect_uri: str, challenge: str | None) -> str:
        """A new authorization code, for the client that the person allowed."""
        code = f"code-{self._values()['uuid']()}"
        self._codes[code] = redirect_uri, challenge
        return code

    def _redeemed(self, form: Mapping[str, str]) -> bool:
        redirect_uri, challenge = self._codes.pop(form.get("code", ""), (None, None))
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        proved = challenge in (None, base64.urlsafe_b64encode(digest).rstrip(b"=").decode())
        return redirect_uri is not None and redirect_uri == form.get("redirect_uri") and proved

    def _wanted(self) -> dict[str, str]:
        return {name: str(render(text, self._values())) for name, text in self._described.items()}

    def grant(self, form: Mapping[str, str], authorization: str) -> dict[str, Any]:
        """The token endpoint's answer. Raises Refusal, oauth, with `error` as RFC 6749 section 5.2 names it."""
        wanted = self._wanted()
        scheme, _, encoded = authorization.partition(" ")
        user, _, password = basic(encoded).partition(":") if scheme.lower() == "basic" else ("", "", "")
        client = (user or form.get("client_id", ""), password or form.get("client_secret", ""))
        if client != (wanted["client_id"], wanted["client_secret"]):
            raise Refusal("oauth", "The client is not known", error="invalid_client")
        refresh = self._refresh or wanted.get("refresh_token")
        match form.get("grant_type"):
            case "client_credentials":
                good = True
            case "authorization_code":
                good = self._redeemed(form) or form.get("code") == wanted.get("code") is not None
            case "refresh_token":
                good = form.get("refresh_token") == refresh is not None
            case _:
                raise Refusal("oauth", "The grant type is not served", error="unsupported_grant_type")
        if not good:
            raise Refusal("oauth", "The grant is not valid, or was used", error="invalid_grant")
        lifetime = float(wanted.get("lifetime", "3600"))
        token = f"access-{self._values()['uuid']()}"
        self._until[token] = self._clock.now() + lifetime
        answer: dict[str, Any] = {"access_token": token, "token_type": "Bearer", "expires_in": int(lifetime)}
        if refresh is not None and form["grant_type"] != "client_credentials":
            self._refresh = answer["refresh_token"] = f"refresh-{self._values()['uuid']()}"
        return answer
