# Part of Integration Hub. License LGPL-3.0 or later.
"""The grants by which a server gets its tokens without a person present."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...errors import Unauthorized
from ..static import required
from .endpoint import TokenEndpoint
from .keys import SigningKey
from .renewing import RenewingToken
from .tokens import Token, TokenStore

_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class ClientCredentials(RenewingToken):
    """The client acts for itself (RFC 6749 §4.4). `extra` adds a vendor's own parameters, such as `audience`."""

    def __init__(
        self,
        endpoint: TokenEndpoint,
        store: TokenStore | None = None,
        *,
        scope: str | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(endpoint, store)
        self._parameters: dict[str, str | None] = {"scope": scope, **(extra or {})}

    def _obtain(self, current: Token | None) -> Token:
        token = self._endpoint.request("client_credentials", dict(self._parameters))
        return replace(token, refresh_token=None)  # RFC 6749 §4.4.3: there should be none, and it is not needed


class RefreshToken(RenewingToken):
    """A person's authorisation, kept alive (RFC 6749 §6): the store holds what AuthorizationCode got.

    A refresh token that the server replaces is stored with its access token, before either is used; one that it does
    not mention stays. Raises Unauthorized when the store holds none.
    """

    def __init__(self, endpoint: TokenEndpoint, store: TokenStore, *, scope: str | None = None) -> None:
        super().__init__(endpoint, store)
        self._scope = scope

    def _obtain(self, current: Token | None) -> Token:
        if current is None or not current.refresh_token:
            raise Unauthorized(
                "There is no authorisation that could be renewed",
                code="oauth-not-authorised",
                hint="Authorise again in the other system.",
            )
        parameters = {"refresh_token": current.refresh_token, "scope": self._scope}
        token = self._endpoint.request("refresh_token", parameters, private=("refresh_token",))
        refresh_token = token.refresh_token or current.refresh_token
        return replace(token, refresh_token=refresh_token, scope=token.scope or current.scope)


class JwtBearer(RenewingToken):
    """A signed assertion instead of a secret (RFC 7523 §2.1): service accounts.

    `subject` is the account to act as, the issuer where it is left out; `audience` the token address where it is
    left out; `lifetime` the assertion's, in seconds; `claims` a vendor's own, such as Google's `scope`.
    """

    def __init__(
        self,
        endpoint: TokenEndpoint,
        key: SigningKey,
        store: TokenStore | None = None,
        *,
        issuer: str,
        subject: str | None = None,
        audience: str | None = None,
        scope: str | None = None,
        lifetime: float = 300.0,
        claims: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(endpoint, store)
        self._key = key
        self._issuer = required(issuer, "The issuer")
        self._subject = subject or issuer
        self._audience = audience or endpoint.url
        self._scope = scope
        self._lifetime = lifetime
        self._claims = dict(claims or {})

    def _obtain(self, current: Token | None) -> Token:
        assertion = self._key.assertion(
            issuer=self._issuer,
            subject=self._subject,
            audience=self._audience,
            now=self._clock.now(),
            lifetime=self._lifetime,
            claims=self._claims,
        )
        parameters = {"assertion": assertion, "scope": self._scope}
        return replace(self._endpoint.request(_JWT_BEARER, parameters, private=("assertion",)), refresh_token=None)
