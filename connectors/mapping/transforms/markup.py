# Part of Integration Hub. License LGPL-3.0 or later.
"""Transforms between text and HTML."""

import html
import re
from typing import Any

from ..registry import DEFAULT, Example
from .helpers import bounded, text_of

_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)|<[!?]")
_LINE_TAG_NAMES = (
    "address article aside blockquote br dd div dl dt fieldset footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol "
    "p pre section table tbody td tfoot th thead tr ul"
)
_LINE_TAGS = frozenset(_LINE_TAG_NAMES.split())
_HIDDEN_TAGS = frozenset({"script", "style", "head", "title", "template"})
_BLANKS = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" ?\n\s*")


@DEFAULT.transform(
    "html_to_text",
    gives="text",
    inverse=lambda: ["text_to_html"],
    examples=[Example("<p>Linen &amp; cotton</p><ul><li>blue</li></ul>", "Linen & cotton\nblue")],
)
def html_to_text(value: Any) -> str:
    """Take the readable text out of HTML; paragraphs, list items and line breaks become lines."""
    return _readable(text_of(value))


@DEFAULT.transform(
    "text_to_html",
    gives="text",
    inverse=lambda: ["html_to_text"],
    examples=[Example("Linen & cotton\nblue", "Linen &amp; cotton<br>blue")],
)
def text_to_html(value: Any) -> str:
    """Write a text as HTML: what means something in HTML is escaped, lines end in <br>."""
    written = "<br>".join(html.escape(line) for line in text_of(value).split("\n"))
    bounded(len(written))
    return written


def _readable(markup: str) -> str:
    """One line per block; scripts, styles and comments go. Linear in the input."""
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
