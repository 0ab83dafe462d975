# Part of Integration Hub. License LGPL-3.0 or later.
"""What is sent: settings and documents, brought into the form that a request needs."""

from __future__ import annotations

from typing import Any

from .. import dotted
from ..connector import Document, Settings


def stripped(settings: Settings) -> dict[str, Any]:
    """The settings without the white space that was pasted around them."""
    return {name: value.strip() if isinstance(value, str) else value for name, value in settings.items()}


def known(value: Any) -> Any:
    """A document without the members that are null."""
    if isinstance(value, dict):
        return {name: known(member) for name, member in value.items() if member is not None}
    return [known(member) for member in value] if isinstance(value, list) else value


def wrapped(body: Any, path: str, payload: Document) -> Document:
    """The payload at a dotted path of the fixed members, or beside them."""
    held = dotted.read(body, path)
    found: Document = dotted.write(body, path, {**(held or {}), **payload})
    return found


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same to a person: as text, without case and outer white space; None never is."""
    if one is None or other is None:
        return False
    return str(one).strip().casefold() == str(other).strip().casefold()
