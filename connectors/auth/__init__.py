# Part of Integration Hub. License LGPL-3.0 or later.
"""Ways of proving who sends a request. A client certificate (mTLS) is the connection's: `http.Tls(client=…)`."""

from ..messages import Auth
from .basic import Basic
from .build import KINDS, authorization, build, check, signs_in
from .hmac_signing import HmacSigning, SigningRecipe
from .keys import Bearer, HeaderKey, QueryKey
from .none import NoAuth
from .oauth import (
    AuthorizationCode,
    ClientCredentials,
    Exchange,
    JwtBearer,
    MemoryTokenStore,
    OAuthClient,
    PendingAuthorization,
    RefreshToken,
    SigningKey,
    Token,
    TokenEndpoint,
    TokenNotStored,
    TokenStore,
)

__all__ = [
    "KINDS",
    "Auth",
    "AuthorizationCode",
    "Basic",
    "Bearer",
    "ClientCredentials",
    "Exchange",
    "HeaderKey",
    "HmacSigning",
    "JwtBearer",
    "MemoryTokenStore",
    "NoAuth",
    "OAuthClient",
    "PendingAuthorization",
    "QueryKey",
    "RefreshToken",
    "SigningKey",
    "SigningRecipe",
    "Token",
    "TokenEndpoint",
    "TokenNotStored",
    "TokenStore",
    "authorization",
    "build",
    "check",
    "signs_in",
]
