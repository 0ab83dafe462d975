# Part of Integration Hub. License LGPL-3.0 or later.
import pytest
from hypothesis import given
from hypothesis import strategies as st
from integration_hub_connectors.pointers import keys_of, pointer_of


@pytest.mark.parametrize(
    "pointer, keys",
    [("", []), ("/foo", ["foo"]), ("/", [""]), ("/a~1b", ["a/b"]), ("/m~0n", ["m~n"]), ("/~01", ["~1"]), ("/ ", [" "])],
)
def test_examples_of_the_standard(pointer: str, keys: list[str]) -> None:
    assert pointer_of(keys) == pointer
    assert keys_of(pointer) == keys


def test_an_index_is_written_in_digits() -> None:
    assert pointer_of(("line_items", 2, "price")) == "/line_items/2/price"


@given(st.lists(st.text()))
def test_there_and_back(keys: list[str]) -> None:
    assert keys_of(pointer_of(keys)) == keys
