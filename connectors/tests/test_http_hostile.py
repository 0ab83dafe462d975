# Part of Integration Hub. License LGPL-3.0 or later.
"""A peer that wants to be misread, to be waited for, or to fill the memory."""

import contextlib
import gzip
import logging
import socket
import threading
import time
import tracemalloc

import pytest
import urllib3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from integration_hub_connectors import errors
from integration_hub_connectors.auth import HmacSigning, QueryKey, SigningRecipe
from integration_hub_connectors.clock import SystemClock
from integration_hub_connectors.http import AddressGuard, Client, Proxy, Redirects, RequestsTransport, Timeout
from integration_hub_connectors.http.deadline import Deadline
from integration_hub_connectors.http.reading import MAX_LINE, Answer
from integration_hub_connectors.http.url import join, normal

FAST = Timeout(connect=0.3, read=0.3, total=0.6)
PATIENT = Timeout(connect=0.3, read=5, total=10)


def client(server, **options):
    return Client(server.url, timeout=options.pop("timeout", FAST), **options)


def failure(call):
    with pytest.raises(errors.HubError) as caught:
        call()
    assert "s3cret" not in f"{caught.value!r}{caught.value.params}{caught.value.hint}"
    return caught.value


# -- redirects: requests would read their whole body to see where they lead -------------------------------------------


@pytest.mark.parametrize("redirects", [None, Redirects()])
def test_bomb_in_a_redirect_is_refused_without_its_memory(server, redirects):
    bomb = gzip.compress(b"0" * 50_000_000)
    server.answer("302 Found", bomb, "Location: /elsewhere", "Content-Encoding: gzip")
    tracemalloc.start()
    error = failure(lambda: client(server, timeout=PATIENT, max_response_bytes=1_000_000, redirects=redirects).get("/"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert error.code == "response-too-large"
    assert peak < 10_000_000


def test_body_of_a_redirect_is_read_for_the_excerpt(server):
    server.answer("302 Found", b"moved for good", "Location: /elsewhere")
    assert failure(lambda: client(server).get("/")).excerpt == "moved for good"


# -- what comes before, behind and beside the answer ------------------------------------------------------------------


def test_interim_answers_are_none(server):
    """RFC 9110 §15.2. http.client takes 103 for the answer, and then the answer for that of the next request."""

    def script(connection, head, body):
        number = head.split()[1]
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n")
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n")
        time.sleep(0.02)  # the answer is not there yet when the hint has been read
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(number), number))

    server.script = script
    api = client(server)
    for number in range(5):
        answer = api.get(f"/{number}")
        assert (answer.status, answer.body, "link" in answer.headers) == (200, b"/%d" % number, False)


def test_interim_answers_without_end(server):
    def script(connection, head, body):
        while True:
            connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100)

    server.script = script
    assert failure(lambda: client(server).get("/")).code == "timeout"


@pytest.mark.parametrize("late", [0.0, 0.05])
@pytest.mark.parametrize(
    "first",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Trailer: 1\r\n\r\n",
    ],
)
def test_what_comes_behind_an_answer_is_not_the_next_one(server, first, late):
    """One transport serves many endpoints: a second answer that nobody asked for must reach none of them."""
    sent = threading.Event()

    def script(connection, head, body):
        if b"/first" not in head:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood")
            return
        connection.sendall(first + (b"" if late else b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"))
        if late:
            time.sleep(late)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
        sent.set()

    server.script = script
    api = client(server)
    assert api.get("/first").status in (200, 204)
    sent.wait(1)
    assert api.get("/second").body == b"good"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}!", "connection-failed"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}", None),
        (b"HTTP/1.1 200 OK\r\n" + b"X-Many: 1\r\n" * 200 + b"\r\n", "connection-failed"),
        (b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 70_000 + b"\r\n\r\n", "connection-failed"),
        (b"HTTP/1.1 " + b"2" * 70_000, "connection-failed"),
        (b"HTTP/1.1 999 OK\r\n\r\n", "server-fault"),
        (b"HTTP/1.1 099 OK\r\n\r\n", "connection-failed"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n", "body-truncated"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 70_000, "body-truncated"),
    ],
)
def test_malformed_heads_and_lengths(server, raw, code):
    server.send(raw, close=True)
    if code is None:
        assert client(server).get("/").body == b"{}"  # read to the connection's end, as without a length
    else:
        error = failure(lambda: client(server).get("/"))
        assert (error.code, error.policy) == (code, errors.Policy.RETRY)


FRAGMENTS = [
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 204 No Content\r\n",
    b"HTTP/1.1 302 Found\r\n",
    b"HTTP/1.1 103 x\r\n",
    b"HTTP/1.0 200\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\n",
    b"HTTP/2 200\r\n",
    b"Content-Length: 3\r\n",
    b"Content-Length: -3\r\n",
    b"Content-Length: 9999999999999999999999\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n",
    b"Content-Encoding: gzip\r\n",
    b"Content-Encoding: \xff\r\n",
    b'Content-Type: a/b; charset="\x00\r\n',
    b"Location: //[\r\n",
    b"Set-Cookie: =;=; expires=x\r\n",
    b"Retry-After: -1\r\n",
    b"Connection: close\r\n",
    b": \r\n",
    b" folded\r\n",
    b"\r\n",
    b"\n",
    b"3\r\nabc\r\n",
    b"0\r\n\r\n",
    b"-1\r\n",
    b"0x2\r\n{}\r\n",
    b"ffffffffffffffff\r\n",
    b";\r\n",
    b"\x1f\x8b\x08\x00",
    b"\x00\xff",
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(FRAGMENTS) | st.binary(max_size=8), max_size=9).map(b"".join))
def test_any_bytes_are_an_answer_or_one_of_our_errors(server, raw):
    server.send(raw, close=True)
    try:
        client(server, timeout=Timeout(1, 0.05, 0.1), redirects=Redirects()).get("/")
    except errors.HubError as error:
        assert error.policy is not errors.Policy.SUSPEND


def test_no_line_is_without_end():
    """A chunk's size, a trailer: old urllib3 asks for a whole line, however long."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        threading.Thread(target=lambda: theirs.sendall(b"1" * (3 * MAX_LINE)), daemon=True).start()
        answer = _timed_answer(ours)
        assert len(answer.fp.readline()) == MAX_LINE
        assert len(answer.fp.readline(None)) == MAX_LINE
        assert len(answer.fp.readline(10)) == 10


@pytest.mark.parametrize("status", ["200 OK", "404 Not Found", "500 Oops"])
def test_head_has_no_body_whatever_its_length_says(server, status):
    server.send(f"HTTP/1.1 {status}\r\nContent-Length: 5\r\nContent-Encoding: gzip\r\n\r\n".encode())
    if status.startswith("200"):
        assert client(server).request("HEAD", "/").body == b""
    else:
        assert failure(lambda: client(server).request("HEAD", "/")).status == int(status[:3])


# -- time -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("proxied", [False, True])
def test_name_that_nobody_answers_for(server, proxied):
    """getaddrinfo knows no timeout."""
    release = threading.Event()
    transport = RequestsTransport(
        guard=AddressGuard(), proxy=Proxy(server.url) if proxied else None, resolver=lambda host, port: release.wait(9)
    )
    started = time.monotonic()
    error = failure(lambda: Client("http://slow.example", timeout=FAST, transport=transport).post("/?key=s3cret"))
    release.set()
    assert (error.policy, error.in_doubt) == (errors.Policy.RETRY, False)
    assert error.code == ("connection-failed" if proxied else "timeout")
    assert time.monotonic() - started < 2


def test_fault_of_a_resolver_is_not_taken_for_the_peers():
    def resolver(host, port):
        raise LookupError("a bug")

    with pytest.raises(LookupError):
        Client("http://any.example", timeout=FAST, transport=RequestsTransport(resolver=resolver)).get("/")


def test_body_may_take_longer_to_send_than_a_connection_to_open(server):
    """The server's window is full until it reads; urllib3 would give the body the connect timeout."""
    server.answer("200 OK", b"{}")
    waits = [0.5]

    def receive(connection):
        if waits:
            time.sleep(waits.pop())
        return connection.recv(1 << 20)

    server._receive = receive
    server.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    body = b"x" * 8_000_000
    assert client(server, timeout=Timeout(connect=0.3, read=20, total=30)).post("/", data=body).status == 200
    assert server.bodies == [body]


def test_peer_that_accepts_no_connection():
    """Its queue is full: what more knocks is not answered."""
    with contextlib.ExitStack() as stack:
        busy = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(busy.getsockname())
        started = time.monotonic()
        timeout = Timeout(connect=0.2, read=20, total=20)
        error = failure(lambda: Client(f"http://127.0.0.1:{busy.getsockname()[1]}", timeout=timeout).post("/"))
        assert (error.code, error.in_doubt) == ("timeout", False)
        assert time.monotonic() - started < 5


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"])
def test_silence_is_waited_for_no_longer_than_the_read_timeout(server, start):
    server.script = lambda connection, head, body: (connection.sendall(start), time.sleep(6))
    started = time.monotonic()
    error = failure(lambda: client(server, timeout=Timeout(connect=5, read=0.2, total=20)).post("/"))
    assert (error.code, error.in_doubt) == ("timeout", True)
    assert time.monotonic() - started < 5


def test_peer_that_never_reads(server):
    server._receive = lambda connection: time.sleep(5) or b""
    started = time.monotonic()
    error = failure(lambda: client(server, timeout=Timeout(5, 5, 0.4)).post("/", data=b"x" * 16_000_000))
    assert (error.code, error.in_doubt) == ("timeout", True)
    assert time.monotonic() - started < 2


# -- what is told ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["X-Fine: 1", "no colon here"])
def test_urllib3_says_nothing_of_our_addresses(server, caplog, header):
    """Its debug line has the query, and so has its warning of a malformed header, which a peer can provoke."""
    server.answer("200 OK", b"", header)
    with caplog.at_level(logging.DEBUG):
        client(server, auth=QueryKey("key", "s3cret")).get("/things")
    assert "/things: 200" in caplog.text
    assert "s3cret" not in caplog.text


def test_urllib3_goes_on_talking_to_others(server, caplog):
    server.answer("200 OK", b"{}")
    with caplog.at_level(logging.DEBUG), urllib3.PoolManager() as pool:
        pool.request("GET", f"{server.url}/theirs")
    assert "/theirs" in caplog.text


def test_key_in_a_path_is_in_no_error(server, caplog):
    server.answer("404 Not Found")
    path = "/services/T01234567/B01234567/s3cretXs3cretXs3cretX99"
    with caplog.at_level(logging.DEBUG):
        error = failure(lambda: client(server).post(path, json={}))
    assert error.params["target"].endswith("/services/T01234567/B01234567/***")
    assert "s3cret" not in f"{error}{caplog.text}"


# -- what we send ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["Host", "Content-Length", "transfer-encoding", "Connection", "TE", "Trailer", "Upgrade", "Keep-Alive"]
)
def test_no_caller_says_where_a_message_ends(server, name):
    error = failure(lambda: client(server).post("/", json={}, headers={name: "chunked"}))
    assert (error.code, name in error.message) == ("invalid-header", True)
    assert not server.heads


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\x00", "\N{EURO SIGN}", " a"])
def test_no_value_starts_another_header(server, value):
    assert failure(lambda: client(server).get("/", headers={"X-Name": value})).code == "invalid-header"
    assert not server.heads


@pytest.mark.parametrize(
    "call",
    [
        lambda api: api.get("/\ud800"),
        lambda api: api.get("/", params={"q": "\ud800"}),
        lambda api: api.post("/", json="\ud800"),
        lambda api: api.post("/", data="\ud800"),
        lambda api: api.post("/", data={"q": "\ud800"}),
        lambda api: api.post("/", json=_nested(100_000)),
    ],
)
def test_what_cannot_be_written_is_a_configuration_error(server, call):
    assert type(failure(lambda: call(client(server)))) is errors.ConfigurationError
    assert not server.heads


RECIPE = SigningRecipe(header="X-Signature", canonical="{method} {target} {body_sha256}", value="{signature} {target}")
PATHS = st.lists(
    st.sampled_from(
        ["a", "Z", "é", "日", "%2f", "%2F", "%7E", "%zz", "%", "~", "[", "]", "{", "|", "'", "+", "&", "=", "/"]
    )
).map("".join)


@given(PATHS, st.dictionaries(st.text("aé &", min_size=1, max_size=3), st.text("zü+%", max_size=3), max_size=2))
def test_what_is_signed_is_what_is_sent(path, params):
    """A signature over `/é` would not fit `/%C3%A9`, which is what travels."""
    seen = []

    class Wire(RequestsTransport):
        def send(self, request, timeout):
            seen.append(request)
            return super().send(request, timeout)

    api = Client("http://127.0.0.1:1", timeout=FAST, transport=Wire(), auth=HmacSigning(RECIPE, "key"))
    try:
        join(api.base_url, "/" + path.lstrip("/"), params)
    except errors.ConfigurationError:
        return
    with pytest.raises(errors.ConnectionFailed):
        api.get("/" + path.lstrip("/"), params=params)
    (request,) = seen
    assert request.url == normal(request.url)
    assert request.headers["X-Signature"].split(" ", 1)[1] == _target(request.url)


@pytest.mark.parametrize("path", ["/é?q=ü", "/a%2fb", "/%7e~", "/a[0]?b={1}|2", "/%zz", ""])
def test_request_line_has_the_signed_target(server, path):
    server.answer("200 OK", b"{}")
    client(server, auth=HmacSigning(RECIPE, "key")).get(path)
    lines = server.heads[0].decode("latin-1").split("\r\n")
    signed = next(line.split(" ")[2] for line in lines if line.startswith("X-Signature:"))
    assert lines[0] == f"GET {signed} HTTP/1.1"


@pytest.mark.parametrize(
    "url", ["http://\N{CIRCLED DIGIT ONE}\ud800.example/", "http://[::1/", "http://*.example/", "http://①②⑦.0.0.1/"]
)
def test_address_that_has_no_form_on_the_wire(url):
    assert failure(lambda: normal(url)).code == "invalid-url"


def _target(url):
    return "/" + url.split("/", 3)[3]


def _nested(depth):
    document = []
    for _level in range(depth):
        document = [document]
    return document


def _timed_answer(sock):
    clock = SystemClock()
    with Deadline(clock, clock.monotonic() + 5, 5):
        return Answer(sock)
