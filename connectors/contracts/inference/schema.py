# Part of Integration Hub. License LGPL-3.0 or later.
"""From a summary to the schema that describes it; the same summary always gives the same text."""

from typing import Any

from .keys import MAP_FROM, SELDOM
from .summary import Summary
from .words import DECIMAL

_ORDER = ("object", "array", "string", "integer", "number", "boolean", "null")


def schema_of(summary: Summary, name: str = "") -> dict[str, Any]:
    """The schema of the values that a summary has seen. `name`: the field that they are under, "" for none."""
    if summary.blind or summary.types.keys() == {"null"}:
        return {}
    types = [kind for kind in _ORDER if summary.types[kind] and not (kind == "integer" and summary.types["number"])]
    schema: dict[str, Any] = {"type": types[0] if len(types) == 1 else types}
    if "string" in types:
        schema |= _text(summary, name, types)
    if summary.items:
        schema["items"] = schema_of(summary.items, name)
    if "object" in types:
        schema |= _object(summary)
    return schema


def _text(summary: Summary, name: str, types: list[str]) -> dict[str, Any]:
    words = summary.texts.vocabulary(name)
    if words and set(types) <= {"string", "null"}:
        return {"enum": [*words, *([None] if "null" in types else [])]}
    found = summary.texts.format()
    if found == "decimal":
        return {"pattern": DECIMAL}
    return {"format": found} if found else {}


def _object(summary: Summary) -> dict[str, Any]:
    seen = summary.types["object"]
    names = summary.names or {}
    present = sum(known.count for known in names.values())
    if len(names) >= MAP_FROM and present <= SELDOM * seen * len(names):
        whole = Summary(summary.depth + 1)
        for known in (*names.values(), *([summary.others] if summary.others else [])):
            whole.merge(known)
        return {"additionalProperties": schema_of(whole)}
    schema: dict[str, Any] = {}
    if names:
        schema["properties"] = {name: schema_of(names[name], name) for name in sorted(names)}
        required = [name for name in sorted(names) if names[name].count == seen]
        if required:
            schema["required"] = required
    if summary.others:
        schema["additionalProperties"] = schema_of(summary.others)
    return schema
