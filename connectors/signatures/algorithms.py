# Part of Integration Hub. License LGPL-3.0 or later.
"""What turns key and message into a signature: keyed hashes, and Ed25519 where the receiver holds a public key only."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hmac import compare_digest
from hmac import digest as mac
from typing import Protocol

_SIZES = {"sha256": 32, "sha384": 48, "sha512": 64, "sha1": 20}


def is_among(found: bytes, known: Sequence[bytes]) -> bool:
    """Whether it is one of those known; each of them is compared, in constant time."""
    genuine = False
    for each in known:
        genuine |= compare_digest(each, found)
    return genuine


class Algorithm(Protocol):
    """A way to sign; keys, messages and signatures are bytes."""

    @property
    def title(self) -> str:
        """The field's name for it."""

    @property
    def size(self) -> int:
        """Bytes of a signature."""

    def sign(self, key: bytes, message: bytes) -> bytes:
        """The signature."""

    def matches(self, key: bytes, message: bytes, signatures: Sequence[bytes]) -> bool:
        """Whether one of the signatures is right; where the key is a secret, in constant time."""


@dataclass(frozen=True)
class Hmac:
    """HMAC (RFC 2104)."""

    digest: str

    @property
    def title(self) -> str:
        """Such as HMAC-SHA256."""
        return f"HMAC-{self.digest.upper()}"

    @cached_property
    def size(self) -> int:
        """Bytes of a signature."""
        return _SIZES[self.digest]

    def sign(self, key: bytes, message: bytes) -> bytes:
        """The message authentication code."""
        return mac(key, message, self.digest)

    def matches(self, key: bytes, message: bytes, signatures: Sequence[bytes]) -> bool:
        """Whether one of the signatures is the message authentication code."""
        expected, genuine = mac(key, message, self.digest), False
        for signature in signatures:  # as in is_among, whose call would be felt here
            genuine |= compare_digest(expected, signature)
        return genuine


@dataclass(frozen=True)
class PrefixedHash:
    """The plain hash of key and message, which some vendors used before HMAC.

    Whoever saw one delivery can sign a longer body that begins with it (length extension), so only schemes whose
    documents cannot have a tail may use it: what is added begins with the byte 0x80, which is not JSON.
    """

    digest: str

    @property
    def title(self) -> str:
        """Such as plain SHA256."""
        return f"plain {self.digest.upper()}"

    @cached_property
    def size(self) -> int:
        """Bytes of a signature."""
        return _SIZES[self.digest]

    def sign(self, key: bytes, message: bytes) -> bytes:
        """The hash of the key followed by the message."""
        return hashlib.new(self.digest, key + message).digest()

    def matches(self, key: bytes, message: bytes, signatures: Sequence[bytes]) -> bool:
        """Whether one of the signatures is this hash."""
        return is_among(self.sign(key, message), signatures)


class Ed25519:
    """Ed25519 (RFC 8032): signed with 32 bytes of private key (or 64, the public one after it), verified with 32."""

    title = "Ed25519"
    size = 64

    def sign(self, key: bytes, message: bytes) -> bytes:
        """The signature by a private key; ValueError when it is none."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(key[:32]).sign(message)

    def matches(self, key: bytes, message: bytes, signatures: Sequence[bytes]) -> bool:
        """Whether one of the signatures was made by the owner of this public key."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        public = Ed25519PublicKey.from_public_bytes(key)
        for signature in signatures:
            try:
                public.verify(signature, message)
            except InvalidSignature:
                continue
            return True
        return False


HMAC_SHA256 = Hmac("sha256")
HMAC_SHA1 = Hmac("sha1")
HMACS: Mapping[str, Hmac] = {digest: Hmac(digest) for digest in _SIZES}
