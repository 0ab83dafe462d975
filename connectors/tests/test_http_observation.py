# Part of Integration Hub. License LGPL-3.0 or later.
"""What is logged, measured and traced, and what is never in it."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st
from integration_hub_connectors import errors
from integration_hub_connectors.auth import Bearer
from integration_hub_connectors.clock import ManualClock
from integration_hub_connectors.http import Client, Exchange, Response, Timeout, TraceContext
from integration_hub_connectors.testing.transport import ScriptedTransport

BASE = "https://hooks.example.com:8443/services"
HEAD = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PARENT = f"00-{HEAD[0]}-{HEAD[1]}-01"


def make(*answers, seconds=0.25, **options):
    clock = ManualClock()

    def timed(given):
        def respond(request):
            clock.advance(seconds)
            if isinstance(given, Exception):
                raise given
            return given

        return respond

    transport = ScriptedTransport(*map(timed, answers))
    client = Client(BASE, timeout=Timeout(1, 2, 10), auth=Bearer("t0ken"), transport=transport, clock=clock, **options)
    return client, transport


def test_each_exchange_is_measured():
    seen = []
    refusal = errors.TimeoutExceeded("late")
    client, _transport = make(Response(200), Response(503), refusal, metrics=seen.append)
    client.get("/a?key=s3cret")
    for _ in range(2):
        with pytest.raises(errors.HubError):
            client.post("/a", json={"name": "Ada"})
    host = "hooks.example.com"
    assert seen == [
        Exchange("GET", host, 200, 0.25),
        Exchange("POST", host, 503, 0.25),
        Exchange("POST", host, None, 0.25, "timeout"),
    ]


def test_failing_callback_fails_nothing_and_is_logged(caplog):
    def broken(exchange):
        raise RuntimeError("no room for another time series")

    client, _transport = make(Response(200), metrics=broken)
    assert client.get("/a").status == 200
    (record,) = (record for record in caplog.records if record.levelno == logging.ERROR)
    assert record.exc_info[0] is RuntimeError


def test_log_record_has_fields(caplog):
    client, _transport = make(Response(200), errors.ConnectionFailed("no"))
    with caplog.at_level(logging.DEBUG, "integration_hub_connectors"):
        client.get("/orders?key=s3cret")
        with pytest.raises(errors.ConnectionFailed):
            client.get("/orders")
    answered, failed = (vars(record) for record in caplog.records)
    names = ("http.request.method", "server.address", "url.path", "http.response.status_code", "error.type")
    assert [answered[name] for name in names] == ["GET", "hooks.example.com", "/services/orders", 200, None]
    assert [failed[name] for name in names] == [
        "GET",
        "hooks.example.com",
        "/services/orders",
        None,
        "connection-failed",
    ]
    assert answered["http.client.request.duration"] == 0.25


def test_log_shows_no_secret(caplog):
    client, _transport = make(Response(200, {"Set-Cookie": "sid=c00kie"}, b"b0dy"))
    with caplog.at_level(logging.DEBUG, "integration_hub_connectors"):
        client.post("/T024BE7LD/kEy0123456789abcdefghij?key=s3cret", json={"a": "pers0nal"}, headers={"X-Key": "hdr"})
    shown = " ".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    for hidden in ("t0ken", "s3cret", "pers0nal", "hdr", "c00kie", "b0dy", "kEy0123456789abcdefghij"):
        assert hidden not in shown
    assert "/services/T024BE7LD/***" in shown


# -- W3C trace context ------------------------------------------------------------------------------------------------


def test_requests_carry_no_trace_unless_asked():
    client, transport = make(Response(200))
    client.get("/a")
    assert "traceparent" not in transport.requests[0].headers


def test_trace_is_continued_by_each_request():
    context = TraceContext.parse(PARENT, "vendor=1,other=2")
    client, transport = make(Response(200), trace=lambda: context)
    client.get("/a")
    client.get("/a")
    sent = [TraceContext.parse(request.headers["traceparent"]) for request in transport.requests]
    assert {found.trace_id for found in sent} == {HEAD[0]}
    assert len({found.span_id for found in sent} | {HEAD[1]}) == 3
    assert {request.headers["tracestate"] for request in transport.requests} == {"vendor=1,other=2"}


def test_without_a_context_a_trace_begins():
    client, transport = make(Response(200), trace=lambda: None)
    client.get("/a")
    client.get("/a")
    sent = [TraceContext.parse(request.headers["traceparent"]) for request in transport.requests]
    assert len({found.trace_id for found in sent}) == 2


def test_second_try_is_a_step_of_its_own():
    class Renewing(Bearer):
        def recover(self, response):
            return True

    context = TraceContext.new()
    transport = ScriptedTransport(Response(401), Response(200))
    client = Client(BASE, timeout=Timeout(1, 2, 10), auth=Renewing("t"), transport=transport, trace=lambda: context)
    client.get("/a")
    assert len({request.headers["traceparent"] for request in transport.requests}) == 2


@pytest.mark.parametrize(
    ("text", "sampled"),
    [
        (PARENT, True),
        (f"00-{HEAD[0]}-{HEAD[1]}-00", False),
        (f"00-{HEAD[0]}-{HEAD[1]}-03", True),
        (f"cc-{HEAD[0]}-{HEAD[1]}-01", True),
        (f"cc-{HEAD[0]}-{HEAD[1]}-01-what-the-future-will-be-like", True),
    ],
)
def test_contexts_as_the_specification_gives_them(text, sampled):
    found = TraceContext.parse(text)
    assert (found.trace_id, found.span_id, found.sampled) == (*HEAD, sampled)
    assert found.headers() == {"traceparent": f"00-{HEAD[0]}-{HEAD[1]}-0{int(sampled)}"}


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        PARENT.upper(),
        f" {PARENT}",
        f"{PARENT}\n",
        f"{PARENT}-more",
        f"{PARENT}, {PARENT}",
        f"ff-{HEAD[0]}-{HEAD[1]}-01",
        f"00-{'0' * 32}-{HEAD[1]}-01",
        f"00-{HEAD[0]}-{'0' * 16}-01",
        f"00-{HEAD[0][:-1]}-{HEAD[1]}-01",
        f"00-{HEAD[0]}-{HEAD[1]}",
        f"00-{HEAD[0]}-{HEAD[1]}-1",
        f"cc-{HEAD[0]}-{HEAD[1]}-01.more",
    ],
)
def test_malformed_context_is_none(text):
    assert TraceContext.parse(text) is None


@pytest.mark.parametrize("state", ["", "a\r\nb", "é", "x" * 513])
def test_state_that_cannot_travel_is_dropped(state):
    assert "tracestate" not in TraceContext.parse(PARENT, state).headers()


@given(st.binary(min_size=16, max_size=16).filter(any), st.binary(min_size=8, max_size=8).filter(any), st.booleans())
def test_context_survives_its_header(trace_id, span_id, sampled):
    context = TraceContext(trace_id.hex(), span_id.hex(), sampled)
    assert TraceContext.parse(context.headers()["traceparent"]) == context


def test_ids_are_drawn_from_the_given_source_and_never_zero():
    drawn = iter([bytes(16), b"\x01" * 16, bytes(8), b"\x02" * 8])
    context = TraceContext.new(random=lambda size: next(drawn))
    assert (context.trace_id, context.span_id) == ("01" * 16, "02" * 8)
