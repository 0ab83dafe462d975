# Part of Integration Hub. License LGPL-3.0 or later.
"""What is known of the values at one place after any number of samples.

Adding and merging is commutative and associative, whatever limit is met, so that order cannot matter: a limit is always
on what was seen in all, and once it is passed, nothing depends on the part that is forgotten.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ...errors import DocumentError
from .keys import MOST_NAMES, is_id
from .words import Texts

DEEPEST = 32
"""Levels of nesting that are looked into; what is deeper may be anything."""


class Summary:
    """The types of the values, and what each type's values have in common. `depth` is the number of levels above."""

    def __init__(self, depth: int = 0) -> None:
        self.depth = depth
        self.types: Counter[str] = Counter()
        self.texts = Texts()
        self.items: Summary | None = None
        self.names: dict[str, Summary] | None = {}
        self.others: Summary | None = None

    @property
    def count(self) -> int:
        """How many values were seen."""
        return self.types.total()

    @property
    def blind(self) -> bool:
        """Whether this is too deep to be described."""
        return self.depth >= DEEPEST

    def add(self, value: Any) -> None:
        """Take one more value into account. Raises DocumentError for what is no JSON."""
        kind = _type(value)
        self.types[kind] += 1
        if self.blind:
            return
        if kind == "string":
            self.texts.add(value)
        elif kind == "array":
            for item in value:
                self.items = self.items or Summary(self.depth + 1)
                self.items.add(item)
        elif kind == "object":
            for name, member in value.items():
                self._field(name).add(member)

    def merge(self, other: Summary) -> None:
        """Take what another summary of the same place has seen into account."""
        self.types += other.types
        self.texts.merge(other.texts)
        if other.items:
            self.items = self.items or Summary(self.depth + 1)
            self.items.merge(other.items)
        if other.names is None:
            self._be_a_map()
        for name, known in (other.names or {}).items():
            self._field(name).merge(known)
        if other.others:
            self._other().merge(other.others)

    def _field(self, name: str) -> Summary:
        if self.names is not None and not is_id(name):
            if name not in self.names:
                self.names[name] = Summary(self.depth + 1)
                if len(self.names) > MOST_NAMES:
                    self._be_a_map()
                    return self._other()
            return self.names[name]
        return self._other()

    def _other(self) -> Summary:
        self.others = self.others or Summary(self.depth + 1)
        return self.others

    def _be_a_map(self) -> None:
        """No name matters any more: what was known of each is known of all."""
        names, self.names = self.names or {}, None
        for known in names.values():
            self._other().merge(known)


_TYPES: Mapping[type, str] = {
    type(None): "null", bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object",
}  # fmt: skip


def _type(value: Any) -> str:
    kind = _TYPES.get(type(value))
    if kind is None:
        raise DocumentError(f"A sample holds a {type(value).__name__}, which is no JSON", code="not-json")
    return kind
