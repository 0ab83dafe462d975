# Part of Integration Hub. License LGPL-3.0 or later.
"""What would explode is refused: when it is compiled, or while it runs, and always in a moment."""

import pytest
from integration_hub_connectors.mapping import (
    DEFAULT,
    ArgumentError,
    MappingError,
    MappingSpecError,
    PathSyntaxError,
    compile_mapping,
    compile_path,
)
from integration_hub_connectors.paths.interpreter import MAX_TEXT

DOUBLING = "[@, @][]"


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        (" | ".join([DOUBLING] * 9), "could give more than 100 times"),  # would be fine with 2 of them
        (" | ".join(["{a: @, b: @}"] * 20), "could give more than 100 times"),  # a million leaves, 20 objects
        (".".join(["[a, b, c]"] * 30), "could give more than 100 times"),
        ("join('', [@, @]) | " * 15 + "@", "could give more than 100 times"),
        ("map(&[@, @, @, @], " * 10 + "@" + ")" * 10, "could give more than 100 times"),
        ("a[] | map(&`[" + ", ".join("0" * 120) + "]`, @)", "could give more than 100 times"),
        ("sort_by(a, &[@, @][] | [@, @][] | [@, @][] | [@, @][] | [@, @][] | [@, @][] | [@, @][])", "100 times"),
        ("a[?" + " | ".join(["[@, @]"] * 8) + "]", "could give more than 100 times"),
        (" || ".join("a" * 100), "nested deeper"),
        ("a" + "[]" * 60, "nested deeper"),
        ("not_null(" * 50 + "a" + ")" * 50, "nested deeper"),
        ("!" * 900 + "a", "nested too deeply"),
        ("[" * 480 + "@" + "]" * 480, "nested"),
        (" | ".join("a" * 200), "more than 300 parts"),
        ("`1e999`", "not finite"),
        ("a || `[NaN]`", "not finite|not a valid path"),
    ],
)
def test_an_expression_that_could_explode_is_refused(expression, reason):
    with pytest.raises(PathSyntaxError, match=reason):
        compile_path(expression)
    with pytest.raises(MappingSpecError, match="line 1, “source”"):
        compile_mapping({"format": 1, "name": "t", "lines": [{"source": expression, "target": "t"}]})


@pytest.mark.parametrize(
    "expression",
    [
        "[{at: `1`, value: option1}, {at: `2`, value: option2}, {at: `3`, value: option3}][?value]",
        "a.b.c[0].d[?e == 'f' && g > `3`].h | [0]",
        "sort_by(line_items, &price)[].{sku: sku, total: price, tags: join(',', tags)}",
        " || ".join(f"field_{number}" for number in range(20)),
        ".".join(["field"] * 60),
    ],
)
def test_what_mappings_need_is_far_from_the_limits(expression):
    assert compile_path(expression)


@pytest.mark.parametrize(
    ("expression", "document"),
    [
        ("join(@[0], @[1])", ["x" * 100_000, ["y"] * 100_000]),  # 10 GB of text out of 500 kB
        ("map(&length(to_string(@)), @)", list(range(300_000))),
        (f"{DOUBLING} | {DOUBLING} | {DOUBLING} | sort(@)", list(range(150_000))),
        ("[].length(@)", ["x"] * 400_000),
    ],
)
def test_an_expression_that_works_too_much_is_stopped(expression, document):
    made = compile_mapping({"format": 1, "name": "t", "lines": [{"source": expression, "target": "t"}]})
    with pytest.raises(MappingError) as refused:
        made.apply(document)
    (problem,) = refused.value.problems
    assert (problem.line, problem.source, problem.code) == ("1", expression, "too-much-work")


def test_a_large_order_is_far_from_the_limits():
    document = {
        "currency": "EUR",
        "items": [{"sku": str(n), "tags": ["a", "b"], "price": "1.00"} for n in range(5_000)],
    }
    made = compile_mapping({"format": 1, "name": "t", "lines": [
        {"source": "sort_by(items, &sku)[].sku", "target": "skus"},
        {"source": "items", "target": "lines", "lines": [
            *({"source": "sku", "transforms": ["strip"], "target": f"t{number}"} for number in range(20)),
            {"source": "$root.currency", "target": "currency"},
            {"source": "join(',', tags)", "target": "tags"},
        ]},
    ]})  # fmt: skip
    assert len(made.apply(document)["lines"]) == 5_000


def nested(depth):
    line = {"source": "$root.items", "target": "again", "lines": [{"source": "a", "target": "a"}]}
    for _ in range(depth - 1):
        line = {"source": "$root.items", "target": "again", "lines": [line]}
    return line


@pytest.mark.parametrize(
    "lines",
    [
        [nested(7)],  # 100 items: 100 ** 7
        [{"source": "items", "target": "l", "lines": [{"source": "$root.big", "target": "copy"}]}],
        [{"source": "items", "target": "l", "lines": [
            {"source": "$root.big", "transforms": ["to_json"], "target": "t"},
        ]}],
        [{"source": "items", "target": "l", "lines": [{"source": "a", "target": "a", "when": "$root.big[?b]"}]}],
    ],
)  # fmt: skip
def test_reading_the_document_for_each_item_ends(lines):
    document = {"items": [{"a": 1}] * 100, "big": [{"a": number, "b": True} for number in range(30_000)]}
    made = compile_mapping({"format": 1, "name": "t", "lines": lines})
    with pytest.raises(MappingError) as caught:
        made.apply(document)
    (problem,) = caught.value.problems
    assert problem.code == "too-much-work"
    assert problem.line.startswith("1[")
    assert [entry.problem for entry in made.trace(document) if entry.outcome == "problem"] == [problem]


def test_a_path_from_root_is_read_once_for_all_items():
    document = {"items": [{}] * 1_000, "big": list(range(500))}
    line = {"source": "$root.sum(big)", "target": "total"}
    made = compile_mapping({"format": 1, "name": "t", "lines": [{"source": "items", "target": "l", "lines": [line]}]})
    assert made.apply(document)["l"][-1] == {"total": sum(range(500))}


def test_a_path_from_root_that_fails_is_a_problem_of_each_item():
    line = {"source": "$root.sum(big)", "target": "total"}
    made = compile_mapping({"format": 1, "name": "t", "lines": [{"source": "items", "target": "l", "lines": [line]}]})
    with pytest.raises(MappingError) as caught:
        made.apply({"items": [{}, {}], "big": ["x"]})
    assert [(problem.line, problem.code) for problem in caught.value.problems] == [
        ("1[0].1", "path"),
        ("1[1].1", "path"),
    ]
    assert {problem.value_type for problem in caught.value.problems} == {"object"}


@pytest.mark.parametrize(
    ("steps", "value"),
    [
        ([{"replace": {"old": "a", "new": "a" * 1000}}] * 20, "a" * 1000),
        ([{"join": "x" * 1000}], ["a"] * 20_000),
        ([{"template": "{a}" * 100}], {"a": "x" * 200_000}),
        (["to_json"] * 20, "\\" * 1000),
        (["text_to_html"] * 20, "'" * 500_000),
    ],
)
def test_no_transform_makes_a_text_without_end(steps, value):
    made = compile_mapping({"format": 1, "name": "t", "lines": [{"source": "v", "transforms": steps, "target": "t"}]})
    with pytest.raises(MappingError) as caught:
        made.apply({"v": value})
    assert [problem.code for problem in caught.value.problems] == ["too-much-work"]
    assert str(MAX_TEXT) in caught.value.problems[0].message


def test_arguments_are_bounded():
    with pytest.raises(ArgumentError, match="between 1 and 1000"):
        DEFAULT.get("pad").bind(10**9)
