# Part of Integration Hub. License LGPL-3.0 or later.
"""What a person reads when a document does not keep its contract: where, what, and what to do; never a value."""

from collections import OrderedDict
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from integration_hub_connectors import jsondoc
from integration_hub_connectors.contracts import ContractViolation, Problem, compile_contract
from integration_hub_connectors.errors import Policy

ADDRESS = {"type": "object", "required": ["city"], "properties": {"city": {"type": "string", "minLength": 1}}}
ORDER = compile_contract(
    {
        "type": "object",
        "required": ["id", "lines"],
        "properties": {
            "id": {"type": "integer", "minimum": 1},
            "email": {"type": ["string", "null"], "pattern": "@", "description": "As in ada@example.com"},
            "address": {"anyOf": [ADDRESS, {"type": "null"}]},
            "lines": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "required": ["price"],
                    "properties": {"price": {"type": "string"}, "quantity": {"multipleOf": 0.01}},
                    "additionalProperties": False,
                },
            },
        },
    }
)


def sentences(schema: Any, document: Any, **options: Any) -> list[str]:
    return [str(problem) for problem in compile_contract(schema, **options).problems(document)]


def test_a_problem_says_where_for_people_and_for_machines() -> None:
    document = {"id": 7, "lines": [{"price": "1"}, {"price": "2"}, {"price": 3}]}
    assert ORDER.problems(document) == [
        Problem("lines[2].price", "/lines/2/price", "type", "must be text, but is a number", "", ("string",))
    ]


def test_all_problems_are_told_in_the_contracts_order() -> None:
    document = {"email": "nobody", "id": 0, "address": {}, "lines": [{"price": "1", "qty": 1, "quantity": 0.005}]}
    assert [str(problem) for problem in ORDER.problems(document)] == [
        "email does not have the form that the contract asks for",
        "id must be at least 1",
        "address.city is missing",
        "lines[0].qty is not part of the contract",
        "lines[0].quantity must be a multiple of 0.01",
    ]
    assert ORDER.problems(document)[0].hint == "As in ada@example.com"
    assert len(ORDER.problems(document, limit=3)) == 3
    assert len(ORDER.problems({"id": 1, "lines": [{}] * 1000})) == 100


@pytest.mark.parametrize(
    ("schema", "document", "said"),
    [
        ({"type": "integer"}, 1.5, "The document must be a whole number, but is a number with a fraction"),
        ({"type": ["string", "null"]}, True, "The document must be text or nothing, but is a boolean"),
        ({"type": "object"}, None, "The document must be an object, but is nothing"),
        ({"type": "number"}, [], "The document must be a number, but is a list"),
        ({"type": "array"}, {}, "The document must be a list, but is an object"),
        ({"type": "boolean"}, 0, "The document must be a boolean, but is a number"),
        ({"type": "null"}, "", "The document must be nothing, but is text"),
        ({"const": "EUR"}, "USD", "The document must be “EUR”"),
        ({"const": {"a": 1}}, {}, "The document must be a certain object"),
        ({"enum": [1, True, None, "a", [1]]}, 2, "The document must be one of 1, true, nothing, “a”, a certain list"),
        (
            {"enum": list(range(20))},
            -1,
            "The document must be one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, …",
        ),
        ({"minLength": 3}, "ab", "The document must have at least 3 characters, but has 2"),
        ({"minLength": 1}, "", "The document must not be empty"),
        ({"maxLength": 1}, "ab", "The document must have at most 1 characters, but has 2"),
        ({"minItems": 2}, [1], "The document must have at least 2 items, but has 1"),
        ({"maxItems": 0}, [1], "The document must have at most 0 items, but has 1"),
        ({"minProperties": 2}, {"a": 1}, "The document must have at least 2 keys, but has 1"),
        ({"maxProperties": 0}, {"a": 1}, "The document must have at most 0 keys, but has 1"),
        ({"exclusiveMinimum": 0}, 0, "The document must be more than 0"),
        ({"maximum": 5}, 6, "The document must be at most 5"),
        ({"exclusiveMaximum": 5}, 5, "The document must be less than 5"),
        ({"uniqueItems": True}, [1, 2, 1.0], "The document must not repeat an item, but items 0 and 2 are equal"),
        ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, "b is missing, although “a” is there"),
        ({"properties": {"a": False}}, {"a": 1}, "a is not part of the contract"),
        ({"items": False}, [1], "[0] is not part of the contract"),
        ({"unevaluatedProperties": False}, {"a": 1}, "a is not part of the contract"),
        ({"prefixItems": [True], "unevaluatedItems": False}, [1, 2], "[1] is not part of the contract"),
        (
            {"propertyNames": {"maxLength": 2}},
            {"abc": 1},
            "abc has a name that the contract does not allow: it must have at most 2 characters, but has 3",
        ),
        (
            {"contains": {"type": "string"}},
            [1],
            "The document must have at least 1 of the items that the contract asks for, but has 0",
        ),
        (
            {"contains": {"type": "string"}, "maxContains": 1},
            ["a", "b"],
            "The document must have at most 1 of the items that the contract asks for, but has 2",
        ),
        ({"not": {"type": "string"}}, "a", "The document has a form that the contract does not allow"),
        ({"if": {"type": "string"}, "then": {"minLength": 1}}, "", "The document must not be empty"),
        ({"if": {"type": "string"}, "else": {"minimum": 1}}, 0, "The document must be at least 1"),
        ({"dependentSchemas": {"a": {"required": ["b"]}}}, {"a": 1}, "b is missing"),
        ({"$ref": "#/$defs/x", "$defs": {"x": {"minimum": 1}}}, 0, "The document must be at least 1"),
        ({"type": "string"}, date(2026, 1, 31), "The document is no JSON value, but a Python date"),
    ],
)
def test_every_keyword_has_its_words(schema: Any, document: Any, said: str) -> None:
    assert sentences(schema, document) == [said]


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"kind": "card", "last4": "1"}, "last4 must have at least 4 characters, but has 1"),
        ({"kind": "cash", "given": "1"}, "given must be a number, but is text"),
        ({"kind": "gold"}, "The document is none of the 2 forms that the contract allows"),
        ("cash", "The document must be an object, but is text"),
        ({}, "The document is none of the 2 forms that the contract allows"),
    ],
)
@pytest.mark.parametrize("keyword", ["anyOf", "oneOf"])
def test_of_several_forms_the_one_that_was_meant_is_explained(keyword: str, document: Any, said: str) -> None:
    card = {"kind": {"const": "card"}, "last4": {"type": "string", "minLength": 4}}
    cash = {"kind": {"const": "cash"}, "given": {"type": "number"}}
    forms = [{"type": "object", "required": ["kind"], "properties": form} for form in (card, cash)]
    assert sentences({keyword: forms}, document) == [said]


def test_forms_that_differ_deeper_down_are_not_taken_for_types_of_the_whole() -> None:
    forms = [{"properties": {"a": {"type": kind}}} for kind in ("string", "boolean")]
    assert sentences({"anyOf": forms}, {"a": 1}) == ["The document is none of the 2 forms that the contract allows"]


def test_more_than_one_form_is_too_many_for_one_of() -> None:
    said = sentences({"oneOf": [{"minimum": 1}, {"minimum": 2}, {"minimum": 9}]}, 5)
    assert said == ["The document is 2 of the 3 forms that the contract allows, and must be one of them"]


def test_what_two_parts_both_find_is_told_once() -> None:
    assert sentences({"required": ["a"], "allOf": [{"required": ["a"]}, {"required": ["a"]}]}, {}) == ["a is missing"]


@pytest.mark.parametrize(
    ("key", "path", "pointer"),
    [
        ("first_name", "a.first_name", "/a/first_name"),
        ("straße", "a.straße", "/a/straße"),
        ("x-y", "a.x-y", "/a/x-y"),
        ("a.b", 'a["a.b"]', "/a/a.b"),
        ("", 'a[""]', "/a/"),
        ("0", 'a["0"]', "/a/0"),
        ("m~n/o", 'a["m~n/o"]', "/a/m~0n~1o"),
        ("k" * 200, 'a["' + "k" * 79 + '…"]', "/a/" + "k" * 200),
    ],
)
def test_any_key_has_a_readable_path_and_an_exact_pointer(key: str, path: str, pointer: str) -> None:
    contract = compile_contract({"properties": {"a": {"additionalProperties": {"type": "null"}}}})
    (problem,) = contract.problems({"a": {key: 1}})
    assert (problem.path, problem.pointer) == (path, pointer)


SECRET = "jane-private-4711"
STRICT = {"minLength": 90, "pattern": "^x", "const": "x", "enum": ["y"], "not": {}, "format": "email", "type": "null"}


@given(st.lists(st.sampled_from(sorted(STRICT)), min_size=1, unique=True), st.sampled_from(["anyOf", "oneOf", "items"]))
def test_no_message_holds_a_value(keywords: list[str], around: str) -> None:
    inner = {keyword: STRICT[keyword] for keyword in keywords}
    schema = {"items": inner} if around == "items" else {"items": {around: [inner, {"minLength": 99}]}}
    problems = compile_contract(schema, assert_formats=True).problems([SECRET])
    assert problems
    assert SECRET not in repr(problems)


def test_check_raises_what_a_person_can_act_on() -> None:
    ORDER.check({"id": 1, "lines": [{"price": "1"}]})
    with pytest.raises(ContractViolation) as caught:
        ORDER.check({"email": "nobody", "lines": []})
    error = caught.value
    assert str(error) == "id is missing (and 2 more problems)"
    assert error.hint == error.problems[0].hint == "Send it, or make it optional in the contract."
    assert error.policy is Policy.DEAD
    assert error.code == "contract-violation"
    assert [problem.keyword for problem in error.problems] == ["required", "pattern", "minItems"]
    assert error.params == {"pointers": ["/id", "/email", "/lines"]}
    with pytest.raises(ContractViolation, match="more problem\\)"):
        ORDER.check({})
    with pytest.raises(ContractViolation) as caught:
        ORDER.check({"id": 0, "lines": [{"price": "1"}]})
    assert str(caught.value) == "id must be at least 1"
    assert caught.value.hint == ContractViolation.hint


def test_a_subclass_of_a_json_type_is_that_type() -> None:
    class Text(str):
        __slots__ = ()

    document = OrderedDict(id=True, lines=[OrderedDict(price=Text("1"))])
    assert [str(problem) for problem in ORDER.problems(document)] == ["id must be a whole number, but is a boolean"]
    assert not ORDER.is_valid(document)
    assert ORDER.is_valid(OrderedDict(document, id=1))


def test_a_document_that_is_too_deep_is_an_error_and_not_a_crash() -> None:
    tree = compile_contract({"properties": {"child": {"$ref": "#"}, "size": {"type": "integer"}}})
    shallow = {"child": {"child": {"size": "1"}}}
    assert [problem.path for problem in tree.problems(shallow)] == ["child.child.size"]
    deep: dict[str, Any] = {"size": 1}
    for _level in range(100_000):
        deep = {"child": deep}
    for ask in (tree.is_valid, tree.problems, tree.check):
        with pytest.raises(jsondoc.TooDeep, match="nested deeper"):
            ask(deep)
    while deep:
        deep = deep.pop("child", {})  # taken apart from outside, as its own end would recurse


def test_formats_say_what_is_expected_where_they_are_asserted() -> None:
    schema = {"format": "date", "type": "string"}
    assert sentences(schema, "31/01/2026") == []
    assert sentences(schema, "31/01/2026", assert_formats=True) == ["The document must be a date, as in 2026-01-31"]
    assert sentences({"format": "unheard-of"}, "x", assert_formats=True) == []
