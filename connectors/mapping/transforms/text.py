# Part of Integration Hub. License LGPL-3.0 or later.
"""Transforms of texts."""

import hashlib
import json
import re
from typing import Any

from ..registry import DEFAULT, Arg, ArgumentError, Bound, refuse_type
from .helpers import html_text, number_text, subpath

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_BLANKS = re.compile(r"[ \t\r\f\v]+")
_LINE_BREAKS = re.compile(r" ?\n[ \n]*")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise refuse_type("a text")


@DEFAULT.transform("strip")
def strip(value: Any) -> str:
    """Remove blanks at both ends."""
    if isinstance(value, str):
        return value.strip()
    raise refuse_type("a text")


@DEFAULT.transform("lower")
def lower(value: Any) -> str:
    """Change to lower case."""
    return _text(value).lower()


@DEFAULT.transform("upper")
def upper(value: Any) -> str:
    """Change to upper case."""
    return _text(value).upper()


@DEFAULT.transform("title")
def title(value: Any) -> str:
    """Begin every word with a capital: "ada lovelace" becomes "Ada Lovelace"."""
    return " ".join(word[:1].upper() + word[1:].lower() for word in _text(value).split(" "))


@DEFAULT.transform("truncate", Arg("length", "integer", low=1, high=1_000_000))
def truncate(value: Any, length: int) -> str:
    """Keep at most `length` characters."""
    return _text(value)[:length]


@DEFAULT.transform("replace", Arg("old", "text"), Arg("new", "text", ""))
def replace(value: Any, old: str, new: str) -> str:
    """Replace every `old` by `new`, which is nothing unless given."""
    return _text(value).replace(old, new) if old else _text(value)


@DEFAULT.transform("prefix", Arg("text", "text"))
def prefix(value: Any, text: str) -> str:
    """Put `text` before the value, a text or a number, unless it begins with it."""
    shown = number_text(value)
    return shown if shown.startswith(text) else text + shown


@DEFAULT.transform("suffix", Arg("text", "text"))
def suffix(value: Any, text: str) -> str:
    """Put `text` after the value, a text or a number, unless it ends with it."""
    shown = number_text(value)
    return shown if shown.endswith(text) else shown + text


@DEFAULT.transform("to_string")
def to_string(value: Any) -> str:
    """Change to text: numbers as written, true and false as such, lists and objects as JSON."""
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return number_text(value)


@DEFAULT.transform("split", Arg("separator", "text", ","))
def split(value: Any, separator: str) -> list[str]:
    """Make a list of the parts between separators; blanks around them and empty parts go."""
    parts = _text(value).split(separator) if separator else _text(value).split()
    return [part.strip() for part in parts if part.strip()]


@DEFAULT.transform("split_name", Arg("part", "text", choices=("first", "last")))
def split_name(value: Any, part: str) -> str | None:
    """Take the first name (the first word) or the last name (all other words) of a full name."""
    words = _text(value).split()
    return (" ".join(words[:1] if part == "first" else words[1:])) or None


@DEFAULT.transform("html_to_text")
def html_to_text(value: Any) -> str:
    """Take the readable text out of HTML; paragraphs, list items and line breaks become lines."""
    return html_text(_text(value))


@DEFAULT.transform("hash_sha256", Arg("salt", "text", ""))
def hash_sha256(value: Any, salt: str) -> str:
    """The SHA-256 of the text (or of the value's JSON) after `salt`, as 64 hexadecimal digits."""
    content = value if isinstance(value, str) else json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256((salt + content).encode("utf-8", "surrogatepass")).hexdigest()


@DEFAULT.transform("template", Arg("text", "text"), builder=True)
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
        found = False
        for literal, read in zip(literals, reads, strict=False):
            part = read(value)
            shown.append(literal)
            if part is not None and (as_text := number_text(part).strip()):
                shown.append(as_text)
                found = True
        shown.append(literals[-1])
        return _tidy("".join(shown)) if found else None

    return Bound(fill, frozenset(chain for path in paths for chain in path.reads))


def _tidy(text: str) -> str:
    text = _LINE_BREAKS.sub("\n", _BLANKS.sub(" ", text))
    return text.replace(" ,", ",").strip(" ,;\n")
