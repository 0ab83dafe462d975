# Part of Integration Hub. License LGPL-3.0 or later.
"""The canonical entities: one JSON Schema (2020-12) each, the common ground of all vendors and of Odoo.

Common to all of them: a key that is absent says nothing (leave the field alone), null says "empty" (clear it). Ids are
the vendor's. Money is a decimal string, a rate a number (0.15 for 15 %), a moment ISO 8601 in UTC ending in Z.
`custom` holds, by name, what an installation has added: plain values and lists of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from ..contracts import Contract, compile_contract
from ..errors import ConfigurationError

_FOLDER = Path(__file__).parent

ENTITIES: tuple[str, ...] = tuple(sorted(path.stem for path in _FOLDER.glob("*.json") if path.stem != "common"))


@cache
def _read(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


@cache
def contract(name: str) -> Contract:
    """What a document must look like to be that entity, compiled. Raises ConfigurationError as `load` does."""
    schemas = [_read(path.stem) for path in sorted(_FOLDER.glob("*.json"))]
    return compile_contract(load(name), resources={schema["$id"]: schema for schema in schemas})


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
    agreed = contract(name)
    return [] if agreed.is_valid(document) else [str(problem) for problem in agreed.problems(document)]


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
        for key, value in schema.get("properties", {}).items():
            yield from _walk(value, f"{path}.{key}" if path else key, definitions)
    elif kind == "array":
        yield from _walk(schema["items"], f"{path}[]", definitions)
    else:
        yield path, schema.get("title", kind)
