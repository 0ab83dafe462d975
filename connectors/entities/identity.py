# Part of Integration Hub. License LGPL-3.0 or later.
"""The mapping to begin with where nobody has written one: every field of an entity, under its own name."""

from __future__ import annotations

from typing import Any

from . import fields

Line = dict[str, Any]


def identity_mapping(entity: str, name: str, title: str, *, inward: bool, id_path: str = "id") -> dict[str, Any]:
    """A mapping in the library's JSON form between an entity and a payload that has the same names.

    `inward` makes the entity of the payload, whose id stands at `id_path`; outward leaves the id out, since the other
    side gives it. What a payload does not have is left alone. Raises ConfigurationError for an unknown entity.
    """
    lines: list[Line] = []
    for path in fields(entity):
        if path != "id":
            _add(lines, path)
    if inward:
        lines.insert(0, {"source": id_path, "transforms": ["to_string"], "target": "id", "required": True})
    ends = ("payload", entity) if inward else (entity, "payload")
    return {"format": 1, "name": name, "title": title, "source": ends[0], "target": ends[1], "lines": lines}


def _add(lines: list[Line], path: str) -> None:
    """Add the line of a path; what is inside of a list goes below the list's line."""
    outer, _list, inner = path.partition("[]")
    if not inner:
        lines.append({"source": outer, "target": outer})
        return
    above = next((line for line in lines if line["target"] == outer), None)
    if above is None:
        above = {"source": f"{outer}[]", "target": outer, "lines": []}
        lines.append(above)
    _add(above["lines"], inner.removeprefix("."))
