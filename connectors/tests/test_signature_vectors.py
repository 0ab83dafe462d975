# Part of Integration Hub. License LGPL-3.0 or later.
"""Files of signature vectors: what they may say, how each case went, and what is said of an unusable one."""

import json

import pytest
from integration_hub_connectors.errors import ConfigurationError
from integration_hub_connectors.messages import Headers
from integration_hub_connectors.signatures import Delivery, get
from integration_hub_connectors.signatures.vectors import Outcome, Vectors, load, run

STRIPE = get("stripe")
SIGNED = STRIPE.sign(Delivery("POST", None, Headers(), b"{}"), "s3cret", now=1000)
CASE = {"id": "s1", "valid": True, "secret": "s3cret", "headers": SIGNED, "body": "{}", "now": 1000}


def outcome(case, scheme=None, vendor="stripe"):
    (found,) = run(Vectors(vendor, (case,)), scheme)
    return found


def problem(case):
    with pytest.raises(ConfigurationError) as caught:
        outcome(case)
    assert caught.value.code == "invalid-vectors"
    return str(caught.value)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Outcome("s1", True, True, "", "")),
        ({"note": "why"}, Outcome("s1", True, True, "", "why")),
        ({"note": 5}, Outcome("s1", True, True, "", "5")),
        ({"id": 7}, Outcome("7", True, True, "", "")),
        ({"valid": False, "body": "[]"}, Outcome("s1", False, False, "mismatch", "")),
        ({"policy": "not here"}, Outcome("s1", False, True, "", "")),
        ({"now": 1300}, Outcome("s1", True, True, "", "")),
        ({"now": 1300.5}, Outcome("s1", True, False, "stale", "")),
        ({"now": 0}, Outcome("s1", True, False, "future", "")),
        ({"now": None}, Outcome("s1", True, True, "", "")),
        ({"secret": ["old", "s3cret"]}, Outcome("s1", True, True, "", "")),
        ({"secret": []}, Outcome("s1", True, False, "no-secret", "")),
        ({"headers": {}, "now": None}, Outcome("s1", True, False, "missing-header", "")),
    ],
)
def test_each_case_has_an_outcome(changes, expected):
    found = outcome({**CASE, **changes})
    assert found == expected
    assert found.passed is (expected.expected == expected.accepted)


def test_cases_without_an_id_are_counted():
    nameless = {key: value for key, value in CASE.items() if key != "id"}
    assert [found.case for found in run(Vectors("stripe", (nameless, CASE, nameless)))] == ["1", "s1", "3"]


def test_a_case_without_headers_and_body_has_none():
    found = outcome({"valid": False, "secret": "s", "now": 0})
    assert (found.accepted, found.reason) == (False, "missing-header")
    empty = get("github").sign(Delivery("POST", None, Headers(), b""), "s", now=0)
    assert outcome({"valid": True, "secret": "s", "headers": empty}, vendor="github").accepted


def test_where_neither_case_nor_delivery_has_a_time_it_is_0():
    scheme = get("jwt", {"algorithms": ["HS256"], "leeway": 0, "max_age": 0.5})
    headers = scheme.sign(Delivery("POST", None, Headers(), b""), "a secret of 16 b", now=0)
    case = {"valid": True, "secret": "a secret of 16 b", "headers": headers}
    assert outcome(case, scheme).accepted
    assert outcome({**case, "now": 1}, scheme).reason == "stale"


def test_the_scheme_may_be_another():
    described = {"signature_header": "X-Sig", "signed": "{method} {url} {body}", "encoding": "base64"}
    scheme = get("hmac", described)
    url = "https://x.example/ü"
    for method, given in (("POST", None), ("PUT", "PUT")):
        headers = scheme.sign(Delivery(method, url, Headers(), "ü".encode()), "s", now=0)
        case = {"valid": True, "secret": "s", "headers": headers, "url": url, "method": given, "body": "ü"}
        assert outcome(case, scheme, "nobody").accepted
        assert outcome({**case, "method": "GET"}, scheme).reason == "mismatch"
        assert outcome({**case, "url": None}, scheme).reason == "missing-url"


def test_headers_are_an_object_or_pairs_and_a_value_may_be_several():
    name, value = "Stripe-Signature", SIGNED["Stripe-Signature"]
    assert outcome({**CASE, "headers": [[name, value]]}).accepted
    assert outcome({**CASE, "headers": [(name, value)]}).accepted
    assert outcome({**CASE, "headers": {name: [value]}}).accepted
    for twice in ([[name, value], [name, value]], {name: [value, value]}):
        assert outcome({**CASE, "headers": twice}).reason == "malformed-header"


def test_bodies_may_be_a_text_repeated():
    headers = STRIPE.sign(Delivery("POST", None, Headers(), "üüü".encode()), "s3cret", now=1000)
    case = {key: value for key, value in CASE.items() if key != "body"} | {"headers": headers}
    assert outcome({**case, "body_repeat": {"text": "ü", "count": 3}}).accepted
    assert outcome({**case, "body_repeat": {"text": "ü", "count": 2}}).reason == "mismatch"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        *[({"secret": secret}, "secret must be a text or a list of texts") for secret in (None, 5, [1], ["s", 1], {})],
        *[({"valid": valid}, "valid must be true or false") for valid in (None, 1, "yes")],
        *[({"now": now}, "now must be a number or null") for now in (True, "1000", [])],
        *[({name: 5}, f"{name} must be a text or null") for name in ("method", "url", "body")],
        *[({"headers": headers}, "headers must be an object") for headers in (None, 5, "text")],
        *[
            ({"headers": headers}, "headers must be an object of texts")
            for headers in (["ab"], [["a"]], [["a", "b", "c"]], [[1, "b"]], [5], {"a": 1}, {"a": [1]}, {"a": None})
        ],
        *[
            ({"body_repeat": repeat}, "body_repeat must be {text, count}")
            for repeat in ({}, {"text": "x"}, {"count": 1}, {"text": 1, "count": 1}, {"text": "x", "count": "1"}, 5)
        ],
    ],
)
def test_unusable_cases_are_named_with_what_is_wrong(changes, said):
    assert problem({**CASE, **changes}) == f"Case s1 is not usable: {said}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "it has no vendor"), ("{}", "it has no vendor"), ('{"vendor": 5}', "it has no vendor"),
        ('{"vendor": "x"}', "it has no cases"), ('{"vendor": "x", "cases": []}', "it has no cases"),
        ('{"vendor": "x", "cases": {"a": {}}}', "it has no cases"),
        ('{"vendor": "x", "cases": [{}, 5]}', "it has no cases"),
    ],
)  # fmt: skip
def test_unusable_files_are_named_with_what_is_wrong(tmp_path, text, said):
    path = tmp_path / "v.json"
    path.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load(path)
    assert caught.value.code == "invalid-vectors"
    assert str(caught.value) == f"{path} is not a usable vectors file: {said}"


def test_files_that_cannot_be_read_say_why(tmp_path):
    for content, said in ((None, "No such file or directory"), (b"{", "JSON")):
        path = tmp_path / "v.json"
        if content:
            path.write_bytes(content)
        with pytest.raises(ConfigurationError) as caught:
            load(path)
        assert said in str(caught.value).partition("vectors file: ")[2]


def test_usable_files_are_read(tmp_path):
    path = tmp_path / "v.json"
    path.write_text(json.dumps({"vendor": "stripe", "cases": [CASE, {}]}))
    assert load(path) == Vectors("stripe", (CASE, {}))
