# Part of Integration Hub. License LGPL-3.0 or later.
"""A sender's public keys by address: a JWKS that is fetched when needed, and again when a token names a new key.

keys = KeySet(lambda: client.get(url).body.decode(), clock)
verified = keys.verify(get("jwt", options), delivery)
"""

import math
import threading
from collections.abc import Callable

from ..clock import Clock
from ..errors import SignatureRefused, TransportError
from .model import Delivery, Verified
from .scheme import Scheme

MAX_AGE = 3600.0  # seconds a fetched set is believed
MIN_INTERVAL = 60.0  # seconds between two fetches, whatever key ids senders invent, and whether or not one succeeds


class KeySet:
    """The JWKS document that `fetch` gives, believed for `max_age` seconds; thread-safe.

    What `fetch` raises comes out of the call that wanted it; until it is tried again, TransportError. The set that
    was there serves on, but never beyond its age.
    """

    def __init__(
        self, fetch: Callable[[], str], clock: Clock, *, max_age: float = MAX_AGE, min_interval: float = MIN_INTERVAL
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._max_age = max_age
        self._min_interval = min_interval
        self._lock = threading.Lock()
        self._document = ""
        self._fetched_at = self._tried_at = -math.inf

    def document(self) -> str:
        """The set, fetched where there is none that is young enough."""
        with self._lock:
            if self._since(self._fetched_at) > self._max_age:
                wait = self._min_interval - self._since(self._tried_at)
                if wait > 0:
                    raise TransportError(
                        "The sender's keys could not be fetched a moment ago", code="no-key-set", retry_after=wait
                    )
                self._load()
            return self._document

    def verify(self, scheme: Scheme, delivery: Delivery) -> Verified:
        """What `scheme` finds with these keys, fetched once more where the delivery's key is unknown."""
        document = self.document()
        try:
            return scheme.verify(delivery, [document], now=self._clock.now())
        except SignatureRefused as refusal:
            if refusal.code != "unknown-key" or not self._renewed(document):
                raise
        return scheme.verify(delivery, [self.document()], now=self._clock.now())

    def _renewed(self, known: str) -> bool:
        """Whether there is now another set than `known`; fetches it where that was not tried a moment ago."""
        with self._lock:
            if self._document == known and self._since(self._tried_at) >= self._min_interval:
                self._load()
            return self._document != known

    def _since(self, moment: float) -> float:
        return self._clock.monotonic() - moment

    def _load(self) -> None:
        self._tried_at = self._clock.monotonic()
        self._document = self._fetch()
        self._fetched_at = self._tried_at
