# Part of Integration Hub. License LGPL-3.0 or later.
"""Compressed answers are opened in pieces, and a bomb is refused before it has filled the memory."""

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from integration_hub_connectors import errors
from integration_hub_connectors.http import Client, RequestsTransport, Timeout
from integration_hub_connectors.http.decoding import BrokenEncoding, UnknownEncoding, decoder

FAST = Timeout(connect=1, read=2, total=5)
TEXT = b'{"name": "Z\xc3\xbcrich"}' * 5000


def raw_deflate(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def pieces(data, size):
    return [data[start : start + size] for start in range(0, len(data), size)]


def opened(encoding, data, size=1000):
    return b"".join(decoder(encoding).feed(iter(pieces(data, size))))


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(TEXT)),
        ("GZip", gzip.compress(TEXT)),
        ("x-gzip", gzip.compress(TEXT)),
        ("identity, gzip", gzip.compress(TEXT)),
        ("gzip", gzip.compress(TEXT[:100]) + gzip.compress(TEXT[100:])),
        ("gzip", gzip.compress(TEXT) + b"\0" * 5000),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", raw_deflate(TEXT)),
        ("deflate", zlib.compress(TEXT) + b"padding"),
        ("", TEXT),
        ("identity", TEXT),
        (" , ", TEXT),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 1000, 10**6])
def test_encodings_we_ask_for(encoding, packed, size):
    assert opened(encoding, packed, size) == TEXT


@given(st.binary(max_size=200_000), st.integers(1, 70_000), st.sampled_from(["gzip", "deflate", "raw"]))
def test_any_bytes_in_any_pieces(data, size, kind):
    packed = {"gzip": gzip.compress, "deflate": zlib.compress, "raw": raw_deflate}[kind](data)
    assert opened("gzip" if kind == "gzip" else "deflate", packed, size) == data


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", ""])
def test_empty_body_needs_no_decoding(encoding):
    """An answer to HEAD, or 204, may name an encoding."""
    if encoding == "br":
        with pytest.raises(UnknownEncoding):
            decoder(encoding)
    else:
        assert opened(encoding, b"") == b""


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("gzip", b"plain text"),
        ("gzip", gzip.compress(TEXT)[:-9]),
        ("gzip", gzip.compress(TEXT)[:-1]),
        ("gzip", gzip.compress(TEXT)[:-8] + b"\0" * 8),
        ("gzip", gzip.compress(TEXT) + b"more"),
        ("gzip", zlib.compress(TEXT)),
        ("deflate", b"plain text"),
        ("deflate", zlib.compress(TEXT)[:-1]),
        ("deflate", gzip.compress(TEXT)),
    ],
)
def test_what_is_not_what_it_says(encoding, data):
    with pytest.raises(BrokenEncoding):
        opened(encoding, data)


@pytest.mark.parametrize(
    "encoding", ["br", "zstd", "compress", "gzip, gzip", "deflate, gzip", "gzip, br", "gzip gzip", "x" * 500]
)
def test_what_nobody_asked_for(encoding):
    with pytest.raises(UnknownEncoding) as caught:
        decoder(encoding)
    assert len(caught.value.args[0]) <= 40


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_piece_is_small_whatever_it_was_packed_from(encoding):
    pack = {"gzip": gzip.compress, "deflate": zlib.compress}[encoding]
    found = [len(piece) for piece in decoder(encoding).feed(iter([pack(b"0" * 10_000_000)]))]
    assert sum(found) == 10_000_000
    assert max(found) <= 64 * 1024


# -- over a connection ------------------------------------------------------------------------------------------------


def api(server, limit=1_000_000):
    return Client(
        server.url, timeout=FAST, transport=RequestsTransport(max_response_bytes=limit), max_response_bytes=limit
    )


def failure(call):
    with pytest.raises(errors.HubError) as caught:
        call()
    assert caught.value.__context__ is None
    return caught.value


@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("deflate", raw_deflate)]
)
def test_bomb_is_refused_without_its_memory(server, encoding, pack):
    bomb = pack(b"\0" * 60_000_000)
    assert len(bomb) < 100_000
    server.answer("200 OK", bomb, f"Content-Encoding: {encoding}")
    tracemalloc.start()
    error = failure(lambda: api(server).get("/"))
    _current, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (type(error), error.policy, error.params["limit"]) == (
        errors.ResponseTooLarge,
        errors.Policy.DEAD,
        1_000_000,
    )
    assert peak < 6_000_000


def test_endless_empty_members_are_refused_too(server):
    """They decode to nothing: only what arrives shows that they are too much."""
    member = gzip.compress(b"")
    server.answer("200 OK", member * 100_000, "Content-Encoding: gzip")
    assert type(failure(lambda: api(server).get("/"))) is errors.ResponseTooLarge


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip"])
def test_unasked_encoding_is_named(server, encoding):
    server.answer("200 OK", b"whatever", f"Content-Encoding: {encoding}")
    error = failure(lambda: api(server).get("/"))
    assert (type(error), error.code, error.params["encoding"]) == (errors.BadResponse, "unknown-encoding", encoding)


def test_only_what_can_be_opened_is_asked_for(server):
    server.answer("200 OK", gzip.compress(b"{}"), "Content-Encoding: gzip")
    assert api(server).get("/").json() == {}
    assert b"Accept-Encoding: gzip, deflate" in server.heads[0].split(b"\r\n")
