# Part of Integration Hub. License LGPL-3.0 or later.
"""JMESPath syntax trees as nested closures: `read(value)` gives what the library's interpreter would.

Only node types whose evaluation cannot fail are here. `paths.py` leaves expressions with any other to the library.
"""

from collections.abc import Callable, Mapping
from typing import Any

Read = Callable[[Any], Any]
Node = Mapping[str, Any]


def is_true(value: Any) -> bool:
    """JMESPath's idea of truth: null, false, "", [] and {} are false; 0 is true."""
    return not (value is None or value is False or value == "" or value == [] or value == {})


def field_keys(node: Node) -> tuple[str, ...] | None:
    """The field names of an expression that is nothing but dotted fields, else None."""
    if node["type"] == "field":
        return (node["value"],)
    if node["type"] == "subexpression":
        parts = [field_keys(child) for child in node["children"]]
        return None if None in parts else tuple(key for part in parts if part for key in part)
    return None


def build(node: Node) -> Read | None:
    """The closure of a node; None when it, or a node below it, has none."""
    keys = field_keys(node)
    if keys:
        return _fields(keys)
    builder = _BUILDERS.get(node["type"])
    return builder(node) if builder else None


def _fields(keys: tuple[str, ...]) -> Read:
    if len(keys) == 1:
        (key,) = keys

        def one(value: Any) -> Any:
            return value.get(key) if isinstance(value, dict) else None

        return one
    if len(keys) == 2:
        first, second = keys

        def two(value: Any) -> Any:
            if isinstance(value, dict) and isinstance(inner := value.get(first), dict):
                return inner.get(second)
            return None

        return two

    def many(value: Any) -> Any:
        for key in keys:
            if not isinstance(value, dict):
                return None
            value = value.get(key)
        return value

    return many


def _current(node: Node) -> Read:
    return lambda value: value


def _literal(node: Node) -> Read:
    constant = node["value"]
    return lambda value: constant


def _index(node: Node) -> Read:
    position = node["value"]

    def index(value: Any) -> Any:
        if isinstance(value, list) and -len(value) <= position < len(value):
            return value[position]
        return None

    return index


def _chain(node: Node) -> Read | None:
    steps = [build(child) for child in node["children"]]
    if any(step is None for step in steps):
        return None
    reads = [step for step in steps if step is not None]
    if len(reads) == 2:
        first, second = reads
        return lambda value: second(first(value))

    def chain(value: Any) -> Any:
        for read in reads:
            value = read(value)
        return value

    return chain


def _flatten(node: Node) -> Read | None:
    base = build(node["children"][0])
    if base is None:
        return None

    def flatten(value: Any) -> Any:
        found = base(value)
        if not isinstance(found, list):
            return None
        merged: list[Any] = []
        for element in found:
            if isinstance(element, list):
                merged.extend(element)
            else:
                merged.append(element)
        return merged

    return flatten


def _projection(node: Node) -> Read | None:
    base, each = (build(child) for child in node["children"])
    if base is None or each is None:
        return None
    if node["children"][1]["type"] == "identity":

        def present(value: Any) -> Any:
            found = base(value)
            return [element for element in found if element is not None] if isinstance(found, list) else None

        return present

    def projection(value: Any) -> Any:
        found = base(value)
        if not isinstance(found, list):
            return None
        return [result for element in found if (result := each(element)) is not None]

    return projection


def _filter(node: Node) -> Read | None:
    base, each, condition = (build(child) for child in node["children"])
    if base is None or each is None or condition is None:
        return None

    def filtered(value: Any) -> Any:
        found = base(value)
        if not isinstance(found, list):
            return None
        return [result for element in found if is_true(condition(element)) and (result := each(element)) is not None]

    return filtered


def _number_against_bool(left: Any, right: Any) -> bool:
    return isinstance(left, bool) != isinstance(right, bool) and left in (0, 1) and right in (0, 1)


def _comparison(node: Node) -> Read | None:
    left, right = (build(child) for child in node["children"])
    if left is None or right is None or node["value"] not in ("eq", "ne"):
        return None
    wanted = node["value"] == "eq"

    def comparison(value: Any) -> bool:
        one, other = left(value), right(value)
        return (one == other and not _number_against_bool(one, other)) is wanted

    return comparison


def _or(node: Node) -> Read | None:
    left, right = (build(child) for child in node["children"])
    if left is None or right is None:
        return None
    return lambda value: found if is_true(found := left(value)) else right(value)


def _and(node: Node) -> Read | None:
    left, right = (build(child) for child in node["children"])
    if left is None or right is None:
        return None
    return lambda value: right(value) if is_true(found := left(value)) else found


def _not(node: Node) -> Read | None:
    inner = build(node["children"][0])
    return inner and (lambda value: not is_true(inner(value)))


_BUILDERS: dict[str, Callable[[Node], Read | None]] = {
    "current": _current,
    "identity": _current,
    "literal": _literal,
    "index": _index,
    "index_expression": _chain,
    "subexpression": _chain,
    "pipe": _chain,
    "flatten": _flatten,
    "projection": _projection,
    "filter_projection": _filter,
    "comparator": _comparison,
    "or_expression": _or,
    "and_expression": _and,
    "not_expression": _not,
}
