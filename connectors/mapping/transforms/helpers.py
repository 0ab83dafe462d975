# Part of Integration Hub. License LGPL-3.0 or later.
"""What several transforms need: sub-paths, numbers as text, the text of HTML. All of it linear in the input."""

import html
import json
import re
from typing import Any

from ..errors import TransformError
from ..path_interpreter import MAX_TEXT
from ..paths import Path, PathSyntaxError, compile_path
from ..registry import ArgumentError, refuse_type

_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)|<[!?]")
_LINE_TAG_NAMES = (
    "address article aside blockquote br dd div dl dt fieldset footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol "
    "p pre section table tbody td tfoot th thead tr ul"
)
_LINE_TAGS = frozenset(_LINE_TAG_NAMES.split())
_HIDDEN_TAGS = frozenset({"script", "style", "head", "title", "template"})
_BLANKS = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" ?\n\s*")


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


def number_text(value: Any) -> str:
    """A text as it is, a number or boolean as JSON writes it; raises TransformError for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and value.bit_length() <= 4096:
        return json.dumps(value)
    if isinstance(value, float):
        return json.dumps(int(value) if value.is_integer() and abs(value) < 1e16 else value)
    raise refuse_type("a text or a number")


def html_text(markup: str) -> str:
    """The readable text of HTML, one line per block; scripts, styles and comments go."""
    pieces: list[str] = []
    position, lowered = 0, markup.lower()
    while True:
        start = markup.find("<", position)
        if start < 0:
            pieces.append(markup[position:])
            break
        pieces.append(markup[position:start])
        tag = _TAG.match(markup, start)
        if not tag:
            pieces.append("<")
            position = start + 1
            continue
        comment = markup.startswith("<!--", start)
        end = markup.find("-->" if comment else ">", start + 1)
        if end < 0:
            break
        position = end + (3 if comment else 1)
        name = (tag.group(1) or "").lower()
        if name in _LINE_TAGS:
            pieces.append("\n")
        elif name in _HIDDEN_TAGS and markup[start + 1] != "/":
            position = lowered.find(f"</{name}", position)
            if position < 0:
                break
    return _LINES.sub("\n", _BLANKS.sub(" ", html.unescape("".join(pieces)))).strip()
