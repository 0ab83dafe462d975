# Part of Integration Hub. License LGPL-3.0 or later.
"""A page's cursor: where the paginator stands, as text that only this connector reads."""

from __future__ import annotations

import json

from .. import jsondoc
from ..connector import Document
from ..errors import ConfigurationError, DocumentError
from ..pagination import State


def dump(state: State) -> str:
    """The cursor of a state."""
    return json.dumps(state, separators=(",", ":"))


def load(cursor: str) -> Document:
    """The state in a cursor. Raises ConfigurationError, code invalid-cursor."""
    try:
        found = jsondoc.parse(cursor.encode("utf-8", "replace"))
    except DocumentError:
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("position"), dict):
        raise ConfigurationError(
            "The cursor is none that this connector gave.", code="invalid-cursor", hint="Begin the reading anew."
        )
    return found
