# Part of Integration Hub. License LGPL-3.0 or later.
"""An access token with what belongs to it, and where it is kept."""

import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol, Self

from ...errors import ConfigurationError, HubError, Policy

_EARLY_SECONDS = 60.0
_EARLY_SHARE = 0.1


class TokenNotStored(HubError):
    """The store refused a new token, so it was not used: it would be lost with this process.

    Tried again, because the old refresh token may still count; where the server has replaced it by then, the next
    answer is a refusal, and a person must authorise again.
    """

    code = "token-not-stored"
    policy = Policy.RETRY
    hint = "Look at the server's log for why the token could not be saved. It is tried again automatically."


@dataclass(frozen=True, repr=False)
class Token:
    """What a token endpoint gave (RFC 6749 §5.1); times in unix seconds, `expires_at` None when it did not say.

    `repr` shows none of it.
    """

    access_token: str
    obtained_at: float
    expires_at: float | None = None
    refresh_token: str | None = None
    scope: str | None = None

    def usable(self, now: float) -> bool:
        """Whether it will still count on arrival: it is renewed 60 s before its end, or a tenth of a short life."""
        if self.expires_at is None:
            return True
        lifetime = self.expires_at - self.obtained_at
        return now < self.expires_at - min(_EARLY_SECONDS, lifetime * _EARLY_SHARE)

    def to_dict(self) -> dict[str, Any]:
        """As JSON, for a store that seals it; `from_dict` reads it back."""
        return {**vars(self)}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """What `to_dict` gave; ConfigurationError when it is something else."""
        try:
            token = cls(**document)
            times = (token.obtained_at, token.expires_at if token.expires_at is not None else 0)
            if isinstance(token.access_token, str) and all(isinstance(time, int | float) for time in times):
                return token
        except TypeError:
            pass  # other keys than ours
        raise ConfigurationError("The stored token is not one of ours", code="invalid-token", hint="Authorise again.")

    def __repr__(self) -> str:
        return f"Token(***, expires_at={self.expires_at})"


class TokenStore(Protocol):
    """Keeps one credential's current token for every process that uses it. Its errors show no token."""

    def load(self) -> Token | None:
        """The token saved last by anyone; None when there is none."""

    def save(self, token: Token) -> None:
        """Keep it, or raise. Durable when this returns, by a transaction of its own: the caller's may roll back."""

    def exclusive(self) -> AbstractContextManager[Any]:
        """Held by one caller at a time, across processes where the store is shared; `load` and `save` work within.

        A waiter must see, by `load`, what the one before it saved: in a database, a READ COMMITTED transaction.
        """


class MemoryTokenStore:
    """Keeps the token as long as the process lives: enough for grants that need no refresh token, and for tests."""

    def __init__(self, token: Token | None = None) -> None:
        self._token = token
        self._lock = threading.Lock()

    def load(self) -> Token | None:
        """The token saved last."""
        return self._token

    def save(self, token: Token) -> None:
        """Keep it."""
        self._token = token

    def exclusive(self) -> AbstractContextManager[Any]:
        """One thread at a time."""
        return self._lock

    def __repr__(self) -> str:
        return f"MemoryTokenStore({self._token!r})"
