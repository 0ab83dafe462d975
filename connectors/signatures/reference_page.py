# Part of Integration Hub. License LGPL-3.0 or later.
"""The page about the schemes, made of what the schemes say of themselves: docs/SIGNATURE_SCHEMES.md."""

from collections.abc import Iterator
from typing import Any

from ..markdown import table
from .options import Option
from .scheme import Scheme
from .scheme_types import SchemeType
from .schemes import SCHEMES, get
from .signed_scheme import SignedScheme

_INTRODUCTION = """\
# Signature schemes

Made by `hub schemes --markdown`; a test compares. Facts that are read from a vendor's page stand at the scheme, in
`connectors/signatures/schemes/`.

A delivery is proved on its raw bytes. Headers count without regard to case, must be there once, and in ASCII. Several
secrets may be live while one is rotated; comparison takes constant time. What is missing, malformed, stale or from the
future is refused, and there is no scheme that accepts everything. A fixed scheme is complete as it is; `hub sign` and
`hub verify` take the options of the others as `--option NAME=VALUE`.
"""


def markdown() -> str:
    """The whole page."""
    return "\n".join((_INTRODUCTION, *_table(), "", *_options())) + "\n"


def _table() -> Iterator[str]:
    yield "## Of vendors"
    yield ""
    head = ("scheme", "headers", "signed", "how", "age", "id", "answer", "sends again")
    fixed = ((kind, get(kind.key)) for kind in SCHEMES.values() if not kind.needs_options)
    signed = ((kind, scheme) for kind, scheme in fixed if isinstance(scheme, SignedScheme))
    rows = ((f"[{kind.title}]({kind.docs_url}) `{kind.key}`", *_facts(scheme)) for kind, scheme in signed)
    yield table(head, rows)


def _facts(scheme: SignedScheme) -> Iterator[str]:
    yield ", ".join(scheme.proof_headers)
    yield f"`{scheme.signed}`"
    prefix = f"`{scheme.prefix}` + " if scheme.prefix else ""
    yield f"{scheme.algorithm.title}, {prefix}{scheme.encoding}"
    timed = scheme.timestamp_header or scheme.timestamp_prefix
    yield f"{scheme.past:g} s, {scheme.future:g} s ahead" if timed else "not told"
    yield _identity(scheme)
    body = "JSON" if scheme.answer.body is None else "empty" if not scheme.answer.body else "text"
    yield f"{scheme.answer.status} {body}"
    yield "yes" if scheme.redelivers else "no"


def _identity(scheme: Scheme) -> str:
    if isinstance(scheme, SignedScheme) and scheme.id_header:
        return scheme.id_header
    path = f"`{scheme.dedupe_path}` in the body" if scheme.dedupe_path else ""
    return ", ".join((*scheme.dedupe_headers, path)).removesuffix(", ") or "none"


def _options() -> Iterator[str]:
    for kind in SCHEMES.values():
        if kind.options:
            yield from _section(kind)


def _section(kind: SchemeType) -> Iterator[str]:
    yield f"## Options of `{kind.key}`: {kind.title}"
    yield ""
    rows = ((f"`{option.name}`", option.help, option.allowed, _usual(option)) for option in kind.options)
    yield table(("option", "what it says", "a value", "if empty"), rows)
    yield ""


def _usual(option: Option) -> str:
    if option.required:
        return "needed"
    default: Any = option.default
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, tuple):
        return ", ".join(default)
    return f"{default:g}" if isinstance(default, float) else f"`{default}`" if default else ""
