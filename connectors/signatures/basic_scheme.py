# Part of Integration Hub. License LGPL-3.0 or later.
"""Basic authentication as the proof of a delivery (RFC 7617); the secret is `user:password`."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import SignatureRefused
from .algorithms import is_among
from .encodings import decode_base64, encode_base64
from .model import Delivery, Verified
from .refusals import malformed, only_header, usable_keys
from .scheme import Scheme

_HEADER = "Authorization"


@dataclass(frozen=True, kw_only=True)
class BasicScheme(Scheme):
    """User and password in the Authorization header; nothing covers the body, so it needs TLS all the way."""

    @property
    def proof_headers(self) -> tuple[str, ...]:
        """Authorization."""
        return (_HEADER,)

    @property
    def secret_headers(self) -> tuple[str, ...]:
        """Authorization."""
        return (_HEADER,)

    def verify(self, delivery: Delivery, secrets: Sequence[str], *, now: float) -> Verified:
        """The proof that the sender knows one of `secrets`, or SignatureRefused."""
        expected = usable_keys(secrets, _credentials, self.title)
        word, _space, encoded = only_header(delivery, _HEADER).partition(" ")
        sent = decode_base64(encoded)
        if word.lower() != "basic" or sent is None:
            raise malformed(_HEADER, "holds no basic credentials")
        dedupe_key = self.header_id(delivery)
        if not is_among(sent, expected):
            raise SignatureRefused("User or password are not those of this webhook", code="mismatch")
        return Verified(dedupe_key, None)

    def sign(self, delivery: Delivery, secret: str, *, now: float, message_id: str | None = None) -> dict[str, str]:
        """The Authorization header; SignatureRefused (no-secret) when the secret is not `user:password`."""
        (credentials,) = usable_keys([secret], _credentials, self.title)
        return {_HEADER: f"Basic {encode_base64(credentials)}", **self.id_headers(message_id)}


def _credentials(secret: str) -> bytes | None:
    """The bytes of `user:password`; None without a colon or a password."""
    _user, _colon, password = secret.partition(":")
    return secret.encode("utf-8", "surrogatepass") if password else None
