# Part of Integration Hub. License LGPL-3.0 or later.
"""Whether two schemas say the same in the same words: the last answer for what cannot be compared in parts."""

from collections.abc import Collection
from typing import Any

from ..equality import equal
from ..resources import Place
from .versions import ANNOTATIONS, Version

_ONE = frozenset(
    {
        "additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then", "unevaluatedItems",
        "unevaluatedProperties",
    }
)  # fmt: skip
_LIST = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_BY_NAME = frozenset({"dependentSchemas", "patternProperties", "properties"})


class Sameness:
    """Compares schemas of two versions word by word, annotations left out, references followed on both sides.

    True means that both accept the same documents; False only that this is not obvious.
    """

    def __init__(self, old: Version, new: Version) -> None:
        self._old, self._new = old, new

    def __call__(self, old: Place, new: Place, keywords: Collection[str] | None = None) -> bool:
        """Whether the two are the same; `keywords` limits that to some of their keywords."""
        return self._same(old, new, keywords, set())

    def _same(self, old: Place, new: Place, keywords: Collection[str] | None, met: set[tuple[Place, Place]]) -> bool:
        if isinstance(old.schema, bool) or isinstance(new.schema, bool):
            return old.schema is new.schema
        if keywords is None:
            if (old, new) in met:
                return True  # compared before, or being compared further up
            met.add((old, new))
        ours, theirs = _meaningful(old.schema, keywords), _meaningful(new.schema, keywords)
        alike = ours == theirs and old.resource.dialect == new.resource.dialect
        return alike and all(self._same_keyword(keyword, old, new, met) for keyword in ours)

    def _same_keyword(self, keyword: str, old: Place, new: Place, met: set[tuple[Place, Place]]) -> bool:
        ours, theirs = old.schema[keyword], new.schema[keyword]
        if keyword == "$ref":
            return self._same(self._old.target(old), self._new.target(new), None, met)
        if keyword == "$dynamicRef":
            return False  # where it leads depends on who refers to whom
        if keyword in _ONE:
            below: list[tuple[str | int, ...]] = [(keyword,)]
        elif keyword in _LIST and len(ours) == len(theirs):
            below = [(keyword, at) for at in range(len(ours))]
        elif keyword in _BY_NAME and ours.keys() == theirs.keys():
            below = [(keyword, name) for name in ours]
        else:
            return equal(ours, theirs)
        return all(self._same(self._old.below(old, *keys), self._new.below(new, *keys), None, met) for keys in below)


def _meaningful(schema: Any, keywords: Collection[str] | None) -> set[str]:
    return {key for key in schema if (key not in ANNOTATIONS if keywords is None else key in keywords)}
