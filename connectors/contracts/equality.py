# Part of Integration Hub. License LGPL-3.0 or later.
"""Equality of JSON values: 1 equals 1.0, true is not 1, the order of an object's keys does not matter."""

from collections.abc import Hashable
from typing import Any

_TRUE, _FALSE = object(), object()


def freeze(value: Any) -> Hashable:
    """A hashable stand-in: two JSON values are equal exactly where theirs are (JSON Schema Core 2020-12, §4.2.2)."""
    if value is True:
        return _TRUE
    if value is False:
        return _FALSE
    if isinstance(value, list):
        return tuple([freeze(item) for item in value])
    if isinstance(value, dict):
        return frozenset([(key, freeze(member)) for key, member in value.items()])
    return value  # type: ignore[no-any-return]  # text, a number, None


def equal(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same value."""
    return freeze(one) == freeze(other)
