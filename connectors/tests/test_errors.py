# Part of Integration Hub. License LGPL-3.0 or later.
"""The class of an error is the policy, and no error shows what it must not."""

import copy
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from integration_hub_connectors import errors
from integration_hub_connectors.errors import Policy
from integration_hub_connectors.excerpts import EXCERPT_CHARS, masked_excerpt
from integration_hub_connectors.retry_after import parse_retry_after
from integration_hub_connectors.statuses import error_for_status

TABLE = {
    400: (errors.Rejected, Policy.DEAD),
    401: (errors.Unauthorized, Policy.SUSPEND),
    402: (errors.Rejected, Policy.DEAD),
    403: (errors.Unauthorized, Policy.SUSPEND),
    404: (errors.NotFound, Policy.DEAD),
    405: (errors.Rejected, Policy.DEAD),
    408: (errors.ServerFault, Policy.RETRY),
    409: (errors.Conflict, Policy.DEAD),
    410: (errors.Gone, Policy.DISABLE),
    413: (errors.Rejected, Policy.DEAD),
    422: (errors.Rejected, Policy.DEAD),
    425: (errors.ServerFault, Policy.RETRY),
    429: (errors.Throttled, Policy.RETRY),
    500: (errors.ServerFault, Policy.RETRY),
    501: (errors.ServerFault, Policy.RETRY),
    503: (errors.ServerFault, Policy.RETRY),
    599: (errors.ServerFault, Policy.RETRY),
}


@pytest.mark.parametrize("status", TABLE)
def test_status_decides_class_and_policy(status):
    error = error_for_status(status, {"Content-Type": "text/plain"}, b"why")
    assert (type(error), error.policy) == TABLE[status]
    assert (error.status, error.excerpt, error.headers) == (status, "why", {"content-type": "text/plain"})
    assert str(status) in str(error)
    assert error.hint


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
def test_redirect_is_refused_and_its_target_not_kept(status):
    error = error_for_status(status, {"Location": "https://evil.example/?token=s3cret"}, b"")
    assert (type(error), error.code, error.policy) == (errors.Rejected, "redirect-refused", Policy.DEAD)
    assert "s3cret" not in repr(vars(error))


def _all_classes(base=errors.HubError):
    yield base
    for subclass in base.__subclasses__():
        yield from _all_classes(subclass)


def test_codes_are_kebab_and_distinct():
    own = [cls for cls in _all_classes() if cls.__module__.endswith("connectors.errors")]
    codes = [cls.code for cls in own]
    assert len(set(codes)) == len(codes)
    assert all(code == code.lower() and " " not in code and "_" not in code for code in codes)


@pytest.mark.parametrize(
    "error",
    [
        errors.ConfigurationError("m", code="c", hint="h", params={"a": 1}),
        errors.TimeoutExceeded("m", in_doubt=False),
        error_for_status(429, {"Retry-After": "7"}, b"slow"),
        errors.MappingError("m", problems=["p"]),
    ],
)
def test_errors_survive_pickle_and_copy(error):
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(twin) is type(error)
        assert vars(twin) == vars(error)
        assert str(twin) == str(error)
        json.dumps(twin.params)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("NaN", None),
        ("Infinity", None),
        ("٣", None),
        ("0", 1.0),
        ("2.0", 2.0),
        (" 120 ", 120.0),
        ("14400", 14400.0),
        ("14401", 14400.0),
        ("9" * 400, 14400.0),
        ("Tue, 14 Nov 2023 22:15:20 GMT", 120.0),
        ("Tue, 14 Nov 2023 22:13:19 GMT", 1.0),
        ("Wed, 14 Nov 2029 22:13:20 GMT", 14400.0),
        ("Tue, 99 Nov 2023 22:15:20 GMT", None),
    ],
)
def test_retry_after_is_read_in_both_forms_and_clamped(value, seconds):
    assert parse_retry_after(value, now=1_700_000_000.0) == seconds  # Tue, 14 Nov 2023 22:13:20 GMT


def test_retry_after_date_is_measured_by_the_peers_own_clock():
    date, until = "Mon, 01 Jan 2024 00:00:00 GMT", "Mon, 01 Jan 2024 00:01:00 GMT"
    error = error_for_status(503, {"retry-after": until, "DATE": date}, now=0.0)
    assert error.retry_after == 60.0


@given(st.text())
def test_no_retry_after_text_raises(value):
    seconds = parse_retry_after(value, now=1.7e9)
    assert seconds is None or 1 <= seconds <= 14400


def test_excerpt_is_one_short_masked_line():
    body = (
        b'{"error": "no\r\nway",\x00 "mail": "ada@example.com", "access_token": "abc123",'
        b' "Authorization": "Bearer tok.en", "id": 12345678, "blob": "' + b"QUJD" * 20 + b'"}'
    )
    excerpt = masked_excerpt(body)
    assert '"error": "no way"' in excerpt
    assert "12345678" in excerpt
    for hidden in ("ada@example.com", "abc123", "tok.en", "QUJDQUJD", "\n", "\x00"):
        assert hidden not in excerpt
    assert len(masked_excerpt(b"word " * 10_000)) <= EXCERPT_CHARS


def test_body_and_cookies_stay_out_of_words():
    error = error_for_status(500, {"Set-Cookie": "sid=1"}, b"private words", method="GET", target="api.example.com/x")
    assert "private" not in f"{error} {error!r} {error.params}"
    assert "set-cookie" not in error.headers
    assert str(error) == "GET api.example.com/x answered 500 Internal Server Error"


@pytest.mark.parametrize("kind", [kind for kind in _all_classes() if kind.__module__.endswith("connectors.errors")])
def test_in_doubt_is_what_may_have_been_done_nevertheless(kind):
    doubtful = (errors.TransportError, errors.ServerFault, errors.BadResponse, errors.InDoubt)
    assert kind("x").in_doubt is issubclass(kind, doubtful)
    assert [kind("x", in_doubt=known).in_doubt for known in (True, False)] == [True, False]


@pytest.mark.parametrize("status", sorted({*TABLE, 303, 307, 502, 504, 505, 520}))
def test_a_status_says_what_it_leaves_in_doubt(status):
    assert error_for_status(status).in_doubt is (status in {303, 500, 502, 503, 504, 520, 599})
    put_off = error_for_status(status, {"Retry-After": "5"})
    assert put_off.in_doubt is (status in {303, 500, 502, 504, 520, 599})
