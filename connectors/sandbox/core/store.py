# Part of Integration Hub. License LGPL-3.0 or later.
"""The objects of all vendors, in memory, in their vendor's own shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ...clock import Clock

Document = dict[str, Any]
FORMAT = 1


class Store:
    """Tables of documents keyed by vendor, type and id; identifiers only ever grow.

    An identifier made here is the time in milliseconds or, within one millisecond, the next number: a sandbox that is
    started anew without its state never gives an id a second meaning to systems that remember the first one.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tables: dict[tuple[str, str], dict[str, Document]] = {}
        self._counters: dict[str, int] = {}
        self._fixed: int | None = None
        self.changed: Callable[[], None] = lambda: None

    def next_id(self) -> int:
        """A new identifier, greater than every earlier one."""
        if self._fixed is not None:
            self._fixed += 1
            return self._fixed
        number = max(self._counters.get("id", 0) + 1, int(self._clock.now() * 1000))
        self._counters["id"] = number
        return number

    @contextmanager
    def fixed_ids(self, start: int) -> Iterator[None]:
        """Within it identifiers count up from `start`: start data has the same ids in every run."""
        self._fixed = start
        try:
            yield
        finally:
            self._fixed = None

    def count(self, name: str, start: int) -> int:
        """The next number of a named sequence that begins at `start`."""
        number = self._counters.get(name, start - 1) + 1
        self._counters[name] = number
        return number

    def put(self, vendor: str, kind: str, key: str, document: Document) -> None:
        """Insert or replace a document."""
        self._tables.setdefault((vendor, kind), {})[key] = document
        self.changed()

    def get(self, vendor: str, kind: str, key: str) -> Document | None:
        """The document, or None."""
        return self._tables.get((vendor, kind), {}).get(key)

    def remove(self, vendor: str, kind: str, key: str) -> Document | None:
        """Take a document out; None when there was none."""
        document = self._tables.get((vendor, kind), {}).pop(key, None)
        self.changed()
        return document

    def all(self, vendor: str, kind: str) -> list[Document]:
        """All documents of a type, oldest first."""
        return list(self._tables.get((vendor, kind), {}).values())

    def size(self, vendor: str, kind: str) -> int:
        """How many documents there are."""
        return len(self._tables.get((vendor, kind), {}))

    def clear(self, vendor: str | None = None) -> None:
        """Forget all documents, or one vendor's. Identifiers go on growing."""
        if vendor is None:
            self._tables.clear()
            self._counters = {"id": self._counters.get("id", 0)}
        else:
            self._tables = {key: table for key, table in self._tables.items() if key[0] != vendor}
        self.changed()

    def dump(self) -> Document:
        """Everything, as JSON."""
        tables = [{"vendor": vendor, "type": kind, "objects": table} for (vendor, kind), table in self._tables.items()]
        return {"format": FORMAT, "counters": self._counters, "tables": tables}

    def load(self, document: Document) -> None:
        """Replace everything by what `dump` gave.

        Raises ValueError: the document is not of this format.
        """
        if document.get("format") != FORMAT:
            raise ValueError(f"format {document.get('format')!r} is not {FORMAT}")
        self._counters = {str(name): int(value) for name, value in document["counters"].items()}
        self._tables = {(table["vendor"], table["type"]): dict(table["objects"]) for table in document["tables"]}
