# Part of Integration Hub. License LGPL-3.0 or later.
"""What texts have in common: a format, a pattern, or that they are few words out of a vendor's vocabulary."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from ..formats import FORMATS

MOST_WORDS = 12
ENOUGH = 30
"""A list of words needs so many texts, and on average a tenth of them for each word …"""
TIMES = 3
"""… and each word so many times."""

DECIMAL = r"^-?[0-9]+\.[0-9]+$"
ENOUGH_DECIMALS = 3
"""Decimals are money in most payloads; one alone may be a version number."""

_DECIMAL = re.compile(DECIMAL.replace("$", r"\Z"))
_LOWER, _UPPER = r"[a-z][a-z0-9]*(?:[_.-][a-z0-9]+)*", r"(?=.{4})[A-Z][A-Z0-9]*(?:[_.-][A-Z0-9]+)*"
_WORD = re.compile(rf"(?=.{{2,40}}\Z)(?:{_LOWER}|{_UPPER})\Z")  # EUR and DE are codes: no samples have them all
_RECOGNISED = ("date-time", "date", "uuid", "email", "uri")
_PERSONAL = re.compile(
    r"address|alias|birth|city|company|contact|customer|email|first|gender|handle|last|login|mail|middle|name|nick|note"
    r"|owner|password|person|phone|postal|province|region|secret|sex|street|surname|tag|title|token|town|user|zip",
    re.IGNORECASE,
)
_OPEN_ENDED = re.compile(r"country|currency|lang|locale|sku|unit|version|zone", re.IGNORECASE)


class Texts:
    """The texts at one place: their formats while all have one, their words while these are few."""

    def __init__(self) -> None:
        self.count = 0
        self.formats = frozenset({*_RECOGNISED, "decimal"})
        self.words: Counter[str] | None = Counter()

    def add(self, text: str) -> None:
        """Take one more text into account."""
        self.count += 1
        self.formats = frozenset(name for name in self.formats if _has(name, text))
        if self.words is not None:
            if text in self.words or (len(self.words) < MOST_WORDS and _WORD.match(text)):
                self.words[text] += 1
            else:
                self.words = None  # too many, or no word

    def merge(self, other: Texts) -> None:
        """Take the texts of another place into account."""
        self.count += other.count
        self.formats &= other.formats
        both = None if self.words is None or other.words is None else self.words + other.words
        self.words = both if both is not None and len(both) <= MOST_WORDS else None

    def format(self) -> str:
        """The format that all have, `decimal`, or "" when there is none or nothing was seen."""
        if self.count < (ENOUGH_DECIMALS if self.formats == {"decimal"} else 1):
            return ""
        return next((name for name in (*_RECOGNISED, "decimal") if name in self.formats), "")

    def vocabulary(self, name: str) -> list[str]:
        """The words, when the texts under a field of this name are a choice among few; else none."""
        words: Mapping[str, int] = self.words or {}
        few = words and self.count >= max(ENOUGH, 10 * len(words)) and min(words.values()) >= TIMES
        named = name and not _PERSONAL.search(name) and not _OPEN_ENDED.search(name)
        return sorted(words) if few and named else []


def _has(name: str, text: str) -> bool:
    if name == "decimal":
        return _DECIMAL.match(text) is not None
    if name == "uri" and "://" not in text:
        return False  # `status:paid` is one too, by the letter
    return bool(FORMATS[name][0](text))
