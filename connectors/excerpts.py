# Part of Integration Hub. License LGPL-3.0 or later.
"""A few words of an answer, for a person to see why it was a refusal, without what it may hold of others."""

import re

EXCERPT_CHARS = 500
_MASKS = (
    (re.compile(r"[\x00-\x20\x7f\ufffd]+"), " "),
    (re.compile(r"[^\s\"'<>@,;:=]+@[^\s\"'<>@,;:=]+\.[^\s\"'<>@,;:=]+"), "***@***"),
    (re.compile(r"(?i)(bearer|basic)\s+[^\s\"',;]+"), r"\1 ***"),
    (
        re.compile(r"(?i)((?:token|secret|password|passwd|api_?-?key|signature)[\"']?\s*[:=]\s*[\"']?)[^\"'\s,&}]+"),
        r"\1***",
    ),
    (re.compile(r"[A-Za-z0-9_\-+/]{32,}={0,2}"), "***"),
)


def masked_excerpt(body: bytes, limit: int = EXCERPT_CHARS) -> str:
    """The start of a body, one line, without mail addresses, credentials and long opaque strings."""
    text = body[: limit * 4].decode("utf-8", "replace")
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    text = text.strip()
    return text if len(text) <= limit else text[: limit - 1] + "…"
