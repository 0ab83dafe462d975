# Part of Integration Hub. License LGPL-3.0 or later.
"""Transforms of JSON inside a text, as vendors keep what their own fields have no room for."""

import json
from typing import Any

from ... import jsondoc
from ...errors import DocumentError
from ..errors import TransformError
from ..registry import DEFAULT, Example
from .helpers import bounded, text_of


@DEFAULT.transform(
    "from_json", inverse=lambda: ["to_json"], examples=[Example('{"gift": true}', {"gift": True}), Example("", None)]
)
def from_json(value: Any) -> Any:
    """Read the JSON in a text. An empty text counts as missing."""
    text = text_of(value)
    if not text.strip():
        return None
    try:
        return jsondoc.parse(text.encode("utf-8", "surrogatepass"))
    except DocumentError as exc:
        raise TransformError("json", "The text is not JSON", "Correct it in the source.") from exc


@DEFAULT.transform(
    "to_json", gives="text", inverse=lambda: ["from_json"], examples=[Example({"gift": True}, '{"gift": true}')]
)
def to_json(value: Any) -> str:
    """Write the value as JSON."""
    text = json.dumps(value, ensure_ascii=False)
    bounded(len(text))
    return text
