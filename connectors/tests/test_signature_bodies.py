# Part of Integration Hub. License LGPL-3.0 or later.
"""Reading the body of a delivery: only what the sender sends, and only strictly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from integration_hub_connectors.errors import DocumentError
from integration_hub_connectors.signatures import FORM, JSON, Delivery
from integration_hub_connectors.signatures.bodies import form_pairs, read_document, text_at


def delivered(body, content_type=None):
    return Delivery("POST", None, {} if content_type is None else {"Content-Type": content_type}, body)


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        JSON,
        "Application/JSON; charset=utf-8",
        "application/vnd.api+json",
        "application/cloudevents+json ; v=1",
    ],
)
def test_json_has_several_names(content_type):
    assert read_document(delivered(b'{"a": 1}', content_type), (JSON,)) == {"a": 1}


@pytest.mark.parametrize(
    "content_type", ["text/plain", FORM, "multipart/form-data; boundary=x", "json", "application/jsonx"]
)
def test_other_kinds_are_refused_with_what_is_sent(content_type):
    with pytest.raises(DocumentError) as caught:
        read_document(delivered(b"{}", content_type), (JSON,))
    assert caught.value.code == "unsupported-content-type"
    assert JSON in caught.value.hint
    assert caught.value.params == {"content_type": content_type.partition(";")[0]}


def test_a_kind_of_any_length_is_named_in_short():
    with pytest.raises(DocumentError) as caught:
        read_document(delivered(b"{}", "x" * 99), (JSON, FORM))
    assert caught.value.message == f"The sender does not send '{'x' * 80}'"
    assert caught.value.hint == f"Configure the webhook there to send {JSON} or {FORM}."
    assert caught.value.params == {"content_type": "x" * 80}


def test_forms_are_objects_of_texts():
    assert read_document(delivered(b"a=1&b=&a=2", FORM), (JSON, FORM)) == {"a": ["1", "2"], "b": ""}
    assert read_document(delivered(b"", FORM), (FORM,)) == {}
    assert read_document(delivered(b"={}&a=1", FORM), (FORM,)) == {"": "{}", "a": "1"}  # a field without a name


def test_form_field_may_hold_the_document():
    body = b"payload=%7B%22a%22%3A1%7D&b=2"
    assert read_document(delivered(body, FORM), (FORM,), "payload") == {"a": 1}
    assert read_document(delivered(body, FORM), (FORM,), "other") == {"payload": '{"a":1}', "b": "2"}
    twice = read_document(delivered(b"payload=1&payload=2", FORM), (FORM,), "payload")
    assert twice == {"payload": ["1", "2"]}


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"a=%00", "nul-character"), (b"%00=a", "nul-character"), (b"a", "invalid-form"), (b"a=%ff", "invalid-form"),
     (b"a=\xc3\xa9", "invalid-form"), (b"a=1 2", "invalid-form"), (b"a=1\n", "invalid-form")],
)  # fmt: skip
def test_forms_are_strict(body, code):
    with pytest.raises(DocumentError) as caught:
        read_document(delivered(body, FORM), (FORM,))
    assert caught.value.code == code
    assert " form " in caught.value.message


def test_forms_have_a_limited_number_of_fields():
    assert len(form_pairs(b"&".join([b"a=1"] * 10_000))) == 10_000
    with pytest.raises(DocumentError):
        form_pairs(b"&".join([b"a=1"] * 10_001))


@pytest.mark.parametrize(
    ("path", "expected"),
    [("a", "x"), ("b.c", "5"), ("b.d.e", "deep"), ("b", None), ("f", None), ("g", None), ("h", None), ("z", None),
     ("a.b", None), ("i.0", None), ("", None), ("b.", None), ("n", "-1"), ("long", None), ("fits", "y" * 9)],
)  # fmt: skip
def test_ids_are_texts_or_whole_numbers(path, expected):
    document = {"a": "x", "b": {"c": 5, "d": {"e": "deep"}}, "f": True, "g": 1.5, "h": "", "i": ["x"], "n": -1,
                "long": "y" * 10, "fits": "y" * 9}  # fmt: skip
    assert text_at(document, path, 9) == expected


@given(
    document=st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists),
    path=st.text(min_size=1, max_size=9),
)
def test_any_document_has_an_id_or_none(document, path):
    assert text_at(document, path, 255) is None
