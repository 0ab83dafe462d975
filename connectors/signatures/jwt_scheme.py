# Part of Integration Hub. License LGPL-3.0 or later.
"""A JSON Web Token as the proof of a delivery (RFC 7519, with the advice of RFC 8725).

Which algorithms count is configured, never read from the token; shared secrets and public keys do not mix, so that no
public key is taken for a secret. Without `body_claim` the token proves who sent the delivery, not what it says.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError

from .. import jsondoc
from ..errors import ConfigurationError, DocumentError, SignatureRefused
from ..messages import check_header
from .encodings import ENCODE, decode_base64url
from .jwt_keys import ASYMMETRIC, SYMMETRIC, TokenKey, read_keys
from .model import Delivery, Verified
from .refusals import malformed, only_header, usable_keys
from .scheme import Scheme

_LATEST = 1e11  # unix seconds; what is greater is in milliseconds, and would never expire


@dataclass(frozen=True, kw_only=True)
class JwtScheme(Scheme):
    """A token in `header`; in Authorization it stands after the word Bearer.

    The secret is a shared one (HS*), or the sender's public keys: PEM, JWK or JWKS; `KeySet` fetches a JWKS.
    A token is good until its `exp`, without one for `max_age` seconds after its `iat`; one of them must be there.
    `leeway` in seconds is allowed to clocks, both ways. `issuer` and `audience` must be the token's where set,
    and a token for some audience is refused where none is set (RFC 7519 §4.1.3).
    body_claim: the claim with the digest of the body, where the sender signs it.
    """

    algorithms: tuple[str, ...]
    header: str = "Authorization"
    issuer: str = ""
    audience: str = ""
    leeway: float = 10.0
    max_age: float = 300.0
    body_claim: str = ""
    body_digest: str = "sha256"
    body_encoding: str = "hex"

    def __post_init__(self) -> None:
        check_header(self.header, "")
        chosen = set(self.algorithms)
        if not chosen or not (chosen <= set(SYMMETRIC) or chosen <= set(ASYMMETRIC)):
            raise ConfigurationError(
                "algorithms mixes algorithms with a shared secret and with a key pair, or has none or unknown ones",
                code="invalid-option",
                hint=f"Choose some of {', '.join(SYMMETRIC)}, or some of {', '.join(ASYMMETRIC)}.",
                params={"option": "algorithms"},
            )

    @property
    def proof_headers(self) -> tuple[str, ...]:
        """The token's header."""
        return (self.header,)

    @property
    def secret_headers(self) -> tuple[str, ...]:
        """The token's header: a token that is still good can be used again."""
        return (self.header,)

    @property
    def signs_body(self) -> bool:
        """Whether a claim holds the body's digest."""
        return bool(self.body_claim)

    def verify(self, delivery: Delivery, secrets: Sequence[str], *, now: float) -> Verified:
        """The proof that the delivery carries a good token, or SignatureRefused.

        Codes: unknown-key (its kid is in no key set), mismatch, stale, future, wrong-issuer, wrong-audience, or
        malformed-header. The time in the answer is the token's only when the token is for this very body.
        """
        found = usable_keys(secrets, lambda secret: read_keys(secret, self.algorithms), self.title)
        token = self._token(delivery)
        algorithm, kid = self._token_header(token)
        candidates = [key for keys in found for key in keys if key.serves(algorithm, kid)]
        if not candidates:
            raise SignatureRefused("The token names a key that is not among those of this webhook", code="unknown-key")
        dedupe_key = self.header_id(delivery)
        claims = self._claims(token, candidates)
        issued = self._check_times(claims, now)
        self._check_parties(claims)
        if not self.body_claim:
            return Verified(dedupe_key, None)
        stated = claims.get(self.body_claim)
        if not isinstance(stated, str) or not hmac.compare_digest(stated.encode(), self._digest(delivery).encode()):
            raise SignatureRefused(f"The claim {self.body_claim} is not the digest of the body", code="mismatch")
        return Verified(dedupe_key, issued)

    def sign(self, delivery: Delivery, secret: str, *, now: float, message_id: str | None = None) -> dict[str, str]:
        """The header with a token, good for `max_age` seconds; `secret` holds the private key for RS*, PS*, ES*."""
        (keys,) = usable_keys([secret], lambda text: read_keys(text, self.algorithms), self.title)
        algorithm = next(name for name in self.algorithms if keys[0].serves(name, None))
        claims: dict[str, Any] = {"iat": int(now), "exp": int(now + self.max_age)}
        claims |= {"iss": self.issuer} if self.issuer else {}
        claims |= {"aud": self.audience} if self.audience else {}
        claims |= {self.body_claim: self._digest(delivery)} if self.body_claim else {}
        token = self.signed_token(claims, keys[0], algorithm)
        return {self.header: self._word + token, **self.id_headers(message_id)}

    # -- pieces -------------------------------------------------------------------------------------------------------

    @property
    def _word(self) -> str:
        """What stands before the token."""
        return "Bearer " if self.header.lower() == "authorization" else ""

    def _token(self, delivery: Delivery) -> str:
        value, word = only_header(delivery, self.header), self._word
        if not value.lower().startswith(word.lower()):
            raise malformed(self.header, "holds no bearer token")
        return value[len(word) :]

    def _token_header(self, token: str) -> tuple[str, str | None]:
        """Algorithm and key id; every part must be in the one spelling that base64url has for it."""
        parts = [part for text in token.split(".") if (part := decode_base64url(text)) is not None]
        if len(parts) != 3 or token.count(".") != 2:
            raise malformed(self.header, "holds no signed token")
        try:
            header = jsondoc.parse(parts[0])
        except DocumentError:
            header = None
        if not isinstance(header, dict):
            raise malformed(self.header, "holds a token without a readable header")
        algorithm, kid = header.get("alg"), header.get("kid")
        if algorithm not in self.algorithms:
            raise malformed(self.header, f"holds a token that is not signed with {' or '.join(self.algorithms)}")
        return str(algorithm), kid if isinstance(kid, str) else None

    def _claims(self, token: str, candidates: Sequence[TokenKey]) -> Mapping[str, Any]:
        registry = jws.JWSRegistry(algorithms=self.algorithms, strict_check_header=False)
        for candidate in candidates:
            try:
                payload = jws.deserialize_compact(token, candidate.key, registry=registry).payload
            except (JoseError, ValueError):
                continue
            try:
                claims = jsondoc.parse(payload or b"")
            except DocumentError as error:
                raise malformed(self.header, f"holds a token whose claims are no JSON: {error.message}") from None
            if not isinstance(claims, dict):
                raise malformed(self.header, "holds a token whose claims are no object")
            return claims
        raise SignatureRefused(f"The token in {self.header} is not signed with a key of this webhook", code="mismatch")

    def _check_times(self, claims: Mapping[str, Any], now: float) -> float | None:
        expires, begins, issued = (self._date(claims, name) for name in ("exp", "nbf", "iat"))
        if expires is None:
            if issued is None:
                raise malformed(self.header, "holds a token without exp and iat, which would be good for ever")
            expires = issued + self.max_age
        if now > expires + self.leeway:
            raise SignatureRefused(f"The token expired {now - expires:.0f} s ago", code="stale")
        starts = max(begins or 0.0, issued or 0.0)
        if now < starts - self.leeway:
            raise SignatureRefused(f"The token is good only in {starts - now:.0f} s", code="future")
        return issued

    def _date(self, claims: Mapping[str, Any], name: str) -> float | None:
        value = claims.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < _LATEST:
            raise malformed(self.header, f"holds a token whose {name} is no number of seconds since 1970")
        return float(value)

    def _check_parties(self, claims: Mapping[str, Any]) -> None:
        if self.issuer and claims.get("iss") != self.issuer:
            raise SignatureRefused("The token was issued by somebody else", code="wrong-issuer")
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [] if audience is None else [audience]
        if (self.audience or audiences) and self.audience not in audiences:
            raise SignatureRefused(
                "The token is meant for another receiver",
                code="wrong-audience",
                hint="Set the option audience to the name that the sender has for this webhook.",
            )

    def _digest(self, delivery: Delivery) -> str:
        return ENCODE[self.body_encoding](hashlib.new(self.body_digest, delivery.body).digest())

    @staticmethod
    def signed_token(claims: Mapping[str, Any], key: TokenKey, algorithm: str) -> str:
        """The token of these claims."""
        header = {"alg": algorithm, "typ": "JWT"} | ({"kid": key.kid} if key.kid else {})
        return jws.serialize_compact(header, json.dumps(claims), key.key, algorithms=[algorithm])
