# Part of Integration Hub. License LGPL-3.0 or later.
"""Compile JMESPath source paths; the simple ones become closures.

The parser is always the `jmespath` library's, so an expression means here what it means there; only the
evaluation differs. Expressions made of the node types in `_BUILDERS` (fields, indexes, projections, filters,
comparisons, boolean logic, literals) are turned into nested closures, which run several times faster than the
library's tree interpreter. Everything else (functions, slices, multi-selects) is evaluated by the library.

Two prefixes are ours: `$root.` at the beginning of an expression reaches the whole document from inside a list,
`@` is the item itself (as in JMESPath).

Source: https://jmespath.org/specification.html
"""
import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from .errors import TransformError
from .reads import fields_read

Read = Callable[[Any], Any]
Node = Mapping[str, Any]

MAX_PATH_LENGTH = 1000
ROOT = "$root"


class PathSyntaxError(ValueError):
    """The expression is not valid JMESPath; the message says what is wrong and where."""


@dataclass(frozen=True, slots=True)
class Path:
    """A compiled source path: `read(value)` gives what it finds, or None.

    `from_root`: `read` expects the whole document, not the item. `keys`: the field names when the path is only
    dotted fields ("a.b"), else None. `reads`: every chain of fields the expression looks at. `simple`: compiled
    to closures, so `read` never raises; otherwise it raises TransformError (code `path`).
    """

    expression: str
    read: Read
    from_root: bool
    keys: tuple[str, ...] | None
    reads: frozenset[tuple[str, ...]]
    simple: bool


def compile_path(expression: str) -> Path:
    """Compile one expression; raises PathSyntaxError."""
    if not isinstance(expression, str) or not expression.strip():
        raise PathSyntaxError("a path must be a text that is not empty")
    if len(expression) > MAX_PATH_LENGTH:
        raise PathSyntaxError(f"the path is longer than {MAX_PATH_LENGTH} characters")
    text, from_root = expression.strip(), False
    if text == ROOT or text.startswith((ROOT + ".", ROOT + "[")):
        from_root = True
        text = text[len(ROOT):].removeprefix(".") or "@"
    try:
        parsed = jmespath.compile(text)
    except JMESPathError as exc:
        hint = f"; {ROOT} may only stand at the beginning" if ROOT in text else ""
        raise PathSyntaxError(f"“{expression}” is not a valid path: {_first_line(exc)}{hint}") from exc
    except RecursionError as exc:
        raise PathSyntaxError("the path is nested too deeply") from exc
    node: Node = parsed.parsed
    closure = _build(node)
    read = closure or _interpreted(parsed.search, expression)
    if _has_container_literal(node):
        read = _copying(read)
    return Path(expression, read, from_root, _keys(node), frozenset(fields_read(node)), closure is not None)


def is_true(value: Any) -> bool:
    """JMESPath's idea of truth: null, false, "", [] and {} are false; 0 is true."""
    return not (value is None or value is False or value == "" or value == [] or value == {})


def _first_line(exc: Exception) -> str:
    return str(exc).splitlines()[0].rstrip(":") if str(exc) else type(exc).__name__


def _interpreted(search: Read, expression: str) -> Read:
    def read(value: Any) -> Any:
        try:
            return search(value)
        except (JMESPathError, TypeError, ValueError, ArithmeticError, AttributeError) as exc:
            # The library's functions let Python's own errors through for types they did not expect.
            raise TransformError(
                "path",
                f"The path “{expression}” cannot be evaluated on this data",
                "Check that the functions in the path receive the types they expect.",
                reason=type(exc).__name__,
            ) from exc
    return read


def _copying(read: Read) -> Read:
    """A literal list or object belongs to the mapping: whoever gets it must not be able to change it."""
    def read_copy(value: Any) -> Any:
        return copy.deepcopy(read(value))
    return read_copy


def _has_container_literal(node: Node) -> bool:
    if node["type"] == "literal":
        return isinstance(node["value"], (list, dict))
    return any(_has_container_literal(child) for child in node["children"] if isinstance(child, dict))


def _keys(node: Node) -> tuple[str, ...] | None:
    if node["type"] == "field":
        return (node["value"],)
    if node["type"] == "subexpression":
        parts = [_keys(child) for child in node["children"]]
        return None if None in parts else tuple(key for part in parts if part for key in part)
    return None


# --- closures: each builder returns None when a child is of a type that has no closure ---

def _build(node: Node) -> Read | None:
    keys = _keys(node)
    if keys:
        return _fields(keys)
    builder = _BUILDERS.get(node["type"])
    return builder(node) if builder else None


def _fields(keys: tuple[str, ...]) -> Read:
    if len(keys) == 1:
        key, = keys

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
    steps = [_build(child) for child in node["children"]]
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
    base = _build(node["children"][0])
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
    base, each = (_build(child) for child in node["children"])
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
    base, each, condition = (_build(child) for child in node["children"])
    if base is None or each is None or condition is None:
        return None

    def filtered(value: Any) -> Any:
        found = base(value)
        if not isinstance(found, list):
            return None
        return [result for element in found
                if is_true(condition(element)) and (result := each(element)) is not None]
    return filtered


def _number_against_bool(left: Any, right: Any) -> bool:
    return isinstance(left, bool) != isinstance(right, bool) and left in (0, 1) and right in (0, 1)


def _comparison(node: Node) -> Read | None:
    left, right = (_build(child) for child in node["children"])
    if left is None or right is None or node["value"] not in ("eq", "ne"):
        return None
    wanted = node["value"] == "eq"

    def comparison(value: Any) -> bool:
        one, other = left(value), right(value)
        return (one == other and not _number_against_bool(one, other)) is wanted
    return comparison


def _or(node: Node) -> Read | None:
    left, right = (_build(child) for child in node["children"])
    if left is None or right is None:
        return None
    return lambda value: found if is_true(found := left(value)) else right(value)


def _and(node: Node) -> Read | None:
    left, right = (_build(child) for child in node["children"])
    if left is None or right is None:
        return None
    return lambda value: right(value) if is_true(found := left(value)) else found


def _not(node: Node) -> Read | None:
    inner = _build(node["children"][0])
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
