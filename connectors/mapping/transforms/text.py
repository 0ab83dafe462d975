# Part of Integration Hub. License LGPL-3.0 or later.
"""Transforms of texts."""

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from ..registry import DEFAULT, ITSELF, Arg, ArgumentError, Example, NotInvertible, refuse_type
from .helpers import bounded, number_text, text_of


@DEFAULT.transform("strip", gives="text", inverse=ITSELF, examples=[Example("  Ada ", "Ada")])
def strip(value: Any) -> str:
    """Remove blanks at both ends."""
    if isinstance(value, str):  # as text_of does it: of all transforms this one is used most
        return value.strip()
    raise refuse_type("a text")


@DEFAULT.transform("lower", gives="text", inverse=ITSELF, examples=[Example("EUR", "eur")])
def lower(value: Any) -> str:
    """Change to lower case."""
    return text_of(value).lower()


@DEFAULT.transform("upper", gives="text", inverse=ITSELF, examples=[Example("eur", "EUR")])
def upper(value: Any) -> str:
    """Change to upper case."""
    return text_of(value).upper()


@DEFAULT.transform("title", gives="text", inverse=ITSELF, examples=[Example("ada LOVELACE", "Ada Lovelace")])
def title(value: Any) -> str:
    """Begin every word with a capital: "ada lovelace" becomes "Ada Lovelace"."""
    return " ".join(_capital(word[:1]) + word[1:].lower() for word in text_of(value).split(" "))


def _capital(letter: str) -> str:
    """The letter's capital; a letter that would become two ("ß") stays."""
    capital = letter.upper()
    return capital if len(capital) == 1 else letter


@DEFAULT.transform(
    "truncate",
    Arg("length", "integer", low=1, high=1_000_000),
    gives="text",
    inverse=ITSELF,
    examples=[Example("Linen tote bag", "Linen", 6)],
)
def truncate(value: Any, length: int) -> str:
    """Keep at most `length` characters; no blanks are left at the end of what was cut."""
    text = text_of(value)
    return text if len(text) <= length else text[:length].rstrip()


def _replace_back(old: str, new: str) -> list[Any]:
    if old == new:
        return []
    if len(old) != 1 or len(new) != 1:
        raise NotInvertible(f"where “{old}” stood cannot be told any more")
    return [{"replace": {"old": new, "new": old}}]


@DEFAULT.transform(
    "replace",
    Arg("old", "text"),
    Arg("new", "text", ""),
    gives="text",
    inverse=_replace_back,
    examples=[Example("fr-BE", "fr_BE", {"old": "-", "new": "_"}), Example("12 345", "12345", " ")],
)
def replace(value: Any, old: str, new: str) -> str:
    """Replace every `old` by `new`, which is nothing unless given."""
    text = text_of(value)
    if not old:
        return text
    bounded(len(text) + text.count(old) * len(new))
    return text.replace(old, new)


@DEFAULT.transform(
    "prefix",
    Arg("text", "text"),
    gives="text",
    inverse=lambda text: [{"remove_prefix": text}],
    examples=[Example(1042, "SO-1042", "SO-"), Example("SO-1042", "SO-1042", "SO-")],
)
def prefix(value: Any, text: str) -> str:
    """Put `text` before the value, a text or a number, unless it begins with it."""
    shown = number_text(value)
    return shown if shown.startswith(text) else text + shown


@DEFAULT.transform(
    "suffix",
    Arg("text", "text"),
    gives="text",
    inverse=lambda text: [{"remove_suffix": text}],
    examples=[Example("1042", "1042-EU", "-EU")],
)
def suffix(value: Any, text: str) -> str:
    """Put `text` after the value, a text or a number, unless it ends with it."""
    shown = number_text(value)
    return shown if shown.endswith(text) else shown + text


@DEFAULT.transform(
    "remove_prefix",
    Arg("text", "text"),
    gives="text",
    inverse=lambda text: [{"prefix": text}],
    examples=[Example("US-CA", "CA", "US-"), Example("CA", "CA", "US-")],
)
def remove_prefix(value: Any, text: str) -> str:
    """Remove `text` from the beginning, where it stands there."""
    return text_of(value).removeprefix(text)


@DEFAULT.transform(
    "remove_suffix",
    Arg("text", "text"),
    gives="text",
    inverse=lambda text: [{"suffix": text}],
    examples=[Example("1042-EU", "1042", "-EU")],
)
def remove_suffix(value: Any, text: str) -> str:
    """Remove `text` from the end, where it stands there."""
    return text_of(value).removesuffix(text)


@DEFAULT.transform(
    "pad",
    Arg("width", "integer", low=1, high=1000),
    Arg("fill", "text", "0"),
    builder=True,
    gives="text",
    inverse=ITSELF,
    examples=[Example(42, "00042", 5), Example("1000", "01000", 5)],
)
def pad(width: int, fill: str) -> Callable[[Any], str]:
    """Make a text or number `width` characters wide by putting the character `fill` before it."""
    if len(fill) != 1:
        raise ArgumentError("“fill” must be one character")
    return lambda value: number_text(value).rjust(width, fill)


_KEPT = {"digits": r"[^0-9]", "letters": r"[^A-Za-z]", "alphanumeric": r"[^0-9A-Za-z]"}


@DEFAULT.transform(
    "keep",
    Arg("what", "text", choices=tuple(_KEPT)),
    gives="text",
    inverse=ITSELF,
    examples=[Example("BE 0123.456.749", "BE0123456749", "alphanumeric"), Example("n° 12 b", "12", "digits")],
)
def keep(value: Any, what: str) -> str:
    """Keep only digits, letters (A to Z), or both (alphanumeric), as for a tax number."""
    return re.sub(_KEPT[what], "", number_text(value))


_WAS = {"": "to_string", "integer": "int", "number": "to_float", "boolean": "bool"}


@DEFAULT.transform(
    "to_string",
    Arg("was", "text", "", choices=tuple(_WAS)),
    gives="text",
    inverse=lambda was: [_WAS[was]],
    examples=[Example(1042, "1042"), Example(True, "true"), Example({"a": [1]}, '{"a": [1]}')],
)
def to_string(value: Any, was: str) -> str:
    """Change to text: numbers as written, true and false as such, lists and objects as JSON. `was`: the JSON type that
    the way back makes of it."""
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return number_text(value)


def _split_back(separator: str) -> list[Any]:
    separator = separator or " "
    if any(separator[:size] == separator[-size:] for size in range(1, len(separator))):
        raise NotInvertible(f"“{separator}” may begin inside of a part")
    return [{"join": {"separator": separator, "empty": ""}}]


@DEFAULT.transform(
    "split",
    Arg("separator", "text", ","),
    gives="list",
    inverse=_split_back,
    examples=[Example("gift, first order,", ["gift", "first order"]), Example("", [])],
)
def split(value: Any, separator: str) -> list[str]:
    """Make a list of the parts between separators; blanks around them and empty parts go."""
    parts = text_of(value).split(separator) if separator else text_of(value).split()
    return [part.strip() for part in parts if part.strip()]


@DEFAULT.transform(
    "split_name",
    Arg("part", "text", choices=("first", "last")),
    gives="text",
    loses="it takes a part of the name only",
    examples=[Example("Ada King Lovelace", "Ada", "first"), Example("Ada King Lovelace", "King Lovelace", "last")],
)
def split_name(value: Any, part: str) -> str | None:
    """Take the first name (the first word) or the last name (all other words) of a full name."""
    words = text_of(value).split()
    return (" ".join(words[:1] if part == "first" else words[1:])) or None


@DEFAULT.transform(
    "hash_sha256",
    Arg("salt", "text", ""),
    gives="text",
    loses="a hash cannot be undone, and shall not",
    examples=[Example("ada@example.com", "b5fc85e55755f9e0d030a10ab4429b6b2944855f9a0d60077fe832becbc41d72")],
)
def hash_sha256(value: Any, salt: str) -> str:
    """The SHA-256 of the text (or of the value's JSON) after `salt`, as 64 hexadecimal digits."""
    content = value if isinstance(value, str) else json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256((salt + content).encode("utf-8", "surrogatepass")).hexdigest()
