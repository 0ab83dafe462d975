# Part of Integration Hub. License LGPL-3.0 or later.
"""Answers that repeat our credentials: some APIs say that a key is wrong, and which."""

import base64
import binascii
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from ..messages import Request

_SHORTEST = 4  # what is shorter stands in any text


def without_credentials(body: bytes, plain: Request, signed: Request) -> bytes:
    """The body without what authentication added to the request, headers or query; a password also as plain text."""
    for word in set(_words(plain, signed)):
        if len(word) >= _SHORTEST:
            body = body.replace(word.encode("utf-8", "surrogatepass"), b"***")
    return body


def _words(plain: Request, signed: Request) -> Iterator[str]:
    for _name, value in set(signed.headers.pairs()) - set(plain.headers.pairs()):
        scheme, _space, word = value.rpartition(" ")
        yield word
        if scheme.lower() == "basic":
            yield from _user_and_password(word)
    for _name, value in set(_query(signed)) - set(_query(plain)):
        yield value


def _query(request: Request) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(request.url).query)


def _user_and_password(word: str) -> list[str]:
    """The password alone, or the user where that is a key without a password (RFC 7617)."""
    try:
        user, _colon, password = base64.b64decode(word).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return []
    return [password or user]
