# Part of Integration Hub. License LGPL-3.0 or later.
"""The string that is signed, as a template: `v0:{timestamp}:{body}`."""

import string
from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter

from ..errors import ConfigurationError

PLACEHOLDERS = ("body", "timestamp", "id", "method", "url")
Fill = Callable[[bytes, str, str, str, str], bytes]


@dataclass(frozen=True)
class SignedString:
    """A compiled template: its placeholders, and what gives the bytes of body, timestamp, id, method and URL."""

    names: frozenset[str]
    fill: Fill


def compile_template(template: str) -> SignedString:
    """The template with placeholders {body} {timestamp} {id} {method} {url}; `{{` and `}}` are braces.

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


def _filler(order: list[int], literals: tuple[bytes, ...]) -> Fill:
    if len(order) == 1:
        return lambda body, _timestamp, _id, _method, _url: body
    pick = itemgetter(*order)

    def fill(body: bytes, timestamp: str, message_id: str, method: str, url: str) -> bytes:
        request = method.upper().encode(), url.encode("utf-8", "surrogatepass")
        return b"".join(pick((body, timestamp.encode(), message_id.encode(), *request, *literals)))

    rest = (b"", b"", *literals)

    def fill_without_request(body: bytes, timestamp: str, message_id: str, _method: str, _url: str) -> bytes:
        return b"".join(pick((body, timestamp.encode(), message_id.encode(), *rest)))

    of_request = {PLACEHOLDERS.index("method"), PLACEHOLDERS.index("url")}
    return fill if of_request & set(order) else fill_without_request


def _malformed(problem: str) -> ConfigurationError:
    known = " ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    return ConfigurationError(
        f"signed: the template {problem}",
        code="invalid-option",
        hint=f"It is text with {known}; {{body}} must be there; braces themselves are doubled.",
        params={"option": "signed"},
    )
