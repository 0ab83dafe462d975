# Part of Integration Hub. License LGPL-3.0 or later.
"""Which queries may run in bulk, and how their results become lines.

Source: https://shopify.dev/docs/api/usage/bulk-operations/queries#operation-restrictions
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    parse,
    validate,
    visit,
)

MAX_CONNECTIONS, MAX_DEPTH = 5, 2
Node = dict[str, Any]


def problem(schema: GraphQLSchema, query: str) -> str | None:
    """Why Shopify would not run a query in bulk; None when it would."""
    try:
        document = parse(query)
    except GraphQLError as error:
        return f"Invalid bulk query: {error.message}"
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if len(operations) != 1 or operations[0].operation.value != "query" or operations[0].variable_definitions:
        return "Invalid operation type. Only `query` operations without variables are supported."
    problems = validate(schema, document)
    if problems:
        return f"Invalid bulk query: {problems[0].message}"
    found = _Connections(schema)
    visit(document, TypeInfoVisitor(found.types, found))
    return found.problem()


def flatten(top: Mapping[str, Any], grouped: bool) -> list[Node]:
    """The lines of a connection: children right after their parent, or, not grouped, behind all parents."""
    lines = [line for edge in top["edges"] for line in _family(edge["node"])]
    return lines if grouped else sorted(lines, key=lambda line: "__parentId" in line)


def _family(node: Mapping[str, Any]) -> Iterator[Node]:
    nested = {name: value for name, value in node.items() if isinstance(value, Mapping) and "edges" in value}
    yield {name: value for name, value in node.items() if name not in nested}
    for value in nested.values():
        for edge in value["edges"]:
            yield {**edge["node"], "__parentId": node["id"]}


class _Connections(Visitor):
    """Collects what the documented restrictions are about."""

    def __init__(self, schema: GraphQLSchema) -> None:
        super().__init__()
        self.types = TypeInfo(schema)
        self.count = self.depth = self.deepest = 0
        self.by_nodes: list[str] = []
        self.without_id: list[str] = []
        self.top_level_node = False
        self._schema = schema

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        kind = get_named_type(self.types.get_type())
        if node.name.value in ("node", "nodes") and self.types.get_parent_type() is self._schema.query_type:
            self.top_level_node = True
        if kind is None or not kind.name.endswith("Connection"):
            return
        self.count += 1
        self.depth += 1
        self.deepest = max(self.deepest, self.depth)
        child: Any = self._schema.get_type(kind.name.removesuffix("Connection"))
        if not any(interface.name == "Node" for interface in getattr(child, "interfaces", ())):
            self.without_id.append(node.name.value)
        chosen = {one.name.value for one in node.selection_set.selections if isinstance(one, FieldNode)}  # type: ignore[union-attr]
        if "edges" not in chosen:
            self.by_nodes.append(node.name.value)

    def leave_field(self, *_: Any) -> None:
        kind = get_named_type(self.types.get_type())
        if kind is not None and kind.name.endswith("Connection"):
            self.depth -= 1

    def problem(self) -> str | None:
        """What Shopify would answer in `userErrors`."""
        if self.top_level_node:
            return "Bulk queries cannot contain a top level `node` field."
        if not self.count:
            return "Bulk queries must contain at least one connection."
        if self.by_nodes:
            return f"All connection fields in a bulk query must select 'edges' > 'node': {', '.join(self.by_nodes)}."
        if self.without_id:
            return f"Connections must implement the Node interface: {', '.join(self.without_id)}."
        if self.count > MAX_CONNECTIONS:
            return f"Bulk queries cannot contain more than {MAX_CONNECTIONS} connections."
        if self.deepest > MAX_DEPTH:
            return f"Bulk queries cannot contain connections with a nesting depth greater than {MAX_DEPTH}."
        return None
