# Part of Integration Hub. License LGPL-3.0 or later.
"""One token endpoint: sends a grant, returns a token, and turns whatever else it answers into the right error."""

import ipaddress
import logging
from collections.abc import Iterable
from urllib.parse import urlsplit

from ...clock import Clock, SystemClock
from ...errors import ConfigurationError, HubError, TransportError
from ...messages import Headers, Request, Timeout, Transport
from .answers import read_token
from .client import OAuthClient
from .tokens import Token

_logger = logging.getLogger(__name__)


class TokenEndpoint:
    """An authorization server's token address, asked through `transport` (its guard and TLS apply) as `client`.

    https only, except on this machine (RFC 6749 §3.2). `client` is None where the assertion itself says who asks.
    `timeout` bounds each request, and so how long callers wait for one refresh.
    """

    def __init__(
        self,
        url: str,
        client: OAuthClient | None,
        transport: Transport,
        *,
        timeout: Timeout,
        clock: Clock | None = None,
        user_agent: str = "integration-hub",
    ) -> None:
        self.url = check_secure(url, "The token address")
        self.client = client
        self.clock = clock or SystemClock()
        self._transport = transport
        self._timeout = timeout
        self._user_agent = user_agent

    def request(self, grant_type: str, parameters: dict[str, str | None], *, private: Iterable[str] = ()) -> Token:
        """The token that a grant is worth; parameters that are None or empty are left out.

        `private` names the parameters whose values no error may show. Raises Unauthorized when the server refuses
        (a person must act; nothing is lost meanwhile), Throttled, ServerFault or TransportError when it cannot answer
        now, a page instead of a token included. `in_doubt` is always False: the API itself was not asked yet.
        """
        from authlib.oauth2.rfc6749.parameters import prepare_token_request

        now = self.clock.now()
        hidden = [value for name in private if (value := parameters.get(name))]
        body = prepare_token_request(grant_type, "", **parameters)
        fields = {"Accept": "application/json", "Accept-Encoding": "gzip, deflate", "User-Agent": self._user_agent}
        if self.client is not None:
            headers, body = self.client.authenticate(self.url, body, now)
            fields |= headers
            hidden += [*self.client.secrets(), *(value.split()[-1] for value in headers.values())]
        fields["Content-Type"] = "application/x-www-form-urlencoded"
        request = Request("POST", self.url, Headers(fields), body.encode("ascii"))
        try:
            response = self._transport.send(request, self._timeout)
            token = read_token(response, request.target, now=now, hidden=hidden)
        except HubError as error:
            error.in_doubt = False
            if isinstance(error, TransportError):
                error.message = f"No access token could be got: {error.message}"
            raise
        _logger.info("%s gave an access token (%s)", request.target, grant_type)
        return token

    def __repr__(self) -> str:
        return f"TokenEndpoint({self.url!r}, {self.client!r})"


def check_secure(url: str, what: str) -> str:
    """`url`, or ConfigurationError unless it is https, or http on this machine, without user or fragment."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    bad = any(char <= " " or char == "\x7f" or char == "\\" for char in url)
    if bad or parts.scheme not in ("http", "https") or not host or "@" in parts.netloc or parts.fragment:
        raise ConfigurationError(f"{what} must start with https:// and a host", code="invalid-url")
    if parts.scheme == "http" and not _is_this_machine(host):
        raise ConfigurationError(
            f"{what} must start with https://: secrets are sent there", code="insecure-url", params={"host": host}
        )
    return url


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
