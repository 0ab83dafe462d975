# Part of Integration Hub. License LGPL-3.0 or later.
"""The engine of all schemes that sign the delivery in a header; a scheme is data (see `schemes/`).

Stricter than some vendors' own libraries, on purpose: a doubled, malformed or non-ASCII header is refused, timestamps
have one spelling, and so have base64 and hexadecimal, an empty secret signs nothing, and a delivery from the future is
as wrong as a stale one. Every refusal is a SignatureRefused; nothing else escapes from `verify`.
"""

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..errors import ConfigurationError
from ..messages import check_header
from .algorithms import HMAC_SHA256, Algorithm
from .encodings import ENCODE, TIMESTAMPS, encode_base64, text_key
from .model import Delivery, Verified
from .refusals import usable_keys
from .scheme import Scheme
from .signed_string import SignedString, compile_template
from .signed_verification import Messages, Verify, compile_messages, compile_timestamp, compile_verify


@dataclass(frozen=True, kw_only=True)
class SignedScheme(Scheme):
    """How one vendor signs, as data.

    signature_header: holds `prefix` and the encoded signature, or, with a `separator`, several of those, of which
    one must be right; items with other prefixes (unknown versions) are ignored.
    signed: the template of the signed string. `urls` gives the spellings the sender may have signed where that is not
    just the address, `payload` what stands for the body where that is not just its bytes, raising SignatureRefused
    when the body would stay uncovered.
    secret_key: a secret's key, None for no such secret; `signing_key` the same for the sender's half of a key pair.
    timestamp_header, or timestamp_prefix for an item of the signature header; its age may be `past` seconds, or
    `future` seconds below zero; infinite where the vendor's redeliveries are older than any limit.
    id_header: the id, where it is signed; it tells duplicates.
    fallback: another scheme, asked where this one's signature header is absent. Raises ConfigurationError, naming the
    field, for data that would leave something unproven.
    """

    signature_header: str
    prefix: str = ""
    separator: str = ""
    signed: str = "{body}"
    algorithm: Algorithm = HMAC_SHA256
    encoding: str = "hex"
    secret_key: Callable[[str], bytes | None] = text_key
    signing_key: Callable[[str], bytes | None] | None = None
    timestamp_header: str = ""
    timestamp_prefix: str = ""
    timestamp_format: str = "seconds"
    past: float = 300.0
    future: float = 300.0
    id_header: str = ""
    urls: Callable[[Delivery], tuple[str, ...]] | None = None
    payload: Callable[[Delivery], bytes] | None = None
    fallback: "SignedScheme | None" = None

    def __post_init__(self) -> None:
        for name in (self.signature_header, self.timestamp_header, self.id_header):
            if name:
                check_header(name, "")
        names = self.signed_string.names
        if self.timestamp_header and self.timestamp_prefix:
            raise _contradiction("timestamp_prefix", "is set beside timestamp_header: the time stands in one place")
        if self.timestamp_prefix and not self.separator:
            raise _contradiction("timestamp_prefix", "needs a separator that makes items of the signature header")
        if self._timed is not ("timestamp" in names):
            raise _contradiction("signed", "must hold {timestamp} when there is a timestamp, and only then")
        if bool(self.id_header) is not ("id" in names):
            raise _contradiction("signed", "must hold {id} when there is an id_header, and only then")
        if self.separator and self.separator in self.prefix + self.timestamp_prefix:
            raise _contradiction("separator", "must not be a part of a prefix")
        if math.isnan(self.past + self.future) or min(self.past, self.future) < 0:
            raise _contradiction("past", "and future are seconds, 0 or more")

    @property
    def proof_headers(self) -> tuple[str, ...]:
        """The headers of signature, time and id, as far as there are such."""
        return tuple(name for name in (self.signature_header, self.timestamp_header, self.id_header) if name)

    @property
    def signs_body(self) -> bool:
        """Always: a template without the body is refused."""
        return True

    @cached_property
    def signs_url(self) -> bool:
        """Whether the address is a part of the signed string."""
        return "url" in self.signed_string.names

    def verify(self, delivery: Delivery, secrets: Sequence[str], *, now: float) -> Verified:
        """The proof that one of `secrets` signed the delivery around `now`, or SignatureRefused."""
        if self.fallback and self._is_for(self.fallback, delivery):
            return self.fallback.verify(delivery, secrets, now=now)
        return self._verify(delivery, secrets, now)

    def sign(self, delivery: Delivery, secret: str, *, now: float, message_id: str | None = None) -> dict[str, str]:
        """The headers a sender adds to make the delivery authentic at `now`.

        Without `message_id`, a scheme that signs an id derives it from time and body. Raises SignatureRefused
        (no-secret, body-not-covered, missing-url) where no valid signature is possible.
        """
        (key,) = usable_keys([secret], self.signing_key or self.secret_key, self.title)
        headers = {} if self.id_header else self.id_headers(message_id)
        stamp = TIMESTAMPS[self.timestamp_format].write(now) if self._timed else ""
        if self.timestamp_header:
            headers[self.timestamp_header] = stamp
        if self.id_header:
            message_id = message_id or "msg_" + hashlib.sha256(stamp.encode() + delivery.body).hexdigest()[:32]
            headers[self.id_header] = message_id
        message = self._messages(delivery, stamp, message_id or "")[0]
        signature = self.prefix + ENCODE[self.encoding](self.algorithm.sign(key, message))
        if self.timestamp_prefix:
            signature = f"{self.timestamp_prefix}{stamp}{self.separator}{signature}"
        headers[self.signature_header] = signature
        return headers

    def new_secret(self, randomness: bytes) -> str:
        """Base64, or hexadecimal digits; none for half of a key pair."""
        text = encode_base64(randomness)
        if self.signing_key is None and self.secret_key(text):
            return text
        return randomness.hex() if self.signing_key is None else super().new_secret(randomness)

    def timestamp(self, delivery: Delivery) -> float | None:
        """The delivery's own time in unix seconds, unproven; None where the scheme has none."""
        return self._moment(delivery)

    @property
    def _timed(self) -> bool:
        return bool(self.timestamp_header or self.timestamp_prefix)

    @cached_property
    def signed_string(self) -> SignedString:
        """The template, compiled."""
        return compile_template(self.signed)

    @cached_property
    def _messages(self) -> Messages:
        return compile_messages(self)

    @cached_property
    def _verify(self) -> Verify:
        return compile_verify(self, self._messages)

    @cached_property
    def _moment(self) -> Callable[[Delivery], float | None]:
        return compile_timestamp(self)

    def _is_for(self, other: "SignedScheme", delivery: Delivery) -> bool:
        return self.signature_header not in delivery.headers and other.signature_header in delivery.headers


def _contradiction(field: str, problem: str) -> ConfigurationError:
    return ConfigurationError(f"{field} {problem}", code="invalid-option", params={"option": field})
