# Part of Integration Hub. License LGPL-3.0 or later.
"""Strict JSON: what this accepts, PostgreSQL's jsonb, every schema validator and every vendor read the same way.

Python's own parser takes NaN, the last of two equal keys, lone surrogates and NUL; each of them means something else
(or nothing) in the next system. A compiled decoder reads what is usual; whatever it refuses, and whatever looks as if
it might be wrong, is read once more by the exact reader, which decides and says why.
"""

import json
import re
from typing import Any

import msgspec

from .errors import DocumentError

MAX_DEPTH = 64


class EmptyBody(DocumentError):
    """There is nothing, or only white space."""

    code = "empty-body"


class InvalidUTF8(DocumentError):
    """The bytes are not UTF-8, or an escape is half of a surrogate pair and so not a character."""

    code = "invalid-utf8"


class InvalidJSON(DocumentError):
    """The text is not JSON (RFC 8259)."""

    code = "invalid-json"


class NonFiniteNumber(DocumentError):
    """NaN, Infinity, or a number too large for a double."""

    code = "non-finite-number"


class NumberTooLong(DocumentError):
    """An integer with more digits than Python converts (4300): costly, and surely an attack."""

    code = "number-too-long"


class DuplicateKey(DocumentError):
    """One object has a key twice: readers disagree on which counts."""

    code = "duplicate-key"


class NulCharacter(DocumentError):
    """A NUL, raw or as an escape: PostgreSQL stores none."""

    code = "nul-character"


class TooDeep(DocumentError):
    """More nested than allowed."""

    code = "too-deep"


def parse(raw: bytes, *, max_depth: int = MAX_DEPTH, unique_keys: bool = True) -> Any:
    """The document in `raw`, or a DocumentError whose `code` says what is wrong with it.

    `raw` is UTF-8 without a byte order mark; any JSON value may stand at the top. `max_depth` counts nested
    arrays and objects. `unique_keys=False` lets the last of two equal keys win. Messages give positions, not values.
    """
    try:
        document = _USUAL.decode(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _exact(raw, max_depth, unique_keys)
    escapes = b"\\" in raw
    texts, depth = _shape(document)
    doubtful = (
        depth > max_depth
        or (escapes and b"\\u0000" in raw)
        or (unique_keys and (_ESCAPE.sub(b"", raw) if escapes else raw).count(b'"') != 2 * texts)
    )
    return _exact(raw, max_depth, unique_keys) if doubtful else document


_USUAL = msgspec.json.Decoder()
_ESCAPE = re.compile(rb"\\.", re.DOTALL)


def _shape(document: Any) -> tuple[int, int]:
    """How many texts it has, keys among them, and how deep arrays and objects nest.

    Of a key that is there twice one is left: the document then has fewer texts than the bytes have pairs of quotes.
    """
    level: list[Any] = [[document]]
    texts, depth = 0, -1
    while level:
        depth += 1
        below: list[Any] = []
        for each in level:
            if each.__class__ is dict:
                texts += len(each)
                each = each.values()
            for value in each:
                kind: type = value.__class__
                if kind is str:
                    texts += 1
                elif kind is dict or kind is list:
                    below.append(value)
        level = below
    return texts, depth


def _exact(raw: bytes, max_depth: int, unique_keys: bool) -> Any:
    if not raw or raw.isspace():
        raise EmptyBody("The document is empty")
    escapes = b"\\" in raw
    if b"\x00" in raw or (escapes and b"\\u0000" in raw and _NUL_ESCAPE.search(raw)):
        raise NulCharacter("The document holds a NUL character")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidUTF8(f"The document is not UTF-8 at byte {error.start}", params={"byte": error.start}) from None
    if raw.count(b"[") + raw.count(b"{") > max_depth and _deeper_than(raw, max_depth):
        raise TooDeep(f"The document is nested deeper than {max_depth} levels", params={"max_depth": max_depth})
    try:
        document = (_STRICT if unique_keys else _LAST_KEY_WINS).decode(text)
    except json.JSONDecodeError as error:
        where = {"line": error.lineno, "column": error.colno}
        raise InvalidJSON(
            f"The document is not JSON at line {error.lineno}, column {error.colno}", params=where
        ) from None
    except RecursionError:
        raise TooDeep(
            f"The document is nested deeper than {max_depth} levels", params={"max_depth": max_depth}
        ) from None
    except ValueError:
        raise NumberTooLong("The document holds an integer of more than 4300 digits") from None
    if escapes and (b"\\ud" in raw or b"\\uD" in raw) and _has_lone_surrogate(raw):
        raise InvalidUTF8("The document holds half of a surrogate pair, which is not a character")
    return document


_BACKSLASHES = rb"(?<!\\)(?:\\\\)*"
_NUL_ESCAPE = re.compile(_BACKSLASHES + rb"\\u0000")
_SURROGATE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
_TO_BRACKETS = bytes.maketrans(b"{}", b"[]")
_NOT_STRUCTURE = bytes(code for code in range(256) if code not in b'[]{}"')


def _deeper_than(raw: bytes, max_depth: int) -> bool:
    """Whether brackets outside strings nest deeper; each pass takes away the innermost level."""
    bare = _ESCAPE.sub(b"", raw) if b"\\" in raw else raw
    levels = b"".join(bare.translate(_TO_BRACKETS, _NOT_STRUCTURE).split(b'"')[::2])
    for _level in range(max_depth):
        inner = levels.replace(b"[]", b"")
        if len(inner) == len(levels):
            return False  # nothing left, or unbalanced: the decoder will say so
        levels = inner
    return b"[]" in levels


def _has_lone_surrogate(raw: bytes) -> bool:
    return any(match.group(1) for match in _SURROGATE.finditer(raw))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        seen: set[str] = set()
        double = next(key for key, _value in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise DuplicateKey("The document has a key twice in one object", params={"key": double[:80]})
    return document


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise NonFiniteNumber("The document holds a number too large for a double")
    return value


def _no_constant(name: str) -> Any:
    raise NonFiniteNumber(f"The document holds {name}, which is not JSON", params={"constant": name})


_STRICT = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_finite, parse_constant=_no_constant)
_LAST_KEY_WINS = json.JSONDecoder(parse_float=_finite, parse_constant=_no_constant)
