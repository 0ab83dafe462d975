# Part of Integration Hub. License LGPL-3.0 or later.
"""Redirects are followed where an endpoint allows it, and never take credentials along to another origin."""

import pytest
from integration_hub_connectors import errors
from integration_hub_connectors.auth import Bearer, QueryKey
from integration_hub_connectors.clock import ManualClock
from integration_hub_connectors.http import Client, Redirects, Response, Timeout, TraceContext
from integration_hub_connectors.testing.transport import ScriptedTransport

BASE = "https://api.example.com/v1"
DONE = Response(200, {}, b"{}")


def to(location, status=302):
    return Response(status, {"Location": location})


def make(*answers, redirects=None, **options):
    transport = ScriptedTransport(*answers)
    client = Client(
        BASE,
        timeout=Timeout(1, 2, 10),
        auth=options.pop("auth", Bearer("t0ken")),
        transport=transport,
        redirects=redirects or Redirects(),
        **options,
    )
    return client, transport


def refused(call, why=", a redirect"):
    with pytest.raises(errors.Rejected) as caught:
        call()
    error = caught.value
    assert why in error.message
    assert error.status == error.params["status"]
    assert error.policy is errors.Policy.DEAD
    assert "answered 30" in error.message and ", a redirect" in error.message
    assert error.hint
    assert error.params["target"].startswith("api.example.com/")
    assert "files.example" not in f"{error} {error.params} {error.headers}"
    return error


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "location",
    ["/v2/me?a=1#top", "https://api.example.com/v2/me?a=1", "//API.example.com:443/v2/me?a=1", "../v2/me?a=1"],
)
def test_same_origin_keeps_the_credentials(status, location):
    client, transport = make(to(location, status), DONE)
    assert client.get("/me").status == 200
    assert transport.requests[1].url.lower().replace(":443", "") == "https://api.example.com/v2/me?a=1"
    assert transport.requests[1].headers["Authorization"] == "Bearer t0ken"


@pytest.mark.parametrize(
    "location",
    [
        "https://files.example.net/x",
        "https://api.example.com:8443/x",
        "https://api.example.com.evil.example/x",
        "https://evil.example/api.example.com",
    ],
)
def test_other_origin_is_refused_unless_allowed(location):
    client, transport = make(to(location), DONE)
    error = refused(lambda: client.get("/me"))
    assert (error.code, error.status) == ("redirect-refused", 302)
    assert "evil" not in f"{error} {error.params} {error.headers}"
    assert len(transport.requests) == 1


def test_nothing_of_ours_goes_to_another_origin():
    client, transport = make(
        to("https://files.example.net/x?sig=1"),
        DONE,
        redirects=Redirects(other_origins=True),
        trace=lambda: TraceContext.new(),
    )
    client.get("/me", headers={"X-Api-Key": "s3cret", "Cookie": "a=b", "Accept": "text/csv"}, idempotency_key="k1")
    first, second = transport.requests
    assert {"authorization", "x-api-key", "cookie", "idempotency-key", "traceparent"} < {
        n.lower() for n in first.headers
    }
    assert (second.method, second.url, second.body) == ("GET", "https://files.example.net/x?sig=1", None)
    assert {name.lower(): value for name, value in second.headers.items()} == {
        "accept": "text/csv",
        "accept-encoding": "gzip, deflate",
        "user-agent": "integration-hub",
    }


def test_key_in_the_query_stays_too():
    client, transport = make(
        to("https://files.example.net/x"), DONE, auth=QueryKey("key", "s3cret"), redirects=Redirects(other_origins=True)
    )
    client.get("/me")
    assert "s3cret" in transport.requests[0].url
    assert "s3cret" not in transport.requests[1].url


def test_way_back_has_the_credentials_again_but_not_the_callers_headers():
    client, transport = make(
        to("https://files.example.net/x"), to(f"{BASE}/back"), DONE, redirects=Redirects(other_origins=True)
    )
    client.get("/me", headers={"X-Api-Key": "s3cret"})
    assert [request.headers.get("authorization") for request in transport.requests] == [
        "Bearer t0ken",
        None,
        "Bearer t0ken",
    ]
    assert "x-api-key" not in transport.requests[2].headers


@pytest.mark.parametrize(("status", "method", "body"), [(303, "GET", None), (307, "POST", b"{}"), (308, "POST", b"{}")])
def test_method_and_body_follow_the_status(status, method, body):
    client, transport = make(to("/v2/me", status), DONE)
    client.post("/me", json={}, idempotency_key="k1")
    sent = transport.requests[1]
    assert (sent.method, sent.body, "content-type" in sent.headers) == (method, body, body is not None)
    assert ("idempotency-key" in sent.headers) is (body is not None)


@pytest.mark.parametrize("status", [301, 302])
def test_post_does_not_silently_become_a_get(status):
    client, transport = make(to("/v2/me", status), DONE)
    error = refused(lambda: client.post("/me", json={}), "a GET of this POST")
    assert error.code == "redirect-refused"
    assert len(transport.requests) == 1


@pytest.mark.parametrize("status", [307, 308])
def test_body_never_goes_to_another_origin(status):
    client, transport = make(to("https://files.example.net/x", status), DONE, redirects=Redirects(other_origins=True))
    refused(lambda: client.post("/me", json={"name": "Ada"}), "to another origin")
    assert len(transport.requests) == 1


@pytest.mark.parametrize(
    "location",
    [
        "http://api.example.com/v1/me",
        "http://files.example.net/x",
        "file:///etc/passwd",
        "ftp://files.example.net/x",
        "gopher://127.0.0.1:6379/_",
        "javascript:alert(1)",
        "https://user:pw@api.example.com/x",
        "https://api.example.com\\@evil.example/",
        "https://[::1/x",
        "https://api.example.com:99999/x",
        "/a b",
        "/a\r\nX-Evil: 1",
        "",
    ],
)
def test_ways_that_lead_nowhere_good(location):
    client, transport = make(to(location), DONE, redirects=Redirects(other_origins=True))
    if location:
        why = "from https to http" if location.startswith("http:") else "to an address that is malformed"
        error = refused(lambda: client.get("/me"), why)
        assert error.code == "redirect-refused"
        assert "Enter the address" in error.hint
        assert len(transport.requests) == 1
    else:
        client.get("/me")  # the same address again
        assert transport.requests[1].url == transport.requests[0].url


def test_a_refused_redirect_tells_the_answers_headers_but_not_its_location():
    client, _transport = make(Response(302, {"Location": "https://files.example.net/x", "X-Request-Id": "r1"}))
    assert refused(lambda: client.get("/me"), "to another origin").headers == {"x-request-id": "r1"}


def test_two_locations_are_none():
    client, _transport = make(Response(302, [("Location", "/a"), ("Location", "/b")]), DONE)
    assert refused(lambda: client.get("/me"), "to an address that is malformed").code == "redirect-refused"


@pytest.mark.parametrize(
    ("redirects", "followed"), [(Redirects(), 3), (Redirects(limit=1), 1), (Redirects(limit=10), 10)]
)
def test_number_is_limited(redirects, followed):
    client, transport = make(to("/v1/me"), redirects=redirects)
    error = refused(lambda: client.get("/me"), f"the {followed + 1}th in a row")
    assert (error.code, "in circles" in error.hint) == ("too-many-redirects", True)
    assert len(transport.requests) == followed + 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["/v2/me", "https://files.example.net/x"])
def test_head_stays_head(status, location):
    client, transport = make(to(location, status), DONE, redirects=Redirects(other_origins=True))
    client.request("HEAD", "/me")
    assert [request.method for request in transport.requests] == ["HEAD", "HEAD"]


def test_redirect_without_location_is_an_error():
    client, _transport = make(Response(302), DONE)
    assert refused(lambda: client.get("/me")).code == "redirect-refused"
    client, _transport = make(Response(304, {"Location": "/x"}), DONE)
    refused(lambda: client.get("/me"))


def test_total_time_covers_all_hops():
    clock = ManualClock()

    def slow(request):
        clock.advance(4)
        return to("/v1/me")

    client, transport = make(slow, redirects=Redirects(limit=10), clock=clock)
    with pytest.raises(errors.TimeoutExceeded):
        client.get("/me")
    assert len(transport.requests) == 3


def test_refusal_by_another_origin_says_nothing_about_our_credentials():
    class Renewing:
        asked = 0

        def apply(self, request):
            return request

        def recover(self, response):
            self.asked += 1
            return True

    auth = Renewing()
    client, transport = make(
        to("https://files.example.net/x"), Response(401), auth=auth, redirects=Redirects(other_origins=True)
    )
    with pytest.raises(errors.Unauthorized):
        client.get("/me")
    assert (auth.asked, len(transport.requests)) == (0, 2)


@pytest.mark.parametrize("limit", [0, -1, 11])
def test_limit_is_sensible(limit):
    with pytest.raises(errors.ConfigurationError, match="Between 1 and 10") as caught:
        Redirects(limit=limit)
    assert caught.value.code == "invalid-redirects"
