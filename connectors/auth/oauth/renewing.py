# Part of Integration Hub. License LGPL-3.0 or later.
"""A bearer token that is renewed in time, once however many callers wait, and kept before it is used."""

import copy
import logging
import threading

from ...errors import HubError
from ...messages import Request, Response
from .endpoint import TokenEndpoint
from .tokens import MemoryTokenStore, Token, TokenNotStored, TokenStore

_FRESH_SECONDS = 30.0
_logger = logging.getLogger(__name__)


class RenewingToken:
    """Base of every grant: `_obtain` is the hook that asks for a token, all else is the same for each.

    `apply` renews before the token's end, `recover` after a refusal. Callers in this process wait for one of them,
    and share its failure; processes wait for each other by the store's `exclusive`, and whoever comes second uses
    what the first one saved. A token refused within 30 s of being obtained is not renewed, unless another process has
    done so already: a new one would be no better.
    """

    def __init__(self, endpoint: TokenEndpoint, store: TokenStore | None = None) -> None:
        self._endpoint = endpoint
        self._store = store if store is not None else MemoryTokenStore()
        self._clock = endpoint.clock
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._failures = 0
        self._failure: HubError | None = None
        self._used = threading.local()

    def apply(self, request: Request) -> Request:
        """The request with its bearer token; raises what the token endpoint's answer means when there is none."""
        token = self._token
        if token is None or not token.usable(self._clock.now()):
            token = self._renewed(token)
        self._used.token = token
        return request.with_header("Authorization", f"Bearer {token.access_token}")

    def recover(self, response: Response) -> bool:
        """True when this thread's last token has been replaced, by us now or by somebody else in the meantime."""
        used: Token | None = getattr(self._used, "token", None)
        if used is None or not _renewal_may_help(response):
            return False
        current = self._token
        if current is not None and current.access_token != used.access_token:
            return True
        if self._clock.now() - used.obtained_at < _FRESH_SECONDS:
            return self._adopted(used)
        self._renewed(used)
        return True

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._endpoint!r})"

    def _obtain(self, current: Token | None) -> Token:
        """A new token from the endpoint; `current` is the one stored last. A hook."""
        raise NotImplementedError

    def _renewed(self, stale: Token | None) -> Token:
        """A usable token other than `stale`."""
        failures = self._failures
        with self._lock:
            if self._token is not None and self._is_news(self._token, stale):
                return self._token
            if self._failures != failures and self._failure is not None:
                raise copy.copy(self._failure)  # it failed while we waited: asking again at once would only add load
            try:
                self._token = self._exchange(stale)
            except HubError as failure:
                self._failure, self._failures = failure, self._failures + 1
                raise
            return self._token

    def _adopted(self, stale: Token) -> bool:
        """Whether another process has stored a token other than `stale`, now ours too."""
        with self._lock:
            stored = self._store.load()
            if stored is None or not self._is_news(stored, stale):
                return False
            self._token = stored
            return True

    def _exchange(self, stale: Token | None) -> Token:
        with self._store.exclusive():
            stored = self._store.load()
            if stored is not None and self._is_news(stored, stale):
                return stored
            token = self._obtain(stored)
            keep(self._store, token)
            return token

    def _is_news(self, token: Token, stale: Token | None) -> bool:
        known = stale is not None and token.access_token == stale.access_token
        return not known and token.usable(self._clock.now())


def keep(store: TokenStore, token: Token) -> None:
    """Hand a new token to its store; TokenNotStored, the store's own error behind it, when it refuses."""
    try:
        store.save(token)
    except HubError:
        raise
    except Exception as error:
        _logger.error("A new token could not be stored (%s), and is not used", type(error).__name__)
        message = f"The new token could not be stored ({type(error).__name__}), and is not used"
        raise TokenNotStored(message) from error


def _renewal_may_help(response: Response) -> bool:
    """Not where the server says that the token is good but not for this (RFC 6750 §3.1)."""
    return "insufficient_scope" not in response.headers.get("www-authenticate", "")
