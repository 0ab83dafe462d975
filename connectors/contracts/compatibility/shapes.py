# Part of Integration Hub. License LGPL-3.0 or later.
"""What a schema accepts, as a union of shapes: each for values of one type, its demands all to be met at once.

`{"type": ["string", "null"], "maxLength": 5}` has two, and `{"anyOf": [{"type": "null"}, {"type": "string",
"maxLength": 5}]}` the same two: it does not matter how a contract is written, only what it says.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from ..equality import freeze
from ..patterns import compile_pattern
from ..resources import Place
from .versions import ANYTHING, Node, Undecidable

Values = Mapping[Hashable, Any]
"""A finite set of JSON values, by what makes them equal."""
Bound = tuple[float, bool]
"""A limit, and whether it is itself excluded."""
Fact = tuple[str, Any]
"""A keyword and its value where only presence and equality count: `("required", "id")`, `("pattern", "^a")`."""

MOST_SHAPES = 48


@cache
def _search(pattern: str) -> Callable[[str], object]:
    return compile_pattern(pattern, at="")


def matches(pattern: str, text: str) -> bool:
    """Whether the text has the pattern, which the contract's compiler has accepted before."""
    return bool(_search(pattern)(text))


@dataclass(frozen=True)
class Fields:
    """`properties`, `patternProperties` and `additionalProperties` of one schema, which belong together."""

    named: Mapping[str, Node] = field(default_factory=dict)
    patterns: Mapping[str, Node] = field(default_factory=dict)
    rest: Node = ANYTHING

    def declares(self, name: str) -> bool:
        """Whether the schema says something about a field of this name in particular."""
        return name in self.named or any(matches(pattern, name) for pattern in self.patterns)

    def of(self, name: str) -> Node:
        """What the field of this name must be."""
        nodes = [self.named[name]] if name in self.named else []
        nodes += [node for pattern, node in self.patterns.items() if matches(pattern, name)]
        return Node(place for node in nodes for place in node.places) if nodes else self.rest


@dataclass(frozen=True)
class Items:
    """`prefixItems` and `items` of one schema."""

    first: tuple[Node, ...] = ()
    rest: Node = ANYTHING

    def of(self, index: int) -> Node:
        """What the item at this index must be."""
        return self.first[index] if index < len(self.first) else self.rest


@dataclass(frozen=True)
class Condition:
    """Keywords of a schema that are compared as a whole or not at all: `if`, `not`, `contains` …; () is all."""

    keywords: tuple[str, ...]
    place: Place

    @property
    def describes_fields(self) -> bool:
        """Whether the schemas in it may describe fields of documents that pass it."""
        return self.keywords[:1] in ((), ("if",), ("dependentSchemas",))


@dataclass(frozen=True)
class Shape:
    """The values of one type that meet every demand. `low` and `high` limit what the type measures:

    a number's value, a string's length, an array's number of items, an object's number of fields.
    """

    type: str
    values: Values | None = None
    integer: bool = False
    low: Bound | None = None
    high: Bound | None = None
    facts: frozenset[Fact] = frozenset()
    fields: tuple[Fields, ...] = ()
    items: tuple[Items, ...] = ()
    names: Node = ANYTHING
    conditions: tuple[Condition, ...] = ()

    @property
    def required(self) -> frozenset[str]:
        """The fields that are always there."""
        return frozenset(value for keyword, value in self.facts if keyword == "required")

    def field(self, name: str) -> Node:
        """What the field of this name must be."""
        return Node(place for fields in self.fields for place in fields.of(name).places)

    def declares(self, name: str) -> bool:
        """Whether a field of this name is foreseen, or may be by a condition; what is not is at most tolerated."""
        foreseen = name in self.required or any(fields.declares(name) for fields in self.fields)
        return foreseen or any(condition.describes_fields for condition in self.conditions)

    def item(self, index: int) -> Node:
        """What the item at this index must be."""
        return Node(place for items in self.items for place in items.of(index).places)


Shapes = tuple[Shape, ...]

_TRUE_FALSE: Values = {freeze(value): value for value in (False, True)}
_NULL: Values = {freeze(None): None}
ALL: Shapes = (
    Shape("object"), Shape("array"), Shape("string"), Shape("number"), Shape("boolean", _TRUE_FALSE),
    Shape("null", _NULL),
)  # fmt: skip


def type_of(value: Any) -> str:
    """The type's name; an integer is a number."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return {type(None): "null", str: "string", list: "array", dict: "object"}[type(value)]


def of_values(values: Iterable[Any]) -> Shapes:
    """The shapes of a finite set of values."""
    kinds: dict[str, dict[Hashable, Any]] = {}
    for value in values:
        kinds.setdefault(type_of(value), {})[freeze(value)] = value
    return tuple(Shape(kind, found, integer=_all_integer(found)) for kind, found in kinds.items())


def meet(some: Shapes, others: Shapes) -> Shapes:
    """What both accept."""
    return join(_meet(one, other) for one in some for other in others if one.type == other.type)


def join(shapes: Iterable[Shape | None]) -> Shapes:
    """The union, without doubles; finite sets of the same type become one. Raises Undecidable for too many."""
    kept: list[Shape] = []
    for shape in shapes:
        if shape is None or shape in kept:
            continue
        twin = next((at for at, other in enumerate(kept) if _one_set(shape, other)), None)
        if twin is None:
            kept.append(shape)
        else:
            values = {**(kept[twin].values or {}), **(shape.values or {})}
            kept[twin] = replace(shape, values=values, integer=_all_integer(values))
    kept = [shape for shape in kept if shape in ALL or not any(shape.type == one.type for one in kept if one in ALL)]
    if len(kept) > MOST_SHAPES:
        raise Undecidable
    return tuple(kept)


def fulfils(value: Any, fact: Fact) -> bool | None:
    """Whether a string or number meets a fact; None where that is not certain (a format, a fraction)."""
    keyword, expected = fact
    if keyword == "pattern":
        return matches(expected, value)
    if keyword == "multipleOf" and isinstance(value, int) and isinstance(expected, int):
        return value % expected == 0
    return None


def measures(value: Any, shape: Shape) -> bool:
    """Whether a string or number is within the limits of a shape."""
    if shape.integer and not _all_integer({None: value}):
        return False
    size = len(value) if isinstance(value, str) else value
    return not (
        (shape.low is not None and (size < shape.low[0] or (shape.low[1] and size == shape.low[0])))
        or (shape.high is not None and (size > shape.high[0] or (shape.high[1] and size == shape.high[0])))
    )


def _meet(one: Shape, other: Shape) -> Shape | None:
    values = one.values if other.values is None else other.values
    if one.values is not None and other.values is not None:
        values = {key: value for key, value in one.values.items() if key in other.values}
    both = replace(
        one,
        values=values,
        integer=one.integer or other.integer,
        low=max((low for low in (one.low, other.low) if low is not None), default=None),
        high=min((high for high in (one.high, other.high) if high is not None), key=_tightest, default=None),
        facts=one.facts | other.facts,
        fields=_unite(one.fields, other.fields),
        items=_unite(one.items, other.items),
        names=one.names + other.names,
        conditions=_unite(one.conditions, other.conditions),
    )
    return both if both.values is None else _finite(both, both.values)


def _finite(shape: Shape, values: Values) -> Shape | None:
    """A shape with a finite set of values: what its other demands say of strings and numbers is said by the set."""
    if shape.type in ("string", "number"):
        values = {
            key: value
            for key, value in values.items()
            if measures(value, shape) and all(fulfils(value, fact) is not False for fact in shape.facts)
        }
        unsure = {fact for fact in shape.facts if any(fulfils(value, fact) is None for value in values.values())}
        shape = replace(shape, low=None, high=None, integer=_all_integer(values), facts=frozenset(unsure))
    return replace(shape, values=values) if values else None


def _one_set(shape: Shape, other: Shape) -> bool:
    if shape.values is None or other.values is None or shape.type != other.type:
        return False
    return replace(shape, values=None, integer=False) == replace(other, values=None, integer=False)


def _all_integer(values: Values) -> bool:
    return all(isinstance(value, int) or (isinstance(value, float) and value.is_integer()) for value in values.values())


def _tightest(bound: Bound) -> tuple[float, bool]:
    return bound[0], not bound[1]


def _unite(some: tuple[Any, ...], others: tuple[Any, ...]) -> tuple[Any, ...]:
    return some + tuple(other for other in others if other not in some)
