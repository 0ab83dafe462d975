# Part of Integration Hub. License LGPL-3.0 or later.
"""From a schema's keywords to shapes (JSON Schema 2020-12). What has no shape becomes a condition, never nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import reduce
from itertools import chain, combinations
from typing import Any

from ..formats import FORMATS
from ..resources import DIALECT, Place
from .shapes import ALL, Condition, Fact, Fields, Items, Shape, Shapes, join, meet, of_values
from .versions import ANYTHING, Node, Undecidable, Version

_LIMITS = {
    "number": ("minimum", "maximum"),
    "string": ("minLength", "maxLength"),
    "array": ("minItems", "maxItems"),
    "object": ("minProperties", "maxProperties"),
}
_FACTS = {
    "string": ("pattern", "format"),
    "number": ("multipleOf", "format"),
    "array": ("uniqueItems",),
    "object": (),
}
_CONDITIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("", ("not",)),
    ("", ("if", "then", "else")),
    ("array", ("contains", "minContains", "maxContains")),
    ("object", ("dependentSchemas",)),
)
"""The type that each group of keywords is about ("" all), and the group; its first keyword brings it to life."""


class Reader:
    """The shapes of the nodes of one version; each node is read once."""

    def __init__(self, version: Version) -> None:
        self._version = version
        self._read: dict[frozenset[Any], Shapes | None] = {}

    def shapes(self, node: Node) -> Shapes:
        """What the node accepts; none when nothing. Raises Undecidable."""
        if node.key not in self._read:
            self._read[node.key] = None  # to whoever asks while it is being read
            try:
                self._read[node.key] = reduce(meet, (self._place(place, ()) for place in node.places), ALL)
            except Undecidable:
                pass
        shapes = self._read[node.key]
        if shapes is None:
            raise Undecidable
        return shapes

    def _place(self, place: Place, within: tuple[Place, ...]) -> Shapes:
        schema = place.schema
        if isinstance(schema, bool):
            return ALL if schema else ()
        if place in within or "$dynamicRef" in schema or place.resource.dialect != DIALECT:
            raise Undecidable  # it stands for itself, for what its users decide, or in another language
        within = (*within, place)
        shapes = meet(ALL, self._own(place))
        if "$ref" in schema:
            shapes = meet(shapes, self._place(self._version.target(place), within))
        for branch in self._branches(place, "allOf"):
            shapes = meet(shapes, self._place(branch, within))
        if "anyOf" in schema:
            shapes = meet(shapes, join(chain(*(self._place(one, within) for one in self._branches(place, "anyOf")))))
        if "oneOf" in schema:
            shapes = meet(shapes, self._one_of(place, within))
        return shapes

    def _branches(self, place: Place, keyword: str) -> Iterator[Place]:
        return (self._version.below(place, keyword, at) for at in range(len(place.schema.get(keyword, ()))))

    def _one_of(self, place: Place, within: tuple[Place, ...]) -> Shapes:
        """The union of the branches; unless they exclude each other, on the condition that only one holds."""
        branches = [self._place(branch, within) for branch in self._branches(place, "oneOf")]
        union = join(chain(*branches))
        if all(self._disjoint(a, b) for one, other in combinations(branches, 2) for a in one for b in other):
            return union
        condition = Condition(("oneOf",), place)
        return tuple(replace(shape, conditions=(*shape.conditions, condition)) for shape in union)

    def _disjoint(self, one: Shape, other: Shape) -> bool:
        """Whether certainly no value fits both: other types, other values, or a required field tells them apart."""
        if one.type != other.type:
            return True
        if one.values is not None and other.values is not None:
            return not one.values.keys() & other.values.keys()
        return any(self._apart(one.field(name), other.field(name)) for name in one.required | other.required)

    def _apart(self, one: Node, other: Node) -> bool:
        try:
            ours, theirs = self.shapes(one), self.shapes(other)
        except Undecidable:
            return False
        return all(
            a.type != b.type
            or (a.values is not None and b.values is not None and not a.values.keys() & b.values.keys())
            for a in ours
            for b in theirs
        )

    def _own(self, place: Place) -> Shapes:
        """What the keywords beside references and combinations say."""
        schema = place.schema
        types = schema.get("type", [shape.type for shape in ALL] + ["integer"])
        types = [types] if isinstance(types, str) else types
        shapes: Shapes = tuple(
            self._typed(shape, place, integer="number" not in types)
            for shape in ALL
            if shape.type in types or (shape.type == "number" and "integer" in types)
        )
        if "enum" in schema:
            shapes = meet(shapes, of_values(schema["enum"]))
        if "const" in schema:
            shapes = meet(shapes, of_values([schema["const"]]))
        return shapes

    def _typed(self, shape: Shape, place: Place, *, integer: bool) -> Shape:
        schema, kind = place.schema, shape.type
        conditions = [
            Condition(group, place) for about, group in _CONDITIONS if group[0] in schema and about in ("", kind)
        ]
        shape = replace(shape, facts=frozenset(_facts(schema, kind)))
        if kind in _LIMITS:
            low, high = _LIMITS[kind]
            lows = [(schema[low], False)] if low in schema and (kind == "number" or schema[low] > 0) else []
            highs = [(schema[high], False)] if high in schema else []
            if kind == "number":
                lows += [(schema["exclusiveMinimum"], True)] if "exclusiveMinimum" in schema else []
                highs += [(schema["exclusiveMaximum"], True)] if "exclusiveMaximum" in schema else []
            shape = replace(
                shape,
                integer=kind == "number" and integer,
                low=max(lows, default=None),
                high=min(highs, key=lambda bound: (bound[0], not bound[1]), default=None),
            )
        if kind == "object":
            shape = replace(shape, fields=tuple(self._fields(place, conditions)), names=self._names(place))
        if kind == "array":
            if "unevaluatedItems" in schema:
                conditions.append(Condition((), place))
            shape = replace(shape, items=tuple(self._items(place)))
        return replace(shape, conditions=tuple(conditions))

    def _names(self, place: Place) -> Node:
        return self._version.node(place, "propertyNames")

    def _items(self, place: Place) -> Iterator[Items]:
        first = tuple(Node([branch]) for branch in self._branches(place, "prefixItems"))
        rest = self._version.node(place, "items")
        if first or rest != ANYTHING:
            yield Items(first, rest)

    def _fields(self, place: Place, conditions: list[Condition]) -> Iterator[Fields]:
        schema = place.schema
        named = {name: self._version.node(place, "properties", name) for name in schema.get("properties", ())}
        patterns = {
            pattern: self._version.node(place, "patternProperties", pattern)
            for pattern in schema.get("patternProperties", ())
        }
        rest = self._version.node(place, "additionalProperties")
        if named or patterns or rest != ANYTHING:
            yield Fields(named, patterns, rest)
        if "unevaluatedProperties" in schema:
            try:
                known, known_patterns = self._evaluated(place, top=True)
            except Undecidable:
                conditions.append(Condition((), place))
                return
            if known is not None:
                rest = self._version.node(place, "unevaluatedProperties")
                yield Fields(dict.fromkeys(known, ANYTHING), dict.fromkeys(known_patterns, ANYTHING), rest)

    def _evaluated(self, place: Place, *, top: bool = False) -> tuple[list[str] | None, list[str]]:
        """The fields that `unevaluatedProperties` leaves alone, by name and by pattern; None when that is all."""
        schema = place.schema
        if isinstance(schema, bool):
            return [], []
        if any(keyword in schema for keyword in ("anyOf", "oneOf", "if", "dependentSchemas", "$dynamicRef")):
            raise Undecidable  # which fields are evaluated depends on the document
        if "additionalProperties" in schema or ("unevaluatedProperties" in schema and not top):
            return None, []
        names, patterns = list(schema.get("properties", ())), list(schema.get("patternProperties", ()))
        others = list(self._branches(place, "allOf"))
        if "$ref" in schema:
            others.append(self._version.target(place))
        for other in others:
            more, more_patterns = self._evaluated(other)
            if more is None:
                return None, []
            names, patterns = names + more, patterns + more_patterns
        return names, patterns


def _facts(schema: Mapping[str, Any], kind: str) -> Iterator[Fact]:
    for keyword in _FACTS.get(kind, ()):
        if kind == "number" and keyword == "format" and schema.get(keyword) in FORMATS:
            continue  # a standard format is about texts only; others, as int32, may be about numbers
        if schema.get(keyword):
            yield keyword, schema[keyword]
    if kind == "object":
        yield from (("required", name) for name in schema.get("required", ()))
        for trigger, names in schema.get("dependentRequired", {}).items():
            yield from (("dependentRequired", (trigger, name)) for name in names)
