# Part of Integration Hub. License LGPL-3.0 or later.
"""Which fields a JMESPath expression looks at, so that a record can be read once, before mapping."""

from collections.abc import Iterable, Mapping
from typing import Any

Chain = tuple[str, ...]
Node = Mapping[str, Any]


def fields_read(node: Node) -> tuple[frozenset[Chain], frozenset[Chain]]:
    """Every chain of fields read, and those the result stands for (its sub-lines are below them).

    Lists are left out: `lines[?qty].product` reads (lines, qty) and (lines, product), and stands for the latter. A
    chain that another one continues is left out of what is read. `()` is the value itself.
    """
    seen: set[Chain] = set()
    result = _walk(node, {()}, seen)
    return frozenset(longest(seen | result)), frozenset(result)


def longest(chains: Iterable[Chain]) -> set[Chain]:
    """The chains that no other chain continues."""
    unique = set(chains)
    inner = {chain[:size] for chain in unique for size in range(len(chain))}
    return unique - inner


def unread(document: Any, reads: Iterable[str]) -> list[str]:
    """The dotted paths of a document's fields, lists left out, that none of these dotted paths reads.

    A path reads all that is below it. Where nothing below an object is read, the object is named and not its fields.
    """
    wanted = set(reads)
    inner = {path[:size] for path in wanted for size, letter in enumerate(path) if letter == "."}
    found: dict[str, None] = {}

    def walk(value: Any, base: str) -> None:
        if isinstance(value, list):
            for item in value:
                walk(item, base)
        elif isinstance(value, dict):
            for key, item in value.items():
                path = f"{base}.{key}" if base else key
                if path in wanted:
                    continue
                if path in inner and isinstance(item, (dict, list)):
                    walk(item, path)
                else:
                    found[path] = None

    walk(document, "")
    return list(found)


def _walk(node: Node, bases: set[Chain], seen: set[Chain]) -> set[Chain]:
    """Evaluate symbolically: from the chains `bases` to those the node's result stands for."""
    kind, children = node["type"], node["children"]
    if kind == "field":
        return {(*base, node["value"]) for base in bases}
    if kind == "literal":
        return set()
    if kind in ("index", "slice", "identity", "current"):
        return bases
    if kind in ("subexpression", "index_expression", "pipe", "projection", "value_projection", "flatten"):
        for child in children:
            bases = _walk(child, bases, seen)
            seen |= bases
        return bases
    if kind == "filter_projection":
        found, each, condition = children
        bases = _walk(found, bases, seen)
        seen |= bases | _walk(condition, bases, seen)
        return _walk(each, bases, seen)
    if kind == "function_expression":
        # `sort_by(list, &key)`: the key is a field of the list's items.
        results = [_walk(child, bases, seen) for child in children if child["type"] != "expref"]
        items = set().union(*results)
        for child in children:
            if child["type"] == "expref":
                seen |= _walk(child["children"][0], items, seen)
        seen |= items
        return items
    results = [_walk(child, bases, seen) for child in children]
    merged: set[Chain] = set().union(*results)
    seen |= merged
    return merged
