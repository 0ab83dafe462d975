# Part of Integration Hub. License LGPL-3.0 or later.
"""Differences between the parts of two objects or two arrays: their fields, the names of these, their items."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Literal

from ..errors import readable
from .changes import BACKWARD, BOTH, FORWARD, NONE, Change, moved
from .scalars import Found
from .shapes import ALL, Shape, Shapes
from .versions import ANYTHING, Node, Undecidable

Compare = Callable[[Node, Node], list[Change]]
Read = Callable[[Node], Shapes]


class Parts:
    """Compares the parts of shapes. `compare` compares two nodes, `read_old` and `read_new` give their shapes."""

    def __init__(self, compare: Compare, read_old: Read, read_new: Read) -> None:
        self._compare, self._read_old, self._read_new = compare, read_old, read_new

    def differences(self, old: Shape, new: Shape) -> Iterator[Found]:
        """Every difference; a change without keys has its pointer already."""
        if old.type == "object":
            yield from _required(old, new)
            names = dict.fromkeys(chain(*(fields.named for fields in (*old.fields, *new.fields))))
            for name in names:
                yield from self._field(name, old, new)
            yield from self._other_fields(old, new)
            yield from self._names(old, new)
        if old.type == "array":
            first = max((len(items.first) for items in (*old.items, *new.items)), default=0)
            for index in range(first):
                yield from _placed(moved(self._compare(old.item(index), new.item(index)), f"[{index}]"))
            yield from _placed(moved(self._compare(old.item(first), new.item(first)), "[]"))

    def _field(self, name: str, old: Shape, new: Shape) -> Iterator[Found]:
        before, after = old.field(name), new.field(name)
        was, now = _extent(self._read_old, before), _extent(self._read_new, after)
        step = _step(name)
        if not old.declares(name) and before == ANYTHING:
            if now != "all":
                text = "described now; until now any content was tolerated here"
                yield ("properties", name), Change("", step, "property-added", text, risks=BACKWARD)
        elif not old.declares(name) and was == "none":
            if now != "none":
                text = "allowed now, where no further fields were"
                yield ("properties", name), Change("", step, "property-added-closed", text, FORWARD)
        elif not new.declares(name) and after == ANYTHING:
            if was != "all":
                text = "no longer described: any content is tolerated here now"
                yield ("properties", name), Change("", step, "property-removed", text, risks=FORWARD)
        elif not new.declares(name) and now == "none":
            if was != "none":
                text = "no longer allowed: it was removed, and further fields are not tolerated"
                yield ("properties", name), Change("", step, "property-removed-closed", text, BACKWARD)
        else:
            yield from _placed(moved(self._compare(before, after), step))

    def _other_fields(self, old: Shape, new: Shape) -> Iterator[Found]:
        """The fields that no version names."""
        ours, theirs = _patterns(old), _patterns(new)
        if ours is None or theirs is None or (ours and theirs and ours.keys() != theirs.keys()):
            text = "the rules for fields by the pattern of their names cannot be compared"
            yield ("patternProperties",), Change("", ".*", "not-comparable", text, BOTH)
            return
        before, after = _rest(old), _rest(new)
        for pattern in ours | theirs:
            step = f".{{{pattern}}}"
            yield from self._rest_of(ours.get(pattern, before), theirs.get(pattern, after), step, "patternProperties")
        yield from self._rest_of(before, after, ".*", "additionalProperties")

    def _rest_of(self, old: Node, new: Node, step: str, keyword: str) -> Iterator[Found]:
        was, now = _extent(self._read_old, old), _extent(self._read_new, new)
        if was == now:
            yield from _placed(moved(self._compare(old, new), step))
        elif "none" in (was, now):
            closed = now == "none"
            text = "further fields are no longer tolerated" if closed else "further fields are tolerated now"
            code = "additional-properties-closed" if closed else "additional-properties-opened"
            yield (keyword,), Change("", step, code, text, BACKWARD if closed else FORWARD)
        else:
            wider = now == "all"
            text = "further fields may have any content now" if wider else "further fields are described now"
            code = "additional-properties-widened" if wider else "additional-properties-narrowed"
            yield (keyword,), Change("", step, code, text, FORWARD if wider else BACKWARD)

    def _names(self, old: Shape, new: Shape) -> Iterator[Found]:
        changes = self._compare(old.names, new.names)
        breaks = NONE.union(*(change.breaks | change.risks for change in changes))
        if breaks:
            text = f"the names of fields: {'; '.join(change.message for change in changes)}"
            yield ("propertyNames",), Change("", ".*", "property-names-changed", text, breaks)


def _extent(read: Read, node: Node) -> Literal["all", "some", "none"]:
    """How much a node accepts, as far as that is plain."""
    try:
        shapes = read(node)
    except Undecidable:
        return "some"
    return "all" if shapes == ALL else "some" if shapes else "none"


def _step(name: str) -> str:
    text = readable((name,))
    return text if text.startswith("[") else f".{text}"


def _required(old: Shape, new: Shape) -> Iterator[Found]:
    for name in sorted(new.required - old.required):
        text = "required now; documents of the old version may lack it"
        yield ("required",), Change("", _step(name), "required-added", text, BACKWARD)
    for name in sorted(old.required - new.required):
        text = "no longer required; documents of the new version may lack it"
        yield ("required",), Change("", _step(name), "required-removed", text, FORWARD)


def _patterns(shape: Shape) -> dict[str, Node] | None:
    """The patterns for names, None when several schemas have such, whose interplay is not followed."""
    having = [fields for fields in shape.fields if fields.patterns]
    if not having:
        return {}
    return dict(having[0].patterns) if shape.fields == tuple(having[:1]) else None


def _rest(shape: Shape) -> Node:
    return Node(place for fields in shape.fields for place in fields.rest.places)


def _placed(changes: list[Change]) -> Iterator[Found]:
    return (((), change) for change in changes)
