# Part of Integration Hub. License LGPL-3.0 or later.
"""What is wrong with a description: first its shape (description.schema.json), then what it means."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from ... import signatures
from ...errors import ConfigurationError
from ...pointers import pointer_of
from . import formats
from .template import holes

CHANGES = ("created", "updated", "deleted")
_SCHEMA = Path(__file__).with_name("description.schema.json")
_EVERYWHERE = ("settings", "now", "time", "uuid", "new_id")
_ANSWER = ("item", "items", "count", "type", "plural", "path", "query")
_LIST = (*_ANSWER, "next", "total", "more", "page", "pages", "offset", "size")
_ERROR = ("status", "detail", "message", "retry_after", "scope", "id", "type", "member", "problems", "name", "error")
_EVENT = ("id", "item", "type", "plural", "topic", "actor", "member")
_FILLED = {
    "answer": _ANSWER,
    "errors": (*_ERROR, "limit_name"),
    "limits": ("limit", "remaining", "used", "reset", "reset_at"),
    "list": _LIST,
    "routes": _LIST,
    "types": (*_LIST, "id", "number", "sequence", "given"),
    "webhooks": (*_EVENT, "event_id", "delivery_id", "occurred_at", "attempt", "payload", "payloads", "count"),
}


@functools.cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(_SCHEMA.read_text(encoding="utf-8")))


def mistakes(document: Any, seed: Any) -> Iterator[tuple[str, str]]:
    """(JSON pointer, what is wrong), the shape's mistakes before those of meaning."""
    errors = sorted(_validator().iter_errors(document), key=lambda error: [str(part) for part in error.absolute_path])
    for error in errors:
        yield pointer_of(error.absolute_path), error.message
    if errors:
        return
    yield from _unknown_types(document, document.get("seed") if seed is None else seed)
    yield from _unknown_holes(document)
    yield from _bad_parts(document)


def _unknown_types(document: Mapping[str, Any], seed: Any) -> Iterator[tuple[str, str]]:
    types = document.get("types", {})
    named = [(pointer_of(("routes", key, "type")), route.get("type")) for key, route in document["routes"].items()]
    if isinstance(seed, Mapping):
        named += [(pointer_of(("seed", "objects", name)), name) for name in seed.get("objects", {})]
    for index, event in enumerate(document.get("webhooks", {}).get("events", [])):
        if event["on"] not in CHANGES and "plugins" not in document:
            yield f"/webhooks/events/{index}/on", f"'{event['on']}' is not one of {', '.join(CHANGES)}"
        named += [(f"/webhooks/events/{index}/types", name) for name in event.get("types", [])]
    if "plugins" not in document:
        named.append(("/webhooks/registered/type", document.get("webhooks", {}).get("registered", {}).get("type")))
    for pointer, name in named:
        if name is not None and name not in types:
            yield pointer, f"there is no type '{name}'; there are {', '.join(types) or 'none'}"
    for key, route in document["routes"].items():
        needs = route["do"] in ("list", "read", "create", "update", "replace", "upsert", "delete")
        if needs and "type" not in route and "{type}" not in key:
            yield pointer_of(("routes", key)), f"'{route['do']}' needs a type: name it, or have {{type}} in the path"
        if route["do"] in ("read", "update", "replace", "delete") and "{id" not in key and "key" not in route:
            yield pointer_of(("routes", key)), f"'{route['do']}' needs {{id}} in the path, or a key"
        if "scope" in route and "scopes" not in document.get("settings", {}):
            yield pointer_of(("routes", key, "scope")), "scopes that are granted are a setting: settings.scopes"


def _unknown_holes(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    settings = document.get("settings", {})
    facts = {
        name
        for part in ("errors", "limits")
        for one in document.get(part, {}).values()
        for name in one.get("values", {})
    }
    for part, described in document.items():
        filled = {*_EVERYWHERE, *_FILLED.get(part, ()), *(facts if part == "errors" else ())}
        for pointer, path, written in _holes(part, described):
            first, _, rest = path.partition(".")
            if first not in filled and "plugins" not in document:
                yield pointer, f"nothing fills '{{{path}}}'; there are {', '.join(sorted(filled))}"
            if first == "settings" and rest.partition(".")[0] not in settings:
                yield pointer, f"there is no setting '{rest}'"
            if written is not None and not formats.known(written):
                yield pointer, f"there is no format '{written}'; there are {', '.join(formats.FORMATS)}"


def _holes(part: str, described: Any) -> Iterator[tuple[str, str, str | None]]:
    """The holes of a part; the patterns in a route's path and in a schema are none."""
    if part == "routes":
        for key, route in described.items():
            yield from holes(route, pointer_of(("routes", key)))
    elif part == "types":
        for name, one in described.items():
            yield from holes(
                {member: value for member, value in one.items() if member != "schema"}, pointer_of(("types", name))
            )
    else:
        yield from holes(described, f"/{part}")


def _bad_parts(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    patterns = [(f"/auth/{index}/routes", one.get("routes", "")) for index, one in enumerate(document.get("auth", []))]
    for name, limit in document.get("limits", {}).items():
        patterns += [(pointer_of(("limits", name, member)), limit.get(member, "")) for member in ("routes", "untold")]
    for pointer, pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            yield pointer, f"it is no regular expression: {error}"
    for name, described in document.get("types", {}).items():
        try:
            Draft202012Validator.check_schema(described.get("schema", {}))
        except SchemaError as error:
            yield pointer_of(("types", name, "schema", *error.absolute_path)), error.message
    if "webhooks" in document:
        try:
            signatures.get(document["webhooks"]["scheme"], document["webhooks"].get("options"))
        except ConfigurationError as error:
            yield "/webhooks/scheme", error.message
    moments = document.get("moments", "iso8601_ms")
    if moments not in formats.MOMENTS:
        yield "/moments", f"there is no format '{moments}'; there are {', '.join(formats.MOMENTS)}"
