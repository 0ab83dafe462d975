# Part of Integration Hub. License LGPL-3.0 or later.
"""What several transforms need: sub-paths, texts, numbers as text. All of it linear in the input."""

import json
from typing import Any

from ...paths import Path, PathSyntaxError, compile_path
from ...paths.interpreter import MAX_TEXT
from ..errors import TransformError
from ..registry import ArgumentError, refuse_type


def subpath(expression: str, *, root: bool = False) -> Path:
    """A path below the value of a line, with `root` also one from $root; raises ArgumentError."""
    try:
        path = compile_path(expression)
    except PathSyntaxError as exc:
        raise ArgumentError(str(exc)) from exc
    if path.from_root and not root:
        raise ArgumentError(f"“{expression}”: paths of a transform begin at the line's value, not at $root")
    return path


def bounded(length: int) -> None:
    """Refuse to make a text of this many characters when that is too many."""
    if length > MAX_TEXT:
        raise TransformError(
            "too-much-work",
            f"The text would have more than {MAX_TEXT} characters",
            "Look for a separator or a replacement that is too long.",
        )


def text_of(value: Any) -> str:
    """The value, when it is a text; raises TransformError for anything else."""
    if isinstance(value, str):
        return value
    raise refuse_type("a text")


def number_text(value: Any) -> str:
    """A text as it is, a number or boolean as JSON writes it; raises TransformError for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and value.bit_length() <= 4096:
        return json.dumps(value)
    if isinstance(value, float):
        return json.dumps(int(value) if value.is_integer() and abs(value) < 1e16 else value)
    raise refuse_type("a text or a number")
