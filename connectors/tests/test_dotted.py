# Part of Integration Hub. License LGPL-3.0 or later.
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from integration_hub_connectors import dotted

names = st.text("abc", min_size=1, max_size=2)
documents = st.recursive(st.none() | st.integers() | st.text("x"), lambda inner: st.dictionaries(names, inner))
paths = st.lists(names, max_size=4).map(".".join)


@pytest.mark.parametrize(
    "path, found", [("a.b", 1), ("a", {"b": 1}), ("", {"a": {"b": 1}}), ("a.b.c", None), ("x", None)]
)
def test_what_stands_at_a_path_is_read(path: str, found: Any) -> None:
    assert dotted.read({"a": {"b": 1}}, path) == found


@given(documents, paths, documents)
def test_what_was_written_is_read(document: Any, path: str, value: Any) -> None:
    before = repr(document)
    assert dotted.read(dotted.write(document, path, value), path) == value
    assert repr(document) == before


def test_writing_leaves_what_stands_beside() -> None:
    assert dotted.write({"a": {"b": 1}, "c": 2}, "a.d.e", 3) == {"a": {"b": 1, "d": {"e": 3}}, "c": 2}
    assert dotted.write("no object", "a", 1) == {"a": 1}
