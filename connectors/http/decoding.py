# Part of Integration Hub. License LGPL-3.0 or later.
"""Compressed bodies, opened a bounded piece at a time: a bomb is noticed before it has gone off.

Only what we ask for is accepted: one of gzip and deflate. Brotli, zstd, and one encoding inside another (whose
expansions multiply) were not asked for, and are refused by their name.
"""

import zlib
from collections.abc import Iterable, Iterator
from typing import Protocol

ACCEPT_ENCODING = "gzip, deflate"
_PIECE = 64 * 1024
_GZIP = 16 + zlib.MAX_WBITS
_RAW = -zlib.MAX_WBITS


class BrokenEncoding(Exception):
    """The body is not what its Content-Encoding says, or it ends too early."""


class UnknownEncoding(Exception):
    """The body has an encoding that nobody asked for; `args[0]` names it, at most 40 characters."""


class Decoder(Protocol):
    """Turns the pieces of a body as received into pieces as meant."""

    def feed(self, received: Iterable[bytes]) -> Iterator[bytes]:
        """The decoded pieces, none larger than 64 KiB."""


def decoder(content_encoding: str) -> Decoder:
    """The decoder for a Content-Encoding field, or UnknownEncoding."""
    names = [name for name in (part.strip().lower() for part in content_encoding.split(",")) if name != "identity"]
    wanted = [name for name in names if name]
    if not wanted:
        return _Identity()
    if len(wanted) == 1 and wanted[0] in ("gzip", "x-gzip", "deflate"):
        return _Zlib(gzip=wanted[0] != "deflate")
    raise UnknownEncoding(", ".join(wanted)[:40])


class _Identity:
    def feed(self, received: Iterable[bytes]) -> Iterator[bytes]:
        yield from received


class _Zlib:
    """gzip with any number of members (RFC 1952 §2.2); deflate with its zlib wrapper or, as some send it, without."""

    def __init__(self, *, gzip: bool) -> None:
        self._gzip = gzip

    def feed(self, received: Iterable[bytes]) -> Iterator[bytes]:
        stream = None
        for rest in received:
            piece = b""
            while rest or (len(piece) == _PIECE and stream and not stream.eof):  # the limit may have held output back
                if stream is None or stream.eof:
                    if stream is not None and not (self._gzip and rest.strip(b"\0")):
                        return  # padding behind the last member, or anything behind a deflate stream, says nothing
                    stream = self._open(rest)
                try:
                    piece = stream.decompress(rest, _PIECE)
                except zlib.error:
                    raise BrokenEncoding from None
                rest = stream.unused_data if stream.eof else stream.unconsumed_tail
                if piece:
                    yield piece
        if stream is not None and not stream.eof:
            raise BrokenEncoding

    def _open(self, start: bytes) -> "zlib._Decompress":
        if self._gzip:
            return zlib.decompressobj(_GZIP)
        wrapped = start[0] & 0x0F == 8 and (start[0] >> 4) <= 7  # RFC 1950 §2.2; raw deflate starts otherwise
        return zlib.decompressobj(zlib.MAX_WBITS if wrapped else _RAW)
