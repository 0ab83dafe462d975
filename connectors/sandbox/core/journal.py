# Part of Integration Hub. License LGPL-3.0 or later.
"""What happened: every vendor request received and every webhook sent, in a ring of bounded size."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from ...clock import Clock

Entry = dict[str, Any]


class Journal:
    """The latest `size` entries, numbered without gaps by `seq`; no credentials, no bodies."""

    def __init__(self, clock: Clock, size: int) -> None:
        self._clock = clock
        self._entries: deque[Entry] = deque(maxlen=size)
        self._next = 1

    def add(self, direction: str, vendor: str, **values: Any) -> Entry:
        """Append an entry and return it, still open to change; `direction` is "in" (request) or "out" (webhook)."""
        entry: Entry = {
            "seq": self._next,
            "time": self._clock.now(),
            "direction": direction,
            "vendor": vendor,
            **values,
        }
        self._next += 1
        self._entries.append(entry)
        return entry

    def select(
        self, *, vendor: str = "", direction: str = "", since: int = 0, limit: int | None = None
    ) -> tuple[list[Entry], int]:
        """Entries with `seq` above `since`, oldest first, and the `since` to ask for the next ones with."""
        found = list(self._matching(vendor, direction, since))
        if limit is not None and len(found) > limit:
            found = found[:limit]
            return found, int(found[-1]["seq"]) if found else since
        return found, self._next - 1

    def _matching(self, vendor: str, direction: str, since: int) -> Iterator[Entry]:
        for entry in self._entries:
            if entry["seq"] > since and vendor in ("", entry["vendor"]) and direction in ("", entry["direction"]):
                yield entry

    @property
    def forgotten(self) -> int:
        """How many entries fell out of the ring since the last `clear`."""
        return self._next - 1 - self._cleared - len(self._entries)

    _cleared = 0

    def clear(self) -> None:
        """Forget all entries; numbering goes on."""
        self._entries.clear()
        self._cleared = self._next - 1
