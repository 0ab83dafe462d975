# Part of Integration Hub. License LGPL-3.0 or later.
"""A token's keys: what kind of key a secret is follows from the algorithms, never from a token."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OctKey, RSAKey

from .. import jsondoc
from ..errors import DocumentError

SYMMETRIC = ("HS256", "HS384", "HS512")
ASYMMETRIC = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
_MIN_SECRET_BYTES = 14  # 112 bits, below which NIST SP 800-131A allows no MAC key
_MIN_RSA_BITS = 2048  # RFC 7518 §3.3
_TYPES: dict[str, type[RSAKey] | type[ECKey]] = {"RSA": RSAKey, "EC": ECKey}


@dataclass(frozen=True)
class TokenKey:
    """A key with what its JWK says of it: its id, and the only algorithm it is for; None where it does not say."""

    key: Key
    kid: str | None = None
    algorithm: str | None = None

    def serves(self, algorithm: str, kid: str | None) -> bool:
        """Whether a token of this algorithm and key id can be its own; a key without an id serves every id."""
        return self.algorithm in (None, algorithm) and (kid is None or self.kid in (None, kid))


def read_keys(secret: str, algorithms: Sequence[str]) -> list[TokenKey] | None:
    """The keys in a secret: a shared secret's text for HS*, else a public key as PEM, JWK or JWKS (RFC 7517).

    Keys that cannot be read, are too short, or are for another use or algorithm are left out; None when none remains.
    """
    read = _shared_secret if algorithms[0] in SYMMETRIC else _public_keys
    return list(read(secret.strip(), algorithms)) or None


def _shared_secret(text: str, algorithms: Sequence[str]) -> Iterator[TokenKey]:
    """A public key is no secret: who knows it could sign."""
    try:
        raw = text.encode()
        if len(raw) >= _MIN_SECRET_BYTES and b"-----BEGIN" not in raw and not raw.startswith(b"{"):
            yield TokenKey(OctKey.import_key(raw))
    except (JoseError, ValueError):
        return


def _public_keys(text: str, algorithms: Sequence[str]) -> Iterator[TokenKey]:
    for entry in _entries(text):
        described = isinstance(entry, dict)
        if described and (entry.get("use", "sig") != "sig" or entry.get("alg", algorithms[0]) not in algorithms):
            continue
        for name in dict.fromkeys("EC" if algorithm.startswith("ES") else "RSA" for algorithm in algorithms):
            key = _imported(entry, name)
            if key is not None:
                kid, algorithm = (entry.get("kid"), entry.get("alg")) if described else (None, None)
                yield TokenKey(key, kid, algorithm)
                break


def _entries(text: str) -> list[Any]:
    """The JWKs of a set, a single JWK, or the PEM text itself."""
    if not text.startswith("{"):
        return [text]
    try:
        document = jsondoc.parse(text.encode())
    except (DocumentError, ValueError):
        return []
    entries = document.get("keys", [document])
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _imported(entry: Any, name: str) -> RSAKey | ECKey | None:
    if isinstance(entry, dict) and entry.get("kty") != name:
        return None
    try:
        key = _TYPES[name].import_key(entry)
    except (JoseError, UnsupportedAlgorithm, ValueError, TypeError, KeyError):
        return None  # a set may hold kinds of keys that nobody here knows
    return None if isinstance(key, RSAKey) and key.raw_value.key_size < _MIN_RSA_BITS else key
