# Part of Integration Hub. License LGPL-3.0 or later.
"""Where limits and breakers keep what all workers share: one small JSON object a key."""

import json
import threading
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from ..clock import Clock

T = TypeVar("T")
Row = dict[str, Any]
"""A JSON object; what a `jsonb` column holds."""

Change = Callable[[Row | None, float], tuple[Row, T]]
"""Given the row (None when there is none yet) and the time: the row to keep, and what to tell the caller.

Pure, for it may run twice. The time is unix seconds by the store's own clock, since workers' clocks differ.
"""


class Store(Protocol):
    """Reads, changes and keeps one row as one step that no other worker can come between.

    In PostgreSQL: insert when absent, SELECT … FOR UPDATE, change, UPDATE, in a READ COMMITTED transaction of its
    own that is committed before `update` returns, never in the transaction of the work itself; the time is
    `extract(epoch FROM clock_timestamp())`, read after the lock.
    """

    def update(self, key: str, change: Change[T]) -> T:
        """Apply `change` to the row of `key`, keep its first result, return its second."""


class MemoryStore:
    """A store for one process. Rows are kept as JSON text, so that nothing else could be kept in them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rows: dict[str, str] = {}
        self._lock = threading.Lock()
        self.updates = 0

    def update(self, key: str, change: Change[T]) -> T:
        """Apply `change` to the row of `key`, keep its first result, return its second."""
        with self._lock:
            text = self._rows.get(key)
            row, result = change(None if text is None else json.loads(text), self._clock.now())
            self._rows[key] = json.dumps(row, allow_nan=False)
            self.updates += 1
            return result

    def read(self, key: str) -> Row | None:
        """The row of `key` as it is kept, None when there is none."""
        with self._lock:
            text = self._rows.get(key)
        return None if text is None else dict(json.loads(text))
