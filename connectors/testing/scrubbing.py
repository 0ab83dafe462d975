# Part of Integration Hub. License LGPL-3.0 or later.
"""What of an exchange may be written to a file: no credential, wherever it stands.

Headers are kept by name, all others are dropped. In queries, forms and JSON, values under a name that credentials go by
are masked. Secrets that are known are masked everywhere, also as base64 and percent-encoded.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urlsplit, urlunsplit

MASK = "scrubbed"
KEPT_HEADERS = frozenset(
    [
        *("accept", "content-type", "idempotency-key", "link", "retry-after", "ratelimit", "ratelimit-policy"),
        *("x-shopify-api-version", "x-shopify-shop-api-call-limit"),
        *("x-hubspot-ratelimit-daily", "x-hubspot-ratelimit-daily-remaining", "x-hubspot-ratelimit-max"),
        *("x-hubspot-ratelimit-interval-milliseconds", "x-hubspot-ratelimit-remaining"),
    ]
)
_SECRET_NAMES = re.compile(
    r"(^|[_\-.])tokens?$|secret|passw|^pwd$|^pass$|api[_\-]?key|hapikey|signature|assertion|credential|^sig$"
    r"|^code_verifier$|private[_\-]?key|^authorization$|^cookies?$|^session(_?id)?$|^jwt$",
    re.IGNORECASE,
)
_IN_PARAMETERS = frozenset(["code", "key", "state", "nonce"])
"""Credentials as parameters and in what asks for a token; in other documents they are a country's or a colour's."""

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Scrubber:
    """Masks credentials in addresses, headers and bodies; `secrets` are those that are known beforehand."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets if secret for form in _forms(secret)}
        self._known = sorted(forms, key=len, reverse=True)

    def headers(self, given: dict[str, Any]) -> dict[str, Any]:
        """Those of a name that is kept, in the order of their names, known secrets masked in their values."""
        kept = {name: value for name, value in sorted(given.items()) if str(name).lower() in KEPT_HEADERS}
        return {name: self._any(value) for name, value in kept.items()}

    def url(self, given: str) -> str:
        """The address without a user, the values of credentials in its query masked."""
        parts = urlsplit(given)
        netloc = parts.netloc.rpartition("@")[2]
        return self.text(urlunsplit(parts._replace(netloc=netloc, query=_masked_query(parts.query), fragment="")))

    def body(self, given: bytes, content_type: str = "") -> bytes:
        """The body, the values of credentials masked where it is JSON, JSON lines or a form."""
        text = given.decode("utf-8", "surrogateescape")
        if "x-www-form-urlencoded" in content_type.lower():
            text = _masked_query(text)
        else:
            text = _masked_json(text)
        return self.text(text).encode("utf-8", "surrogateescape")

    def text(self, given: str) -> str:
        """The text without known secrets."""
        for form in self._known:
            given = given.replace(form, MASK)
        return given

    def _any(self, given: Any) -> Any:
        return [self.text(str(one)) for one in given] if isinstance(given, list) else self.text(str(given))


def is_secret_name(name: str, *, parameter: bool = False) -> bool:
    """Whether credentials go by this name, in any spelling: accessToken, access_token, X-Api-Key."""
    return _SECRET_NAMES.search(_CAMEL.sub("_", name)) is not None or (parameter and name.lower() in _IN_PARAMETERS)


def _forms(secret: str) -> Iterable[str]:
    yield from (secret, quote(secret, safe=""), quote_plus(secret))
    yield from (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
    raw = secret.encode()
    for encoded in (base64.b64encode(raw), base64.urlsafe_b64encode(raw)):
        yield encoded.decode()
        yield encoded.decode().rstrip("=")


def _masked_query(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True)
    if not any(is_secret_name(name, parameter=True) for name, _value in pairs):
        return query
    return urlencode([(name, MASK if is_secret_name(name, parameter=True) else value) for name, value in pairs])


def _masked_json(text: str) -> str:
    try:
        return _dumped(text, json.loads(text))
    except ValueError:
        lines = text.splitlines(keepends=True)
    if len(lines) < 2:
        return text
    return "".join(_masked_json(line) for line in lines)


def _dumped(text: str, document: Any) -> str:
    masked = _masked(document)
    if masked == document:
        return text
    return json.dumps(masked, ensure_ascii=False, separators=(",", ":")) + ("\n" if text.endswith("\n") else "")


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        asks = "grant_type" in value
        return {
            name: MASK if isinstance(found, str | int) and is_secret_name(name, parameter=asks) else _masked(found)
            for name, found in value.items()
        }
    if isinstance(value, list):
        return [_masked(found) for found in value]
    if isinstance(value, str) and value.startswith(("http://", "https://")) and "?" in value:
        parts = urlsplit(value)
        return urlunsplit(parts._replace(query=_masked_query(parts.query)))
    return value
