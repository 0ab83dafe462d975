# Part of Integration Hub. License LGPL-3.0 or later.
"""Requests signed with a shared secret: the vendor's recipe is data, the signing is one function."""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from ..clock import Clock, SystemClock
from ..errors import ConfigurationError
from ..messages import Request, check_header
from .static import StaticAuth, required

_PLACEHOLDER = re.compile(r"\{([a-z0-9_]+)(?::([A-Za-z0-9\-]+))?\}")
_ENCODERS: dict[str, Callable[[bytes], str]] = {
    "hex": bytes.hex,
    "base64": lambda raw: base64.b64encode(raw).decode(),
    "base64url": lambda raw: base64.urlsafe_b64encode(raw).decode().rstrip("="),
}
_DECODERS: dict[str, Callable[[str], bytes]] = {
    "text": str.encode,
    "hex": bytes.fromhex,
    "base64": lambda text: base64.b64decode(text, validate=True),
}
_TIMES: dict[str, Callable[[float], str]] = {
    "seconds": lambda now: str(int(now)),
    "milliseconds": lambda now: str(int(now * 1000)),
    "iso": lambda now: datetime.fromtimestamp(int(now), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
}


@dataclass(frozen=True)
class SigningRecipe:
    """What a vendor wants signed, and where the signature goes.

    `canonical` is the text under the MAC. Its placeholders: {method} {url} {host} {path} {query} {target} (path and
    query) {timestamp} {nonce} {key_id} {body} {body_sha256} (hex) {body_sha256_base64} {header:Name}. `value` is the
    header's text, with {signature} and any of the others but {body}. Headers named for timestamp, nonce, key id and
    body digest are sent as well where they are set. ConfigurationError for a placeholder that does not exist, and for a
    recipe that leaves out what it sends: whoever holds a signed request could change it.
    """

    header: str
    canonical: str
    value: str = "{signature}"
    algorithm: str = "sha256"
    encoding: str = "hex"
    secret_encoding: str = "text"
    timestamp_header: str = ""
    timestamp_format: str = "seconds"
    nonce_header: str = ""
    key_id_header: str = ""
    digest_header: str = ""

    def __post_init__(self) -> None:
        for chosen, known in (
            (self.algorithm, ("sha256", "sha384", "sha512", "sha1")),
            (self.encoding, _ENCODERS),
            (self.secret_encoding, _DECODERS),
            (self.timestamp_format, _TIMES),
        ):
            if chosen not in known:
                raise _malformed(f"{chosen!r} is not one of {', '.join(known)}")
        for header in self._sent():
            check_header(header, "x")
        names = {match[1] for match in _PLACEHOLDER.finditer(self.canonical)}
        known_names = {*_PARTS, "timestamp", "nonce", "key_id", "header"}
        wrong = names - known_names | {m[1] for m in _PLACEHOLDER.finditer(self.value)} - known_names - {"signature"}
        if wrong or "{body}" in self.value:
            raise _malformed(f"there is no placeholder {', '.join(sorted(wrong)) or 'body'} here")
        if not names & {"body", "body_sha256", "body_sha256_base64"} or not names & {"path", "target", "url"}:
            raise _malformed("the signed text must hold the body, or its digest, and the path")
        if "{signature}" not in self.value:
            raise _malformed("the header's value must hold {signature}")
        for name, header in (("timestamp", self.timestamp_header), ("nonce", self.nonce_header)):
            if header and name not in names:
                raise _malformed(f"{header} is sent, but not signed")

    def _sent(self) -> list[str]:
        extra = (self.timestamp_header, self.nonce_header, self.key_id_header, self.digest_header)
        return [self.header, *(header for header in extra if header)]


class HmacSigning(StaticAuth):
    """Signs each request by a recipe; time and nonce are new each time it is applied, on each redirect too."""

    def __init__(
        self,
        recipe: SigningRecipe,
        secret: str,
        *,
        key_id: str = "",
        clock: Clock | None = None,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._recipe = recipe
        self._secret = _decoded(required(secret, "The signing secret"), recipe.secret_encoding)
        self._key_id = key_id
        self._clock = clock or SystemClock()
        self._random = random
        if (recipe.key_id_header or "{key_id}" in recipe.canonical + recipe.value) and not key_id:
            raise ConfigurationError("The key id is empty", code="missing-credential", hint="Enter the key id.")
        check_header("X-Key-Id", key_id)

    def apply(self, request: Request) -> Request:
        """The request with its signature; ConfigurationError when a header that is to be signed is missing."""
        recipe = self._recipe
        values = {
            "timestamp": _TIMES[recipe.timestamp_format](self._clock.now()).encode(),
            "nonce": self._random(16).hex().encode(),
            "key_id": self._key_id.encode(),
        }
        for name, header in (
            ("timestamp", recipe.timestamp_header),
            ("nonce", recipe.nonce_header),
            ("key_id", recipe.key_id_header),
        ):
            if header:
                request = request.with_header(header, values[name].decode("latin-1"))
        if recipe.digest_header:
            digest = _ENCODERS[recipe.encoding](hashlib.sha256(request.body or b"").digest())
            request = request.with_header(recipe.digest_header, digest)
        signed = _filled(recipe.canonical, request, values)
        mac = hmac.new(self._secret, signed, recipe.algorithm).digest()
        values["signature"] = _ENCODERS[recipe.encoding](mac).encode()
        return request.with_header(recipe.header, _filled(recipe.value, request, values).decode("latin-1"))


def _target(request: Request) -> str:
    parts = urlsplit(request.url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


_PARTS: dict[str, Callable[[Request], bytes]] = {
    "method": lambda request: request.method.encode(),
    "url": lambda request: request.url.encode(),
    "host": lambda request: urlsplit(request.url).netloc.encode(),
    "path": lambda request: (urlsplit(request.url).path or "/").encode(),
    "query": lambda request: urlsplit(request.url).query.encode(),
    "target": lambda request: _target(request).encode(),
    "body": lambda request: request.body or b"",
    "body_sha256": lambda request: hashlib.sha256(request.body or b"").hexdigest().encode(),
    "body_sha256_base64": lambda request: base64.b64encode(hashlib.sha256(request.body or b"").digest()),
}


def _filled(template: str, request: Request, values: dict[str, bytes]) -> bytes:
    """The template's bytes; placeholders inside inserted text stay text."""
    pieces: list[bytes] = []
    end = 0
    for match in _PLACEHOLDER.finditer(template):
        pieces.append(template[end : match.start()].encode())
        name, argument = match.groups()
        if name == "header":
            found = request.headers.getall(argument or "")
            if len(found) != 1:
                message = f"The header {argument}, which is signed, must be there once"
                raise ConfigurationError(message, code="invalid-header")
            pieces.append(found[0].encode("latin-1"))
        else:
            pieces.append(values[name] if name in values else _PARTS[name](request))
        end = match.end()
    return b"".join((*pieces, template[end:].encode()))


def _decoded(secret: str, encoding: str) -> bytes:
    try:
        return _DECODERS[encoding](secret)
    except ValueError:
        pass  # its text would show a part of the secret
    raise ConfigurationError(f"The signing secret is not {encoding}", code="invalid-credential", hint="Enter it again.")


def _malformed(problem: str) -> ConfigurationError:
    return ConfigurationError(f"The signing recipe is malformed: {problem}", code="invalid-recipe")
