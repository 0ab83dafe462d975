# Part of Integration Hub. License LGPL-3.0 or later.
"""What a query costs, before it runs (requested) and after (actual).

The rules are Shopify's published ones: a scalar costs nothing, an object one point, a connection as much as its page
asks for; a mutation costs ten. How a connection's size counts is not published; child × (1 + 2·ln first)
gives a figure seen in the wild: 25 points for `product { variants(first: 250) { nodes { inventoryItem } } }`.
Value objects (money, addresses, tax lines, pageInfo) are counted as part of the object that holds them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
)

_ABSENT = object()


class QueryCost:
    """The cost of one operation of a valid document."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
    ) -> None:
        self._schema = schema
        self._fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        self._operation = operation
        defaults = {
            definition.variable.name.value: int(definition.default_value.value)
            for definition in operation.variable_definitions or ()
            if isinstance(definition.default_value, IntValueNode)
        }
        self._variables = {**defaults, **variables}

    def requested(self) -> int:
        """Points if every page is full."""
        return self._selections(self._operation.selection_set, self._schema.query_type, _ABSENT)

    def actual(self, data: Any) -> int:
        """Points for what was found."""
        return self._selections(self._operation.selection_set, self._schema.query_type, data)

    def _selections(self, selections: SelectionSetNode, parent: Any, data: Any) -> int:
        total = 0
        for selection in selections.selections:
            match selection:
                case FieldNode():
                    total += self._field(selection, parent, data)
                case InlineFragmentNode():
                    condition = selection.type_condition
                    kind = self._schema.get_type(condition.name.value) if condition else parent
                    total += self._selections(selection.selection_set, kind, data)
                case FragmentSpreadNode():
                    fragment = self._fragments[selection.name.value]
                    kind = self._schema.get_type(fragment.type_condition.name.value)
                    total += self._selections(fragment.selection_set, kind, data)
        return total

    def _field(self, field: FieldNode, parent: Any, data: Any) -> int:
        if field.selection_set is None or not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            return 0
        definition = parent.fields.get(field.name.value)
        if definition is None:
            return 0
        kind = get_named_type(definition.type)
        key = field.alias.value if field.alias else field.name.value
        value = data if data is _ABSENT else data.get(key) if isinstance(data, Mapping) else None
        if kind.name.endswith("Connection"):
            return self._connection(field, kind, value)
        own = 1 if self._is_node(kind) else 0
        if value is None:
            return own
        parts = value if isinstance(value, list) else [value]
        return max((own + self._selections(field.selection_set, kind, part) for part in parts), default=own)

    def _connection(self, field: FieldNode, kind: Any, value: Any) -> int:
        assert field.selection_set is not None
        size = self._size(field)
        if value is not _ABSENT:
            found = value.get("nodes", value.get("edges")) if isinstance(value, Mapping) else None
            size = len(found) if isinstance(found, list) else size if isinstance(value, Mapping) else 0
        if size <= 0:
            return 1
        child = max(1, self._selections(field.selection_set, kind, _ABSENT))
        return max(1, math.floor(child * (1 + 2 * math.log(size))))

    def _size(self, field: FieldNode) -> int:
        for argument in field.arguments or ():
            if argument.name.value in ("first", "last"):
                if isinstance(argument.value, IntValueNode):
                    return int(argument.value.value)
                if isinstance(argument.value, VariableNode):
                    value = self._variables.get(argument.value.name.value)
                    if isinstance(value, int):
                        return value
        return 0

    def _is_node(self, kind: Any) -> bool:
        if kind.name == "MailingAddress":
            return False
        if isinstance(kind, GraphQLObjectType):
            return any(interface.name == "Node" for interface in kind.interfaces)
        return bool(kind.name == "Node")
