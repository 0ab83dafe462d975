# Part of Integration Hub. License LGPL-3.0 or later.
"""Headers without case, doubled fields visible, and no value in any repr."""

import pytest
from integration_hub_connectors.errors import BadResponse
from integration_hub_connectors.messages import Headers, Request, Response


def test_doubled_fields_stay_visible():
    headers = Headers([("X-A", "1"), ("Other", "o"), ("x-a", "2")])
    assert headers.getall("X-a") == ["1", "2"]
    assert headers["x-A"] == "1, 2"
    assert list(headers) == ["X-A", "Other"]
    assert len(headers) == 2
    assert headers.pairs()[2] == ("x-a", "2")
    assert "X-MISSING" not in headers
    assert headers.get("x-missing") is None


def test_headers_are_immutable_values():
    headers = Headers({"A": "1"})
    changed = headers.set("a", "2")
    assert (headers["A"], changed["A"], len(changed)) == ("1", "2", 1)
    assert changed == Headers({"a": "2"})
    assert hash(changed) == hash(Headers([("A", "2")]))
    assert changed != headers
    assert len(changed.without("A")) == 0


def test_repr_shows_no_values():
    request = Request("GET", "https://user:pw@api.example.com/x?key=s3cret", {"Authorization": "s3cret"}, b"s3cret")
    response = Response(200, {"Set-Cookie": "s3cret"}, b"s3cret")
    for shown in (repr(request), repr(response), request.target):
        assert "s3cret" not in shown
        assert "pw" not in shown


def test_json_answers_are_read_and_error_pages_refused():
    assert Response(200, {}, b'{"a": 1, "a": 2}').json() == {"a": 2}
    for body in (b"", b"<html>Sign in</html>", b"NaN", b"\xff"):
        with pytest.raises(BadResponse) as caught:
            Response(200, {"Content-Type": "text/html"}, body).json()
        assert "text/html" in str(caught.value)
        assert "Sign in" not in str(caught.value)
        assert caught.value.__context__ is None
