# Part of Integration Hub. License LGPL-3.0 or later.
"""Whether a creation whose outcome is unknown may be made again: what each `repetition` of an object relies on."""

from __future__ import annotations

from ..connector import Document, Settings
from ..errors import InDoubt
from .resource import Resource


def makes_no_twin(resource: Resource, payload: Document, settings: Settings, key: str | None) -> bool:
    """Whether creating an object that was looked for and not found makes no second one; `key`: the one that is sent."""
    match resource.object_type.repetition:
        case "upsert":
            return True
        case "idempotency-key":
            return bool(key)
        case "lookup":
            return any(way.applies({"settings": settings, "payload": payload}) for way in resource.find)
        case _:
            return False


def in_doubt(resource: Resource, who: str) -> InDoubt:
    """The refusal to create what may be there already."""
    return InDoubt(
        f"It may have been created in {who} already: what became of an earlier try is unknown.",
        hint=f"Look for it in {who}. Then say that it is there, or send it again.",
        params={"object_type": resource.name},
    )
