# Part of Integration Hub. License LGPL-3.0 or later.
"""$ref and $dynamicRef (JSON Schema Core 2020-12, §8.2.3): another schema in this place, at no cost.

$id, $anchor and $defs only name schemas: resources.py reads them.
"""

from collections.abc import Iterator
from typing import Any

from ..checks import Verdict
from ..errors import Path, Problem
from ..keywords import Keyword, Node, Site, Vocabulary


class Reference(Keyword):
    """A value is what the schema says that the reference leads to."""

    def __init__(self, target: Node) -> None:
        self.target, self.in_place = target, (target,)

    def check(self, kind: type) -> Verdict:
        return self.target.table[kind]

    def problems(self, value: Any, at: Path) -> Iterator[Problem]:
        return self.target.problems(value, at)

    def mark(self, value: Any, seen: set[Any]) -> None:
        self.target.mark(value, seen)


def _reference(keyword: str) -> Any:
    def build(site: Site) -> Keyword:
        return Reference(site.refer(site.schema[keyword], keyword=keyword))

    return build


VOCABULARY: Vocabulary = ((("$ref",), _reference("$ref")), (("$dynamicRef",), _reference("$dynamicRef")))
