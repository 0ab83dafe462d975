# Part of Integration Hub. License LGPL-3.0 or later.
"""The real transport against a real server that misbehaves in every way a peer can."""

import gzip
import logging
import socket
import threading
import time

import pytest
from integration_hub_connectors import errors
from integration_hub_connectors.auth import Bearer, QueryKey
from integration_hub_connectors.http import AddressGuard, Client, Request, RequestsTransport, Timeout

FAST = Timeout(connect=1, read=0.3, total=0.6)


def client(server, **options):
    return Client(server.url, timeout=options.pop("timeout", FAST), **options)


def failure(call):
    with pytest.raises(errors.HubError) as caught:
        call()
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None
    return caught.value


def test_request_arrives_as_meant_and_answer_comes_back(server):
    server.answer("201 Created", b'{"id": 7}', "X-Request-Id: r1")
    response = client(server, auth=Bearer("t0ken")).post(
        "/orders?a=1", params={"b": "2 3"}, json={"name": "Zürich"}, idempotency_key="key-1", headers={"X-Extra": "e"}
    )
    assert (response.status, response.json(), response.headers["x-request-id"]) == (201, {"id": 7}, "r1")
    assert response.elapsed > 0
    lines = server.heads[0].decode().split("\r\n")
    assert lines[0] == "POST /orders?a=1&b=2+3 HTTP/1.1"
    sent = dict(line.split(": ", 1) for line in lines[1:])
    assert sent["Authorization"] == "Bearer t0ken"
    assert sent["Idempotency-Key"] == "key-1"
    assert sent["Content-Type"] == "application/json"
    assert sent["User-Agent"] == "integration-hub"
    assert sent["X-Extra"] == "e"
    assert server.bodies[0] == '{"name":"Zürich"}'.encode()


def test_connections_are_reused(server):
    connections = set()
    server.script = lambda connection, head, body: (
        connections.add(connection.fileno()),
        connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n"),
    )
    api = client(server)
    for _ in range(5):
        api.get("/")
    assert len(server.heads) == 5
    assert len(connections) == 1


def test_threads_share_a_client_without_mixing_answers(server):
    server.script = lambda connection, head, body: connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(head.split()[1]), head.split()[1])
    )
    api = client(server, timeout=Timeout(5, 5, 10))
    wrong = []

    def work(number):
        for turn in range(20):
            path = f"/{number}-{turn}"
            if api.get(path).body != path.encode():
                wrong.append(path)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.heads) == 160
    assert not wrong


@pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 x"])
def test_redirect_is_refused(server, status):
    server.answer(status, b"", "Location: /elsewhere")
    error = failure(lambda: client(server).post("/x", json={}))
    assert (type(error), error.code, error.policy) == (errors.Rejected, "redirect-refused", errors.Policy.DEAD)
    assert len(server.heads) == 1


def test_error_status_raises_by_the_table_with_retry_after_and_excerpt(server):
    server.answer("429 Too Many Requests", b'{"message": "slow down ada@example.com"}', "Retry-After: 7")
    error = failure(lambda: client(server).get("/x?key=s3cret"))
    assert (type(error), error.retry_after) == (errors.Throttled, 7.0)
    assert error.excerpt == '{"message": "slow down ***@***"}'
    assert "s3cret" not in f"{error} {error.params}"


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n50\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain",
        b"HTTP/1.1 500 Oops\r\nContent-Length: 100\r\n\r\nonly this",
    ],
)
def test_broken_off_body_is_no_answer(server, raw):
    server.send(raw, close=True)
    error = failure(lambda: client(server).post("/x"))
    assert (type(error), error.policy, error.in_doubt) == (errors.BodyTruncated, errors.Policy.RETRY, True)


@pytest.mark.parametrize("raw", [b"", b"HTTP/1.1 2", b"\x16\x03\x01 not http\r\n\r\n"])
def test_connection_that_breaks_before_an_answer(server, raw):
    server.send(raw, close=True)
    error = failure(lambda: client(server).post("/x"))
    assert (type(error), error.in_doubt) == (errors.ConnectionFailed, True)


def drip(head, step):
    def script(connection, _head, _body):
        connection.sendall(head)
        for _ in range(200):
            connection.sendall(b"x")
            time.sleep(step)

    return script


@pytest.mark.parametrize(
    ("head", "step"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n", 0.02),
        (b"HTTP/1.1 200 OK\r\nX-Slow: ", 0.02),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nC8\r\n", 0.02),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n", 1.0),
        (b"", 1.0),
    ],
)
def test_total_time_bounds_a_peer_that_drips(server, head, step):
    server.script = drip(head, step)
    started = time.monotonic()
    error = failure(lambda: client(server, timeout=Timeout(1, 0.2, 0.4)).post("/x"))
    assert (type(error), error.in_doubt) == (errors.TimeoutExceeded, True)
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("compressed", [False, True])
def test_answer_larger_than_the_limit_is_cut_off(server, compressed):
    body = b"0" * 300_000
    if compressed:
        server.answer("200 OK", gzip.compress(body), "Content-Encoding: gzip")
    else:
        server.answer("200 OK", body)
    error = failure(lambda: client(server, max_response_bytes=100_000).get("/x"))
    assert (type(error), error.policy) == (errors.ResponseTooLarge, errors.Policy.DEAD)
    assert client(server, max_response_bytes=300_000).get("/x").body == body


def test_transport_stops_reading_at_the_limit(server):
    def endless(connection, head, body):
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(b"400\r\n" + b"0" * 1024 + b"\r\n")

    server.script = endless
    transport = RequestsTransport(max_response_bytes=100_000)
    error = failure(lambda: transport.send(Request("GET", server.url), Timeout(1, 5, 20)))
    assert type(error) is errors.ResponseTooLarge


def test_cookies_are_forgotten(server):
    server.answer("200 OK", b"{}", "Set-Cookie: sid=1; Path=/")
    api = client(server)
    api.get("/x")
    api.get("/x")
    assert len(server.heads) == 2
    assert b"ookie" not in server.heads[1]


def test_environment_adds_neither_proxy_nor_credentials(server, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ada password pw\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    server.answer("200 OK", b"{}")
    client(server).get("/x")
    assert b"uthorization" not in server.heads[0]


def test_nobody_listens(server):
    api = client(server, auth=QueryKey("key", "s3cret"))
    server.listener.shutdown(socket.SHUT_RDWR)
    server.listener.close()
    error = failure(lambda: api.get("/x"))
    assert (type(error), error.in_doubt, error.policy) == (errors.ConnectionFailed, False, errors.Policy.RETRY)
    assert "s3cret" not in f"{error} {error!r} {error.params}"


def test_name_that_does_not_resolve():
    error = failure(lambda: Client("http://nobody.invalid", timeout=FAST).post("/x"))
    assert (type(error), error.in_doubt) == (errors.ConnectionFailed, False)


def test_no_tls_where_it_was_expected(server):
    server.script = lambda connection, head, body: None
    server.answer("400 Bad Request")
    error = failure(lambda: Client(server.url.replace("http:", "https:"), timeout=FAST).get("/x"))
    assert error.policy is errors.Policy.RETRY
    assert not server.heads


def test_guard_refuses_the_resolved_address_before_connecting(server):
    server.answer("200 OK", b"{}")
    for url in (server.url, server.url.replace("127.0.0.1", "localhost")):
        api = Client(url, timeout=FAST, transport=RequestsTransport(guard=AddressGuard()))
        error = failure(lambda api=api: api.get("/x"))
        assert (type(error), error.code) == (errors.ConfigurationError, "address-refused")
    assert not server.heads
    allowed = RequestsTransport(guard=AddressGuard(["127.0.0.0/8", "::1/128"]))
    assert Client(server.url, timeout=FAST, transport=allowed).get("/x").status == 200


def test_log_has_neither_query_nor_credentials(server, caplog):
    server.answer("200 OK", b'{"private": 1}')
    with caplog.at_level(logging.DEBUG, "integration_hub_connectors"):
        client(server, auth=Bearer("t0ken")).get("/things?key=s3cret")
    assert "/things: 200" in caplog.text
    assert not any(hidden in caplog.text for hidden in ("s3cret", "t0ken", "private"))


def test_malformed_request_is_a_configuration_error():
    request = Request("GET", "http://[::1/x")
    assert type(failure(lambda: RequestsTransport().send(request, FAST))) is errors.ConfigurationError


@pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan")])
def test_timeouts_are_positive_and_finite(seconds):
    with pytest.raises(errors.ConfigurationError):
        Timeout(total=seconds)
