# Part of Integration Hub. License LGPL-3.0 or later.
"""How we prove to a token endpoint who we are (RFC 6749 §2.3, RFC 7523 §2.2, RFC 8705 §2)."""

from urllib.parse import quote_plus

from ...errors import ConfigurationError
from ..static import required
from .keys import SigningKey

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_SECONDS = 300.0
_METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt", "tls_client_auth", "none")


class OAuthClient:
    """The registration of this client: its id, and one proof; methods by their registered names.

    client_secret_basic, client_secret_post (`secret`); private_key_jwt (`key`); tls_client_auth (the certificate is
    the transport's); none (a public client, PKCE alone protects it). ConfigurationError when the proof does not fit.
    """

    def __init__(
        self, client_id: str, secret: str = "", *, method: str | None = None, key: SigningKey | None = None
    ) -> None:
        self.client_id = required(client_id, "The client id")
        self.method = method or ("client_secret_basic" if secret else "private_key_jwt" if key else "none")
        if self.method not in _METHODS:
            raise ConfigurationError(f"{self.method!r} is not one of {', '.join(_METHODS)}", code="invalid-method")
        if self.method.startswith("client_secret"):
            required(secret, "The client secret")
        elif secret or (key is None) == (self.method == "private_key_jwt"):
            raise ConfigurationError(f"The credential given is none for {self.method}", code="invalid-credential")
        self._secret = secret
        self._key = key

    def authenticate(self, url: str, body: str, now: float) -> tuple[dict[str, str], str]:
        """Headers to add, and the form body completed, for a request to the token endpoint `url`."""
        from authlib.common.urls import add_params_to_qs
        from authlib.oauth2.auth import ClientAuth

        if self._key is not None:
            me = self.client_id
            assertion = self._key.assertion(
                issuer=me, subject=me, audience=url, now=now, lifetime=_ASSERTION_SECONDS, claims={}
            )
            proof = [("client_assertion_type", _ASSERTION_TYPE), ("client_assertion", assertion)]
            return {}, add_params_to_qs(body, [("client_id", me), *proof])
        client_id, secret, method = self.client_id, self._secret, self.method
        if method == "client_secret_basic":
            client_id, secret = quote_plus(client_id), quote_plus(secret)  # RFC 6749 §2.3.1; Authlib leaves that to us
        if method == "tls_client_auth":
            method = "none"  # names the client; the handshake has proved it
        headers: dict[str, str] = {}
        _url, headers, body = ClientAuth(client_id, secret, method).prepare("POST", url, headers, body)
        return headers, body

    def secrets(self) -> tuple[str, ...]:
        """What must not be seen in an error."""
        return (self._secret, quote_plus(self._secret)) if self._secret else ()

    def __repr__(self) -> str:
        return f"OAuthClient({self.client_id!r}, ***, method={self.method!r})"
