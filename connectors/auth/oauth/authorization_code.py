# Part of Integration Hub. License LGPL-3.0 or later.
"""A person authorises this client in the browser (RFC 6749 §4.1), always with PKCE (RFC 7636) and a state."""

import base64
import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...errors import ConfigurationError, Unauthorized
from .endpoint import TokenEndpoint, check_secure
from .renewing import keep
from .tokens import Token, TokenStore

_LIFETIME = 600.0
Answer = Mapping[str, "str | Sequence[str]"]


@dataclass(frozen=True, repr=False)
class PendingAuthorization:
    """One authorisation under way: the `url` to send the person to, and what proves that the answer is to it.

    Kept on the server, bound to the person's session, for its 10 minutes (`expires_at`, unix seconds), and deleted
    when it is used. `to_dict` is JSON, and secret.
    """

    url: str
    state: str
    verifier: str
    redirect_uri: str
    expires_at: float
    issuer: str | None = None

    def code(self, answer: Answer, *, now: float) -> str:
        """The code in the query of the person's return, checked; Unauthorized when it is not the answer to this.

        Refused: another state (compared in constant time), a doubled parameter (RFC 6749 §3.1), an answer too late, an
        error of the server, and the answer of another server where `issuer` is known (RFC 9207).
        """
        fields = {name: [value] if isinstance(value, str) else list(value) for name, value in answer.items()}
        single = {name: values[0] for name, values in fields.items() if len(values) == 1}
        if not hmac.compare_digest(single.get("state", "").encode(errors="replace"), self.state.encode()):
            raise _refused("state-mismatch", "The answer does not belong to this authorisation")
        if now > self.expires_at:
            raise _refused("authorisation-expired", "The authorisation took longer than 10 minutes")
        if any(len(fields.get(name, ())) > 1 for name in ("code", "error", "iss")):
            raise _refused("malformed-answer", "The answer has a parameter twice")
        if self.issuer is not None and single.get("iss") != self.issuer:
            raise _refused("issuer-mismatch", "The answer comes from another authorization server")
        if "error" in single:
            denied = single["error"] == "access_denied"
            reason = "was declined in the other system" if denied else "was refused by the other system"
            raise _refused("access-denied" if denied else "authorisation-failed", f"The authorisation {reason}")
        if not single.get("code"):
            raise _refused("malformed-answer", "The answer has no code")
        return single["code"]

    def to_dict(self) -> dict[str, Any]:
        """As JSON, to be sealed while the person is away: `PendingAuthorization(**document)` reads it back."""
        return {**vars(self)}

    def __repr__(self) -> str:
        return f"PendingAuthorization(***, expires_at={self.expires_at})"


class AuthorizationCode:
    """Sends a person to `authorize_url` and exchanges what comes back; RefreshToken then uses the store.

    `extra` adds a vendor's own parameters to the address, such as `access_type=offline`; `issuer` is the
    server's identifier, where it announces one.
    """

    def __init__(
        self,
        endpoint: TokenEndpoint,
        authorize_url: str,
        redirect_uri: str,
        *,
        scope: str | None = None,
        extra: Mapping[str, str] | None = None,
        issuer: str | None = None,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        if endpoint.client is None:
            raise ConfigurationError("An authorisation needs a client id", code="missing-credential")
        self._client_id = endpoint.client.client_id
        self._endpoint = endpoint
        self._authorize_url = check_secure(authorize_url, "The authorisation address")
        self._redirect_uri = check_secure(redirect_uri, "The address to return to")
        self._scope = scope
        self._extra = dict(extra or {})
        self._issuer = issuer
        self._random = random

    def start(self) -> PendingAuthorization:
        """A new authorisation: fresh state and verifier, 256 bits each."""
        from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        state, verifier = self._text(), self._text()
        url = prepare_grant_uri(
            self._authorize_url,
            client_id=self._client_id,
            response_type="code",
            redirect_uri=self._redirect_uri,
            scope=self._scope,
            state=state,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
            **self._extra,
        )
        expires_at = self._endpoint.clock.now() + _LIFETIME
        return PendingAuthorization(url, state, verifier, self._redirect_uri, expires_at, self._issuer)

    def finish(self, pending: PendingAuthorization, answer: Answer, store: TokenStore) -> Token:
        """The token for the person's return, in `store` when this returns; raises as `code` and the endpoint do."""
        parameters = {
            "code": pending.code(answer, now=self._endpoint.clock.now()),
            "redirect_uri": pending.redirect_uri,
            "code_verifier": pending.verifier,
        }
        with store.exclusive():
            token = self._endpoint.request("authorization_code", dict(parameters), private=("code", "code_verifier"))
            keep(store, token)
        return token

    def __repr__(self) -> str:
        return f"AuthorizationCode({self._endpoint!r})"

    def _text(self) -> str:
        return base64.urlsafe_b64encode(self._random(32)).rstrip(b"=").decode()


def _refused(code: str, message: str) -> Unauthorized:
    return Unauthorized(message, code=f"oauth-{code}", hint="Sign in again.")
