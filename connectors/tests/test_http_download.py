# Part of Integration Hub. License LGPL-3.0 or later.
"""A file read while it arrives: without credentials, within its limits, its lines whole however the pieces fall."""

import gzip
import threading
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from integration_hub_connectors import errors
from integration_hub_connectors.auth import Bearer
from integration_hub_connectors.http import AddressGuard, Client, RequestsTransport, Timeout, TraceContext, lines

FAST = Timeout(connect=1, read=0.4, total=0.8)


def client(server, **options):
    return Client(server.url, timeout=FAST, **options)


def read(made, url, **options):
    with made.download(url, **options) as pieces:
        return b"".join(pieces)


def failure(call):
    with pytest.raises(errors.HubError) as caught:
        call()
    assert caught.value.__context__ is None
    assert "s3cret" not in f"{caught.value!r}{caught.value.params}{caught.value.hint}"
    return caught.value


def test_the_file_comes_without_credentials(server):
    server.answer("200 OK", b"one\ntwo\n")
    made = client(server, auth=Bearer("t0ken"), trace=TraceContext.new)
    assert read(made, f"{server.url}/file.jsonl?signature=s3cret") == b"one\ntwo\n"
    head = server.heads[0].decode().lower()
    assert "get /file.jsonl?signature=s3cret " in head
    assert "t0ken" not in head and "authorization" not in head and "traceparent" not in head and "cookie" not in head


def test_a_compressed_file_is_opened_on_the_way(server):
    server.answer("200 OK", gzip.compress(b"line\n" * 100_000), "Content-Encoding: gzip")
    assert read(client(server), f"{server.url}/f") == b"line\n" * 100_000


@pytest.mark.parametrize("body", [b"x" * 5000, gzip.compress(b"x" * 5000)], ids=["plain", "compressed"])
def test_neither_what_arrives_nor_what_it_becomes_passes_the_limit(server, body):
    coding = ("Content-Encoding: gzip",) if body[:2] == b"\x1f\x8b" else ()
    server.answer("200 OK", body, *coding)
    error = failure(lambda: read(client(server), f"{server.url}/f", max_bytes=4999))
    assert (error.code, error.params["limit"]) == ("response-too-large", 4999)


def test_it_may_be_larger_than_an_answer_and_never_lies_in_memory_whole(server):
    size = 24 * 1024 * 1024

    def script(connection, head, body):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(size // 65536):
            connection.sendall(b"y" * 65535 + b"\n")

    server.script = script
    made = Client(server.url, timeout=Timeout(connect=1, read=5, total=5))
    tracemalloc.start()
    try:
        with made.download(f"{server.url}/f") as pieces:
            count = sum(1 for _line in lines(pieces))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == size // 65536
    assert peak < 4 * 1024 * 1024


def test_a_file_that_breaks_off_says_so(server):
    server.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", close=True)
    assert failure(lambda: read(client(server), f"{server.url}/f?k=s3cret")).code == "body-truncated"


def test_a_file_that_stalls_ends_with_the_read_timeout(server):
    server.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    assert failure(lambda: read(client(server), f"{server.url}/f?k=s3cret")).code == "timeout"


def test_the_total_time_counts_the_callers_own(server):
    server.answer("200 OK", b"z" * 200_000)
    assert failure(lambda: read(client(server), f"{server.url}/f", total=1e-6)).code == "timeout"


@pytest.mark.parametrize("status", ["400 Bad Request", "403 Forbidden", "404 Not Found"])
def test_a_link_that_ran_out_suspends_nothing(server, status):
    server.answer(status, b"<Error>Expired</Error>")
    error = failure(lambda: read(client(server), f"{server.url}/f?k=s3cret"))
    assert (error.code, error.policy) == ("link-expired", errors.Policy.RETRY)


def test_a_long_refusal_is_not_read_to_its_end(server):
    server.answer("503 Service Unavailable", b"sorry " * 100_000)
    error = failure(lambda: read(client(server), f"{server.url}/f?k=s3cret"))
    assert (error.code, error.policy) == ("server-fault", errors.Policy.RETRY)
    assert len(error.excerpt) <= 500


def test_a_redirect_is_not_followed(server):
    server.answer("302 Found", b"", f"Location: {server.url}/elsewhere")
    assert failure(lambda: read(client(server), f"{server.url}/f")).code == "redirect-refused"
    assert len(server.heads) == 1


def test_the_storages_address_passes_the_same_guard(server):
    made = client(server, transport=RequestsTransport(guard=AddressGuard()))
    assert failure(lambda: read(made, f"{server.url}/f?k=s3cret")).code == "address-refused"
    assert not server.heads


@pytest.mark.parametrize(
    "url",
    ["", "file", "/file", "ftp://h/f", "http://h/f", "https://", "https://u:s3cret@h/f", "https://h/f s3cret", "//h/f"],
)
def test_other_links_are_refused(url):
    made = Client("https://api.example", timeout=FAST)
    assert failure(lambda: read(made, url)).code == "bad-link"


def test_a_transport_that_cannot_stream_is_named(server):
    class Whole:
        def send(self, request, timeout):
            raise AssertionError

    assert failure(lambda: read(client(server, transport=Whole()), f"{server.url}/f")).code == "no-streaming"


def test_leaving_early_gives_the_connection_up(server):
    ended = threading.Event()

    def script(connection, head, body):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        try:
            while True:
                connection.sendall(b"a\n" * 50_000)
        except OSError:
            ended.set()

    server.script = script
    with client(server).download(f"{server.url}/f") as pieces:
        assert next(lines(pieces)) == b"a"
    assert ended.wait(5)


@given(st.lists(st.binary(max_size=12).filter(lambda line: b"\n" not in line)), st.lists(st.integers(0, 40)))
def test_lines_do_not_depend_on_where_the_pieces_fall(written, cuts):
    text = b"".join(line + b"\n" for line in written)
    places = sorted({min(cut, len(text)) for cut in cuts} | {0, len(text)})
    pieces = [text[start:end] for start, end in pairwise(places)]
    assert list(lines(pieces)) == [line.removesuffix(b"\r") for line in written]


def test_the_last_line_needs_no_end_and_none_may_be_endless():
    assert list(lines([b"a\r\nb", b"c"])) == [b"a", b"bc"]
    taken = lines([b"ok\n", b"x" * 6, b"x" * 6], max_line_bytes=10)
    assert next(taken) == b"ok"
    with pytest.raises(errors.BadResponse) as caught:
        next(taken)
    assert caught.value.code == "line-too-long"
