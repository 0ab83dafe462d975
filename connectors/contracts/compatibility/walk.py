# Part of Integration Hub. License LGPL-3.0 or later.
"""Walks two versions at once, place by place, and collects what changed.

A pair of places is looked at once: where it comes up again, in a schema that refers to itself, its changes are already
being collected. So in the end every pair that documents can reach was looked at, and when none of them breaks a
direction, no document does: a proof by induction on the document, which is finite.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from .changes import BACKWARD, BOTH, FORWARD, NONE, Change, limited, united
from .parts import Parts
from .reading import Reader
from .sameness import Sameness
from .scalars import Found, differences
from .shapes import ALL, Shape, Shapes
from .versions import Node, Undecidable, Version

MOST_STEPS = 20_000
"""Pairs of shapes to look at before giving up; a contract of a thousand fields takes some thousand."""
_DEEPEST = 120


class TooComplex(Exception):
    """The comparison would take too long; nothing is claimed."""


class Walk:
    """One comparison of two versions."""

    def __init__(self, old: Version, new: Version) -> None:
        self._old, self._new = old, new
        self._read_old, self._read_new = Reader(old), Reader(new)
        self._same = Sameness(old, new)
        self._parts = Parts(self.nodes, self._read_old.shapes, self._read_new.shapes)
        self._known: dict[tuple[Any, Any], list[Change]] = {}
        self._steps = self._depth = 0

    def nodes(self, old: Node, new: Node) -> list[Change]:
        """The changes from one node to the other, their paths beginning there. Raises TooComplex."""
        pair = (old.key, new.key)
        if pair in self._known:
            self._step(len(self._known[pair]))
            return self._known[pair]
        self._known[pair] = []
        self._depth += 1
        if self._depth > _DEEPEST:
            raise TooComplex
        try:
            changes = self._unions(old, new)
        except Undecidable:
            text = "what is written here cannot be compared in parts, and it is not the same"
            changes = [Change(self._pointer(old, new), "", "not-comparable", text, BOTH)]
        if any(change.code == "not-comparable" for change in changes) and self._in_the_same_words(old, new):
            changes = []
        self._depth -= 1
        self._known[pair] = changes
        return changes

    def _in_the_same_words(self, old: Node, new: Node) -> bool:
        alone = len(old.places) == len(new.places) == 1
        return alone and self._same(old.places[0], new.places[0])

    def _unions(self, old: Node, new: Node) -> list[Change]:
        ours, theirs = self._read_old.shapes(old), self._read_new.shapes(new)
        changes = self._types(ours, theirs, old, new)
        for kind in (shape.type for shape in ALL):
            before = [shape for shape in ours if shape.type == kind]
            after = [shape for shape in theirs if shape.type == kind]
            if len(before) == len(after) == 1:
                found = self._shapes(before[0], after[0], old, new)
                changes += [change for change in found if change.path or not change.code.startswith("type-")]
            elif before and after:
                changes += self._alternatives(before, after, old, new)
        return united(changes)

    def _types(self, ours: Shapes, theirs: Shapes, old: Node, new: Node) -> list[Change]:
        """Types that one version accepts and the other does not, in one change."""
        before, after = _type_names(ours), _type_names(theirs)
        gone = {name for name in before if name not in after and not (name == "integer" and "number" in after)}
        come = {name for name in after if name not in before and not (name == "integer" and "number" in before)}
        if not gone and not come:
            return []
        breaks = (BACKWARD if gone else NONE) | (FORWARD if come else NONE)
        code = "type-changed" if gone and come else "type-narrowed" if gone else "type-widened"
        text = f"the type was {_listed(before)} and is now {_listed(after)}"
        return [Change(self._pointer(old, new, "type"), "", code, text, breaks)]

    def _shapes(self, ours: Shape, theirs: Shape, old: Node, new: Node) -> list[Change]:
        self._step(1)
        found: list[Found] = [*differences(ours, theirs, self._same), *self._parts.differences(ours, theirs)]
        return [replace(change, pointer=self._pointer(old, new, *keys)) if keys else change for keys, change in found]

    def _alternatives(self, before: list[Shape], after: list[Shape], old: Node, new: Node) -> list[Change]:
        """Each old shape must fit into a new one, and each new one into an old one; else it is named."""
        changes: list[Change] = []
        for mine, others, direction, code, text in (
            (before, after, BACKWARD, "alternative-removed", "one of the alternatives ({}) is no longer accepted"),
            (after, before, FORWARD, "alternative-added", "a further alternative ({}) is accepted"),
        ):
            for shape in mine:
                pairs = [(shape, other) if mine is before else (other, shape) for other in others]
                trials = [limited(self._trial(*pair, old, new), direction) for pair in pairs]
                best = min(trials, key=_cost)
                if _cost(best)[0] > _FEW:
                    pointer = self._pointer(old, new)
                    best = [Change(pointer, "", code, text.format(shape.type), direction)]
                changes += best
        return changes

    def _trial(self, ours: Shape, theirs: Shape, old: Node, new: Node) -> list[Change]:
        """The changes between two alternatives. What was learnt under way is forgotten unless there is no change:

        a pair of places was found harmless only if this pair is, when one refers to the other.
        """
        before = dict(self._known)
        changes = self._shapes(ours, theirs, old, new)
        if changes:
            self._known = before
        return changes

    def _step(self, count: int) -> None:
        self._steps += count
        if self._steps > MOST_STEPS:
            raise TooComplex

    def _pointer(self, old: Node, new: Node, *keys: str) -> str:
        found = self._new.pointer(new, *keys) or self._old.pointer(old, *keys) if keys else ""
        return found or self._new.pointer(new) or self._old.pointer(old)


_FEW = 3
"""More breaking changes than this, and an alternative counts as another one, not as the same one changed."""


def _cost(changes: list[Change]) -> tuple[int, int]:
    return sum(bool(change.breaks) for change in changes), len(changes)


def _type_names(shapes: Iterable[Shape]) -> list[str]:
    names = []
    for kind in dict.fromkeys(shape.type for shape in shapes):
        whole = kind == "number" and all(shape.integer for shape in shapes if shape.type == kind)
        names.append("integer" if whole else kind)
    return names


def _listed(names: list[str]) -> str:
    if len(names) == len(ALL) and "integer" not in names:
        return "anything"
    return " or ".join(names) or "nothing"
