# Part of Integration Hub. License LGPL-3.0 or later.
"""The client's own decisions, with a transport that answers from a list."""

import pytest
from integration_hub_connectors import errors
from integration_hub_connectors.clock import ManualClock
from integration_hub_connectors.http import Client, Response, Timeout

BASE = "https://api.example.com/v1"


class Answers:
    """A transport that gives prepared answers, each after `seconds` of the clock, and remembers what was sent."""

    def __init__(self, clock, *responses, seconds=0.0):
        self.clock, self.responses, self.seconds = clock, list(responses), seconds
        self.sent = []

    def send(self, request, timeout):
        self.sent.append((request, timeout))
        self.clock.advance(self.seconds)
        return self.responses.pop(0)


class Renewing:
    """An Auth whose token can be renewed once."""

    def __init__(self, renewals=1):
        self.token, self.renewals, self.seen = 1, renewals, []

    def apply(self, request):
        return request.with_header("Authorization", f"Bearer {self.token}")

    def recover(self, response):
        self.seen.append(response.status)
        self.renewals -= 1
        self.token += 1
        return self.renewals >= 0


def make(*responses, auth=None, seconds=0.0, **options):
    clock = ManualClock()
    transport = Answers(clock, *responses, seconds=seconds)
    return Client(BASE, timeout=Timeout(1, 2, 10), auth=auth, transport=transport, clock=clock, **options), transport


def test_renewed_credentials_deserve_one_more_try():
    auth = Renewing()
    client, transport = make(Response(401), Response(200, {}, b"{}"), auth=auth)
    assert client.get("/me").status == 200
    assert [request.headers["Authorization"] for request, _timeout in transport.sent] == ["Bearer 1", "Bearer 2"]


def test_never_a_third_try():
    client, transport = make(Response(401), Response(401), auth=Renewing(renewals=5))
    with pytest.raises(errors.Unauthorized):
        client.get("/me")
    assert len(transport.sent) == 2


def test_refused_credentials_that_cannot_be_renewed_suspend():
    auth = Renewing(renewals=0)
    client, transport = make(Response(403), auth=auth)
    with pytest.raises(errors.Unauthorized) as caught:
        client.get("/me")
    assert caught.value.policy is errors.Policy.SUSPEND
    assert (auth.seen, len(transport.sent)) == ([403], 1)


def test_other_refusals_do_not_touch_the_credentials():
    auth = Renewing()
    client, _transport = make(Response(404), auth=auth)
    with pytest.raises(errors.NotFound):
        client.get("/me")
    assert not auth.seen


def test_total_time_covers_the_second_try():
    client, transport = make(Response(401), Response(200), auth=Renewing(), seconds=4)
    client.get("/me")
    assert [timeout.total for _request, timeout in transport.sent] == [10, 6]
    client, transport = make(Response(401), Response(200), auth=Renewing(), seconds=10)
    with pytest.raises(errors.TimeoutExceeded):
        client.get("/me")
    assert len(transport.sent) == 1


@pytest.mark.parametrize(("method", "in_doubt"), [("GET", False), ("head", False), ("POST", True), ("DELETE", True)])
def test_reading_leaves_nothing_in_doubt(method, in_doubt):
    clock = ManualClock()
    transport = Answers(clock, Response(502))
    with pytest.raises(errors.ServerFault) as caught:
        Client(BASE, timeout=Timeout(), transport=transport, clock=clock).request(method, "/x")
    assert caught.value.in_doubt is in_doubt


def test_verbs_and_bodies():
    client, transport = make(*[Response(204)] * 6)
    client.put("/a", data={"x": "1 2", "y": ["a", "b"]})
    client.patch("/a", data=b"\x00raw", headers={"Content-Type": "application/octet-stream"})
    client.delete("/a")
    client.post("/a", json=[])
    client.post("/a", data="é", headers={"accept": "text/plain"})
    client.request("head", "/a")
    sent = [request for request, _timeout in transport.sent]
    assert [request.method for request in sent] == ["PUT", "PATCH", "DELETE", "POST", "POST", "HEAD"]
    assert [request.body for request in sent] == [b"x=1+2&y=a&y=b", b"\x00raw", None, b"[]", "é".encode(), None]
    assert sent[0].headers["content-type"] == "application/x-www-form-urlencoded"
    assert sent[1].headers["content-type"] == "application/octet-stream"
    assert sent[3].headers["content-type"] == "application/json"
    assert sent[4].headers["Accept"] == "text/plain"


@pytest.mark.parametrize(
    "options",
    [
        {"json": {"a": float("nan")}},
        {"json": {"a": object()}},
        {"json": {"a": "\ud800"}},
        {"json": {}, "data": b""},
        {"headers": {"X-A": "1\r\nX-B: 2"}},
        {"headers": {"X A": "1"}},
        {"idempotency_key": "a\nb"},
    ],
)
def test_what_cannot_be_sent_is_not_sent(options):
    client, transport = make(Response(200))
    with pytest.raises(errors.ConfigurationError):
        client.post("/a", **options)
    assert not transport.sent


@pytest.mark.parametrize("method", ["", "GET /evil", "G\r\nET", "GÉT"])
def test_method_is_letters(method):
    client, transport = make(Response(200))
    with pytest.raises(errors.ConfigurationError):
        client.request(method, "/a")
    assert not transport.sent


def test_credentials_stay_on_their_origin():
    client, transport = make(Response(200), auth=Renewing())
    with pytest.raises(errors.ConfigurationError) as caught:
        client.get("https://evil.example.com/v1/me")
    assert caught.value.code == "foreign-origin"
    assert not transport.sent


def test_size_limit_holds_for_any_transport():
    client, _transport = make(Response(200, {}, b"x" * 11), max_response_bytes=10)
    with pytest.raises(errors.ResponseTooLarge):
        client.get("/a")


def test_retry_after_date_uses_the_clients_clock_without_a_date_header():
    client, _transport = make(Response(503, {"Retry-After": "Tue, 14 Nov 2023 22:15:20 GMT"}))
    with pytest.raises(errors.ServerFault) as caught:
        client.get("/a")
    assert caught.value.retry_after == 120.0


def test_repr_shows_no_secret():
    client, _transport = make(auth=Renewing())
    assert BASE in repr(client)
    assert "Bearer" not in repr(client)
