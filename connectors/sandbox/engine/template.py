# Part of Integration Hub. License LGPL-3.0 or later.
"""Templates: JSON whose texts have holes. `"{item}"` is the value itself, `"page {page}"` a text with it inside.

A hole is a dotted path and, after a colon, a format (formats.py). There are no expressions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ... import dotted
from ...pointers import pointer_of
from . import formats

Values = Mapping[str, Any]
_HOLE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_.]*)(?::([^{}]+))?\}")


def render(template: Any, values: Values) -> Any:
    """The template with its holes filled. A value that is a function is called; an absent member is None.

    Raises KeyError: the first part of a path is none of `values`.
    """
    if isinstance(template, str):
        whole = _HOLE.fullmatch(template)
        if whole is not None:
            return _fill(whole, values)
        return _HOLE.sub(lambda hole: _text(_fill(hole, values)), template)
    if isinstance(template, Mapping):
        return {render(name, values): render(value, values) for name, value in template.items()}
    if isinstance(template, list):
        return [render(value, values) for value in template]
    return template


def holes(template: Any, pointer: str = "") -> Iterator[tuple[str, str, str | None]]:
    """(JSON pointer, path, format) of every hole."""
    if isinstance(template, str):
        for hole in _HOLE.finditer(template):
            yield pointer, hole[1], hole[2]
    elif isinstance(template, Mapping):
        for name, value in template.items():
            below = pointer + pointer_of((name,))
            yield from holes(name, below)
            yield from holes(value, below)
    elif isinstance(template, list):
        for index, value in enumerate(template):
            yield from holes(value, f"{pointer}/{index}")


def merge(base: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with `more` laid over it; objects inside are merged, all else is replaced."""
    merged = dict(base)
    for name, value in more.items():
        held = merged.get(name)
        merged[name] = merge(held, value) if isinstance(held, Mapping) and isinstance(value, Mapping) else value
    return merged


def _fill(hole: re.Match[str], values: Values) -> Any:
    name, _, rest = hole[1].partition(".")
    found = values[name]
    found = dotted.read(found() if callable(found) else found, rest)
    return formats.write(found, hole[2]) if hole[2] else found


def _text(value: Any) -> str:
    return "" if value is None else str(value)
