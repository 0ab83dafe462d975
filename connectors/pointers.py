# Part of Integration Hub. License LGPL-3.0 or later.
"""JSON pointers (RFC 6901): which part of a document a message is about."""

from collections.abc import Iterable


def pointer_of(keys: Iterable[str | int]) -> str:
    """The pointer of what these keys and indexes lead to: `/line_items/2/price`, "" for the whole document."""
    return "".join(f"/{str(key).replace('~', '~0').replace('/', '~1')}" for key in keys)


def keys_of(pointer: str) -> list[str]:
    """The keys in a pointer, indexes as the digits that they are written with."""
    return [key.replace("~1", "/").replace("~0", "~") for key in pointer.split("/")[1:]]
