# Part of Integration Hub. License LGPL-3.0 or later.
"""A value's way through two mappings, and the way back from what a person points at to a path."""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from integration_hub_connectors.mapping import compile_mapping
from integration_hub_connectors.mapping.journey import Leg, Stop, journey
from integration_hub_connectors.mapping.pointing import path_to, value_at
from integration_hub_connectors.mapping.trace import filled
from integration_hub_connectors.paths import compile_path

TEXT = st.text(min_size=1, max_size=12)
ORDER = {
    "number": " #1 ",
    "customer": {"mail": "A@X.EXAMPLE", "city": "Ghent"},
    "line_items": [{"sku": "A", "qty": "2"}, {"sku": "B", "qty": "two"}],
    "status": "paid",
}
FIRST: list[dict[str, Any]] = [
    {"source": "number", "transforms": ["strip"], "target": "number"},
    {
        "source": "customer",
        "target": "customer",
        "lines": [
            {"source": "mail", "transforms": ["lower"], "target": "email"},
            {"source": "city", "target": "address.city"},
        ],
    },
    {
        "source": "line_items",
        "target": "lines",
        "lines": [
            {"source": "sku", "target": "product.sku"},
            {"source": "qty", "transforms": ["int"], "target": "quantity"},
            {"source": "$root.number", "target": "order"},
        ],
    },
    {"source": "status", "target": "status"},
    {"source": "gone", "target": "billing"},
]
SECOND: list[dict[str, Any]] = [
    {"source": "number || customer.email", "target": "name", "required": True},
    {"source": "number", "target": "ref"},
    {"source": "customer", "target": "_partner"},
    {
        "source": "lines[]",
        "target": "_lines",
        "lines": [
            {"source": "product", "target": "product_id"},
            {"source": "quantity", "target": "qty"},
        ],
    },
    {"source": "billing.street", "target": "street"},
    {"source": "note", "target": "note", "required": True},
    {"value": "web", "target": "origin"},
]


def compiled(lines: list[dict[str, Any]]) -> Any:
    return compile_mapping({"format": 1, "name": "m", "source": "a", "target": "b", "lines": lines})


def travel(document: Any) -> tuple[dict[str, Leg], list[Stop]]:
    first, second = compiled(FIRST), compiled(SECOND)
    entries = first.trace(document)
    canonical = filled(entry for entry in entries if not entry.depth)
    legs, unfed = journey(first, entries, second, second.trace(canonical))
    return {leg.stop.target: leg for leg in legs}, unfed


def targets(leg: Leg) -> list[str]:
    return [arrival.stop.target for arrival in leg.arrivals]


def test_each_line_is_told_with_where_its_value_goes() -> None:
    legs, _unfed = travel(ORDER)
    assert list(legs) == [
        "number", "customer", "customer.email", "customer.address.city",
        "lines", "lines.product.sku", "lines.quantity", "lines.order", "status", "billing",
    ]  # fmt: skip
    assert targets(legs["number"]) == ["ref", "name"], "what takes it as it is comes first"
    assert legs["number"].arrivals[0].stop.value == "#1"
    assert targets(legs["lines"]) == ["_lines"]
    assert targets(legs["lines.quantity"]) == ["_lines.qty"]
    assert targets(legs["billing"]) == ["street"], "a value that is taken apart"
    assert targets(legs["status"]) == targets(legs["lines.order"]) == []


def test_a_value_inside_an_object_that_is_taken_whole() -> None:
    legs, _unfed = travel(ORDER)
    assert [(each.stop.target, each.beyond) for each in legs["customer.address.city"].arrivals] == [
        ("_partner", ("address", "city"))
    ]
    assert targets(legs["customer"]) == [], "some of it goes elsewhere too"
    assert targets(legs["customer.email"]) == ["name"], "read by itself, it is not only a part of the object"
    assert [each.beyond for each in legs["lines.product.sku"].arrivals] == [("sku",)]


def test_of_a_lists_items_the_one_that_is_wrong_is_told() -> None:
    legs, _unfed = travel(ORDER)
    stop = legs["lines.quantity"].stop
    assert (stop.number, stop.depth, stop.items, stop.outcome) == ("3.2", 1, 2, "problem")
    assert stop.problem and stop.problem.line == "3[1].2"
    assert (legs["lines.product.sku"].stop.outcome, legs["lines.product.sku"].stop.value) == ("set", "A")


def test_what_nothing_feeds() -> None:
    _legs, unfed = travel(ORDER)
    assert [(stop.target, stop.outcome) for stop in unfed] == [("note", "problem"), ("origin", "constant")]


def test_without_a_document_there_are_lines_and_no_values() -> None:
    first, second = compiled(FIRST), compiled(SECOND)
    legs, _unfed = journey(first, [], second, [])
    assert {(leg.stop.outcome, leg.stop.items) for leg in legs} == {("off", 0)}
    assert targets(legs[0]) == ["ref", "name"]


def test_the_base_of_a_line_is_where_its_paths_start() -> None:
    legs, _unfed = travel(ORDER)
    assert legs["number"].stop.base == ()
    assert legs["lines.product.sku"].stop.base == ("line_items",)
    assert legs["lines.quantity"].stop.reads == {("line_items", "qty")}
    assert legs["lines.order"].stop.reads == {("number",)}


DOCUMENT = {
    "a": {"b c": 1, 'q"': 2},
    "list": [{"x": [{"y": 1}, {"y": 2}]}, {"x": [{"y": 3}]}],
    "attributes": [{"name": "it's", "value": "yes"}, {"name": "other", "value": "no", "more": 1}],
    "plain": [7, 8],
}


@pytest.mark.parametrize(
    ("pointer", "base", "path"),
    [
        (("a", "b c"), (), 'a."b c"'),
        (("a", 'q"'), (), 'a."q\\""'),
        (("plain", 1), (), "plain[1]"),
        (("list", 1, "x", 0, "y"), (), "list[1].x[0].y"),
        (("list", 1, "x", 0, "y"), ("list",), "x[0].y"),
        (("list", 1, "x", 0, "y"), ("list", "x"), "y"),
        (("list", 1, "x", 0), ("list", "x"), "@"),
        (("a", "b c"), ("list",), '$root.a."b c"'),
        (("attributes", 0, "value"), (), "attributes[?name=='it\\'s'].value | [0]"),
        (("attributes", 1, "more"), (), "attributes[1].more"),
    ],
)
def test_pointing_writes_the_path(pointer: tuple[str | int, ...], base: tuple[str, ...], path: str) -> None:
    assert path_to(pointer, base, DOCUMENT) == path
    compiled_path = compile_path(path)
    item = DOCUMENT if not base or compiled_path.from_root else value_at(_item(pointer, base), DOCUMENT)
    assert compiled_path.read(item) == value_at(pointer, DOCUMENT)


@settings(max_examples=200, deadline=None, database=None)
@given(TEXT, TEXT)
@example("a\\b", "c:\\dir\\")
@example("`\n'", "\\`'\"")
def test_any_key_and_any_name_is_found_again(key: str, name: str) -> None:
    document = {"a": {key: 1}, "list": [{"name": f"not {name}", "value": 1}, {"name": name, "value": 2}]}
    for pointer in (("a", key), ("list", 1, "value")):
        assert compile_path(path_to(pointer, (), document)).read(document) == value_at(pointer, document)


def _item(pointer: tuple[str | int, ...], base: tuple[str, ...]) -> tuple[str | int, ...]:
    size = 0
    for _key in base:
        size += 1
        while size < len(pointer) and isinstance(pointer[size], int):
            size += 1
    return pointer[:size]


def test_a_place_that_is_not_there_has_no_value() -> None:
    assert value_at(("a", "x", 0), DOCUMENT) is value_at(("plain", 9), DOCUMENT) is None
