# Part of Integration Hub. License LGPL-3.0 or later.
"""compare(): typical edits with the verdict that a consultant expects, and what it says about them."""

import copy

import pytest
from integration_hub_connectors.contracts import ContractError
from integration_hub_connectors.contracts.compatibility import BOTH, compare

STRING, INTEGER, NUMBER, NULL = ({"type": kind} for kind in ("string", "integer", "number", "null"))


def an_object(required=(), **properties):
    return {"type": "object", "properties": properties, **({"required": list(required)} if required else {})}


def closed(required=(), **properties):
    return {**an_object(required, **properties), "additionalProperties": False}


def edits(old, new):
    """The codes, with ← for backward, → for forward, in brackets where only a risk."""
    signs = {"backward": "←", "forward": "→"}
    return {
        " ".join(
            [
                change.code,
                *(signs[direction] for direction in sorted(change.breaks)),
                *(f"({signs[direction]})" for direction in sorted(change.risks)),
            ]
        )
        for change in compare(old, new).changes
    }


BOOLEAN_OR_NULL = {"anyOf": [{"type": "boolean"}, NULL]}
KIND_A = an_object(["kind"], kind={"const": "a"}, size=INTEGER)
KIND_B = an_object(["kind"], kind={"const": "b"}, name=STRING)
TREE = {"$defs": {"node": an_object(value=INTEGER, parts={"type": "array", "items": {"$ref": "#/$defs/node"}})},
        "$ref": "#/$defs/node"}  # fmt: skip
TREE_OF_NUMBERS = copy.deepcopy(TREE)
TREE_OF_NUMBERS["$defs"]["node"]["properties"]["value"] = NUMBER
ADDRESS = an_object(["city"], city=STRING)


OTHER = an_object(["kind", "b", "c", "d"], kind=INTEGER, b=INTEGER, c=INTEGER, d=INTEGER)
PATTERNS = [{"patternProperties": {"^a": INTEGER}}, {"patternProperties": {"^b": INTEGER}}]
AB = {"allOf": [an_object(a=STRING), {"$ref": "#/$defs/b"}, True], "$defs": {"b": an_object(b=STRING)}}
ONLY_AB = {**AB, "unevaluatedProperties": False}
X_INTEGER = {"patternProperties": {"^x": INTEGER}}
CHOICE = {"anyOf": [an_object(a=STRING), an_object(b=STRING)], "unevaluatedProperties": False}
DYNAMIC = {"$dynamicAnchor": "n", "items": {"$dynamicRef": "#n"}}

EDITS = [
    # annotations and other ways of saying the same
    (STRING, {**STRING, "title": "t", "description": "d", "default": "x", "examples": ["y"]}, set()),
    ({"type": ["string", "null"]}, {"anyOf": [NULL, STRING]}, set()),
    ({"type": ["string", "null"]}, {"type": ["null", "string"]}, set()),
    ({"enum": ["a", "b"]}, {"anyOf": [{"const": "b"}, {"const": "a"}]}, set()),
    ({"type": "string", "enum": ["a"]}, {"const": "a"}, set()),
    (NUMBER, {"type": ["integer", "number"]}, set()),
    ({"type": "integer", "exclusiveMinimum": 0}, {"type": "integer", "exclusiveMinimum": 0.0}, set()),
    (an_object(a=ADDRESS), {**an_object(a={"$ref": "#/$defs/x"}), "$defs": {"x": ADDRESS}}, set()),
    (an_object(a=STRING, b=STRING), {"allOf": [an_object(a=STRING), an_object(b=STRING)]}, set()),
    ({"anyOf": [KIND_A, KIND_B]}, {"oneOf": [KIND_B, KIND_A]}, set()),
    (closed(a=STRING), {**an_object(a=STRING), "unevaluatedProperties": False}, set()),
    ({"not": STRING}, {"not": {**STRING, "title": "no text"}}, set()),
    ({}, True, set()),
    # types
    (INTEGER, NUMBER, {"type-widened →"}),
    (NUMBER, INTEGER, {"type-narrowed ←"}),
    (STRING, {"type": ["string", "null"]}, {"type-widened →"}),
    ({"type": ["string", "null"]}, STRING, {"type-narrowed ←"}),
    (STRING, INTEGER, {"type-changed ← →"}),
    ({}, STRING, {"type-narrowed ←"}),
    ({"type": "boolean"}, BOOLEAN_OR_NULL, {"type-widened →"}),
    # values
    ({"enum": ["a"]}, {"enum": ["a", "b"]}, {"enum-value-added →"}),
    ({"enum": ["a", "b"]}, {"enum": ["a"]}, {"enum-value-removed ←"}),
    ({"enum": ["a", "b"]}, {"enum": ["a", "c"]}, {"enum-value-removed ←", "enum-value-added →"}),
    (STRING, {"enum": ["a", "b"]}, {"enum-added ←"}),
    ({"enum": ["a", "b"]}, STRING, {"enum-removed →"}),
    ({"enum": ["a", "b"]}, {**STRING, "maxLength": 1, "pattern": "^[a-z]"}, {"enum-removed →"}),
    ({"enum": ["a", "bb"]}, {**STRING, "maxLength": 1}, {"enum-removed ← →"}),
    ({"const": 1}, {"const": 1.0}, set()),
    ({"const": 1}, {"const": True}, {"type-changed ← →"}),
    ({"type": "boolean"}, {"const": True}, {"enum-value-removed ←"}),
    ({"enum": [{"a": 1}]}, {"type": "object"}, {"enum-removed →"}),
    ({"enum": [{"a": 1}]}, an_object(a=INTEGER), {"enum-removed ← →", "property-added (←)"}),
    ({"enum": [1, 2]}, {**INTEGER, "maximum": 2}, {"enum-removed →"}),
    ({"enum": [1, 2]}, {**NUMBER, "multipleOf": 0.5}, {"type-widened →", "enum-removed ← →"}),
    ({"enum": [1, 2, 3, 4], "multipleOf": 2}, {"enum": [4, 2]}, set()),
    # limits and other demands
    ({**STRING, "maxLength": 5}, {**STRING, "maxLength": 9}, {"range-widened →"}),
    ({**STRING, "maxLength": 9}, {**STRING, "maxLength": 5}, {"range-narrowed ←"}),
    ({**STRING, "minLength": 1}, STRING, {"range-widened →"}),
    (STRING, {**STRING, "minLength": 0}, set()),
    ({**NUMBER, "minimum": 0}, {**NUMBER, "exclusiveMinimum": 0}, {"range-narrowed ←"}),
    ({**NUMBER, "minimum": 0, "maximum": 5}, {**NUMBER, "minimum": 1, "maximum": 6},
     {"range-narrowed ←", "range-widened →"}),
    ({"type": "array", "minItems": 1}, {"type": "array"}, {"range-widened →"}),
    ({**an_object(["a"]), "minProperties": 1}, an_object(["a"]), {"range-widened"}),
    ({**STRING, "pattern": "^a"}, {**STRING, "pattern": "^b"}, {"pattern-changed ← →"}),
    (STRING, {**STRING, "pattern": "^b"}, {"pattern-added ←"}),
    ({**STRING, "pattern": "^b"}, STRING, {"pattern-removed →"}),
    (STRING, {**STRING, "format": "email"}, {"format-added ←"}),
    ({**STRING, "format": "date"}, {**STRING, "format": "date-time"}, {"format-changed ← →"}),
    ({**INTEGER, "format": "int32"}, {**INTEGER, "format": "int64"}, {"format-changed ← →"}),
    ({**INTEGER, "multipleOf": 6}, {**INTEGER, "multipleOf": 3}, {"multiple-of-changed →"}),
    ({"type": "array", "uniqueItems": True}, {"type": "array"}, {"unique-items-removed →"}),
    # fields of open objects
    (an_object(), an_object(a=STRING), {"property-added (←)"}),
    (an_object(a=STRING), an_object(), {"property-removed (→)"}),
    (an_object(), an_object(["a"], a=STRING), {"property-added (←)", "required-added ←"}),
    (an_object(["a"], a=STRING), an_object(a=STRING), {"required-removed →"}),
    (an_object(a=STRING), an_object(["a"], a=STRING), {"required-added ←"}),
    (an_object(a=STRING), an_object(b=STRING), {"property-removed (→)", "property-added (←)"}),
    ({"required": ["a"]}, {"required": ["a"], "properties": {"a": INTEGER}}, {"type-narrowed ←"}),
    (an_object(a=STRING), closed(a=STRING), {"additional-properties-closed ←"}),
    (closed(a=STRING), an_object(a=STRING), {"additional-properties-opened →"}),
    (an_object(["a"]), {**an_object(["a"]), "dependentRequired": {"b": ["a"]}}, {"dependency-added"}),
    (an_object(), {**an_object(), "dependentRequired": {"b": ["a"]}}, {"dependency-added ←"}),
    # fields of closed objects and maps
    (closed(), closed(a=STRING), {"property-added-closed →"}),
    (closed(a=STRING), closed(), {"property-removed-closed ←"}),
    (closed(), closed(["a"], a=STRING), {"property-added-closed →", "required-added ←"}),
    ({"additionalProperties": INTEGER}, {"additionalProperties": NUMBER}, {"type-widened →"}),
    ({"type": "object"}, {"type": "object", "additionalProperties": NUMBER}, {"additional-properties-narrowed ←"}),
    ({"additionalProperties": NUMBER}, {"additionalProperties": NUMBER, "properties": {"a": INTEGER}},
     {"type-narrowed ←"}),
    (X_INTEGER, {"patternProperties": {"^x": NUMBER}}, {"type-widened →"}),
    ({}, X_INTEGER, {"additional-properties-narrowed ←"}),
    (X_INTEGER, {"patternProperties": {"^y": INTEGER}}, {"not-comparable ← →"}),
    (X_INTEGER, {**X_INTEGER, "properties": {"xy": NUMBER}}, set()),
    ({"allOf": PATTERNS}, {"allOf": PATTERNS, "title": "t"}, set()),
    ({"allOf": PATTERNS}, {"allOf": PATTERNS[::-1]}, {"not-comparable ← →"}),
    (closed(a=STRING, b=STRING), ONLY_AB, set()),
    (ONLY_AB, {**AB, "unevaluatedProperties": NUMBER}, {"additional-properties-opened →"}),
    ({"additionalProperties": NUMBER}, {"allOf": [{"additionalProperties": NUMBER}], "unevaluatedProperties": False},
     set()),
    (CHOICE, {**CHOICE, "title": "t"}, set()),
    (CHOICE, {**CHOICE, "unevaluatedProperties": NUMBER}, {"not-comparable ← →"}),
    ({"propertyNames": {"maxLength": 5}}, {"propertyNames": {"maxLength": 9}}, {"property-names-changed →"}),
    # lists
    ({"items": INTEGER}, {"items": NUMBER}, {"type-widened →"}),
    ({"prefixItems": [STRING]}, {"prefixItems": [STRING, INTEGER]}, {"type-narrowed ←"}),
    ({"items": {"enum": ["a"]}}, {"items": {"enum": ["b", "a"]}}, {"enum-value-added →"}),
    # alternatives
    (KIND_A, {"oneOf": [KIND_A, KIND_B]}, {"enum-value-added →", "property-removed (→)"}),
    ({"anyOf": [KIND_A, KIND_B]}, {"anyOf": [KIND_B, an_object(["kind"], kind={"const": "a"}, size=NUMBER)]},
     {"type-widened →"}),
    ({"oneOf": [STRING, INTEGER]}, {"oneOf": [STRING, NUMBER]}, {"type-widened →"}),
    ({"oneOf": [{"const": 1}, {"const": 2}]}, {"enum": [1, 2, 3]}, {"enum-value-added →"}),
    ({"anyOf": [KIND_A, OTHER]}, OTHER, {"alternative-removed ←"}),
    # what refers to itself
    (TREE, TREE_OF_NUMBERS, {"type-widened →"}),
    (TREE, copy.deepcopy(TREE), set()),
    # what is not compared in parts
    ({"not": STRING}, {"not": NUMBER}, {"not-comparable ← →"}),
    ({"if": an_object(a=True)}, {"if": an_object(a=True), "properties": {"a": STRING}}, {"type-narrowed ←"}),
    ({**STRING, "not": {"const": "x"}}, STRING, {"condition-removed →"}),
    (STRING, {**STRING, "not": {"const": "x"}}, {"condition-added ←"}),
    ({"oneOf": [an_object(a=STRING), an_object(b=STRING)]}, {"oneOf": [an_object(a=STRING), an_object(b=NUMBER)]},
     {"not-comparable ← →", "property-removed (→)", "property-added (←)"}),
    (an_object(), an_object(a=DYNAMIC), {"property-added (←)"}),
    (DYNAMIC, {**DYNAMIC, "title": "t"},
     {"not-comparable ← →"}),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected"), EDITS)
def test_typical_edits(old, new, expected):
    assert edits(old, new) == expected
    there, back = compare(old, new), compare(new, old)
    assert (there.backward, there.forward) == (back.forward, back.backward)
    assert (there.strict.backward, there.strict.forward) == (back.strict.forward, back.strict.backward)


def test_each_change_is_named_where_it_is():
    lines = {"type": "array", "items": an_object(["sku"], sku=STRING, price=NUMBER)}
    old = an_object(["lines"], lines=lines, **{"note.text": {"type": "string"}})
    new = copy.deepcopy(old)
    new["properties"]["lines"]["items"]["properties"]["price"] = INTEGER
    new["properties"]["note.text"]["maxLength"] = 80
    found = [(change.path, change.pointer, str(change)) for change in compare(old, new).changes]
    assert found == [
        (
            "lines[].price",
            "/properties/lines/items/properties/price/type",
            "lines[].price: the type was number and is now integer",
        ),
        (
            '["note.text"]',
            "/properties/note.text/maxLength",
            '["note.text"]: the length was not limited and is now at most 80',
        ),
    ]


def test_what_is_gone_is_pointed_to_in_the_old_version():
    (change,) = compare(closed(a=STRING, b=STRING), closed(b=STRING)).changes
    assert (change.path, change.pointer) == ("a", "/properties/a")


def test_a_shared_definition_is_named_at_each_use():
    old = {**an_object(billing={"$ref": "#/$defs/a"}, shipping={"$ref": "#/$defs/a"}), "$defs": {"a": ADDRESS}}
    new = copy.deepcopy(old)
    new["$defs"]["a"]["required"] = ["city", "zip"]
    changes = compare(old, new).changes
    assert [change.path for change in changes] == ["billing.zip", "shipping.zip"]
    assert {change.pointer for change in changes} == {"/$defs/a/required"}


def test_the_strict_verdict_counts_undeclared_fields():
    verdict = compare(an_object(), an_object(a=STRING))
    assert (verdict.backward, verdict.forward, verdict.full) == (True, True, True)
    assert (verdict.strict.backward, verdict.strict.forward, verdict.strict.full) == (False, True, False)


def test_an_explicitly_typed_map_is_no_open_object():
    assert not compare({"additionalProperties": STRING}, {"properties": {"a": INTEGER}}).backward


def test_schemas_that_refer_to_each_other_in_circles_end():
    names = [f"n{number}" for number in range(12)]
    refs = {name: {"$ref": f"#/$defs/{name}"} for name in names}
    old = {"$defs": {name: an_object(**refs, own=STRING) for name in names}, **refs["n0"]}
    new = copy.deepcopy(old)
    new["$defs"]["n7"]["properties"]["own"] = NUMBER
    verdict = compare(old, new)
    assert not verdict.backward
    assert not verdict.forward


def test_what_is_too_complex_is_not_claimed():
    old = {"allOf": [{"anyOf": [an_object([f"{a}{b}"]) for b in range(8)]} for a in range(8)]}
    new = {**old, "title": "the same, for sure, but not in parts"}
    assert compare(old, new).full
    new = {"allOf": [*old["allOf"][:-1], {"anyOf": [an_object(["x"])]}]}
    assert [(change.code, change.breaks) for change in compare(old, new).changes] == [("not-comparable", BOTH)]


def test_what_is_too_deep_is_not_claimed():
    old, new = dict(STRING), dict(INTEGER)
    for _level in range(150):
        old, new = an_object(a=old), an_object(a=new)
    assert [(change.code, change.breaks) for change in compare(old, new).changes] == [("not-comparable", BOTH)]


def test_other_documents_are_read_where_they_are_passed_along_only():
    old, new = ({"$ref": "https://example.com/a.json"}, {"$ref": "https://example.com/a.json", "type": "string"})
    with pytest.raises(ContractError):
        compare(old, new)
    assert compare(old, new, resources={"https://example.com/a.json": STRING}).full


@pytest.mark.parametrize("schema", [{"type": "text"}, {"$ref": "#/$defs/none"}, {"pattern": "("}])
def test_what_is_no_contract_is_refused(schema):
    with pytest.raises(ContractError):
        compare(schema, STRING)
    with pytest.raises(ContractError):
        compare(STRING, schema)
