# Part of Integration Hub. License LGPL-3.0 or later.
"""Paths mean what JMESPath says: closures against the library on random documents."""

import jmespath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from integration_hub_connectors.mapping import PathSyntaxError, TransformError, compile_path

KEYS = ["a", "b", "c", "d e"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 3) | st.sampled_from([0.0, 1.5, "", "a", "x"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=25,
)
FIELD = st.sampled_from(["a", "b", "c", '"d e"'])
INDEX = st.sampled_from(["[0]", "[1]", "[-1]", "[]", "[*]", "[?a]", "[?b == `1`]", "[?!c]", "[?a != 'x' && b]"])
STEP = FIELD.map(lambda name: f".{name}") | INDEX
CHAIN = st.tuples(FIELD | st.just("@"), st.lists(STEP, max_size=4)).map(lambda made: made[0] + "".join(made[1]))
LITERAL = st.sampled_from(["`1`", "`true`", "`0`", "`null`", "'x'", "`[]`", '`{"a": 1}`'])
EXPRESSION = st.recursive(
    CHAIN,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["||", "&&", "==", "!=", "|"]), inner | LITERAL).map(
            lambda made: f"({made[0]}) {made[1]} ({made[2]})"
        ),
        inner.map(lambda made: f"!({made})"),
    ),
    max_leaves=4,
)


@settings(max_examples=400, deadline=None, database=None)
@given(EXPRESSION, JSON)
def test_closures_equal_jmespath(expression, document):
    path = compile_path(expression)
    assert path.simple
    found, expected = path.read(document), jmespath.search(expression, document)
    assert found == expected
    assert repr(found) == repr(expected)  # 1, 1.0 and True are equal, but not the same


@pytest.mark.parametrize(
    "expression", ["a", "a.b.c", "a.b.c.d", '"d e".a', "a[0].b", "a[].b[]", "a[-1]", "@", "a[0][1]"]
)
@settings(max_examples=40, deadline=None, database=None)
@given(document=JSON)
def test_simple_paths_equal_jmespath(expression, document):
    path = compile_path(expression)
    assert path.simple
    assert repr(path.read(document)) == repr(jmespath.search(expression, document))


@pytest.mark.parametrize(
    "expression, document, result",
    [
        ("a == b", {"a": 1, "b": True}, False),
        ("a != b", {"a": False, "b": 0}, True),
        ("a == b", {"a": 1, "b": 1.0}, True),
        ("a == b", {"a": True, "b": True}, True),
        ("a[]", {"a": [1, None, [2, None]]}, [1, 2]),
        ("a[].b", {"a": [{"b": 1}, {}, 3]}, [1]),
        ("a[]", {"a": {}}, None),
        ("!a", {"a": 0}, False),
        ("a || b", {"a": [], "b": 2}, 2),
    ],
)
def test_where_jmespath_differs_from_python(expression, document, result):
    assert compile_path(expression).simple
    assert compile_path(expression).read(document) == jmespath.search(expression, document) == result


@pytest.mark.parametrize(
    "expression, keys", [("a.b.c", ("a", "b", "c")), ('"d e"', ("d e",)), ("a[0]", None), ("@", None)]
)
def test_keys(expression, keys):
    assert compile_path(expression).keys == keys


@pytest.mark.parametrize("expression", ["length(a)", "a[0:2]", "{x: a}", "[a, b]", "a > `1`", "a.*"])
def test_the_rest_is_left_to_the_library(expression):
    path = compile_path(expression)
    document = {"a": [1, 2, 3], "b": 2}
    assert not path.simple
    assert path.read(document) == jmespath.search(expression, document)


def test_root():
    assert compile_path("$root.a.b").from_root
    assert compile_path("$root").read(1) == 1
    assert compile_path("$root[0]").read([5]) == 5
    assert not compile_path("a").from_root
    assert compile_path("$root.a != 'x'").read({"a": "y"}) is True


@pytest.mark.parametrize(
    "expression", ["", " ", "a.", "a[", "$rooted.a", "$", "a == $root.b", "a['", None, 3, ["a"], "nosuch(", "lenght(a)"]
)
def test_refused(expression):
    with pytest.raises(PathSyntaxError):
        compile_path(expression)


def test_an_unknown_function_is_refused_with_a_suggestion():
    with pytest.raises(PathSyntaxError, match=r"no function lenght\(\); did you mean length\(\)\?"):
        compile_path("a[?lenght(b) == `1`]")


@pytest.mark.parametrize(
    "expression, document",
    [
        ("sum(a)", {"a": "x"}),
        ("a < b", {"a": 1, "b": "x"}),
        ("to_number(a)", {"a": "1e999"}),
        ("a[].{x: to_number(@)}", {"a": ["1", "nan"]}),
        ("sum(a)", {"a": [1e308, 1e308]}),
    ],
)
def test_what_cannot_be_evaluated_is_a_transform_error(expression, document):
    with pytest.raises(TransformError) as caught:
        compile_path(expression).read(document)
    assert caught.value.code == "path"
    assert expression in caught.value.message


@pytest.mark.parametrize(
    "expression, reads, stands_for",
    [
        ("a.b", {("a", "b")}, {("a", "b")}),
        ("a[?x > `1`].b", {("a", "x"), ("a", "b")}, {("a", "b")}),
        ("a || b.c", {("a",), ("b", "c")}, {("a",), ("b", "c")}),
        ("max_by(a, &b.c).d", {("a", "b", "c"), ("a", "d")}, {("a", "d")}),
        ("{x: a.b, y: c}", {("a", "b"), ("c",)}, {("a", "b"), ("c",)}),
        ("'text'", set(), set()),
        ("@", {()}, {()}),
    ],
)
def test_what_is_read(expression, reads, stands_for):
    path = compile_path(expression)
    assert path.reads == reads
    assert path.stands_for == stands_for
