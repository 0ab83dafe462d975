# Part of Integration Hub. License LGPL-3.0 or later.
"""Compile JMESPath source paths; the simple ones become closures.

The parser is always the `jmespath` library's, so an expression means here what it means there; only the
evaluation differs. Expressions made of fields, indexes, projections, filters, comparisons, boolean logic and
literals are turned into nested closures (closures.py), which run several times faster than the library's tree
interpreter. Everything else (functions, slices, multi-selects) is evaluated by the library.

Two prefixes are ours: `$root.` at the beginning of an expression reaches the whole document from inside a list,
`@` is the item itself (as in JMESPath).

No expression explodes: see limits.py and interpreter.py.

Source: https://jmespath.org/specification.html
"""

import copy
import difflib
import math
from dataclasses import dataclass
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions

from .closures import Node, Read, build, field_keys
from .errors import PathSyntaxError, TransformError
from .interpreter import TooMuchWork, interpreter
from .limits import excess
from .reads import fields_read

MAX_PATH_LENGTH = 1000
ROOT = "$root"


@dataclass(frozen=True, slots=True)
class Path:
    """A compiled source path: `read(value)` gives what it finds, or None.

    `from_root`: `read` expects the whole document, not the item. `keys`: the field names when the path is only
    dotted fields ("a.b"), else None. `reads`: every chain of fields the expression looks at. `stands_for`: those that
    what it finds may come from. `simple`: compiled to closures, so `read` never raises; otherwise it raises
    TransformError (code `path`, or `too-much-work`) for data that the expression cannot be evaluated on.
    """

    expression: str
    read: Read
    from_root: bool
    keys: tuple[str, ...] | None
    reads: frozenset[tuple[str, ...]]
    stands_for: frozenset[tuple[str, ...]]
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
        text = text[len(ROOT) :].removeprefix(".") or "@"
    try:
        parsed = jmespath.compile(text)
    except JMESPathError as exc:
        hint = f"; {ROOT} may only stand at the beginning" if ROOT in text else ""
        raise PathSyntaxError(f"“{expression}” is not a valid path: {_first_line(exc)}{hint}") from exc
    except RecursionError as exc:
        raise PathSyntaxError("the path is nested too deeply") from exc
    node: Node = parsed.parsed
    if reason := excess(node):
        raise PathSyntaxError(f"the path {reason}")
    _check_functions(node, expression)
    _check_literals(node)
    closure = build(node)
    read = closure or _interpreted(interpreter(node), expression, _contains(node, "function_expression"))
    if _has_container_literal(node):
        read = _copying(read)
    return Path(expression, read, from_root, field_keys(node), *fields_read(node), simple=closure is not None)


def _first_line(exc: Exception) -> str:
    return str(exc).splitlines()[0].rstrip(":") if str(exc) else type(exc).__name__


def _check_functions(node: Node, expression: str) -> None:
    if node["type"] == "function_expression" and node["value"] not in Functions.FUNCTION_TABLE:
        close = difflib.get_close_matches(node["value"], Functions.FUNCTION_TABLE, n=1)
        hint = f"; did you mean {close[0]}()?" if close else ""
        raise PathSyntaxError(f"“{expression}” is not a valid path: there is no function {node['value']}(){hint}")
    for child in node["children"]:
        if isinstance(child, dict):
            _check_functions(child, expression)


def _check_literals(node: Node) -> None:
    if node["type"] == "literal" and not _finite(node["value"]):
        raise PathSyntaxError("the path holds a number that is not finite")
    for child in node["children"]:
        if isinstance(child, dict):
            _check_literals(child)


def _interpreted(search: Read, expression: str, computes: bool) -> Read:
    def read(value: Any) -> Any:
        try:
            found = search(value)
            if computes and not _finite(found):
                raise OverflowError("not a finite number")
        except TooMuchWork as exc:
            raise TransformError(
                "too-much-work",
                f"The path “{expression}” takes too much work on this data",
                "Make the path simpler, or choose a smaller part of the document as source.",
            ) from exc
        except (JMESPathError, TypeError, ValueError, ArithmeticError, AttributeError) as exc:
            # The library's functions let Python's own errors through for types they did not expect.
            raise TransformError(
                "path",
                f"The path “{expression}” cannot be evaluated on this data",
                "Check that the functions in the path receive the types they expect.",
                reason=type(exc).__name__,
            ) from exc
        return found

    return read


def _finite(value: Any) -> bool:
    """Whether JSON can write it: `to_number` and `sum` may make infinities of what was finite."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, list):
        return all(map(_finite, value))
    return all(map(_finite, value.values())) if isinstance(value, dict) else True


def _copying(read: Read) -> Read:
    """A literal list or object belongs to the mapping: whoever gets it must not be able to change it."""

    def read_copy(value: Any) -> Any:
        return copy.deepcopy(read(value))

    return read_copy


def _contains(node: Node, kind: str) -> bool:
    return node["type"] == kind or any(_contains(child, kind) for child in node["children"] if isinstance(child, dict))


def _has_container_literal(node: Node) -> bool:
    if node["type"] == "literal":
        return isinstance(node["value"], (list, dict))
    return any(_has_container_literal(child) for child in node["children"] if isinstance(child, dict))
