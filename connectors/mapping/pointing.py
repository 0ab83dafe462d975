# Part of Integration Hub. License LGPL-3.0 or later.
"""From a place that a person points at in a document to the path that reads it."""

import json
import re
from collections.abc import Sequence
from typing import Any

from ..paths.compiled import ROOT

Pointer = Sequence[str | int]
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def path_to(pointer: Pointer, base: Sequence[str] = (), document: Any = None) -> str:
    """The path that reads what stands at this place, for a line whose paths start at `base`.

    `base` are the fields that lead to the line's item, lists left out: pointing at the first order line's price gives
    "price" there, and pointing at the order's number "$root.number". With the document at hand a value in a list of
    names and values is found by its name, wherever it stands in the next document.
    """
    inside = _items_below(pointer, base)
    if inside is None:
        return f"{ROOT}.{_expression(pointer, 0, document)}"
    return _expression(pointer, inside, document) or "@"


def value_at(pointer: Pointer, document: Any) -> Any:
    """What stands at this place; None where there is nothing."""
    for part in pointer:
        try:
            document = document[part]
        except (KeyError, IndexError, TypeError):
            return None
    return document


def _items_below(pointer: Pointer, base: Sequence[str]) -> int | None:
    """How much of the pointer leads to the base, in whichever item of its lists; None when it points elsewhere."""
    size = 0
    for key in base:
        if size >= len(pointer) or pointer[size] != key:
            return None
        size += 1
        while size < len(pointer) and isinstance(pointer[size], int):
            size += 1
    return size


def _expression(pointer: Pointer, start: int, document: Any) -> str:
    text, one_of = "", False
    for place in range(start, len(pointer)):
        part = pointer[place]
        if not isinstance(part, int):
            text += ("." if text else "") + (part if _PLAIN.fullmatch(part) else _quoted(part))
        elif key := _named(value_at(pointer[: place + 1], document), pointer[place + 1 :]):
            name = _literal(str(value_at([*pointer[: place + 1], key], document)))
            text, one_of = f"{text}[?{key}=={name}]", True
        else:
            text += f"[{part}]"
    return f"{text} | [0]" if one_of else text


def _named(item: Any, rest: Pointer) -> str:
    """The field that names an item of a list of names and values, when it is the value that is pointed at."""
    if not isinstance(item, dict) or list(rest) != ["value"]:
        return ""
    return next((key for key in ("name", "key", "code") if isinstance(item.get(key), str)), "")


def _quoted(key: str) -> str:
    """A field's name that is no plain word, as JMESPath writes it: like a text in JSON."""
    return json.dumps(key, ensure_ascii=False)


def _literal(text: str) -> str:
    """A text as JMESPath writes it: raw, where a backslash is one only before a quote, or as JSON."""
    if "\\" in text:
        return "`{}`".format(json.dumps(text, ensure_ascii=False).replace("`", "\\`"))
    return "'{}'".format(text.replace("'", "\\'"))
