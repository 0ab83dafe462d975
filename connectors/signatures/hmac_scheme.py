# Part of Integration Hub. License LGPL-3.0 or later.
"""One engine for all HMAC schemes; a scheme is data (see ``schemes/``).

Stricter than some vendors' own libraries, on purpose: a doubled, malformed or non-ASCII header is refused, timestamps
are ASCII digits, base64 and hexadecimal have one spelling, an empty secret signs nothing, and a delivery from the
future is as wrong as a stale one. Every refusal is a SignatureRefused; nothing else escapes from ``verify``.
"""

import enum
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import ConfigurationError, SignatureRefused
from .bodies import read_document
from .encodings import DECODE, ENCODE, decode_timestamp, text_key
from .model import FORM, JSON, Answer, Delivery, Verified

MAX_ID_CHARS = 255
CLOCK_SKEW = 10.0  # seconds a sender's clock may be ahead where the vendor itself only limits the past
_ACCEPTED = Answer()
_DIGEST_BYTES = {"sha256": 32, "sha1": 20}


class Part(enum.Enum):
    """A piece of the signed string that comes from the delivery."""

    METHOD = "method"
    URL = "url"
    BODY = "body"
    TIMESTAMP = "timestamp"
    ID = "id"


def _exact_url(delivery: Delivery) -> tuple[str, ...]:
    return (delivery.url or "",)


def _raw_body(delivery: Delivery) -> bytes:
    return delivery.body


@dataclass(frozen=True, kw_only=True)
class HmacScheme:
    """How one vendor signs, as data.

    signature_header: holds ``prefix`` and the encoded digest, or, with a ``separator``, several of those, of which
    one must be right; items with other prefixes (unknown versions) are ignored.
    signed: the signed string, texts and Parts in order. ``urls`` gives the spellings the sender may have signed,
    ``payload`` what stands for the body, raising SignatureRefused when the body would stay uncovered.
    timestamp_header, or timestamp_prefix for an item of the signature header; ``past`` and ``future`` in seconds.
    json_field: the form field that holds the document where the vendor sends forms.
    """

    key: str
    title: str
    docs_url: str
    signature_header: str
    prefix: str = ""
    separator: str = ""
    signed: tuple[Part | str, ...] = (Part.BODY,)
    digest: str = "sha256"
    encoding: str = "hex"
    secret_key: Callable[[str], bytes | None] = text_key
    timestamp_header: str = ""
    timestamp_prefix: str = ""
    timestamp_units: int = 1
    past: float = 300.0
    future: float = 300.0
    id_header: str = ""
    dedupe_headers: tuple[str, ...] = ()
    urls: Callable[[Delivery], tuple[str, ...]] = _exact_url
    payload: Callable[[Delivery], bytes] = _raw_body
    answer: Answer = _ACCEPTED
    redelivers: bool = True
    content_types: tuple[str, ...] = (JSON,)
    json_field: str = ""
    handshake: Callable[[Delivery, Any], Answer | None] | None = None
    challenge_is_signed: bool = True

    def verify(self, delivery: Delivery, secrets: Sequence[str], *, now: float) -> Verified:
        """The proof that one of ``secrets`` signed the delivery around ``now`` (unix seconds), or SignatureRefused.

        Several secrets may be live while rotating; empty and undecodable ones are passed over. Comparison takes
        constant time.
        """
        keys = self._keys(secrets)
        header = self._header(delivery, self.signature_header)
        signatures = self._signatures(header)
        stamp, timestamp = self._timestamp(delivery, header)
        if timestamp is not None:
            self._check_age(timestamp, now)
        message_id = self._header(delivery, self.id_header, MAX_ID_CHARS) if self.id_header else ""
        dedupe_key = self._dedupe_key(delivery)
        genuine = False
        for message in self._messages(delivery, stamp, message_id):
            for key in keys:
                expected = hmac.digest(key, message, self.digest)
                for signature in signatures:
                    genuine |= hmac.compare_digest(expected, signature)
        if not genuine:
            raise SignatureRefused(
                f"The signature in {self.signature_header} does not match the delivery",
                code="mismatch",
                params={"header": self.signature_header},
            )
        return Verified(dedupe_key, timestamp)

    def sign(self, delivery: Delivery, secret: str, *, now: float, message_id: str | None = None) -> dict[str, str]:
        """The headers a sender adds to make the delivery authentic at ``now``.

        Without ``message_id``, a scheme that signs an id derives it from time and body. Raises SignatureRefused
        (no-secret, body-not-covered, missing-url) where no valid signature is possible.
        """
        (key,) = self._keys([secret])
        headers: dict[str, str] = {}
        stamp = str(int(now * self.timestamp_units)) if self.timestamp_header or self.timestamp_prefix else ""
        if self.timestamp_header:
            headers[self.timestamp_header] = stamp
        if self.id_header:
            message_id = message_id or "msg_" + hashlib.sha256(stamp.encode() + delivery.body).hexdigest()[:32]
            headers[self.id_header] = message_id
        elif message_id is not None and self.dedupe_headers:
            headers[self.dedupe_headers[0]] = message_id
        message = self._messages(delivery, stamp, message_id or "")[0]
        signature = self.prefix + ENCODE[self.encoding](hmac.digest(key, message, self.digest))
        if self.timestamp_prefix:
            signature = f"{self.timestamp_prefix}{stamp}{self.separator}{signature}"
        headers[self.signature_header] = signature
        return headers

    def timestamp(self, delivery: Delivery) -> float | None:
        """The delivery's own time in unix seconds, unproven; None where the scheme has none."""
        return self._timestamp(delivery, self._header(delivery, self.signature_header))[1]

    def document(self, delivery: Delivery) -> Any:
        """The body as a document, or DocumentError."""
        return read_document(delivery, self.content_types, self.json_field)

    def challenge(self, delivery: Delivery, document: Any) -> Answer | None:
        """The answer to the vendor's handshake; None for an ordinary delivery."""
        return self.handshake(delivery, document) if self.handshake else None

    # -- pieces -------------------------------------------------------------------------------------------------------

    def _keys(self, secrets: Sequence[str]) -> list[bytes]:
        if isinstance(secrets, str):
            raise ConfigurationError("secrets is a list of texts, not one text", code="invalid-secrets")
        keys = [key for key in (self.secret_key(secret) for secret in secrets if secret) if key]
        if not keys:
            raise SignatureRefused(
                "There is no usable signing secret",
                code="no-secret",
                hint=f"Enter the signing secret {self.title} shows for this webhook.",
            )
        return keys

    def _header(self, delivery: Delivery, name: str, max_chars: int = 16_384) -> str:
        values = delivery.headers.getall(name)
        if not values or not values[0]:
            raise SignatureRefused(
                f"The delivery has no {name} header",
                code="missing-header",
                hint=f"Check that a secret is set for this webhook at {self.title} and that no proxy removes headers.",
                params={"header": name},
            )
        if len(values) > 1:
            raise _malformed(name, "came more than once")
        if len(values[0]) > max_chars or not (values[0].isascii() and values[0].isprintable()):
            raise _malformed(name, "is too long or has characters that do not belong there")
        return values[0]

    def _signatures(self, header: str) -> list[bytes]:
        items = header.split(self.separator) if self.separator else [header]
        known = [item.removeprefix(self.prefix) for item in items if item.startswith(self.prefix)]
        size = _DIGEST_BYTES[self.digest]
        decoded = [DECODE[self.encoding](item) for item in known]
        signatures = [signature for signature in decoded if signature is not None and len(signature) == size]
        if not signatures:
            raise _malformed(self.signature_header, "holds no signature of a known kind")
        return signatures

    def _timestamp(self, delivery: Delivery, header: str) -> tuple[str, float | None]:
        if self.timestamp_header:
            name, stamp = self.timestamp_header, self._header(delivery, self.timestamp_header)
        elif self.timestamp_prefix:
            name = self.signature_header
            stamps = [item for item in header.split(self.separator) if item.startswith(self.timestamp_prefix)]
            if len(stamps) != 1:
                raise _malformed(name, "does not have exactly one timestamp")
            stamp = stamps[0].removeprefix(self.timestamp_prefix)
        else:
            return "", None
        timestamp = decode_timestamp(stamp, self.timestamp_units)
        if timestamp is None:
            raise _malformed(name, "holds no timestamp in digits")
        return stamp, timestamp

    def _check_age(self, timestamp: float, now: float) -> None:
        age = now - timestamp
        if not -self.future <= age <= self.past:
            late = age > 0
            raise SignatureRefused(
                f"The delivery was signed {abs(age):.0f} s {'ago' if late else 'in the future'}",
                code="stale" if late else "future",
                hint="Check this server's clock. If it is right, the delivery was delayed or replayed.",
                params={"age": age},
            )

    def _dedupe_key(self, delivery: Delivery) -> str | None:
        for name in self.dedupe_headers:
            if delivery.headers.get(name):
                return self._header(delivery, name, MAX_ID_CHARS)
        return None

    def _messages(self, delivery: Delivery, stamp: str, message_id: str) -> list[bytes]:
        urls: tuple[str, ...] = ("",)
        if Part.URL in self.signed:
            if not delivery.url:
                raise SignatureRefused("The delivery's address is not known, but it is signed", code="missing-url")
            urls = self.urls(delivery)
        payload = self.payload(delivery)
        return [self._message(delivery, url, payload, stamp, message_id) for url in urls]

    def _message(self, delivery: Delivery, url: str, payload: bytes, stamp: str, message_id: str) -> bytes:
        if self.signed == (Part.BODY,):
            return payload
        values = {
            Part.METHOD: delivery.method.upper().encode(),
            Part.URL: url.encode("utf-8", "surrogatepass"),
            Part.BODY: payload,
            Part.TIMESTAMP: stamp.encode(),
            Part.ID: message_id.encode(),
        }
        return b"".join(piece.encode() if isinstance(piece, str) else values[piece] for piece in self.signed)


def _malformed(name: str, problem: str) -> SignatureRefused:
    return SignatureRefused(f"The header {name} {problem}", code="malformed-header", params={"header": name})


__all__ = ["CLOCK_SKEW", "FORM", "JSON", "HmacScheme", "Part"]
