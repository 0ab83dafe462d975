# Part of Integration Hub. License LGPL-3.0 or later.
"""Auth from settings: what a person configures for an API that has no connector of its own."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import ConfigurationError
from ..messages import Auth, Request, Response, Timeout
from .basic import Basic
from .keys import Bearer, HeaderKey, QueryKey
from .none import NoAuth
from .oauth import AuthorizationCode, ClientCredentials, Exchange, OAuthClient, RefreshToken, TokenEndpoint
from .oauth.endpoint import check_secure


def build(spec: Mapping[str, Any], secret: str, exchange: Exchange | None = None) -> Auth:
    """The Auth of `{"kind": "header", "name": "X-Api-Key"}` and a secret.

    The other keys are the parameters of the kind's function below. Raises ConfigurationError: what `check` raises, for
    an empty secret, and for a kind that needs an `exchange` where there is none.
    """
    return check(spec)(secret, exchange, **{name: value for name, value in spec.items() if name != "kind"})


def check(spec: Mapping[str, Any]) -> Callable[..., Auth]:
    """What makes the Auth of a description. Raises ConfigurationError for an unknown, missing or wrong setting."""
    kind = spec.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise _invalid(f"There is no way to authenticate named {kind!r}", f"Choose one of: {', '.join(KINDS)}.")
    known = list(inspect.signature(KINDS[kind]).parameters.values())[2:]
    names = [parameter.name for parameter in known]
    for name, value in spec.items():
        if name not in ("kind", *names):
            raise _invalid(f"{kind} has no setting {name!r}", f"It has: {', '.join(names) or 'none'}.")
        if not isinstance(value, str):
            raise _invalid(f"The setting {name!r} of {kind} is not text", "Correct the setting.")
    for parameter in known:
        if parameter.default is parameter.empty and not spec.get(parameter.name):
            raise _invalid(f"{kind} needs the setting {parameter.name!r}", "Add the setting.")
    # What the secret has no part in is proved now, not when the first call is made.
    KINDS[kind]("x", _UNUSED, **{name: value for name, value in spec.items() if name != "kind"})
    return KINDS[kind]


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
    endpoint = _endpoint(exchange, token_url, client_id, secret, method)
    return ClientCredentials(endpoint, exchange.store, scope=scope or None)


def _oauth_authorization_code(
    secret: str,
    exchange: Exchange | None,
    authorize_url: str,
    token_url: str,
    client_id: str,
    scope: str = "",
    method: str = "",
) -> Auth:
    """What `authorization` began; the secret is the client's, what the person allowed is in the exchange's store."""
    if exchange is None:
        raise _invalid("An access token is needed, and there is no way to get one here", "Give an exchange.")
    check_secure(authorize_url, "The sign-in address")
    return RefreshToken(_endpoint(exchange, token_url, client_id, secret, method), exchange.store)


def signs_in(spec: Mapping[str, Any]) -> bool:
    """Whether a person signs in in the browser."""
    return spec.get("kind") == "oauth_authorization_code"


def authorization(spec: Mapping[str, Any], secret: str, exchange: Exchange, redirect_uri: str) -> AuthorizationCode:
    """How a person signs in, of the description that `build` takes. Raises ConfigurationError as `check` does."""
    check(spec)
    endpoint = _endpoint(exchange, spec["token_url"], spec["client_id"], secret, spec.get("method", ""))
    return AuthorizationCode(endpoint, spec["authorize_url"], redirect_uri, scope=spec.get("scope") or None)


def _endpoint(exchange: Exchange, token_url: str, client_id: str, secret: str, method: str) -> TokenEndpoint:
    return exchange.endpoint(token_url, OAuthClient(client_id, secret, method=method or "client_secret_basic"))


class _Nowhere:
    def send(self, request: Request, timeout: Timeout) -> Response:
        raise AssertionError("a description is checked without asking anybody")


_UNUSED = Exchange(_Nowhere(), Timeout())
KINDS: dict[str, Callable[..., Auth]] = {
    "none": _none,
    "bearer": _bearer,
    "header": _header,
    "query": _query,
    "basic": _basic,
    "oauth_client_credentials": _oauth_client_credentials,
    "oauth_authorization_code": _oauth_authorization_code,
}


def _invalid(message: str, hint: str) -> ConfigurationError:
    return ConfigurationError(message, code="invalid-auth", hint=hint)
