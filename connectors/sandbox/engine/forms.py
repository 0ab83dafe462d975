# Part of Integration Hub. License LGPL-3.0 or later.
"""Forms as documents: `metadata[order_id]=7&items[0][sku]=A` (the bracket notation of PHP and Rails)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d+)?")
_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The pairs as one object of texts; an object whose names are all numbers, or empty (`tags[]`), is a list."""
    document: dict[str, Any] = {}
    for name, value in pairs:
        found = _NAME.fullmatch(name)
        parts = [found[1], *re.findall(r"\[([^\[\]]*)\]", found[2])] if found else [name]
        inside = document
        for part in parts[:-1]:
            held = inside.get(part)
            inside[part] = inside = held if isinstance(held, dict) else {}
        last = parts[-1]
        inside[last or str(len(inside))] = value
    return {name: _lists(value) for name, value in document.items()}


def typed(document: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """The texts of a form as the numbers and flags that the schema wants; what is none stays a text, to be refused."""
    properties = schema.get("properties", {})
    return {name: _typed(value, properties.get(name, {}).get("type")) for name, value in document.items()}


def _typed(value: Any, kind: Any) -> Any:
    if isinstance(value, str) and kind == "boolean" and value in ("true", "false"):
        return value == "true"
    if isinstance(value, str) and kind in ("integer", "number") and _NUMBER.fullmatch(value):
        return float(value) if "." in value else int(value)
    return value


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _lists(one) for name, one in value.items()}
    return list(inner.values()) if inner and all(name.isdecimal() for name in inner) else inner
