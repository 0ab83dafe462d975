# Part of Integration Hub. License LGPL-3.0 or later.
"""JSON's types in words: what was expected and what was found."""

from collections.abc import Iterable
from types import NoneType
from typing import Any

from .checks import kind_of
from .errors import Path, Problem

NUMBER = (int, float)
TYPES: dict[str, tuple[tuple[type, ...], str]] = {
    "string": ((str,), "text"),
    "integer": (NUMBER, "a whole number"),
    "number": (NUMBER, "a number"),
    "boolean": ((bool,), "a boolean"),
    "object": ((dict,), "an object"),
    "array": ((list,), "a list"),
    "null": ((NoneType,), "nothing"),
}
"""For each name of a type, the kinds of values that can be of it, and what to call one."""

_FOUND = {kind: words for kinds, words in TYPES.values() for kind in kinds}


def wrong_type(at: Path, expected: Iterable[str], value: Any, hint: str) -> Problem:
    """The problem of a value that is of none of these types."""
    names = tuple(dict.fromkeys(expected))
    wanted = " or ".join(TYPES[name][1] for name in names)
    fraction = isinstance(value, float) and "integer" in names
    found = "a number with a fraction" if fraction else _FOUND[kind_of(value) or NoneType]
    return Problem.at(at, "type", f"must be {wanted}, but is {found}", hint, names)
