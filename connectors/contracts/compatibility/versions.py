# Part of Integration Hub. License LGPL-3.0 or later.
"""One version of a contract, and nodes: the schemas in it that a value at one place must all fulfil."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...pointers import pointer_of
from ..resources import Index, Place

ANNOTATIONS = frozenset(
    {
        "$anchor", "$comment", "$defs", "$id", "$schema", "$vocabulary", "contentEncoding", "contentMediaType",
        "contentSchema", "default", "definitions", "deprecated", "description", "examples", "readOnly", "title",
        "writeOnly",
    }
)  # fmt: skip
"""Keywords that never make a document invalid."""


class Undecidable(Exception):
    """What a schema means cannot be written down as shapes, or not within reason; reported as `not-comparable`."""


class Node:
    """Schemas that must all hold, such as one property in every branch of an `allOf`; none of them means anything."""

    __slots__ = ("key", "places")

    def __init__(self, places: Iterable[Place] = ()) -> None:
        self.places = tuple({_key(place): place for place in places if not _says_nothing(place.schema)}.values())
        self.key = frozenset(map(_key, self.places))

    def __add__(self, other: Node) -> Node:
        return Node(self.places + other.places)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


def _says_nothing(schema: Any) -> bool:
    return schema is True or (isinstance(schema, Mapping) and schema.keys() <= ANNOTATIONS)


def _key(place: Place) -> object:
    return place if isinstance(place.schema, Mapping) else place.schema


ANYTHING = Node()


class Version:
    """The schemas of one version. `label` is what messages call it."""

    def __init__(self, schema: Mapping[str, Any] | bool, resources: Mapping[str, Any], label: str) -> None:
        self._index = Index(schema, resources)
        self.root = self._index.root
        self.label = label

    def below(self, place: Place, *keys: str | int) -> Place:
        """The schema that the keys lead to; what it refers to, when it does nothing else."""
        below, met = self._index.child(place, *map(str, keys)), set()
        while isinstance(below.schema, Mapping) and below.schema.keys() - ANNOTATIONS == {"$ref"} and below not in met:
            met.add(below)
            below = self.target(below)
        return below

    def node(self, place: Place, *keys: str | int) -> Node:
        """The same as a node of its own; anything when there is no such keyword."""
        return Node([self.below(place, *keys)]) if keys[0] in place.schema else ANYTHING

    def target(self, place: Place) -> Place:
        """What `$ref` leads to. Raises ContractError when it leads nowhere known."""
        return self._index.resolve(place.resource, place.schema["$ref"], at=f"{place}/$ref")[0]

    def pointer(self, node: Node, *keys: str) -> str:
        """Where these keys of a node's schemas are, "" when nowhere; without keys, where the node itself is."""
        places = self.applied(node) if keys else iter(node.places)
        return next((_shown(place, keys) for place in places if _has(place.schema, keys)), "")

    def applied(self, node: Node) -> Iterator[Place]:
        """The schemas of a node and those they bring in by reference or combination, each once."""
        waiting, met = list(node.places), set()
        while waiting:
            place = waiting.pop(0)
            if place in met:
                continue
            met.add(place)
            yield place
            if not isinstance(place.schema, Mapping):
                continue
            if "$ref" in place.schema:
                waiting.append(self.target(place))
            for keyword in ("allOf", "anyOf", "oneOf"):
                waiting.extend(self.below(place, keyword, at) for at in range(len(place.schema.get(keyword, ()))))


def _has(schema: Any, keys: tuple[str, ...]) -> bool:
    for key in keys:
        if not isinstance(schema, Mapping) or key not in schema:
            return False
        schema = schema[key]
    return True


def _shown(place: Place, keys: tuple[str, ...]) -> str:
    pointer = pointer_of((*place.pointer, *keys))
    return f"{place.document}#{pointer}" if place.document else pointer
