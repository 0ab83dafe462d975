# Part of Integration Hub. License LGPL-3.0 or later.
"""What no other keyword has looked at: unevaluatedProperties, unevaluatedItems (Core 2020-12, §11).

The other keywords of the schema and of those it applies in place `mark` the keys or indexes that they have looked at.
"""

from collections.abc import Iterator
from typing import Any

from ..checks import Verdict, kind_of
from ..errors import Path, Problem
from ..keywords import Keyword, Node, Vocabulary


class Unevaluated(Keyword):
    """Members (kind dict) or items (kind list) that nothing else has looked at are this."""

    def __init__(self, kind: type, node: Node, owner: Node) -> None:
        self.kind, self.node, self.owner = kind, node, owner

    def check(self, kind: type) -> Verdict:
        if kind is not self.kind:
            return None
        passes = self.node.table.passes
        return lambda value: all(passes(value[key]) for key in self._left(value))

    def problems(self, value: Any, at: Path) -> Iterator[Problem]:
        if kind_of(value) is self.kind:
            for key in self._left(value):
                yield from self.node.problems(value[key], (*at, key))

    def mark(self, value: Any, seen: set[Any]) -> None:
        if kind_of(value) is self.kind:
            seen.update(_keys(value))

    def _left(self, value: Any) -> list[Any]:
        seen: set[Any] = set()
        for keyword in self.owner.keywords:
            if keyword is not self:
                keyword.mark(value, seen)
        return [key for key in _keys(value) if key not in seen]


def _keys(value: Any) -> Any:
    return value if isinstance(value, dict) else range(len(value))


VOCABULARY: Vocabulary = (
    (("unevaluatedItems",), lambda site: Unevaluated(list, site.below("unevaluatedItems"), site.node)),
    (("unevaluatedProperties",), lambda site: Unevaluated(dict, site.below("unevaluatedProperties"), site.node)),
)
