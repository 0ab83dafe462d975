# Part of Integration Hub. License LGPL-3.0 or later.
"""Running a file of signature vectors against a scheme: the same cases for every implementation.

The format: `{"vendor": scheme's key, "cases": [{"id", "valid", "secret": text or texts, "headers", "method", "url",
"body" or "body_repeat": {"text", "count"}, "now": unix seconds or null, "note", "policy"}]}`. A case with `policy`
is right in its mathematics, but a hardened receiver refuses it all the same. `now` null: its age is not judged.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import jsondoc
from ..errors import ConfigurationError, DocumentError, SignatureRefused
from ..messages import Headers
from .model import Delivery
from .scheme import Scheme
from .schemes import get


@dataclass(frozen=True)
class Outcome:
    """How one case went: `expected` and `accepted`, the refusal's code, and the case's own note."""

    case: str
    expected: bool
    accepted: bool
    reason: str
    note: str

    @property
    def passed(self) -> bool:
        """Whether the scheme said what the case says is right."""
        return self.expected == self.accepted


@dataclass(frozen=True)
class Vectors:
    """A vectors file that was read: its scheme's key and its cases, at least one."""

    vendor: str
    cases: tuple[dict[str, Any], ...]


def load(path: Path) -> Vectors:
    """The vectors in a file; ConfigurationError when it is no such file or has no case."""
    try:
        document = jsondoc.parse(path.read_bytes())
    except OSError as error:
        raise _unusable(path, error.strerror or "cannot be read") from None
    except DocumentError as error:
        raise _unusable(path, error.message) from None
    if not isinstance(document, dict) or not isinstance(document.get("vendor"), str):
        raise _unusable(path, "it has no vendor")
    cases = document.get("cases")
    if not isinstance(cases, list) or not cases or not all(isinstance(case, dict) for case in cases):
        raise _unusable(path, "it has no cases")
    return Vectors(document["vendor"], tuple(cases))


def run(vectors: Vectors, scheme: Scheme | None = None) -> Iterator[Outcome]:
    """The outcome of each case, in order, for its vendor's scheme unless another is given."""
    scheme = scheme or get(vectors.vendor)
    for number, case in enumerate(vectors.cases, 1):
        yield _run_case(scheme, case, str(case.get("id", number)))


def _run_case(scheme: Scheme, case: dict[str, Any], name: str) -> Outcome:
    secret, valid, now = case.get("secret"), case.get("valid"), case.get("now")
    secrets = [secret] if isinstance(secret, str) else secret
    if not isinstance(secrets, list) or not all(isinstance(text, str) for text in secrets):
        raise _bad_case(name, "secret must be a text or a list of texts")
    if not isinstance(valid, bool):
        raise _bad_case(name, "valid must be true or false")
    if now is not None and (isinstance(now, bool) or not isinstance(now, (int, float))):
        raise _bad_case(name, "now must be a number or null")
    delivery = Delivery(
        _text(case, "method", name) or "POST", _text(case, "url", name), _headers(case, name), _body(case, name)
    )
    reason = ""
    try:
        moment = now if now is not None else scheme.timestamp(delivery) or 0.0
        scheme.verify(delivery, secrets, now=float(moment))
    except SignatureRefused as refusal:
        reason = refusal.code
    return Outcome(name, valid and not case.get("policy"), not reason, reason, str(case.get("note", "")))


def _text(case: dict[str, Any], key: str, name: str) -> str | None:
    value = case.get(key)
    if value is not None and not isinstance(value, str):
        raise _bad_case(name, f"{key} must be a text or null")
    return value


def _headers(case: dict[str, Any], name: str) -> Headers:
    headers = case.get("headers", {})
    pairs = list(headers.items()) if isinstance(headers, dict) else headers
    flat: list[tuple[str, str]] = []
    if not isinstance(pairs, list):
        raise _bad_case(name, "headers must be an object")
    for pair in pairs:
        if not isinstance(pair, (list, tuple)) or len(pair) != 2 or not isinstance(pair[0], str):
            raise _bad_case(name, "headers must be an object of texts")
        for value in pair[1] if isinstance(pair[1], list) else [pair[1]]:
            if not isinstance(value, str):
                raise _bad_case(name, "headers must be an object of texts")
            flat.append((pair[0], value))
    return Headers(flat)


def _body(case: dict[str, Any], name: str) -> bytes:
    repeat = case.get("body_repeat")
    if repeat is None:
        return (_text(case, "body", name) or "").encode()
    if (
        not isinstance(repeat, dict)
        or not isinstance(repeat.get("text"), str)
        or not isinstance(repeat.get("count"), int)
    ):
        raise _bad_case(name, "body_repeat must be {text, count}")
    text: str = repeat["text"]
    return text.encode() * int(repeat["count"])


def _unusable(path: Path, problem: str) -> ConfigurationError:
    return ConfigurationError(f"{path} is not a usable vectors file: {problem}", code="invalid-vectors")


def _bad_case(name: str, problem: str) -> ConfigurationError:
    return ConfigurationError(f"Case {name} is not usable: {problem}", code="invalid-vectors")
