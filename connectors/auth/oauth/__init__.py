# Part of Integration Hub. License LGPL-3.0 or later.
"""OAuth 2.0 for servers that call APIs (RFC 6749, 7523, 7636, 9700).

What is sent is built by Authlib, assertions by its joserfc; both are imported when a token is first needed, because
they take as long to import as all the rest of the library. What comes back is read here: each wrong answer needs its
own policy.
"""

from .authorization_code import AuthorizationCode, PendingAuthorization
from .client import OAuthClient
from .endpoint import TokenEndpoint
from .exchange import Exchange
from .grants import ClientCredentials, JwtBearer, RefreshToken
from .keys import SigningKey
from .tokens import MemoryTokenStore, Token, TokenNotStored, TokenStore

__all__ = [
    "AuthorizationCode",
    "ClientCredentials",
    "Exchange",
    "JwtBearer",
    "MemoryTokenStore",
    "OAuthClient",
    "PendingAuthorization",
    "RefreshToken",
    "SigningKey",
    "Token",
    "TokenEndpoint",
    "TokenNotStored",
    "TokenStore",
]
