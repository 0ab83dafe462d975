# Part of Integration Hub. License LGPL-3.0 or later.
"""Where schemas are: documents, the resources in them ($id), their anchors, and what a reference leads to.

Nothing is ever fetched. A reference leads into the contract itself, into a resource that was passed along, or into
JSON Schema's own meta-schemas; any other is a ContractError that names it. (JSON Schema Core 2020-12, §8 and §9.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin

from ..pointers import keys_of, pointer_of
from .errors import ContractError

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_SCHEMA = (
    "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not", "propertyNames", "then",
    "unevaluatedItems", "unevaluatedProperties",
)  # fmt: skip
_LIST_OF_SCHEMAS = ("allOf", "anyOf", "oneOf", "prefixItems")
_SCHEMAS_BY_NAME = ("$defs", "definitions", "dependentSchemas", "patternProperties", "properties")


@dataclass(eq=False, slots=True)
class Resource:
    """A schema with a URI of its own, and the anchors in it. `dialect` is its $schema, or its parent's."""

    uri: str
    dialect: str
    anchors: dict[str, Place] = field(default_factory=dict)
    dynamic: dict[str, Place] = field(default_factory=dict)


@dataclass(eq=False, frozen=True, slots=True)
class Place:
    """One schema where it stands; there is one Place for each, so that they can be compared by identity."""

    schema: Any
    document: str
    pointer: tuple[str, ...]
    resource: Resource

    def __str__(self) -> str:
        return f"{self.document}#{pointer_of(self.pointer)}"


class Index:
    """Every schema of a contract and of the resources passed along; `root` is the contract's own.

    `approve` is called with each schema that nobody has looked at yet, before a reference leads into it.
    """

    def __init__(
        self, schema: Any, resources: Mapping[str, Any], approve: Callable[[Place], None] = lambda place: None
    ) -> None:
        self._approve, self._approved = approve, set[Place]()
        self._places: dict[tuple[str, tuple[str, ...]], Place] = {}
        self._resources: dict[str, Place] = {}
        for uri, contents in resources.items():
            self._add_document(uri.rstrip("#"), contents)
        self.root = self._add_document("", schema)
        self._approve_once(self.root)

    def child(self, place: Place, *keys: str) -> Place:
        """The schema below another one, by the keys that lead to it."""
        return self._places[place.document, place.pointer + keys]

    def resolve(self, base: Resource, reference: str, *, at: str) -> tuple[Place, str]:
        """What a reference leads to, and the name of the dynamic anchor that led there ("" when none did).

        `at` is where the reference stands. Raises ContractError where it leads to nothing known.
        """
        uri, fragment = urldefrag(
            urljoin(base.uri, reference) if not reference.startswith("#") else base.uri + reference
        )
        target = self._resource(uri)
        if target is None:
            raise ContractError(
                f"“{reference}” is not part of the contract, and nothing is fetched from the network",
                pointer=at,
                hint=f"Embed the schema under “$defs” with “$id”: “{uri}”, or pass it along as a resource.",
            )
        self._approve_once(self._places[target.document, ()])
        fragment = unquote(fragment)
        if not fragment or fragment.startswith("/"):
            found = self._at_pointer(target, fragment)
            if found is not None:
                return found, ""
        elif fragment in target.resource.anchors:
            return target.resource.anchors[fragment], fragment if fragment in target.resource.dynamic else ""
        raise ContractError(
            f"“{reference}” leads to no schema", pointer=at, hint="Correct the reference, or add what it names."
        )

    def _approve_once(self, place: Place) -> None:
        if place not in self._approved:
            self._approved.add(place)
            self._approve(place)

    def _resource(self, uri: str) -> Place | None:
        if uri not in self._resources and uri.startswith(DIALECT.removesuffix("schema")):
            for known, contents in _meta_schemas():
                if known not in self._resources:
                    self._add_document(known, contents)
        return self._resources.get(uri)

    def _add_document(self, uri: str, contents: Any) -> Place:
        resource = Resource(uri, DIALECT)
        self._walk(contents, uri, (), resource)
        place = self._places[uri, ()]
        return self._resources.setdefault(uri, place)

    def _walk(self, schema: Any, document: str, pointer: tuple[str, ...], resource: Resource) -> None:
        """Makes the places of a schema and of all below it; a stack, so that no depth is too much."""
        waiting = [(schema, pointer, resource)]
        while waiting:
            schema, pointer, resource = waiting.pop()
            if not isinstance(schema, dict):
                self._places[document, pointer] = Place(schema, document, pointer, resource)
                continue
            own, dialect = schema.get("$id"), schema.get("$schema")
            if isinstance(own, str):
                resource = Resource(urldefrag(urljoin(resource.uri, own)).url, resource.dialect)
            if isinstance(dialect, str) and (isinstance(own, str) or not pointer):
                resource.dialect = dialect.rstrip("#")
            place = self._places[document, pointer] = Place(schema, document, pointer, resource)
            if isinstance(own, str):
                self._resources[resource.uri] = place
            for anchors, names in (
                (resource.anchors, ("$anchor", "$dynamicAnchor")),
                (resource.dynamic, ("$dynamicAnchor",)),
            ):
                anchors.update({schema[name]: place for name in names if isinstance(schema.get(name), str)})
            waiting.extend((below, pointer + keys, resource) for keys, below in _schemas_in(schema))

    def _at_pointer(self, start: Place, fragment: str) -> Place | None:
        """The schema at a JSON pointer, also where it stands below a keyword that nobody knows."""
        value, pointer = start.schema, start.pointer
        nearest = start
        for key in keys_of(fragment):
            if isinstance(value, dict) and key in value:
                value = value[key]
            elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
                value = value[int(key)]
            else:
                return None
            pointer = (*pointer, key)
            nearest = self._places.get((start.document, pointer), nearest)
        if not isinstance(value, (dict, bool)):
            return None
        if nearest.pointer != pointer:
            self._walk(value, start.document, pointer, nearest.resource)
            self._approve_once(self._places[start.document, pointer])
        return self._places[start.document, pointer]


def _schemas_in(schema: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name in _SCHEMA:
        if name in schema:
            yield (name,), schema[name]
    for name in _LIST_OF_SCHEMAS:
        if isinstance(schema.get(name), list):
            yield from (((name, str(number)), below) for number, below in enumerate(schema[name]))
    for name in _SCHEMAS_BY_NAME:
        if isinstance(schema.get(name), dict):
            yield from (((name, key), below) for key, below in schema[name].items())


def _meta_schemas() -> Iterator[tuple[str, Any]]:
    """JSON Schema's own schemas, from the package that publishes them; loaded where a contract needs them."""
    from jsonschema_specifications import REGISTRY

    for uri in REGISTRY:
        if uri.startswith(DIALECT.removesuffix("schema")):
            yield uri, REGISTRY.contents(uri)
