# Part of Integration Hub. License LGPL-3.0 or later.
"""A private key that signs assertions about us (RFC 7515, 7519, 7523)."""

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from ...errors import ConfigurationError
from ..static import required

_HINT = "Enter the private key as PEM text, from BEGIN to END: RSA of 2048 bits or more for RS256, P-256 for ES256."


class SigningKey:
    """A private key as PEM text, and how it signs: RS256 or ES256; `key_id` tells the receiver which key it is.

    `password` opens an encrypted key. ConfigurationError, without showing any of it, when the key cannot be read or
    is none for the algorithm.
    """

    def __init__(
        self,
        pem: str,
        algorithm: str,
        *,
        key_id: str | None = None,
        password: str | None = None,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self.algorithm = algorithm
        self._key_id = key_id
        self._random = random
        self._pem = _checked(required(pem, "The private key"), algorithm, password)

    def assertion(
        self, *, issuer: str, subject: str, audience: str, now: float, lifetime: float, claims: Mapping[str, Any]
    ) -> str:
        """A signed JWT with iss, sub, aud, iat, exp and a fresh jti; `lifetime` in seconds."""
        from joserfc import jwt
        from joserfc.jwk import ECKey, RSAKey

        header = {"alg": self.algorithm, "typ": "JWT"} | ({"kid": self._key_id} if self._key_id else {})
        payload = {
            "iss": issuer,
            "sub": subject,
            "aud": audience,
            "iat": int(now),
            "exp": int(now + lifetime),
            "jti": self._random(16).hex(),
            **claims,
        }
        key = (RSAKey if self.algorithm == "RS256" else ECKey).import_key(self._pem)
        return jwt.encode(header, payload, key, algorithms=[self.algorithm])

    def __repr__(self) -> str:
        return f"SigningKey(***, {self.algorithm!r}, key_id={self._key_id!r})"


def _checked(pem: str, algorithm: str, password: str | None) -> str:
    """The key without its password, kept in memory only."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        load_pem_private_key,
    )

    if algorithm not in ("RS256", "ES256"):
        message = "An assertion is signed with RS256 or ES256"
        raise ConfigurationError(message, code="invalid-algorithm", params={"algorithm": algorithm})
    try:
        key = load_pem_private_key(pem.encode(), password.encode() if password else None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if key is None:
        raise ConfigurationError(
            "The private key cannot be read, or its password is wrong", code="invalid-key", hint=_HINT
        )
    if algorithm == "RS256":
        fits = isinstance(key, rsa.RSAPrivateKey) and key.key_size >= 2048
    else:
        fits = isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)
    if not fits:
        raise ConfigurationError(f"The private key is none for {algorithm}", code="invalid-key", hint=_HINT)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
