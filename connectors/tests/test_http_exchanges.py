# Part of Integration Hub. License LGPL-3.0 or later.
"""What may be kept of an exchange: enough to find a mistake by, and never a secret."""

import json

import pytest
from integration_hub_connectors import errors
from integration_hub_connectors.auth import Basic, Bearer
from integration_hub_connectors.http import Client, Response, Timeout
from integration_hub_connectors.http.exchanges import shown, shown_headers, shown_url
from integration_hub_connectors.messages import Headers
from integration_hub_connectors.testing.transport import ScriptedTransport

BASE = "https://api.example.com:8443/v1"
TOKEN = "correct-horse-battery"


def kept(answer, *, bodies, auth=None, **request):
    """Return what is kept of the exchange of one request."""
    seen = []
    client = Client(
        BASE, timeout=Timeout(1, 2, 10), auth=auth or Bearer(TOKEN), transport=ScriptedTransport(answer),
        record=lambda *given: seen.append(shown(*given, bodies=bodies)),
    )  # fmt: skip
    try:
        client.request(request.pop("method", "POST"), request.pop("path", "/contacts"), **request)
    except errors.HubError:
        pass
    (found,) = seen
    return found


def test_of_a_success_where_it_went_and_what_came():
    answer = Response(201, {"X-Request-Id": "req-7", "Set-Cookie": "s=1"}, b'{"id": 9, "email": "ada@x.example"}')
    found = kept(answer, bodies=False, json={"email": "ada@x.example"})
    assert found == {"method": "POST", "url": f"{BASE}/contacts", "ms": 0, "status": 201, "request_id": "req-7"}


def test_of_a_failure_both_bodies_masked():
    answer = Response(
        400, {"Content-Type": "application/json"}, b'{"message": "no such field", "mail": "ada@x.example"}'
    )
    found = kept(answer, bodies=True, json={"email": "ada@x.example", "nope": 1})
    assert "no such field" in found["got"]["body"]
    assert '"nope":1' in found["sent"]["body"]
    assert "ada@x.example" not in json.dumps(found)
    assert found["sent"]["headers"]["Content-Type"] == "application/json"


def test_without_an_answer_its_error_says_why():
    found = kept(errors.TimeoutExceeded("late"), bodies=True)
    assert (found["error"], "status" in found, "got" in found) == ("timeout", False, False)


@pytest.mark.parametrize("auth", [Bearer(TOKEN), Basic("hub", TOKEN)])
def test_no_credential_is_in_it(auth):
    echo = Response(401, {"X-Echo": TOKEN}, f"The key {TOKEN} is wrong".encode())
    found = kept(echo, bodies=True, auth=auth, path="/contacts?api=1", headers={"X-Tenant": "t-1"})
    assert TOKEN not in json.dumps(found)
    assert "Authorization" not in found["sent"]["headers"], "it is the request before it was signed"


def test_an_address_says_where_but_neither_who_nor_with_which_key():
    assert shown_url(f"{BASE}/orders/1001?email=ada@x.example&limit=") == f"{BASE}/orders/1001?email=***&limit=***"
    assert shown_url("https://hooks.example.com/services/T01/Zx81kQ0pLm55RtYwUu21aBcD") == (
        "https://hooks.example.com/services/T01/***"
    )
    assert shown_url("https://x.example/people/ada%40x.example") == "https://x.example/people/***"
    uuid = "9a3b2f0e-1111-4222-8333-444455556666"
    assert shown_url(f"https://user:pw@x.example/items/{uuid}") == f"https://x.example/items/{uuid}"


def test_headers_that_may_say_who_called_are_names_only():
    headers = Headers({"Content-Type": "text/plain", "X-Api-Key": "k", "Cookie": "c"})
    assert shown_headers(headers) == {"Content-Type": "text/plain", "X-Api-Key": "***", "Cookie": "***"}
