# Part of Integration Hub. License LGPL-3.0 or later.
"""Random contracts, edits of them and documents for them: small words, so that they meet often."""

import copy
import random
from collections.abc import Iterator
from functools import cache
from typing import Any

from hypothesis import strategies as st

NAMES = ["a", "b", "ab"]
TEXTS = ["", "a", "b", "ab", "2026-01-31"]
NUMBERS = [-1, 0, 0.5, 1, 1.0, 2, 3, 6]
SCALARS: list[Any] = [None, False, True, *NUMBERS, *TEXTS]
TYPES = ["null", "boolean", "integer", "number", "string", "array", "object"]


@cache
def schemas() -> st.SearchStrategy[Any]:
    """Schemas with all of the vocabulary, two definitions that they may refer to, and no endless reference."""
    below = st.recursive(_leaves(), _nested, max_leaves=8)
    fields = st.dictionaries(st.sampled_from(NAMES), below, min_size=1)
    objects = st.builds(lambda named, more: {"type": "object", "properties": named, **more}, fields, _keywords())
    return st.builds(_whole, below | objects, below, below)


def _whole(root: Any, x: Any, y: Any) -> Any:
    return {**(root if isinstance(root, dict) else {"allOf": [root]}), "$defs": {"x": x, "y": y}}


def _as(key: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return values.map(lambda value: {key: value})


@cache
def _leaves() -> st.SearchStrategy[Any]:
    return st.booleans() | _keywords() | _keywords()


@cache
def _keywords() -> st.SearchStrategy[Any]:
    count = st.integers(0, 3)
    number = st.sampled_from([-1, 0, 1, 2, 0.5])
    keywords = {
        "type": st.sampled_from(TYPES) | st.lists(st.sampled_from(TYPES), min_size=1, max_size=3, unique=True),
        "enum": st.lists(st.sampled_from([*SCALARS, [], [1], {"a": 1}]), min_size=1, max_size=4),
        "const": st.sampled_from([*SCALARS, {"a": 1}]),
        "minLength": count,
        "maxLength": count,
        "pattern": st.sampled_from(["^a", "b$", "", "^a*$"]),
        "format": st.sampled_from(["date", "unheard-of"]),
        "minimum": number,
        "maximum": number,
        "exclusiveMinimum": number,
        "exclusiveMaximum": number,
        "multipleOf": st.sampled_from([1, 2, 3, 6, 0.5]),
        "minItems": count,
        "maxItems": count,
        "uniqueItems": st.booleans(),
        "minProperties": count,
        "maxProperties": count,
        "required": st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True),
        "dependentRequired": st.dictionaries(st.sampled_from(NAMES), st.just(["b"]), max_size=1),
        "title": st.just("t"),
    }
    often = ["type"] * 8 + ["enum", "required"] * 4
    some = st.one_of([_as(key, keywords[key]) for key in (*keywords, *often)])
    return st.lists(some, max_size=3).map(lambda parts: {k: v for part in parts for k, v in part.items()})


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    child = inner | inner | st.sampled_from([{"$ref": "#/$defs/x"}, {"$ref": "#/$defs/y"}, {"$ref": "#"}])
    few = st.lists(inner, min_size=1, max_size=3)
    keywords = {
        "properties": st.dictionaries(st.sampled_from(NAMES), child, max_size=3),
        "patternProperties": st.dictionaries(st.sampled_from(["^a", "b"]), child, max_size=2),
        "additionalProperties": child,
        "unevaluatedProperties": inner,
        "unevaluatedItems": inner,
        "propertyNames": inner,
        "items": child,
        "prefixItems": st.lists(child, min_size=1, max_size=2),
        "contains": child,
        "allOf": few,
        "anyOf": few,
        "oneOf": few,
        "not": inner,
        "if": inner,
        "then": inner,
        "else": inner,
        "dependentSchemas": st.dictionaries(st.sampled_from(NAMES), inner, max_size=1),
    }
    often = ["properties"] * 6 + ["items", "anyOf", "additionalProperties", "allOf"] * 2
    some = st.one_of([_as(key, keywords[key]) for key in (*keywords, *often)])
    merged = st.lists(some | _leaves().filter(lambda leaf: isinstance(leaf, dict)), min_size=1, max_size=3)
    return merged.map(lambda parts: {k: v for part in parts for k, v in part.items()})


def edited(draw: Any, schema: Any) -> Any:
    """The schema after one to three edits: a part exchanged, emptied, joined with another, or made an alternative."""
    whole = {"": copy.deepcopy(schema)}
    for _edit in range(draw(st.integers(1, 3))):
        anywhere = draw(st.booleans())
        holder, key = draw(st.sampled_from(list(_parts(whole)))) if anywhere else (whole, "")
        part = holder[key]
        if isinstance(part, dict | bool) and key not in ("properties", "$defs", "patternProperties", "enum", "const"):
            other = draw(_leaves())
            if draw(st.integers(0, 3)) == 0 and isinstance(part, dict):
                holder[key] = {
                    **part,
                    "properties": {**part.get("properties", {}), draw(st.sampled_from(NAMES)): other},
                }
            elif draw(st.booleans()) and isinstance(part, dict) and isinstance(other, dict):
                holder[key] = {**part, **other}
            else:
                holder[key] = draw(
                    st.sampled_from(
                        [other, {"anyOf": [part, other]}, {"allOf": [part, other]}, {"oneOf": [part, other]}]
                    )
                )
        elif isinstance(holder, dict) and key not in ("$defs", "$ref"):
            del holder[key]
    result = whole[""]
    return {"$defs": schema["$defs"], **result} if isinstance(result, dict) else result


def _parts(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, dict):
        for key, below in value.items():
            if key not in ("enum", "const", "required", "dependentRequired", "type", "$ref"):
                yield value, key
                yield from _parts(below)
            elif key != "$ref":
                yield value, key
    elif isinstance(value, list):
        for index, below in enumerate(value):
            if isinstance(below, dict | bool):
                yield value, index
                yield from _parts(below)


def documents(schema: Any, seed: int, count: int) -> list[Any]:
    """Documents that try to be valid, and some that do not."""
    chance = random.Random(seed)
    return [_document(schema, schema, chance, 4) for _each in range(count)]


def _document(schema: Any, root: Any, chance: random.Random, depth: int) -> Any:
    if not isinstance(schema, dict) or chance.random() < 0.1:
        return _anything(chance, depth)
    for keyword in ("anyOf", "oneOf", "allOf"):
        if keyword in schema and chance.random() < 0.5:
            return _document(chance.choice(schema[keyword]), root, chance, depth)
    if "$ref" in schema and depth:
        return _document(_target(schema["$ref"], root), root, chance, depth - 1)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return chance.choice(schema["enum"])
    kinds = schema.get("type", TYPES)
    kind = kinds if isinstance(kinds, str) else chance.choice(kinds)
    if "type" not in schema and schema.keys() & {"properties", "required", "additionalProperties"}:
        kind = "object"
    if "type" not in schema and schema.keys() & {"items", "prefixItems", "contains"}:
        kind = "array"
    if kind == "object":
        named = schema.get("properties", {})
        rest = schema.get("additionalProperties", True)
        names = [name for name in NAMES if name in schema.get("required", ()) or chance.random() < 0.4]
        return {name: _document(named.get(name, rest), root, chance, depth - 1) for name in names} if depth > 0 else {}
    if kind == "array":
        first, rest = schema.get("prefixItems", []), schema.get("items", True)
        size = chance.randrange(4) if depth > 0 else 0
        return [_document((first[at : at + 1] or [rest])[0], root, chance, depth - 1) for at in range(size)]
    fitting = [value for value in SCALARS if _is(kind, value)]
    return chance.choice(fitting)


def _is(kind: str, value: Any) -> bool:
    if kind in ("integer", "number"):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, {"null": type(None), "boolean": bool, "string": str}[kind])


def _anything(chance: random.Random, depth: int) -> Any:
    if depth > 0 and chance.random() < 0.3:
        return {name: _anything(chance, depth - 1) for name in NAMES if chance.random() < 0.5}
    if depth > 0 and chance.random() < 0.3:
        return [_anything(chance, depth - 1) for _item in range(chance.randrange(4))]
    return chance.choice(SCALARS)


def sealed(schema: Any) -> Any:
    """The schema with every field that it does not describe refused, on every level; fields of the undescribed too."""
    root = schema if isinstance(schema, dict) else {"allOf": [schema]}
    whole = _seal(_without_open(root, root))
    return {**whole, "$defs": {**whole.get("$defs", {}), "undescribed": _EMPTY}}


_REST = {"$ref": "#/$defs/undescribed"}
_EMPTY = {"unevaluatedProperties": False, "unevaluatedItems": _REST}
_SAYS_NOTHING = {"title", "$defs"}


def _without_open(schema: Any, root: dict[str, Any]) -> Any:
    """`additionalProperties: true` describes nothing, nor does an empty schema."""
    if isinstance(schema, list):
        return [_without_open(value, root) for value in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: value if key in ("enum", "const") else _without_open(value, root)
        for key, value in schema.items()
        if key not in ("additionalProperties", "unevaluatedProperties") or not _says_nothing(value, root)
    }


def _says_nothing(schema: Any, root: dict[str, Any]) -> bool:
    if isinstance(schema, dict) and schema.keys() - _SAYS_NOTHING == {"$ref"}:
        return _says_nothing(_target(schema["$ref"], root), root)
    return schema is True or (isinstance(schema, dict) and schema.keys() <= _SAYS_NOTHING)


def _target(reference: str, root: dict[str, Any]) -> Any:
    return root if reference == "#" else root.get("$defs", {}).get(reference[-1], False)


_VALUES = ("additionalProperties", "items", "contains", "unevaluatedItems", "unevaluatedProperties")


def _seal(schema: Any) -> Any:
    """Seals the schema of a value; those beside it that apply to the same value stay open, but not what is in them."""
    if isinstance(schema, bool):
        return _REST if schema else False
    return {**_EMPTY, **_inside(schema)}


def _inside(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    result = {}
    for key, value in schema.items():
        if key in _VALUES:
            result[key] = _seal(value)
        elif key in ("properties", "patternProperties"):
            result[key] = {name: _seal(each) for name, each in value.items()}
        elif key == "prefixItems":
            result[key] = [_seal(each) for each in value]
        elif key in ("allOf", "anyOf", "oneOf"):
            result[key] = [_inside(each) for each in value]
        elif key in ("$defs", "dependentSchemas"):
            result[key] = {name: _inside(each) for name, each in value.items()}
        else:
            result[key] = value
    return result
