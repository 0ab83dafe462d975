# Part of Integration Hub. License LGPL-3.0 or later.
"""Transforms of postal and internet addresses."""

import re
from typing import Any

from ..errors import TransformError
from ..registry import DEFAULT, ITSELF, Arg, Example, refuse_type
from .helpers import text_of

# A house number with its letter and box: "12", "12b", "12-14", "12/3", "12 bus 4". Each part has a limit.
_NUMBER = r"[0-9]{1,6}(?:\s?[A-Za-z](?![A-Za-z]))?(?:\s?[-/]\s?[0-9A-Za-z]{1,6})?"
_BOX = r"(?:,?\s(?:bus|bte|boîte|box|apt\.?|app\.?|unit|suite|ste\.?|#)\s?[0-9A-Za-z]{1,6})?"
_AT_END = re.compile(rf"(?P<street>.*?\S),?\s(?P<number>{_NUMBER}{_BOX})", re.IGNORECASE | re.DOTALL)
_AT_BEGIN = re.compile(rf"(?P<number>{_NUMBER}),?\s(?P<street>\S.*)", re.DOTALL)
_HOST = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_]")


@DEFAULT.transform(
    "split_street",
    Arg("part", "text", choices=("street", "number")),
    gives="text",
    loses="it takes a part of the address only",
    examples=[
        Example("Rue des Tanneurs 60 bte 4", "Rue des Tanneurs", "street"),
        Example("Rue des Tanneurs 60 bte 4", "60 bte 4", "number"),
        Example("12b High Street", "12b", "number"),
        Example("Chaussée de la Gare", None, "number"),
    ],
)
def split_street(value: Any, part: str) -> str | None:
    """Take the street or the house number (with its box) of an address line, in either order. A line without
    a number is all street."""
    line = " ".join(text_of(value)[:500].split())
    found = _AT_END.fullmatch(line) or _AT_BEGIN.fullmatch(line)
    if found:
        return found[part].rstrip(",")
    return line or None if part == "street" else None


@DEFAULT.transform(
    "domain",
    gives="text",
    filled=True,
    inverse=ITSELF,
    examples=[
        Example("https://www.Example.com/shop?x=1", "example.com"),
        Example("ada@mail.example.com", "mail.example.com"),
    ],
)
def domain(value: Any) -> str | None:
    """The domain of a web or mail address, in lower case and without “www.”. An empty text counts as missing."""
    if not isinstance(value, str):
        raise refuse_type("a web or mail address")
    text = value.strip().lower()
    if not text:
        return None
    host = re.split(r"[/?#]", text.partition("://")[2] or text, maxsplit=1)[0].rpartition("@")[2]
    host = re.sub(r":[0-9]{0,5}$", "", host).rstrip(".").removeprefix("www.")
    if len(host) > 253 or not _HOST.fullmatch(host):
        raise TransformError("domain", "The value is not a web or mail address", "Correct it in the source.")
    return host
