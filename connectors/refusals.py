# Part of Integration Hub. License LGPL-3.0 or later.
"""Refusals: what an answer with an error status says is wrong, by which rule and about which field.

Every API has a form of its own, and most are made of the same few members. Read are problem details (RFC 9457 with its
`errors`), the objects `error` and `errors` in their usual forms (a text, an object, a list, a map from field to
texts), lists inside of other lists, and JSON that stands in the text of a message. What is not JSON says nothing.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .excerpts import masked_excerpt

WORDS = 300  # characters
_DEPTH = 6
_READ = 65_536  # bytes
_SHORTEST = 2  # characters of a value that is looked for in the words
_SAID = ("detail", "message", "error_description", "description", "errorMessage", "msg", "title", "reason")
_RULE = ("code", "error", "errorCode", "error_code", "type", "subCategory", "category", "rule", "keyword")
_FIELD = ("field", "fields", "property", "propertyName", "name", "param", "parameter", "pointer", "path", "attribute")
_MORE = (
    "errors",
    "error",
    "validationErrors",
    "ValidationErrors",
    "Elements",
    "invalid-params",
    "details",
    "userErrors",
)
_IDENTIFIER = re.compile(r"[A-Za-z_][\w.:/-]{1,80}")
_EMBEDDED = re.compile(r"[\[{]")


@dataclass(frozen=True)
class Refusal:
    """What is wrong: `words` of the other system, masked, at most 300 characters; `field` and `rule` by its names.

    `template` is the words without what they repeat of the request: the same for all that the rule refuses.
    """

    words: str
    field: str = ""
    rule: str = ""
    template: str = ""


def read(body: bytes, sent: bytes = b"") -> Refusal | None:
    """The most exact thing that an error's body says; None where it says nothing that can be read.

    `sent` is the request's body.
    """
    try:
        document = json.loads(body[:_READ])
    except (ValueError, RecursionError):
        return None
    best = max(_found(document, "", 0), key=_exactness, default=None)
    if best is None or not best.words:
        return None
    words = _short(best.words)
    return Refusal(words, best.field, best.rule, _short(_without(best.words, sent))) if words else None


def _short(words: str) -> str:
    return masked_excerpt(words.encode("utf-8", "replace"), WORDS).strip(" .")


def _without(words: str, sent: bytes) -> str:
    """The words without values of a JSON document that was sent, the longest first."""
    try:
        document = json.loads(sent[:_READ])
    except (ValueError, RecursionError):
        return words
    repeated = {value for value in _values(document, 0) if value in words}
    for value in sorted(repeated, key=len, reverse=True):
        words = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", "#", words)
    return words


def _values(part: Any, depth: int) -> Iterator[str]:
    if isinstance(part, dict | list) and depth < _DEPTH:
        for inner in part.values() if isinstance(part, dict) else part:
            yield from _values(inner, depth + 1)
    elif isinstance(part, str | int | float) and not isinstance(part, bool) and len(str(part).strip()) >= _SHORTEST:
        yield str(part).strip()


def _exactness(refusal: Refusal) -> tuple[bool, bool, bool]:
    """What names a field says more than what names a rule, and both more than a sentence; of equals the first."""
    return bool(refusal.words), bool(refusal.field), bool(refusal.rule)


def _found(part: Any, field: str, depth: int) -> Iterator[Refusal]:
    if depth > _DEPTH:
        return
    if isinstance(part, str):
        yield from _text(part, field, depth)
    elif isinstance(part, list):
        for each in part[:20]:
            yield from _found(each, field, depth + 1)
    elif isinstance(part, dict):
        yield from _object(part, field, depth)


def _object(part: dict[str, Any], field: str, depth: int) -> Iterator[Refusal]:
    words = next((part[name] for name in _SAID if isinstance(part.get(name), str) and part[name].strip()), "")
    source = part.get("source")  # of JSON:API
    own = _name(part, _FIELD) or (_name(source, _FIELD) if isinstance(source, dict) else "") or field
    rule = _name(part, _RULE)
    if words:
        yield from (Refusal(each.words, each.field or own, each.rule or rule) for each in _text(words, own, depth))
    for name in _MORE:
        inner = part.get(name)
        if isinstance(inner, dict) and not words and not any(known in inner for known in (*_SAID, *_MORE)):
            for key, said in inner.items():  # from field to texts
                yield from _found(said, key if isinstance(key, str) else field, depth + 1)
        elif isinstance(inner, list | dict) or (isinstance(inner, str) and not words and " " in inner):
            yield from _found(inner, own, depth + 1)


def _text(words: str, field: str, depth: int) -> Iterator[Refusal]:
    """What a text says, and the JSON in it, which is more exact."""
    start = _EMBEDDED.search(words)
    if start:
        try:
            inner = json.JSONDecoder().raw_decode(words[start.start() :])[0]
        except (ValueError, RecursionError):
            inner = None
        if isinstance(inner, list | dict):
            yield from _found(inner, field, depth + 1)
            words = words[: start.start()].rstrip(" :") or words
    yield Refusal(words, field)


def _name(part: dict[str, Any], members: tuple[str, ...]) -> str:
    for member in members:
        value = part.get(member)
        if isinstance(value, list) and value and all(isinstance(each, str | int) for each in value):
            value = ".".join(str(each) for each in value)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value) if member in _RULE else ""
        if isinstance(value, str) and (_IDENTIFIER.fullmatch(value.lstrip("/#")) or value.isdigit()):
            return value.lstrip("/#")
    return ""
