# Part of Integration Hub. License LGPL-3.0 or later.
"""The string that is signed, as a template: ``v0:{timestamp}:{body}``."""

import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter

from ..errors import ConfigurationError

PLACEHOLDERS = ("method", "url", "body", "timestamp", "id")


@dataclass(frozen=True)
class SignedString:
    """A compiled template: its placeholders, and what gives the bytes of method, URL, body, timestamp and id."""

    names: frozenset[str]
    fill: Callable[[str, str, bytes, str, str], bytes]


def compile_template(template: str) -> SignedString:
    """The template with placeholders {method} {url} {body} {timestamp} {id}; ``{{`` and ``}}`` are braces.

    Raises ConfigurationError for anything else in braces, for no {body}, and for a placeholder that comes twice.
    """
    try:
        pieces = list(string.Formatter().parse(template))
    except ValueError as error:
        raise _malformed(f"has braces that do not pair ({error})") from None
    literals: list[bytes] = []
    order: list[int] = []  # where each piece stands among the values of PLACEHOLDERS, which the literals follow
    for text, name, form, conversion in pieces:
        if text:
            order.append(len(PLACEHOLDERS) + len(literals))
            literals.append(text.encode())
        if name is None:
            continue
        if name not in PLACEHOLDERS or form or conversion:
            raise _malformed(f"has {{{name}}}")
        order.append(PLACEHOLDERS.index(name))
    names = [PLACEHOLDERS[index] for index in order if index < len(PLACEHOLDERS)]
    if "body" not in names:
        raise _malformed("leaves out {body}: nothing would sign it")
    if len(set(names)) < len(names):
        raise _malformed("names one part twice")
    return SignedString(frozenset(names), _filler(order, tuple(literals)))


def _filler(order: Sequence[int], literals: tuple[bytes, ...]) -> Callable[[str, str, bytes, str, str], bytes]:
    if len(order) == 1:
        return lambda _method, _url, body, _timestamp, _id: body
    pick = itemgetter(*order)

    def fill(method: str, url: str, body: bytes, timestamp: str, message_id: str) -> bytes:
        address = url.encode("utf-8", "surrogatepass")
        values = (method.upper().encode(), address, body, timestamp.encode(), message_id.encode(), *literals)
        return b"".join(pick(values))

    return fill


def _malformed(problem: str) -> ConfigurationError:
    known = " ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    return ConfigurationError(
        f"signed: the template {problem}",
        code="invalid-option",
        hint=f"It is text with {known}; {{body}} must be there; braces themselves are doubled.",
        params={"option": "signed"},
    )
