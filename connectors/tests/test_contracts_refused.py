# Part of Integration Hub. License LGPL-3.0 or later.
"""A contract that cannot be checked against is refused when it is compiled, with the place and the next step."""

import socket
import subprocess
import sys
from typing import Any

import pytest
from integration_hub_connectors.contracts import ContractError, compile_contract
from integration_hub_connectors.errors import ConfigurationError

META = "https://json-schema.org/draft/2020-12/schema"


def refused(schema: Any, **options: Any) -> ContractError:
    with pytest.raises(ContractError) as caught:
        compile_contract(schema, **options)
    assert isinstance(caught.value, ConfigurationError)
    assert caught.value.params == {"pointer": caught.value.pointer}
    return caught.value


@pytest.mark.parametrize(
    ("schema", "pointer", "said"),
    [
        ({"type": "text"}, "#/type", "type"),
        ({"properties": {"a": {"minLength": "3"}}}, "#/properties/a/minLength", "must be a whole number, but is text"),
        ({"properties": {"a": {"minLength": -1}}}, "#/properties/a/minLength", "must be at least 0"),
        ({"$defs": {"x": {"required": "a"}}}, "#/$defs/x/required", "must be a list, but is text"),
        ({"required": ["a", "a"]}, "#/required", "must not repeat an item"),
        ({"properties": {"a": 1}}, "#/properties/a", "must be an object or a boolean, but is a number"),
        ({"items": [{"type": "string"}]}, "#/items", "must be an object or a boolean, but is a list"),
        ({"multipleOf": 0}, "#/multipleOf", "must be more than 0"),
        ({"allOf": []}, "#/allOf", "must not be empty"),
        ([], "#", "is no JSON Schema"),
        (None, "#", "is no JSON Schema"),
    ],
)
def test_what_is_no_schema(schema: Any, pointer: str, said: str) -> None:
    error = refused(schema)
    assert error.pointer == pointer
    assert said in error.message


@pytest.mark.parametrize(
    "uri", ["https://example.org/order.json", "http://169.254.169.254/latest", "file:///etc/passwd"]
)
@pytest.mark.parametrize("keyword", ["$ref", "$dynamicRef"])
def test_a_reference_to_the_network(uri: str, keyword: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_arguments: Any) -> None:
        raise AssertionError("something asked the network")

    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    error = refused({"properties": {"a": {keyword: f"{uri}#/x"}}})
    assert error.pointer == f"#/properties/a/{keyword}"
    assert uri in error.message
    assert "nothing is fetched" in error.message
    assert f"“$id”: “{uri}”" in error.hint


def test_a_relative_reference_is_named_in_full() -> None:
    error = refused({"$id": "https://example.org/a/order.json", "$ref": "../line.json"})
    assert "https://example.org/line.json" in error.hint


@pytest.mark.parametrize(
    ("schema", "at"),
    [
        ({"$ref": "#"}, "#"),
        ({"allOf": [{"$ref": "#"}]}, "#"),
        ({"anyOf": [{"type": "null"}, {"$ref": "#"}]}, "#"),
        ({"not": {"$ref": "#"}}, "#"),
        ({"if": {"$ref": "#"}}, "#"),
        ({"dependentSchemas": {"a": {"$ref": "#"}}}, "#"),
        ({"$dynamicAnchor": "x", "oneOf": [{"$dynamicRef": "#x"}]}, "#"),
        (
            {"items": {"$ref": "#/$defs/a"}, "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}},
            "#/$defs/a",
        ),
        ({"properties": {"x": {"$ref": "#/properties/y"}, "y": {"$ref": "#/properties/x"}}}, "#/properties/"),
    ],
)
def test_a_schema_that_refers_to_itself_without_an_end(schema: Any, at: str) -> None:
    error = refused(schema)
    assert "refers to itself without an end" in error.message
    assert " → " in error.message
    assert at in error.pointer
    assert "deeper into the document" in error.hint


def test_a_schema_that_refers_to_itself_deeper_in_the_document_is_fine() -> None:
    tree = compile_contract({"type": "object", "additionalProperties": {"$ref": "#"}})
    assert tree.is_valid({"a": {"b": {}}})
    assert not tree.is_valid({"a": {"b": 1}})
    both = compile_contract({"items": {"anyOf": [{"$ref": "#"}, {"allOf": [{"$ref": "#"}]}]}, "type": "array"})
    assert both.is_valid([[[]]])
    assert not both.is_valid([[1]])


@pytest.mark.parametrize(
    "reference", ["#/$defs/none", "#none", "#/$defs", "#/type", "#/properties/0", "#/allOf/7", "#/allOf/x"]
)
def test_a_reference_that_leads_to_no_schema(reference: str) -> None:
    schema = {"type": "object", "allOf": [True], "properties": {"a": {"$ref": reference}}, "$defs": {"x": {}}}
    if reference == "#/$defs":
        assert compile_contract(schema).is_valid({})  # an object of schemas is a schema of unknown keywords
        return
    error = refused(schema)
    assert error.pointer == "#/properties/a/$ref"
    assert f"“{reference}” leads to no schema" in error.message


def test_a_schema_below_an_unknown_keyword_is_checked_when_it_is_referred_to() -> None:
    schema = {"x-types": {"sku": {"type": "text"}}, "$ref": "#/x-types/sku"}
    assert refused(schema).pointer == "#/x-types/sku/type"
    schema["x-types"]["sku"]["type"] = "string"  # type: ignore[index]
    assert not compile_contract(schema).is_valid(1)


def test_a_resource_is_checked_when_it_is_referred_to() -> None:
    resources = {"https://example.org/line.json": {"$defs": {"x": {"minimum": "1"}}}}
    assert compile_contract(True, resources=resources).is_valid(1)
    error = refused({"$ref": "https://example.org/line.json"}, resources=resources)
    assert error.pointer == "https://example.org/line.json#/$defs/x/minimum"


@pytest.mark.parametrize(
    "dialect", ["http://json-schema.org/draft-07/schema#", "https://json-schema.org/draft/2019-09/schema"]
)
def test_another_draft(dialect: str) -> None:
    error = refused({"$schema": dialect, "type": "object"})
    assert dialect.rstrip("#") in error.message
    assert META in error.hint


def test_an_unknown_dialect() -> None:
    uri = "https://example.org/dialect"
    assert uri in refused({"$schema": uri}).message
    needs = {"$schema": META, "$vocabulary": {"https://example.org/vocabulary": True}}
    error = refused({"$schema": uri}, resources={uri: needs})
    assert "unknown vocabulary “https://example.org/vocabulary”" in error.message
    wishes = {"$schema": META, "$vocabulary": {"https://example.org/vocabulary": False}}
    assert compile_contract({"$schema": uri, "type": "null"}, resources={uri: wishes}).is_valid(1)
    assert not compile_contract({"$schema": uri, "type": "null"}, resources={uri: {}}).is_valid(1)


@pytest.mark.parametrize(
    "pattern", ["(", "[b-a]", r"\Z", r"\a", "(?P<x>a)", "(?i)a", r"\p{Klingon}", r"\k<x>", "a{3,1}", "*", "[a"]
)
@pytest.mark.parametrize("keyword", ["pattern", "patternProperties"])
def test_a_pattern_that_is_no_regular_expression(pattern: str, keyword: str) -> None:
    error = refused({keyword: pattern} if keyword == "pattern" else {keyword: {pattern: True}})
    assert error.pointer.startswith(f"#/{keyword}")
    assert "is no regular expression" in error.message


def test_a_schema_that_is_too_deep() -> None:
    schema: dict[str, Any] = {}
    for _level in range(5000):
        schema = {"items": schema}
    assert "nested too deep" in refused(schema).message
    while schema:
        schema = schema.pop("items", {})


def test_compiling_imports_no_jsonschema() -> None:
    code = (
        "import sys; from integration_hub_connectors import contracts, entities; entities.problems('order', {});"
        "sys.exit('jsonschema' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
