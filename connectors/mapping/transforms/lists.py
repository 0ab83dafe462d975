# Part of Integration Hub. License LGPL-3.0 or later.
"""Transforms of lists."""

import json
from typing import Any

from ..registry import DEFAULT, Arg, refuse_type
from .helpers import number_text


def _list(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    raise refuse_type("a list")


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, (str, list, dict)) and not value)


@DEFAULT.transform("first")
def first(value: Any) -> Any:
    """The first item of a list; nothing when it is empty."""
    return next(iter(_list(value)), None)


@DEFAULT.transform("last")
def last(value: Any) -> Any:
    """The last item of a list; nothing when it is empty."""
    return _list(value)[-1] if _list(value) else None


@DEFAULT.transform("join", Arg("separator", "text", ", "))
def join(value: Any, separator: str) -> str | None:
    """Join the texts and numbers of a list; empty ones are left out. Nothing when none is left."""
    return separator.join(number_text(item) for item in _list(value) if not _blank(item)) or None


@DEFAULT.transform("list_unique")
def list_unique(value: Any) -> list[Any]:
    """Drop every item that occurred before; the order stays."""
    seen: dict[str, Any] = {}
    for item in _list(value):
        seen.setdefault(json.dumps(item, sort_keys=True), item)
    return list(seen.values())


@DEFAULT.transform("compact")
def compact(value: Any) -> Any:
    """Drop the empty items of a list, or the empty fields of an object: null, "", [] and {}."""
    if isinstance(value, dict):
        return {key: item for key, item in value.items() if not _blank(item)}
    return [item for item in _list(value) if not _blank(item)]
