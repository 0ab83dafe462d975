# Part of Integration Hub. License LGPL-3.0 or later.
"""What is wrong, read from the forms in which APIs say it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from integration_hub_connectors import refusals
from integration_hub_connectors.errors import Rejected
from integration_hub_connectors.refusals import Refusal
from integration_hub_connectors.statuses import error_for_status

EMBEDDED = [{"isValid": False, "message": "Email address a is invalid", "error": "INVALID_EMAIL", "name": "email"}]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"message": "The name is taken"}, ("The name is taken", "", "")),
        ({"message": "No", "category": "VALIDATION_ERROR"}, ("No", "", "VALIDATION_ERROR")),
        (
            {"message": f"Property values were not valid: {json.dumps(EMBEDDED)}", "category": "VALIDATION_ERROR"},
            ("Email address a is invalid", "email", "INVALID_EMAIL"),
        ),
        (
            {"type": "https://example.com/out-of-credit", "title": "No credit", "detail": "Your balance is 30."},
            ("Your balance is 30", "", "https://example.com/out-of-credit"),
        ),
        (
            {"title": "Invalid", "errors": [{"detail": "must be positive", "pointer": "#/age"}]},
            ("must be positive", "age", ""),
        ),
        (
            {"error": {"type": "card_error", "code": "card_declined", "message": "Declined", "param": "source"}},
            ("Declined", "source", "card_declined"),
        ),
        (
            {"errors": {"email": ["has already been taken"], "name": ["is short"]}},
            ("has already been taken", "email", ""),
        ),
        ({"errors": "Not authorised"}, ("Not authorised", "", "")),
        ({"errors": [{"message": "Bad city", "path": ["order", "city"]}]}, ("Bad city", "order.city", "")),
        (
            {"Message": "x", "Elements": [{"ValidationErrors": [{"message": "Account code is missing"}]}]},
            ("Account code is missing", "", ""),
        ),
        ({"error": "invalid_grant", "error_description": "It expired."}, ("It expired", "", "invalid_grant")),
        ([{"message": "First", "errorCode": "REQUIRED", "fields": ["Name"]}], ("First", "Name", "REQUIRED")),
        (
            {"error_message": "ignored", "detail": "A mail to ada@x.example failed"},
            ("A mail to ***@*** failed", "", ""),
        ),
    ],
)
def test_forms(document, expected):
    assert refusals.read(json.dumps(document).encode()) == Refusal(*expected, template=expected[0])


def test_what_it_repeats_of_the_request_is_not_its_rule():
    sent = json.dumps(
        {"properties": {"name": "Ada Lovelace", "limit": 12, "tags": ["an", "Ada"], "flag": True}}
    ).encode()
    body = json.dumps({"message": "An entry of Ada Lovelace is over 12, by Ada's 120 true ways"}).encode()
    refusal = refusals.read(body, sent)
    assert refusal.words == "An entry of Ada Lovelace is over 12, by Ada's 120 true ways"
    assert refusal.template == "An entry of # is over #, by #'s 120 true ways"


@pytest.mark.parametrize("body", [b"", b"<html>no</html>", b"[]", b"{}", b"null", b'"', b'{"a": 1}', b"[" * 100_000])
def test_what_says_nothing(body):
    assert refusals.read(body) is None


MEMBERS = st.sampled_from(["message", "error", "errors", "field", "code", "x"])
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(MEMBERS, inner),
)


@given(DOCUMENTS)
def test_any_document_is_read(document):
    found = refusals.read(json.dumps(document).encode())
    assert found is None or 0 < len(found.words) <= refusals.WORDS


def test_it_is_told_with_the_status():
    body = json.dumps({"message": f"Not valid: {json.dumps(EMBEDDED)}"}).encode()
    error = error_for_status(400, {}, body, method="POST", target="api.example/contacts")
    assert isinstance(error, Rejected)
    assert error.message == "POST api.example/contacts answered 400 Bad Request: Email address a is invalid (email)"
    assert error.params["refusal"] == {
        "words": "Email address a is invalid", "field": "email", "rule": "INVALID_EMAIL",
        "template": "Email address a is invalid",
    }  # fmt: skip
    assert "refusal" not in error_for_status(400, {}, b"<html>").params
