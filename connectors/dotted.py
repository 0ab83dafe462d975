# Part of Integration Hub. License LGPL-3.0 or later.
"""Dotted paths: the names of members, joined by dots, that lead to a value in a document. "" is the whole document."""

from collections.abc import Mapping
from typing import Any


def read(document: Any, path: str) -> Any:
    """What stands at the path; None where there is nothing."""
    for name in path.split(".") if path else ():
        if not isinstance(document, Mapping):
            return None
        document = document.get(name)
    return document


def write(document: Any, path: str, value: Any) -> Any:
    """A copy of the document with `value` at the path; objects are made on the way where there are none."""
    if not path:
        return value
    name, _, rest = path.partition(".")
    copy = dict(document) if isinstance(document, Mapping) else {}
    return {**copy, name: write(copy.get(name), rest, value)}
