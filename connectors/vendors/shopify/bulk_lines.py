# Part of Integration Hub. License LGPL-3.0 or later.
"""The lines of a bulk result put together again: each object with the children that follow it.

A child is on a line of its own with `__parentId`. The operation is run with `groupObjects`, so a parent's children
come right behind it, and no more than one object is ever in memory. A child of any other parent is an error: what is
left out silently would look like a whole order.
Source: https://shopify.dev/docs/api/usage/bulk-operations/queries#the-jsonl-data-format
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from ... import jsondoc
from ...errors import BadResponse, DocumentError

MAX_CHILDREN = 20_000
Node = dict[str, Any]


def objects(lines: Iterable[bytes], children: str | None, *, skip: int, whole: bool) -> Iterator[tuple[int, Node]]:
    """(lines up to the end of the object, the object), its children as the nodes of the connection `children`.

    `skip` lines are those of earlier objects. Not `whole`, a file that broke off: its last object is left out, some of
    its children may be missing. Raises BadResponse, code bad-line.
    """
    parent: Node | None = None
    found: list[Node] = []
    number = skip
    for line in islice(lines, skip, None):
        node = _node(line, number + 1)
        owner = node.pop("__parentId", None)
        if owner is None:
            if parent is not None:
                yield number, _joined(parent, children, found)
            parent, found = node, []
        elif parent is None or children is None or owner != parent.get("id"):
            raise _bad(number + 1, "belongs to no object that is on the lines before it")
        elif len(found) == MAX_CHILDREN:
            raise _bad(number + 1, f"is one of more than {MAX_CHILDREN} of its object")
        else:
            found.append(node)
        number += 1
    if parent is not None and whole:
        yield number, _joined(parent, children, found)


def _node(line: bytes, number: int) -> Node:
    try:
        node = jsondoc.parse(line, max_depth=50, unique_keys=False)
    except DocumentError as error:
        problem = _bad(number, f"is no JSON: {error.message}")
    else:
        if isinstance(node, dict):
            return node
        problem = _bad(number, "is no object")
    raise problem


def _joined(parent: Node, children: str | None, found: list[Node]) -> Node:
    return parent if children is None else {**parent, children: {"nodes": found}}


def _bad(number: int, problem: str) -> BadResponse:
    return BadResponse(f"Line {number} of Shopify's bulk result {problem}.", code="bad-line", params={"line": number})
