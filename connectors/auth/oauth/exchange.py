# Part of Integration Hub. License LGPL-3.0 or later.
"""What turning a secret into an access token needs besides the secret."""

from dataclasses import dataclass, field

from ...clock import Clock, SystemClock
from ...messages import Timeout, Transport
from .client import OAuthClient
from .endpoint import TokenEndpoint
from .tokens import MemoryTokenStore, TokenStore


@dataclass(frozen=True, slots=True)
class Exchange:
    """How token addresses are reached, and where one credential's token is kept.

    `transport` is the one that guards API calls too. The same `store` has to be given each time the credential is
    used, or each use begins by getting a token.
    """

    transport: Transport
    timeout: Timeout
    store: TokenStore = field(default_factory=MemoryTokenStore)
    clock: Clock = field(default_factory=SystemClock)

    def endpoint(self, url: str, client: OAuthClient | None) -> TokenEndpoint:
        """The token address of an authorization server, reached this way."""
        return TokenEndpoint(url, client, self.transport, timeout=self.timeout, clock=self.clock)
