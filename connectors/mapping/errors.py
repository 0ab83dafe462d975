# Part of Integration Hub. License LGPL-3.0 or later.
"""What can be wrong: a mapping (MappingSpecError), a value (TransformError), a document (MappingError)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import ConfigurationError, MappingError
from ..paths import TransformError

__all__ = ["MappingError", "MappingSpecError", "Problem", "TransformError", "mapping_error", "type_name"]

_TYPE_NAMES = {
    dict: "object",
    list: "list",
    str: "text",
    bool: "boolean",
    int: "number",
    float: "number",
    type(None): "nothing",
}


def type_name(value: Any) -> str:
    """The value's type in words of JSON: object, list, text, number, boolean, nothing."""
    return _TYPE_NAMES.get(type(value), type(value).__name__)


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason why a document could not be mapped. Holds the value's type, never the value.

    `line`: as a person counts, "4"; "7[0].2" is line 2 below line 7, for the first item (index 0) of its list.
    `code`: required, type, path, transform, lookup, or one of a transform's own.
    """

    line: str
    source: str
    target: str
    code: str
    message: str
    hint: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    value_type: str = "nothing"


class MappingSpecError(ConfigurationError):
    """The mapping itself is wrong: nothing can be mapped until somebody corrects it.

    `line`: as in Problem ("" for the mapping's head); `field`: the key of the line that is wrong.
    """

    code = "mapping-spec"

    def __init__(self, message: str, *, line: str = "", field: str = "", hint: str = "") -> None:
        where = f"line {line}" if line else "mapping"
        if field:
            where += f", “{field}”"
        super().__init__(f"{where}: {message}", hint=hint or None, params={"line": line, "field": field})
        self.line = line
        self.field = field


def mapping_error(name: str, problems: Sequence[Problem]) -> MappingError:
    """The error for a document with these problems (at least one)."""
    first, more = problems[0], len(problems) - 1
    message = f"{name}: line {first.line} ({first.source} → {first.target}): {first.message}"
    if more:
        message += f" (and {more} more problem{'s' if more > 1 else ''})"
    return MappingError(message, hint=first.hint, problems=list(problems))
