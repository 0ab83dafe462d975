# Part of Integration Hub. License LGPL-3.0 or later.
"""Descriptions of vendors: found by folder, checked before they are used. docs/SANDBOX.md tells their format."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from ... import jsondoc, signatures
from ...errors import ConfigurationError, DocumentError
from . import formats
from .template import holes

CHANGES = ("created", "updated", "deleted")
FILE = "sandbox.json"
VENDORS = Path(__file__).parents[2] / "vendors"
_SCHEMA = Path(__file__).with_name("description.schema.json")


class DescriptionError(ConfigurationError):
    """A description is wrong; `pointer` says where (RFC 6901)."""

    code = "invalid-description"
    hint = "Correct the member named in the message; docs/SANDBOX.md has the format."

    def __init__(self, message: str, pointer: str, *, source: str = "") -> None:
        where = f"{source}: " if source else ""
        super().__init__(f"{where}at {pointer or 'the top'}: {message}", params={"pointer": pointer})
        self.pointer = pointer


@dataclass(frozen=True)
class Description:
    """A checked description; `seed` is its start data, wherever that is kept."""

    name: str
    document: Mapping[str, Any]
    seed: Mapping[str, Any] = field(default_factory=dict)


@functools.cache
def installed() -> tuple[Description, ...]:
    """The descriptions in the vendors' folders, by name. Raises DescriptionError."""
    return tuple(read(path) for path in sorted(VENDORS.glob(f"*/{FILE}")))


def read(path: Path) -> Description:
    """The description in a file. Raises DescriptionError."""
    document = _json(path)
    if isinstance(document, Mapping) and isinstance(document.get("seed"), str):
        beside = path.with_name(document["seed"])
        return parse(document, seed=_json(beside), source=path.parent.name)
    return parse(document, source=path.parent.name)


def parse(document: Any, *, seed: Any = None, source: str = "") -> Description:
    """A description from its JSON.

    :param seed: start data that stands in a file of its own.
    :raises DescriptionError: names the JSON pointer of the first mistake.
    """
    found = next(_mistakes(document, seed), None)
    if found is not None:
        raise DescriptionError(found[1], found[0], source=source)
    return Description(document["name"], document, document.get("seed", {}) if seed is None else seed)


@functools.cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(_SCHEMA.read_text(encoding="utf-8")))


def _json(path: Path) -> Any:
    try:
        return jsondoc.parse(path.read_bytes())
    except (OSError, DocumentError) as error:
        raise DescriptionError(f"{path.name} cannot be read: {error}", "") from error


def _mistakes(document: Any, seed: Any) -> Iterator[tuple[str, str]]:
    """(JSON pointer, what is wrong), the shape's mistakes before those of meaning."""
    errors = sorted(_validator().iter_errors(document), key=lambda error: [str(part) for part in error.absolute_path])
    for error in errors:
        yield "".join(f"/{_escaped(part)}" for part in error.absolute_path), error.message
    if errors:
        return
    yield from _unknown_types(document, document.get("seed") if seed is None else seed)
    yield from _unknown_holes(document)
    yield from _bad_parts(document)


def _unknown_types(document: Mapping[str, Any], seed: Any) -> Iterator[tuple[str, str]]:
    types = document.get("types", {})
    named = [(f"/routes/{_escaped(key)}/type", route.get("type")) for key, route in document["routes"].items()]
    if isinstance(seed, Mapping):
        named += [(f"/seed/objects/{name}", name) for name in seed.get("objects", {})]
    for index, event in enumerate(document.get("webhooks", {}).get("events", [])):
        if event["on"] not in CHANGES and "plugins" not in document:
            yield f"/webhooks/events/{index}/on", f"'{event['on']}' is not one of {', '.join(CHANGES)}"
        named += [(f"/webhooks/events/{index}/types", name) for name in event.get("types", [])]
    for pointer, name in named:
        if name is not None and name not in types:
            yield pointer, f"there is no type '{name}'; there are {', '.join(types) or 'none'}"
    for key, route in document["routes"].items():
        needs = route["do"] in ("list", "read", "create", "update", "replace", "upsert", "delete")
        if needs and "type" not in route and "{type}" not in key:
            yield f"/routes/{_escaped(key)}", f"'{route['do']}' needs a type: name it, or have {{type}} in the path"
        if route["do"] in ("read", "update", "replace", "delete") and "{id" not in key and "key" not in route:
            yield f"/routes/{_escaped(key)}", f"'{route['do']}' needs {{id}} in the path, or a key"
        if "scope" in route and "scopes" not in document.get("settings", {}):
            yield f"/routes/{_escaped(key)}/scope", "scopes that are granted are a setting: settings.scopes"


def _unknown_holes(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    settings = document.get("settings", {})
    for pointer, path, written in holes({name: part for name, part in document.items() if name != "routes"}):
        first, _, rest = path.partition(".")
        if first == "settings" and rest.partition(".")[0] not in settings:
            yield pointer, f"there is no setting '{rest}'"
        if written is not None and not formats.known(written) and "/schema/" not in pointer:
            yield pointer, f"there is no format '{written}'; there are {', '.join(formats.FORMATS)}"


def _bad_parts(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    patterns = [(f"/auth/{index}/routes", one.get("routes", "")) for index, one in enumerate(document.get("auth", []))]
    for name, limit in document.get("limits", {}).items():
        patterns += [(f"/limits/{name}/{member}", limit.get(member, "")) for member in ("routes", "untold")]
    for pointer, pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            yield pointer, f"it is no regular expression: {error}"
    for name, described in document.get("types", {}).items():
        try:
            Draft202012Validator.check_schema(described.get("schema", {}))
        except SchemaError as error:
            yield f"/types/{name}/schema" + "".join(f"/{part}" for part in error.absolute_path), error.message
    if "webhooks" in document:
        try:
            signatures.get(document["webhooks"]["scheme"], document["webhooks"].get("options"))
        except ConfigurationError as error:
            yield "/webhooks/scheme", error.message
    moments = document.get("moments", "iso8601_ms")
    if moments not in formats.MOMENTS:
        yield "/moments", f"there is no format '{moments}'; there are {', '.join(formats.MOMENTS)}"


def _escaped(part: Any) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")
