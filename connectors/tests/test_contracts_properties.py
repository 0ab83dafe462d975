# Part of Integration Hub. License LGPL-3.0 or later.
"""Any schema, any document: our answer is jsonschema's, and the words agree with the answer."""

import json
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from integration_hub_connectors.contracts import Contract, ContractError, compile_contract, reference
from integration_hub_connectors.contracts.equality import equal
from jsonschema._utils import equal as their_equal

KEYS = st.sampled_from(["a", "b", "c", "ab"])
NUMBERS = st.one_of(st.integers(-3, 3), st.sampled_from([0.0, 0.5, 1.0, -1.0, 2.5, 1e300]))
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, st.sampled_from(["", "a", "ab", "abc", "é", "1"]))
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)
SIZES = st.integers(0, 3)
TYPES = st.sampled_from(["string", "integer", "number", "boolean", "object", "array", "null"])
PATTERNS = st.sampled_from(["^a", "b$", "^[a-c]+$", ".", "x"])
NAMES = st.lists(KEYS, max_size=3, unique=True)
ASSERTIONS = {
    "type": st.one_of(TYPES, st.lists(TYPES, min_size=1, max_size=3, unique=True)),
    "const": DOCUMENTS,
    "enum": st.lists(DOCUMENTS, min_size=1, max_size=4),
    "minLength": SIZES,
    "maxLength": SIZES,
    "pattern": PATTERNS,
    "minimum": NUMBERS,
    "maximum": NUMBERS,
    "exclusiveMinimum": NUMBERS,
    "exclusiveMaximum": NUMBERS,
    "multipleOf": st.sampled_from([1, 2, 0.5, 0.25, 3]),  # exact in binary too: jsonschema divides floats
    "minItems": SIZES,
    "maxItems": SIZES,
    "required": NAMES,
    "minProperties": SIZES,
    "maxProperties": SIZES,
    "dependentRequired": st.dictionaries(KEYS, NAMES, max_size=2),
    "$ref": st.sampled_from(["#/$defs/one", "#two", "other.json#/$defs/deep"]),
    "$dynamicRef": st.sampled_from(["#node", "#two"]),
}
DEFINED = {
    "one": {"type": ["string", "array"], "maxItems": 2, "prefixItems": [{"type": "integer"}]},
    "two": {"$anchor": "two", "properties": {"a": {"$dynamicRef": "#node"}}, "minProperties": 1},
    "other": {
        "$id": "other.json",
        "$dynamicAnchor": "node",
        "type": "object",
        "$defs": {"deep": {"properties": {"b": {"$dynamicRef": "#node"}, "c": {"$ref": "schema.json#/$defs/one"}}}},
    },
}


def schemas(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Schemas with all kinds of keywords, several at once."""
    some = st.lists(inner, min_size=1, max_size=3)
    applicators = {
        "allOf": some,
        "anyOf": some,
        "oneOf": some,
        "not": inner,
        "if": inner,
        "then": inner,
        "else": inner,
        "properties": st.dictionaries(KEYS, inner, max_size=3),
        "patternProperties": st.dictionaries(PATTERNS, inner, max_size=2),
        "additionalProperties": inner,
        "propertyNames": inner,
        "dependentSchemas": st.dictionaries(KEYS, inner, max_size=2),
        "prefixItems": some,
        "items": inner,
        "contains": inner,
        "minContains": SIZES,
        "maxContains": SIZES,
        "unevaluatedItems": inner,
        "unevaluatedProperties": inner,
    }
    keywords = {**ASSERTIONS, **applicators}
    return st.lists(st.sampled_from(sorted(keywords)), min_size=1, max_size=5, unique=True).flatmap(
        lambda names: st.fixed_dictionaries({name: keywords[name] for name in names})
    )


SCHEMAS = st.recursive(st.one_of(st.booleans(), schemas(st.booleans())), schemas, max_leaves=6)


def compiled(schema: Any) -> tuple[Contract, dict[str, Any]]:
    """A random schema at the root of a document with definitions."""
    inner = schema if isinstance(schema, dict) else {"not": {}} if schema is False else {}
    whole = {"$id": "https://example.org/schema.json", "$dynamicAnchor": "node", "$defs": DEFINED, **inner}
    try:
        return compile_contract(whole), whole
    except ContractError as error:
        assume("refers to itself" not in error.message)  # jsonschema ends with a RecursionError
        raise


@settings(max_examples=300)
@given(SCHEMAS, st.lists(DOCUMENTS, min_size=1, max_size=4))
def test_any_schema_answers_as_jsonschema_does(schema: Any, documents: list[Any]) -> None:
    contract, whole = compiled(schema)
    theirs = reference.validator(whole)
    for document in documents:
        assert contract.is_valid(document) is theirs.is_valid(document)


@given(SCHEMAS, st.lists(DOCUMENTS, min_size=1, max_size=4))
def test_the_words_agree_with_the_answer(schema: Any, documents: list[Any]) -> None:
    contract, _whole = compiled(schema)
    for document in documents:
        problems = contract.problems(document)
        assert contract.is_valid(document) is (problems == [])
        assert contract.problems(json.loads(json.dumps(document))) == problems
        assert contract.problems(document, limit=1) == problems[:1]


@given(DOCUMENTS, DOCUMENTS)
def test_equality_is_that_of_jsonschema(one: Any, other: Any) -> None:
    assert equal(one, other) is their_equal(one, other)
    assert equal(one, json.loads(json.dumps(one)))
