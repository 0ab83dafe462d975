# Part of Integration Hub. License LGPL-3.0 or later.
"""Auth from settings: what a person configures for an API that has no connector of its own."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import ConfigurationError
from ..messages import Auth
from .basic import Basic
from .keys import Bearer, HeaderKey, QueryKey
from .none import NoAuth
from .oauth import ClientCredentials, Exchange, OAuthClient


def build(spec: Mapping[str, Any], secret: str, exchange: Exchange | None = None) -> Auth:
    """The Auth of `{"kind": "header", "name": "X-Api-Key"}` and a secret.

    The other keys are the parameters of the kind's function below. Raises ConfigurationError for an unknown kind or
    key, an empty secret, and for a kind that needs an `exchange` where there is none.
    """
    options = dict(spec)
    kind = options.pop("kind", None)
    if not isinstance(kind, str) or kind not in KINDS:
        raise _invalid(f"There is no way to authenticate named {kind!r}", f"Choose one of: {', '.join(KINDS)}.")
    make = KINDS[kind]
    parameters = list(inspect.signature(make).parameters.values())[2:]
    known = [parameter.name for parameter in parameters]
    if unknown := sorted(options.keys() - set(known)):
        raise _invalid(f"{kind} has no setting {unknown[0]!r}", f"It has: {', '.join(known) or 'none'}.")
    for parameter in parameters:
        if parameter.default is parameter.empty and parameter.name not in options:
            raise _invalid(f"{kind} needs the setting {parameter.name!r}", "Add the setting.")
    if wrong := sorted(name for name, value in options.items() if not isinstance(value, str)):
        raise _invalid(f"The setting {wrong[0]!r} of {kind} is not text", "Correct the setting.")
    return make(secret, exchange, **options)


def _none(secret: str, exchange: Exchange | None) -> Auth:
    return NoAuth()


def _bearer(secret: str, exchange: Exchange | None) -> Auth:
    return Bearer(secret)


def _header(secret: str, exchange: Exchange | None, name: str, prefix: str = "") -> Auth:
    """`prefix` stands before the key, as in `Token abc`: with its space."""
    if not secret:
        return HeaderKey(name, secret)  # which says what is missing
    return HeaderKey(name, f"{prefix}{secret}")


def _query(secret: str, exchange: Exchange | None, name: str) -> Auth:
    return QueryKey(name, secret)


def _basic(secret: str, exchange: Exchange | None, user: str = "") -> Auth:
    """The secret is the password of `user`; without one it is `user:password`, or a key that stands alone."""
    if user:
        return Basic(user, secret)
    return Basic(*secret.split(":", 1))


def _oauth_client_credentials(
    secret: str, exchange: Exchange | None, token_url: str, client_id: str, scope: str = "", method: str = ""
) -> Auth:
    """`method` is how the client authenticates at the token address: `client_secret_basic`, or `…_post`."""
    if exchange is None:
        raise _invalid("An access token is needed, and there is no way to get one here", "Give an exchange.")
    client = OAuthClient(client_id, secret, method=method or "client_secret_basic")
    return ClientCredentials(exchange.endpoint(token_url, client), exchange.store, scope=scope or None)


KINDS: dict[str, Callable[..., Auth]] = {
    "none": _none,
    "bearer": _bearer,
    "header": _header,
    "query": _query,
    "basic": _basic,
    "oauth_client_credentials": _oauth_client_credentials,
}


def _invalid(message: str, hint: str) -> ConfigurationError:
    return ConfigurationError(message, code="invalid-auth", hint=hint)
