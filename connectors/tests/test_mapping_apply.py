# Part of Integration Hub. License LGPL-3.0 or later.
"""What a compiled mapping does with documents."""

import copy
from typing import Any

import pytest
from integration_hub_connectors.mapping import (
    DEFAULT,
    MappingError,
    MappingSpecError,
    TransformError,
    compile_mapping,
)


def mapping(*lines: dict[str, Any], transforms=DEFAULT):
    return compile_mapping({"format": 1, "name": "test", "lines": list(lines)}, transforms)


def apply(document: Any, *lines: dict[str, Any]) -> dict[str, Any]:
    return mapping(*lines).apply(document)


def problems(document: Any, *lines: dict[str, Any]):
    with pytest.raises(MappingError) as caught:
        apply(document, *lines)
    return caught.value.problems


ORDER = {
    "id": 1001,
    "currency": "eur",
    "customer": {"email": " Ada@Example.com ", "address": {"city": "Ghent"}},
    "line_items": [{"sku": "A", "tax": [{"rate": 0.06}]}, {"sku": "B", "tax": []}],
    "note": None,
}


def test_an_order_takes_its_canonical_shape():
    assert apply(
        ORDER,
        {"source": "id", "transforms": [{"gid": "Order"}], "target": "id", "required": True},
        {"source": "customer.email", "transforms": ["strip", "lower"], "target": "customer.email"},
        {"source": "customer.address.city", "target": "customer.address.city"},
        {
            "source": "line_items[]",
            "target": "lines",
            "lines": [
                {"source": "sku", "target": "product.sku"},
                {"source": "$root.currency", "transforms": ["upper"], "target": "currency"},
                {"source": "tax[]", "target": "taxes", "lines": [{"source": "rate", "target": "rate"}]},
            ],
        },
        {"value": "web", "target": "channel"},
    ) == {
        "id": "gid://shopify/Order/1001",
        "customer": {"email": "ada@example.com", "address": {"city": "Ghent"}},
        "lines": [
            {"product": {"sku": "A"}, "currency": "EUR", "taxes": [{"rate": 0.06}]},
            {"product": {"sku": "B"}, "currency": "EUR", "taxes": []},
        ],
        "channel": "web",
    }


@pytest.mark.parametrize("document", [{"x": None}, {}, [], "text", 7, None])
def test_missing_and_null_are_the_same(document):
    assert apply(document, {"source": "x", "target": "y"}) == {}
    assert apply(document, {"source": "x", "target": "y", "empty": "clear"}) == {"y": None}
    assert apply(document, {"source": "x", "target": "y", "default": 0, "required": True}) == {"y": 0}
    assert [p.code for p in problems(document, {"source": "x", "target": "y", "required": True})] == ["required"]


@pytest.mark.parametrize("value", ["", 0, False, [], {}])
def test_empty_values_are_values(value):
    assert apply({"x": value}, {"source": "x", "target": "y", "default": "d", "required": True}) == {"y": value}


def test_nothing_left_by_a_transform_is_missing():
    line = {"source": "x", "transforms": ["null_if", "upper"], "target": "y"}
    assert apply({"x": ""}, line) == {}
    assert apply({"x": ""}, {**line, "default": "none"}) == {"y": "none"}
    assert apply({"x": "a"}, line) == {"y": "A"}


def test_nested_object_and_grouping_without_source():
    sub = [{"source": "city", "target": "city"}]
    document = {"city": "Ghent", "address": {"city": "Namur"}}
    assert apply(document, {"source": "address", "target": "a", "lines": sub}) == {"a": {"city": "Namur"}}
    assert apply(document, {"target": "a", "lines": sub}) == {"a": {"city": "Ghent"}}
    assert apply({}, {"source": "address", "target": "a", "lines": sub, "empty": "clear"}) == {"a": None}


def test_plain_items_are_read_by_at():
    assert apply(
        {"tags": ["a", "b"]},
        {
            "source": "tags",
            "target": "tags",
            "lines": [
                {"source": "@", "transforms": ["upper"], "target": "name"},
                {"source": "$root.n", "target": "n"},
            ],
        },
    ) == {"tags": [{"name": "A"}, {"name": "B"}]}


@pytest.mark.parametrize(
    "when, applies",
    [
        ("status != 'voided'", True),
        ("status == 'voided'", False),
        ("count", True),
        ("tags", False),
        ("!tags", True),
        ("count && status == 'paid'", True),
        ("items[?qty > `1`]", True),
        ("length(items) == `2`", False),
        ("$root.status", True),
    ],
)
def test_when(when, applies):
    document = {"status": "paid", "count": 0, "tags": [], "items": [{"qty": 2}]}
    line = {"source": "status", "target": "s", "when": when, "required": True, "default": "d"}
    assert apply(document, line) == ({"s": "paid"} if applies else {})


def test_a_line_that_is_off_is_neither_required_nor_cleared():
    assert apply({}, {"source": "x", "target": "y", "when": "z", "required": True}) == {}
    assert apply({}, {"value": 1, "target": "y", "when": "z"}) == {}


def test_the_last_line_that_applies_wins():
    lines = [
        {"source": "name", "target": "name"},
        {"source": "company", "target": "name", "when": "kind == 'company'"},
    ]
    assert apply({"kind": "company", "name": "Ada", "company": "ACME"}, *lines) == {"name": "ACME"}
    assert apply({"kind": "person", "name": "Ada", "company": "ACME"}, *lines) == {"name": "Ada"}


def test_on_error():
    line = {"source": "x", "transforms": ["int"], "target": "y"}
    assert [p.code for p in problems({"x": "many"}, line)] == ["type"]
    assert apply({"x": "many"}, {**line, "on_error": "skip"}) == {}
    assert apply({"x": "many"}, {**line, "on_error": "default", "default": -1}) == {"y": -1}
    assert apply({"x": "3"}, {**line, "on_error": "default", "default": -1}) == {"y": 3}


def test_on_error_covers_sub_lines_on_something_that_is_not_nested():
    line = {"source": "x", "target": "y", "lines": [{"source": "a", "target": "a"}]}
    assert [p.code for p in problems({"x": "text"}, line)] == ["type"]
    assert [p.params["index"] for p in problems({"x": [{}, "text"]}, line)] == [1]
    assert apply({"x": "text"}, {**line, "on_error": "skip"}) == {}
    assert apply({"x": "text"}, {**line, "on_error": "default", "default": []}) == {"y": []}


def test_a_value_that_is_refused_is_named_by_its_place():
    (problem,) = problems(ORDER, {"source": "customer.address.city", "target": "mail", "transforms": ["email"]})
    assert problem.message == "The value of “customer.address.city” is not a mail address"


def test_all_problems_are_collected_with_their_place():
    found = problems(
        {"items": [{"sku": "A", "qty": 1}, {"qty": "x"}], "address": {}},
        {"source": "id", "target": "id", "required": True},
        {
            "source": "items[]",
            "target": "lines",
            "lines": [
                {"source": "sku", "target": "product.sku", "required": True},
                {"source": "qty", "transforms": ["int"], "target": "quantity"},
            ],
        },
        {"source": "address", "target": "address", "lines": [{"source": "zip", "target": "zip", "required": True}]},
    )
    assert [(p.line, p.target, p.code) for p in found] == [
        ("1", "id", "required"),
        ("2[1].1", "lines.product.sku", "required"),
        ("2[1].2", "lines.quantity", "type"),
        ("3.1", "address.zip", "required"),
    ]


def test_a_place_is_right_after_a_nested_object_and_in_deeper_lists():
    tax = {"source": "tax[]", "target": "taxes", "lines": [{"source": "rate", "target": "rate", "required": True}]}
    found = problems(
        {"address": {}, "items": [{"tax": []}, {"meta": {}, "tax": [{"rate": 1}, {}]}], "address2": {}},
        {"source": "address", "target": "address", "lines": [{"source": "zip", "target": "zip"}]},
        {
            "source": "items[]",
            "target": "lines",
            "lines": [{"source": "meta", "target": "meta", "lines": [{"source": "x", "target": "x"}]}, tax],
        },
        {"source": "address2", "target": "a2", "lines": [{"source": "zip", "target": "zip", "required": True}]},
    )
    assert [p.line for p in found] == ["2[1].2[1].1", "3.1"]


def test_targets_of_one_object_come_together():
    document = {"a": 1, "b": 2, "c": 3}
    for base in ("x", "x.y", "x.y.z"):
        result = apply(document, *({"source": key, "target": f"{base}.{key}"} for key in document))
        for key in base.split("."):
            result = result[key]
        assert result == document


def test_a_problem_never_holds_the_value():
    secret = "s3cret-value"
    lines = [
        {"source": f"f{n}", "transforms": [transform], "target": f"t{n}"}
        for n, transform in enumerate(
            [
                "email",
                "int",
                "country_code",
                "datetime_utc",
                "bool",
                "phone_e164",
                "gid_number",
                {"gid": "Order"},
                {"value_map": {"map": {"a": 1}}},
                "from_epoch",
                "date",
                "first",
                "compact",
                "decimal",
            ]
        )
    ]
    with pytest.raises(MappingError) as caught:
        apply({f"f{n}": secret for n in range(len(lines))}, *lines)
    assert len(caught.value.problems) == len(lines)
    assert secret not in repr(caught.value) + str(caught.value) + repr(caught.value.problems)
    assert {p.value_type for p in caught.value.problems} == {"text"}
    assert all(p.message and p.hint and p.params["transform"] for p in caught.value.problems)


def test_the_error_names_the_first_problem_and_counts_the_others():
    lines = [{"source": f"f{n}", "target": f"t{n}", "required": True} for n in range(3)]
    with pytest.raises(MappingError, match=r"test: line 1 \(f0 → t0\).*\(and 2 more problems\)"):
        apply({}, *lines)


def test_a_path_that_fails_on_the_data_is_a_problem_or_follows_on_error():
    line = {"source": "sum(amounts)", "target": "total"}
    assert apply({"amounts": [1, 2]}, line) == {"total": 3}
    assert [p.code for p in problems({"amounts": ["x"]}, line)] == ["path"]
    assert apply({"amounts": ["x"]}, {**line, "on_error": "skip"}) == {}
    off = {"source": "@", "target": "t", "when": "sum(amounts)"}
    assert [p.code for p in problems({"amounts": "x"}, off)] == ["path"]


def test_the_document_is_not_changed_and_constants_cannot_be():
    document = copy.deepcopy(ORDER)
    made = mapping(
        {"value": {"tags": []}, "target": "meta"},
        {"source": "nothing", "target": "d", "default": []},
        {"source": "nothing || `[]`", "target": "l"},
        {"source": "nothing", "transforms": [{"default": {"value": []}}], "target": "t"},
        {"source": "line_items[]", "target": "lines", "lines": [{"source": "sku", "target": "sku"}]},
    )
    first = made.apply(document)
    expected = copy.deepcopy(first)
    first["meta"]["tags"].append(1)
    first["d"].append(1)
    first["l"].append(1)
    first["t"].append(1)
    first["lines"][0]["sku"] = "changed"
    assert made.apply(document) == expected
    assert document == ORDER


def with_owner():
    """The transforms and one more that asks the context."""
    registry = DEFAULT.child()

    @registry.transform("owner", context=True)
    def owner(value, context):
        """Who owns the value."""
        if value not in context:
            raise TransformError("lookup", "Nobody owns it")
        return context[value]

    return registry


def test_context_reaches_the_transforms_that_ask_for_it():
    registry = with_owner()
    made = mapping({"source": "id", "transforms": ["to_string", "owner", "upper"], "target": "o"}, transforms=registry)
    assert made.apply({"id": 1}, {"1": "ada"}) == {"o": "ADA"}
    with pytest.raises(MappingError) as caught:
        made.apply({"id": 2}, {"1": "ada"})
    assert caught.value.problems[0].code == "lookup"
    assert caught.value.problems[0].params == {"transform": "owner"}


@pytest.mark.parametrize("steps", [["broken"], ["to_string", "broken"]])
def test_a_bug_in_a_transform_is_raised_and_says_where(steps):
    registry = DEFAULT.child()

    @registry.transform("broken")
    def broken(value):
        """Fails."""
        raise KeyError("bug")

    made = mapping({"source": "id", "transforms": steps, "target": "o"}, transforms=registry)
    with pytest.raises(KeyError) as caught:
        made.apply({"id": 1})
    assert caught.value.__notes__ == ["in mapping line 1, transform “broken”"]


def test_sources_and_targets():
    made = mapping(
        {"source": "name", "target": "name"},
        {"source": "partner.email", "target": "contact.email", "when": "partner.active"},
        {
            "source": "line_ids[?qty > `0`]",
            "target": "lines",
            "lines": [
                {"source": "product.code", "target": "sku"},
                {"source": "$root.currency", "target": "currency"},
                {"source": "tax_ids[].name", "target": "taxes"},
            ],
        },
        {"source": "sort_by(notes, &date)[0].body", "target": "note"},
        {"source": "address", "transforms": [{"template": "{street} {city.name}"}], "target": "address"},
        {"transforms": [{"coalesce": ["phone", "mobile"]}], "target": "phone"},
        {"value": 1, "target": "version"},
    )
    assert made.sources == (
        "address.city.name",
        "address.street",
        "currency",
        "line_ids.product.code",
        "line_ids.qty",
        "line_ids.tax_ids.name",
        "mobile",
        "name",
        "notes.body",
        "notes.date",
        "partner.active",
        "partner.email",
        "phone",
    )
    assert made.targets == (
        "name",
        "contact.email",
        "lines.sku",
        "lines.currency",
        "lines.taxes",
        "note",
        "address",
        "phone",
        "version",
    )


def test_each_does_transforms_with_every_item_and_hands_the_context_on():
    registry = with_owner()
    line = {"source": "ids", "transforms": [{"each": ["to_string", "owner"]}], "target": "o"}
    made = mapping(line, transforms=registry)
    assert made.apply({"ids": [1, None, 2]}, {"1": "ada", "2": None}) == {"o": ["ada"]}
    with pytest.raises(MappingError) as caught:
        made.apply({"ids": [3]}, {})
    assert [(problem.code, problem.params) for problem in caught.value.problems] == [("lookup", {"transform": "each"})]
    assert problems({"ids": 1}, {"source": "ids", "transforms": [{"each": ["strip"]}], "target": "o"})[0].code == "type"


@pytest.mark.parametrize(
    "step",
    [{"each": []}, {"each": "strip"}, {"each": ["nothing"]}, {"each": [{"money": {"currency_path": "$root.c"}}]}],
)
def test_each_takes_transforms_that_there_are(step):
    with pytest.raises(MappingSpecError, match="line 1, “transforms”"):
        mapping({"source": "ids", "transforms": [step], "target": "o"})


def test_the_currency_of_a_line_may_stand_on_the_document():
    money = {"source": "price", "transforms": [{"money": {"currency_path": "$root.currency"}}], "target": "price"}
    made = mapping({"source": "items[]", "target": "lines", "lines": [money]})
    assert made.apply({"currency": "JPY", "items": [{"price": "10.4"}]}) == {"lines": [{"price": "10"}]}
    assert made.apply({"currency": "TND", "items": [{"price": 1}, {}]}) == {"lines": [{"price": "1.000"}, {}]}
    assert made.sources == ("currency", "items.price")
    with pytest.raises(MappingError) as caught:
        made.apply({"items": [{"price": 1}]})
    assert caught.value.problems[0].code == "currency"


@pytest.mark.parametrize(
    "argument",
    [
        "EUX",
        {},
        {"currency": "EUR", "currency_path": "c"},
        {"currency_path": "a["},
        {"path": "$root.a", "currency": "EUR"},
    ],
)
def test_money_needs_one_currency(argument):
    with pytest.raises(MappingSpecError, match="transform “money”"):
        mapping({"source": "a", "transforms": [{"money": argument}], "target": "a"})


@pytest.mark.parametrize("steps", [["broken"], ["to_string", "broken", "strip"]])
def test_a_bug_in_a_transform_says_where_among_alike_lines(steps):
    registry = DEFAULT.child()

    @registry.transform("broken")
    def broken(value):
        """Fails."""
        raise KeyError("bug")

    lines = [{"source": "a", "target": "a"}, {"source": "id", "transforms": steps, "target": "o"}]
    made = mapping(*lines, transforms=registry)
    assert made.apply({"a": 1}) == {"a": 1}
    with pytest.raises(KeyError) as caught:
        made.apply({"id": 1})
    assert caught.value.__notes__ == ["in mapping line 2, transform “broken”"]


def test_alike_lines_are_each_themselves():
    lines = [
        {"source": "o.a", "target": "a", "empty": "clear"},
        {"source": "o.b", "transforms": ["strip", "int", "to_string"], "target": "b"},
        {"source": "o.c", "transforms": ["strip", "null_if"], "target": "c", "default": "none"},
        {"source": "o.d", "target": "d", "required": True},
        {"source": "o.e", "transforms": ["int"], "target": "e", "on_error": "skip"},
    ]
    assert apply({"o": {"b": " 7 ", "c": " ", "d": 0, "e": "x"}}, *lines) == {"a": None, "b": "7", "c": "none", "d": 0}
    for document in ({}, {"o": "text"}, {"o": [{"d": 1}]}, {"o": None}):
        (problem,) = problems(document, *lines)
        assert (problem.line, problem.code) == ("4", "required")
    (problem,) = problems({"o": {"b": "many", "d": 1}}, *lines)
    assert (problem.line, problem.params["transform"], problem.value_type) == ("2", "int", "text")
