# Part of Integration Hub. License LGPL-3.0 or later.
"""The canonical entities: one JSON Schema (2020-12) each, the common ground of all vendors and of Odoo.

Common to all of them: a key that is absent says nothing (leave the field alone), null says "empty" (clear it). Ids are
the vendor's. Money is a decimal string, a rate a number (0.15 for 15 %), a moment ISO 8601 in UTC ending in Z.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource

from ..errors import ConfigurationError

_FOLDER = Path(__file__).parent
_FORMATS = FormatChecker(formats=())

ENTITIES: tuple[str, ...] = tuple(sorted(path.stem for path in _FOLDER.glob("*.json") if path.stem != "common"))


@cache
def _read(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


@cache
def _registry() -> Registry[Any]:
    resources = (Resource.from_contents(_read(path.stem)) for path in sorted(_FOLDER.glob("*.json")))
    return Registry().with_resources((resource.id() or "", resource) for resource in resources)


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(load(name), registry=_registry(), format_checker=_FORMATS)


def load(name: str) -> dict[str, Any]:
    """The JSON Schema of an entity. Raises ConfigurationError, code unknown-entity, for any name not in ENTITIES."""
    if name not in ENTITIES:
        raise ConfigurationError(
            f"There is no entity named {name!r}.",
            code="unknown-entity",
            hint=f"Choose one of: {', '.join(ENTITIES)}.",
        )
    return _read(name)


def problems(name: str, document: Any) -> list[str]:
    """What keeps a document from being that entity, one sentence per problem; empty when it is valid.

    The sentences name the place and the rule that was broken, never the value: it may be personal.
    """
    return [_sentence(error) for error in sorted(_errors(name, document), key=lambda error: error.json_path)]


def _errors(name: str, document: Any) -> Iterator[ValidationError]:
    for error in _validator(name).iter_errors(document):
        # `anyOf: [<something>, null]` fails as a whole: its deepest branch is what a person can act on.
        yield max(error.context, key=lambda inner: len(inner.absolute_path)) if error.context else error


def _sentence(error: ValidationError) -> str:
    rule = f"{error.validator}: {json.dumps(error.validator_value, ensure_ascii=False)}"
    if error.validator == "required":
        rule = error.message  # names the missing key, and no value
    if error.validator == "additionalProperties":
        rule = "a key that the entity does not have"
    return f"{error.json_path} ({type(error.instance).__name__}) breaks the rule {rule}"


def fields(name: str) -> dict[str, str]:
    """Every path of the entity and its type, in the schema's order: `{"lines[].taxes[].rate": "number", …}`."""
    return dict(_walk(load(name), "", _read("common")["$defs"]))


def _walk(schema: dict[str, Any], path: str, definitions: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if "anyOf" in schema:
        schema = schema["anyOf"][0]
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = definitions[name] if "#" in schema["$ref"] else _read(name.removesuffix(".json"))
    kinds = schema.get("type", "object")
    kind = kinds if isinstance(kinds, str) else kinds[0]
    if kind == "object":
        for key, value in schema["properties"].items():
            yield from _walk(value, f"{path}.{key}" if path else key, definitions)
    elif kind == "array":
        yield from _walk(schema["items"], f"{path}[]", definitions)
    else:
        yield path, schema.get("title", kind)
