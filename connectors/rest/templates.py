# Part of Integration Hub. License LGPL-3.0 or later.
"""Texts with places to fill in: `{id}`, `{since}`, `{settings.shop}`, `{payload.email}`: the writing half.

In a path, what is filled in is percent-encoded and stays one segment: an id from outside cannot lead elsewhere. In
parameters and bodies, a text that is nothing but one place keeps the type of what is filled in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from .. import dotted
from ..errors import ConfigurationError

Values = Mapping[str, Any]
"""`{"id": "12", "settings": {…}, "payload": {…}, "since": …}`: what there is to fill in."""

_PLACE = re.compile(r"\{([^{}]*)\}")
_HOST_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Absent(ConfigurationError):
    """There is no value for a place. What is asked for cannot be asked, by these values."""

    code = "missing-value"
    hint = "Fill in the setting, or let the mapping give the value."


def check(template: Any, allowed: Iterable[str]) -> None:
    """Refuse places other than the allowed ones, `settings` standing for all of its members; ConfigurationError."""
    known = tuple(allowed)
    for name in places(template):
        if name.partition(".")[0] not in known or (name in ("settings", "payload")):
            raise ConfigurationError(
                f"There is nothing to fill in for {{{name}}} here.",
                code="unknown-place",
                hint=f"What can be filled in: {', '.join(_shown(each) for each in known) or 'nothing'}.",
            )


def places(template: Any) -> list[str]:
    """The names of all places in a text, or in the texts of a JSON document."""
    if isinstance(template, str):
        return _PLACE.findall(template)
    if isinstance(template, Mapping):
        return [name for part in template.values() for name in places(part)]
    return [name for part in template for name in places(part)] if isinstance(template, list | tuple) else []


def fill_path(template: str, values: Values) -> str:
    """The path with its places filled in. Raises Absent, or ConfigurationError, code invalid-identifier."""

    def segment(match: re.Match[str]) -> str:
        found = _text(match[1], values)
        if found in (".", "..") or any(char < " " or char == "\x7f" for char in found):
            raise ConfigurationError(
                f"What is given for {{{match[1]}}} cannot be part of an address.", code="invalid-identifier"
            )
        try:
            return quote(found, safe="")
        except UnicodeEncodeError:
            raise ConfigurationError(
                f"What is given for {{{match[1]}}} is not text.", code="invalid-identifier"
            ) from None

    return _PLACE.sub(segment, template)


def fill_address(template: str, settings: Mapping[str, Any]) -> str:
    """The base address; what is filled in is a name in it, so that no setting chooses another host."""
    for place in places(template):
        name = place.removeprefix("settings.")
        if not _HOST_PART.fullmatch(str(settings.get(name, ""))):
            raise ConfigurationError(
                f"The setting {name!r} cannot be part of an address.",
                code="invalid-setting",
                hint="Enter the name alone, without https:// and without what follows it.",
            )
    filled: str = fill(template, {"settings": settings})
    return filled


def fill(template: Any, values: Values) -> Any:
    """A JSON document with the places of its texts filled in. Raises Absent."""
    if isinstance(template, Mapping):
        return {name: fill(part, values) for name, part in template.items()}
    if isinstance(template, list | tuple):
        return [fill(part, values) for part in template]
    if not isinstance(template, str):
        return template
    if whole := _PLACE.fullmatch(template):
        return _value(whole[1], values)
    return _PLACE.sub(lambda match: _text(match[1], values), template)


def _value(name: str, values: Values) -> Any:
    found = dotted.read(values, name)
    if found is None or found == "":
        raise Absent(f"There is no value for {{{name}}}.", params={"name": name})
    return found


def _text(name: str, values: Values) -> str:
    found = _value(name, values)
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        raise Absent(f"What there is for {{{name}}} is neither text nor number.", params={"name": name})
    return str(found)


def _shown(name: str) -> str:
    return f"{{{name}.…}}" if name in ("settings", "payload") else f"{{{name}}}"
