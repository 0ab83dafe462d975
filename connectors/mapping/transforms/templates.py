# Part of Integration Hub. License LGPL-3.0 or later.
"""The transform that puts several fields into one text."""

import re
from typing import Any

from ..registry import DEFAULT, Arg, ArgumentError, Bound, Example
from .helpers import bounded, number_text, subpath

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_BLANKS = re.compile(r"[ \t\r\f\v]+")
_UNTIDY = re.compile(r"[\t\r\f\v\n]|  | ,").search
_LINE_BREAKS = re.compile(r" ?\n[ \n]*")


@DEFAULT.transform(
    "template",
    Arg("text", "text"),
    builder=True,
    gives="text",
    loses="it puts several fields into one text",
    examples=[
        Example({"first": "Ada", "last": "Lovelace"}, "Ada Lovelace", "{first} {last}"),
        Example({"street": "Rue Neuve 1"}, "Rue Neuve 1", "{street}, {street2}"),
    ],
)
def template(text: str) -> Bound:
    """Fill a text such as "{first_name} {last_name}" with paths below the value; what is missing is left out, with
    the blanks and commas around it. Nothing when every part is missing."""
    if len(text) > 2000:
        raise ArgumentError("“text” is longer than 2000 characters")
    pieces = _PLACEHOLDER.split(text)
    literals, paths = pieces[::2], [subpath(piece) for piece in pieces[1::2]]
    if any("{" in literal or "}" in literal for literal in literals):
        raise ArgumentError("“text” has a brace without its other half")
    if not paths:
        raise ArgumentError("“text” names no path, such as {name}")
    reads = [path.read for path in paths]

    def fill(value: Any) -> str | None:
        shown = []
        found, length = False, len(text)
        for literal, read in zip(literals, reads, strict=False):
            part = read(value)
            shown.append(literal)
            if part is not None and (as_text := (part if type(part) is str else number_text(part)).strip()):
                length += len(as_text)
                bounded(length)
                shown.append(as_text)
                found = True
        shown.append(literals[-1])
        return _tidy("".join(shown)) if found else None

    return Bound(fill, frozenset(chain for path in paths for chain in path.reads))


def _tidy(text: str) -> str:
    if not _UNTIDY(text):
        return text.strip(" ,;\n")
    text = _LINE_BREAKS.sub("\n", _BLANKS.sub(" ", text))
    return text.replace(" ,", ",").strip(" ,;\n")
