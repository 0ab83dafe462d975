# Part of Integration Hub. License LGPL-3.0 or later.
"""From schemas to nodes. No schema is compiled twice, and no reference costs anything once it is compiled.

What `$dynamicRef` leads to depends on the way by which a schema was reached: the outermost resource on it that has the
anchor. The ways are followed here, not while documents are checked: a node stands for a schema together with the
dynamic anchors in force, of which there are finitely many.
"""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import Any

from ..pointers import pointer_of
from .errors import ContractError
from .keywords import Forbidden, Node
from .resources import Index, Place
from .vocabularies import vocabularies_of

Scope = tuple[tuple[str, Place], ...]
"""The dynamic anchors in force, by name."""


class Compiler:
    """Compiles the schemas of an index."""

    def __init__(self, index: Index, *, assert_formats: bool) -> None:
        self._index, self._assert_formats = index, assert_formats
        self._nodes: dict[tuple[Place, Scope], Node] = {}
        self._waiting: list[tuple[Node, Scope]] = []

    def compile(self, place: Place) -> Node:
        """The node of a schema, with everything that it leads to compiled and filled."""
        node = self._node(place, ())
        while self._waiting:
            self._build(*self._waiting.pop())
        for each in self._innermost_first():
            each.fill()
        return node

    def _node(self, place: Place, scope: Scope) -> Node:
        anchors = place.resource.dynamic | dict(scope)  # the outermost one stays in force
        scope = tuple(sorted(anchors.items(), key=lambda item: item[0]))
        node = self._nodes.get((place, scope))
        if node is None:
            node = self._nodes[place, scope] = Node(place)
            self._waiting.append((node, scope))
        return node

    def _build(self, node: Node, scope: Scope) -> None:
        schema, place = node.place.schema, node.place
        if schema is False:
            node.keywords.append(Forbidden())
        if isinstance(schema, dict):
            site = _Site(self, node, scope)
            for vocabulary in vocabularies_of(place.resource, self._index, assert_formats=self._assert_formats):
                for names, build in vocabulary:
                    if not schema.keys().isdisjoint(names):
                        node.keywords.append(build(site))

    def _innermost_first(self) -> list[Node]:
        """Each node after those that it applies to the same value; a circle of them would never end."""
        edges = {node: [inner for word in node.keywords for inner in word.in_place] for node in self._nodes.values()}
        try:
            return list(TopologicalSorter(edges).static_order())
        except CycleError as error:
            circle: list[Node] = error.args[1]
            names = " → ".join(str(node.place) for node in reversed(circle))
            raise ContractError(
                f"The contract refers to itself without an end: {names}",
                pointer=str(circle[-1].place),
                hint="Put the reference below a property or an item: each turn must go deeper into the document.",
            ) from None


class _Site:
    """See keywords.Site."""

    def __init__(self, compiler: Compiler, node: Node, scope: Scope) -> None:
        self._compiler, self._scope = compiler, scope
        self.node = node
        self.schema: dict[str, Any] = node.place.schema

    def below(self, *keys: str) -> Node:
        return self._compiler._node(self._compiler._index.child(self.node.place, *keys), self._scope)

    def refer(self, reference: str, *, keyword: str) -> Node:
        base = self.node.place.resource
        place, anchor = self._compiler._index.resolve(base, reference, at=self.pointer(keyword))
        if keyword == "$dynamicRef" and anchor:
            place = dict(self._scope).get(anchor, place)
        return self._compiler._node(place, self._scope)

    def hint(self) -> str:
        return next((text for key in ("description", "title") if isinstance(text := self.schema.get(key), str)), "")

    def pointer(self, *keys: str) -> str:
        return f"{self.node.place}{pointer_of(keys)}"
