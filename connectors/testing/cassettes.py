# Part of Integration Hub. License LGPL-3.0 or later.
"""Cassettes: what a connector's call said to the vendor and heard, kept in a file and played again without a network.

vcrpy stands in for a socket, behind our real transport: our pools get connection classes that ask the cassette. While
recording, those open our own connections, so the guard and the deadlines hold; while playing they open none, and a name
that had to be resolved would be an error.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import vcr
from vcr.errors import CannotOverwriteExistingCassetteException
from vcr.record_mode import RecordMode
from vcr.stubs.urllib3_stubs import VCRRequestsHTTPConnection, VCRRequestsHTTPSConnection

from ..errors import ConfigurationError
from ..http import Request, RequestsTransport, Timeout
from .scrubbing import Scrubber

RECORDED_AT = "http://sandbox.example"
"""What stands in a cassette for the address that it was recorded at."""

ABOUT = (
    "Recorded against this project's own sandbox, which imitates the vendor's documented behaviour; not against the "
    "vendor. Credentials are scrubbed. scripts/cassettes records it anew."
)


@contextmanager
def recording(
    path: Path, address: str, *, secrets: Iterable[str] = (), transport: RequestsTransport | None = None
) -> Iterator[RequestsTransport]:
    """A transport whose exchanges with `address` are written to `path` at the end of the block, credentials scrubbed.

    `secrets` are masked wherever they stand; those that are not named, wherever credentials go by their names.
    `transport` is the one to use, with its guard and TLS; by default one that may go anywhere.
    """
    path.unlink(missing_ok=True)
    transport = transport or RequestsTransport()
    with _cassette(path, transport, Scrubber(secrets), RecordMode.ALL, address):
        yield transport
    document = {"about": ABOUT, **json.loads(path.read_text(encoding="utf-8"))}
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


@contextmanager
def replaying(path: Path, *, secrets: Iterable[str] = ()) -> Iterator[RequestsTransport]:
    """A transport that answers from `path` and nothing else. Raises AssertionError when not all of it was asked for.

    A request that was not recorded is a ConfigurationError, code not-recorded.
    """
    if not path.is_file():
        raise ConfigurationError(f"There is no cassette {path.name}", code="no-cassette", hint="Run scripts/cassettes.")
    transport = _Replaying(resolver=_offline)
    with _cassette(path, transport, Scrubber(secrets), RecordMode.NONE, RECORDED_AT) as cassette:
        yield transport
        assert cassette.all_played, f"{path.name}: {len(cassette) - cassette.play_count} exchanges were not asked for"


class _Replaying(RequestsTransport):
    """Says in our words that a request is not on the cassette."""

    def _open(self, request: Request, timeout: Timeout, deadline: Any) -> Any:
        try:
            return super()._open(request, timeout, deadline)
        except CannotOverwriteExistingCassetteException:
            pass
        raise ConfigurationError(f"{request.method} {request.target} was not recorded", code="not-recorded")


def _offline(host: str, port: int) -> list[str]:
    raise AssertionError(f"{host} was to be connected to while a cassette is played")


def _cassette(path: Path, transport: RequestsTransport, scrubber: Scrubber, mode: RecordMode, address: str) -> Any:
    def request(given: Any) -> Any:
        given.uri = scrubber.url(given.uri.replace(address, RECORDED_AT))
        given.body = scrubber.body(given.body or b"", str(given.headers.get("Content-Type", "")))
        given.headers = scrubber.headers(dict(given.headers))
        return given

    def response(given: dict[str, Any]) -> dict[str, Any]:
        kind = str(given["headers"].get("Content-Type", ""))
        body = scrubber.body(given["body"]["string"].replace(address.encode(), RECORDED_AT.encode()), kind)
        return {
            "status": given["status"],
            "headers": {name: list(value) for name, value in scrubber.headers(given["headers"]).items()},
            "body": {"string": body},
        }

    recorder = vcr.VCR(
        serializer="json",
        record_mode=mode,
        match_on=("method", "uri", "body"),
        before_record_request=request,
        before_record_response=response,
        decode_compressed_response=True,
        custom_patches=tuple(_patches(transport)),
    )
    return recorder.use_cassette(str(path))


def _patches(transport: RequestsTransport) -> Iterator[tuple[Any, str, type]]:
    """Connection classes for the transport's pools: those of vcrpy, which open ours where they open any."""
    stubs = {"http": VCRRequestsHTTPConnection, "https": VCRRequestsHTTPSConnection}
    pools = transport._adapter.poolmanager.pool_classes_by_scheme
    for scheme, pool in pools.items():
        stub = type(f"Recorded{scheme.title()}", (stubs[scheme],), {"_baseclass": pool.ConnectionCls})
        yield pool, "ConnectionCls", stub
