# Part of Integration Hub. License LGPL-3.0 or later.
"""Cursor pagination (Relay connections) with Shopify's limits and messages."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any

from graphql import GraphQLError

MAX_FIRST = 250
WHOLE: ContextVar[bool] = ContextVar("hub_sandbox_whole", default=False)
"""Set while a query runs in bulk: every connection gives all it has, whatever page was asked for."""

Key = Callable[[Any], tuple[Any, ...]]


def encode_cursor(key: tuple[Any, ...]) -> str:
    """An opaque cursor for a position in the sorted list."""
    return base64.urlsafe_b64encode(json.dumps(list(key)).encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> tuple[Any, ...]:
    """The position of a cursor. Raises ValueError for anything that no cursor is."""
    try:
        value = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, UnicodeDecodeError, RecursionError) as error:
        raise ValueError("not a cursor") from error
    if not isinstance(value, list) or not value:
        raise ValueError("not a cursor")
    return tuple(value)


def connection(
    items: Sequence[Any],
    node: Callable[[Any], Any],
    key: Key,
    *,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    reverse: bool = False,
) -> dict[str, Any]:
    """The asked-for page of `items` (any order), sorted by `key`; the key of an item must be unique.

    Raises GraphQLError: neither first nor last, more than 250, or a cursor that is none.
    """
    if WHOLE.get():
        first, after, last, before = len(items), None, None, None
    elif first is None and last is None:
        raise error("you must provide one of first or last", "BAD_REQUEST")
    size = first if first is not None else last or 0
    if not WHOLE.get() and not 0 <= size <= MAX_FIRST:
        name = "first" if first is not None else "last"
        limit = f"cannot exceed {MAX_FIRST}" if size > 0 else "must not be negative"
        raise error(f"{name} {limit}", "BAD_REQUEST")
    ordered = sorted(((key(item), item) for item in items), key=lambda pair: pair[0], reverse=reverse)
    total = len(ordered)
    skipped = 0
    try:
        if after:
            mark = decode_cursor(after)
            ordered = [pair for pair in ordered if (pair[0] < mark if reverse else pair[0] > mark)]
            skipped = total - len(ordered)
        if before:
            mark = decode_cursor(before)
            ordered = [pair for pair in ordered if (pair[0] > mark if reverse else pair[0] < mark)]
    except (ValueError, TypeError) as problem:
        raise error("Invalid cursor for current pagination sort.", "BAD_REQUEST") from problem
    page = ordered[:size] if first is not None else ordered[max(0, len(ordered) - size) :]
    more = len(ordered) > len(page)
    edges = [{"cursor": encode_cursor(position), "node": node(item)} for position, item in page]
    return {
        "edges": edges,
        "nodes": [edge["node"] for edge in edges],
        "pageInfo": {
            "hasNextPage": more if first is not None else bool(before),
            "hasPreviousPage": (more if first is None else skipped > 0),
            "startCursor": edges[0]["cursor"] if edges else None,
            "endCursor": edges[-1]["cursor"] if edges else None,
        },
    }


def error(message: str, code: str, **extensions: Any) -> GraphQLError:
    """A GraphQL error with Shopify's `extensions.code`."""
    return GraphQLError(message, extensions={"code": code, **extensions})


def parse_gid(global_id: str) -> tuple[str, str]:
    """Type and number of `gid://shopify/<Type>/<number>`. Raises the GraphQL error that Shopify answers."""
    prefix, _, rest = global_id.partition("gid://shopify/")
    kind, _, number = rest.partition("/")
    if prefix or not kind or not number.isdigit():
        raise error(f"Invalid global id '{global_id}'", "argumentLiteralsIncompatible", typeName="CoercionError")
    return kind, number
