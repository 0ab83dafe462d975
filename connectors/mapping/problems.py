# Part of Integration Hub. License LGPL-3.0 or later.
"""Words for what went wrong on a line, the same for a run and for its trace."""

from collections.abc import Sequence
from typing import Any

from .errors import Problem, TransformError, type_name
from .spec import Line


def locate(line: Line, at: Sequence[int | None]) -> str:
    """The line's number with item indexes: ("7", "2") at [0] is "7[0].2"."""
    parts = [
        number if index is None else f"{number}[{index}]"
        for number, index in zip(line.number, (*at, None), strict=False)
    ]
    return ".".join(parts)


def required_problem(line: Line, at: Sequence[int | None]) -> Problem:
    """A required field has no value."""
    return Problem(
        locate(line, at),
        line.source_text,
        line.full_target,
        "required",
        f"“{line.full_target}” is required, but “{line.source_text}” has no value",
        "Fill the field in the source, or give the line a default.",
    )


def refused_problem(line: Line, at: Sequence[int | None], error: TransformError, value: Any, name: str) -> Problem:
    """A value was refused by the transform `name` ("" when by the path or the line itself)."""
    params = {**error.params, "transform": name} if name else error.params
    return Problem(
        locate(line, at),
        line.source_text,
        line.full_target,
        error.code,
        _named(line, error.message),
        error.hint,
        params,
        type_name(value),
    )


def _named(line: Line, message: str) -> str:
    """A transform's message, which knows no more than the value, with where that came from."""
    rest = message.removeprefix("The value ")
    return f"The value of “{line.source_text}” {rest}" if rest != message and line.source_text else message


def work_problem(line: Line, at: Sequence[int | None]) -> Problem:
    """The document, or the mapping, makes so much work here that it was stopped."""
    return Problem(
        locate(line, at),
        line.source_text,
        line.full_target,
        "too-much-work",
        f"Mapping “{line.source_text}” for each item takes too much work on this document",
        "Read $root outside of the list, or send the document in smaller parts.",
    )


def not_nested(line: Line, value: Any) -> TransformError | None:
    """Why sub-lines cannot read this value, or None: they read objects, or lists of them."""
    if isinstance(value, dict):
        return None
    if not isinstance(value, list):
        return TransformError(
            "type",
            f"“{line.source_text}” is neither an object nor a list",
            "Remove the sub-lines, or choose another source.",
            expected="object or list",
        )
    if line.reads_items:
        for index, item in enumerate(value):
            if not isinstance(item, dict):
                return TransformError(
                    "type",
                    f"An item of “{line.source_text}” is not an object",
                    "Use “@” as source to read items that are plain values.",
                    expected="object",
                    index=index,
                    found=type_name(item),
                )
    return None
