# Part of Integration Hub. License LGPL-3.0 or later.
"""What a document holds at a path, and what an object is called by: the reading half of a description."""

from __future__ import annotations

import functools
from typing import Any

from .. import moments
from ..errors import ConfigurationError, DocumentError
from ..paths import PathSyntaxError, Read, compile_path


@functools.lru_cache(maxsize=4096)
def reader(path: str) -> Read:
    """What reads `path`: JMESPath without functions, as `data.id`, `items[0].id` or `id || uuid`; "" is the whole.

    The reader never raises, and gives None where there is nothing. Raises ConfigurationError, code invalid-path.
    """
    if not path:
        return lambda document: document
    try:
        compiled = compile_path(path)
    except PathSyntaxError as error:
        raise _invalid(str(error)) from None
    if not compiled.simple or compiled.from_root:
        raise _invalid(f"“{path}” has more than names, indexes, filters and alternatives")
    return compiled.read


def identifier(value: Any) -> str:
    """The text of an id, which may be a number; "" when it is no id."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""


def version(value: Any) -> str | None:
    """A version as text that sorts: of a moment its UTC form, of a number 20 digits, any other text as it is."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return f"{value:020d}"
    if not isinstance(value, str) or not value:
        return None
    try:
        return moments.normal(value)
    except DocumentError:
        return value


def _invalid(problem: str) -> ConfigurationError:
    hint = "Write the names that lead to the value, with dots between them, as in data.attributes.id."
    return ConfigurationError(f"This cannot be used as a path: {problem}", code="invalid-path", hint=hint)
