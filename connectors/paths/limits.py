# Part of Integration Hub. License LGPL-3.0 or later.
"""What an expression may cost, decided before it ever runs.

JMESPath has no loops, but its expressions can still explode: `[@, @][] | [@, @][] | …` doubles a list at every pipe,
`{a: @, b: @} | {a: @, b: @} | …` makes an object that is small in memory and endless as JSON, and a long row of `||`
is a syntax tree deeper than Python's stack. Three measures are taken of the tree, without recursion where it may be
deep: how many nodes it has, how deep it is, and its growth, a bound on how many times larger than the data
something that it makes can be. What is within them takes time and memory in proportion to the data, except for
functions (`interpreter.py` counts their work).
"""

from collections.abc import Iterator, Mapping
from typing import Any

MAX_NODES = 300
MAX_DEPTH = 40
MAX_GROWTH = 100

Node = Mapping[str, Any]


def excess(node: Node) -> str:
    """Why the expression may not run, in words that follow “the path”; "" when it may."""
    nodes, depth = _measure(node)
    if nodes > MAX_NODES:
        return f"has more than {MAX_NODES} parts"
    if depth > MAX_DEPTH:
        return f"is nested deeper than {MAX_DEPTH} levels"
    if growth(node) > MAX_GROWTH:
        return f"could give more than {MAX_GROWTH} times what it reads"
    return ""


def growth(node: Node) -> int:
    """How many times larger than what it is evaluated on anything can be that the expression makes on its way."""
    kind = node["type"]
    if kind == "literal":
        return sum(1 for _ in json_values(node["value"]))
    factors = [growth(child) for child in _children(node)]
    if kind in ("subexpression", "index_expression", "pipe", "projection", "value_projection", "flatten"):
        return _product(factors)
    if kind == "filter_projection":
        found, each, condition = factors
        return found * max(each, condition)
    if kind in ("multi_select_list", "multi_select_dict"):
        return max(1, sum(factors))
    if kind == "function_expression":
        expressions = [child["type"] == "expref" for child in node["children"]]
        read = sum(factor for factor, is_key in zip(factors, expressions, strict=True) if not is_key)
        return max(1, read) * max([1, *(f for f, is_key in zip(factors, expressions, strict=True) if is_key)])
    return max([1, *factors])


def _product(factors: list[int]) -> int:
    """Stops at what is too much anyway: the exact product could have hundreds of digits."""
    result = 1
    for factor in factors:
        result = min(result * factor, MAX_GROWTH + 1)
    return result


def _measure(node: Node) -> tuple[int, int]:
    """(nodes, depth) of a tree."""
    nodes, deepest, waiting = 0, 0, [(node, 1)]
    while waiting:
        found, depth = waiting.pop()
        nodes, deepest = nodes + 1, max(deepest, depth)
        waiting.extend((child, depth + 1) for child in _children(found))
    return nodes, deepest


def _children(node: Node) -> Iterator[Node]:
    """The nodes below; a slice's numbers are no nodes."""
    return (child for child in node["children"] if isinstance(child, dict))


def json_values(value: Any) -> Iterator[Any]:
    """A JSON value and all those in it."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        yield found
        if isinstance(found, list):
            waiting.extend(found)
        elif isinstance(found, dict):
            waiting.extend(found.values())
