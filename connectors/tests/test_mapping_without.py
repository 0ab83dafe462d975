# Part of Integration Hub. License LGPL-3.0 or later.
"""A mapping without what comes from some of its sources: those fields are left as they are at the other side."""

from integration_hub_connectors import registry
from integration_hub_connectors.mapping import compile_mapping


def made(*lines: dict):
    return compile_mapping({"format": 1, "name": "x", "title": "X", "source": "s", "target": "t", "lines": list(lines)})


def test_a_field_is_left_alone_where_an_empty_one_would_be_cleared() -> None:
    mapping = made({"source": "a", "target": "x", "empty": "clear"}, {"source": "b", "target": "y", "required": True})
    assert mapping.apply({"b": 1}) == {"x": None, "y": 1}
    assert mapping.without({"a"}).apply({"a": 2, "b": 1}) == {"y": 1}
    assert mapping.without({"b"}).apply({}) == {"x": None}, "nor is it required any more"


def test_without_nothing_it_is_itself_and_otherwise_made_once() -> None:
    mapping = made({"source": "a", "target": "x"})
    assert mapping.without(()) is mapping
    assert mapping.without({"a"}) is mapping.without(["a"])
    assert mapping.without({"elsewhere"}).apply({"a": 1}) == {"x": 1}


def test_a_path_stands_for_what_is_below_it_and_above_it() -> None:
    mapping = made({"source": "a.b", "target": "x"}, {"source": "c", "target": "y"})
    assert mapping.without({"a"}).targets == ("y",)
    assert mapping.without({"c.d"}).targets == ("x",), "part of the value is not sent either"


def test_what_several_sources_make_is_left_alone_altogether() -> None:
    mapping = made(
        {"source": "mail", "target": "name"},
        {"transforms": [{"template": "{first} {last}"}], "target": "name", "when": "first"},
        {"source": "city", "target": "city"},
    )
    assert mapping.without({"last"}).apply({"mail": "m", "first": "F", "last": "L", "city": "C"}) == {"city": "C"}


def test_a_condition_is_not_a_value() -> None:
    mapping = made({"source": "a", "target": "x", "when": "b"})
    assert mapping.without({"b"}).apply({"a": 1, "b": True}) == {"x": 1}


def test_nested_lines() -> None:
    lines = [{"source": "sku", "target": "code"}, {"source": "qty", "target": "quantity"}]
    mapping = made({"source": "items[]", "target": "lines", "lines": lines}, {"source": "n", "target": "number"})
    given = {"n": 7, "items": [{"sku": "A", "qty": 2}]}
    assert mapping.without({"items.qty"}).apply(given) == {"number": 7, "lines": [{"code": "A"}]}
    assert mapping.without({"items"}).apply(given) == {"number": 7}


def test_a_shipped_mapping() -> None:
    mapping = compile_mapping(registry.get("shopify").mapping("customer_out"))
    given = {"email": "ada@x.example", "name": "Ada Arden", "address": {"city": "Ghent"}}
    whole, narrow = mapping.apply(given), mapping.without({"email", "name", "first_name", "last_name"}).apply(given)
    assert {name for name in whole if name not in narrow} == {"email", "first_name", "last_name"}
    assert narrow["default_address"] == whole["default_address"]
