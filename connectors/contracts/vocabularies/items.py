# Part of Integration Hub. License LGPL-3.0 or later.
"""The items of a list: prefixItems, items, contains with its bounds (Core 2020-12, §10.3.1)."""

from collections.abc import Iterator
from typing import Any

from ..checks import Verdict
from ..errors import Path, Problem
from ..keywords import Keyword, Node, Site, Vocabulary


class Items(Keyword):
    """Each item is what is said of its position, the others what is said of the rest."""

    def __init__(self, first: list[Node], rest: Node | None) -> None:
        self.first, self.rest = first, rest

    def check(self, kind: type) -> Verdict:
        if kind is not list:
            return None
        firsts, rest, count = (
            [node.table for node in self.first],
            self.rest.table if self.rest else None,
            len(self.first),
        )

        def check(value: list[Any]) -> bool:
            for table, item in zip(firsts, value, strict=False):
                if not table.passes(item):
                    return False
            if rest is not None:
                for item in value[count:] if count else value:
                    test = rest[item.__class__]
                    if test is not None and not test(item):
                        return False
            return True

        return check

    def problems(self, value: Any, at: Path) -> Iterator[Problem]:
        for index, item in enumerate(value if isinstance(value, list) else ()):
            node = self.first[index] if index < len(self.first) else self.rest
            if node:
                yield from node.problems(item, (*at, index))

    def mark(self, value: Any, seen: set[Any]) -> None:
        if isinstance(value, list):
            seen.update(range(len(value) if self.rest else min(len(value), len(self.first))))


class Contains(Keyword):
    """At least `low` and at most `high` items are this; None is no upper bound."""

    def __init__(self, node: Node, low: float, high: float | None) -> None:
        self.node, self.low, self.high = node, low, high

    def check(self, kind: type) -> Verdict:
        return self._passes if kind is list else None

    def _passes(self, value: list[Any]) -> bool:
        found = sum(map(self.node.table.passes, value))
        return self.low <= found and (self.high is None or found <= self.high)

    def problems(self, value: Any, at: Path) -> Iterator[Problem]:
        if isinstance(value, list) and not self._passes(value):
            found = sum(map(self.node.table.passes, value))
            keyword, bound = (
                ("contains", f"least {self.low}") if found < self.low else ("maxContains", f"most {self.high}")
            )
            message = f"must have at {bound} of the items that the contract asks for, but has {found}"
            yield Problem.at(at, keyword, message)

    def mark(self, value: Any, seen: set[Any]) -> None:
        if isinstance(value, list):
            seen.update(index for index, item in enumerate(value) if self.node.table.passes(item))


def _items(site: Site) -> Keyword:
    first = [site.below("prefixItems", str(number)) for number in range(len(site.schema.get("prefixItems", ())))]
    return Items(first, site.below("items") if "items" in site.schema else None)


def _contains(site: Site) -> Keyword:
    return Contains(site.below("contains"), site.schema.get("minContains", 1), site.schema.get("maxContains"))


VOCABULARY: Vocabulary = ((("prefixItems", "items"), _items), (("contains",), _contains))
