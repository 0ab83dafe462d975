# Part of Integration Hub. License LGPL-3.0 or later.
"""Paginators from settings: what a person configures for an API that has no connector of its own."""

import types
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from ..errors import ConfigurationError
from .cursor import Cursor
from .graphql import GraphQLConnection
from .keyset import Keyset
from .links import LinkHeader, NextUrl
from .model import Paginator
from .numbered import Offset, PageNumber
from .single import SinglePage

KINDS: dict[str, type[Paginator]] = {
    "none": SinglePage,
    "page": PageNumber,
    "offset": Offset,
    "cursor": Cursor,
    "link": LinkHeader,
    "next-url": NextUrl,
    "keyset": Keyset,
    "graphql": GraphQLConnection,
}


def build(spec: Mapping[str, Any]) -> Paginator:
    """The paginator of `{"kind": "cursor", "items": "results", "cursor": "paging.next.after", …}`.

    The other keys are the fields of the kind's class. Raises ConfigurationError for an unknown kind, key or type.
    """
    options = dict(spec)
    kind = options.pop("kind", None)
    if not isinstance(kind, str) or kind not in KINDS:
        raise _invalid(f"There is no way of paging named {kind!r}", f"Choose one of: {', '.join(KINDS)}.")
    paginator = KINDS[kind]
    hints = get_type_hints(paginator)
    known = {field.name: hints[field.name] for field in fields(paginator)}
    for name, value in options.items():
        if name not in known:
            raise _invalid(f"{kind} paging has no setting {name!r}", f"It has: {', '.join(known)}.")
        if isinstance(value, list):
            options[name] = value = tuple(value)
        if not _fits(value, known[name]):
            raise _invalid(f"The setting {name!r} of {kind} paging cannot be {value!r}", "Correct the setting.")
    return paginator(**options)


def _fits(value: Any, hint: Any) -> bool:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return any(_fits(value, part) for part in get_args(hint))
    if origin is Literal:
        return value in get_args(hint)
    if origin is tuple:
        return isinstance(value, tuple) and all(isinstance(part, str) for part in value)
    if isinstance(value, bool) or hint is bool:
        return isinstance(value, bool) and hint is bool
    if hint is float:
        return isinstance(value, int | float) and value >= 0
    return isinstance(value, hint) and not (hint is int and value < 0)


def _invalid(message: str, hint: str) -> ConfigurationError:
    return ConfigurationError(message, code="invalid-paginator", hint=hint)
