# Part of Integration Hub. License LGPL-3.0 or later.
"""Files that an API made ready elsewhere, read while they arrive: which link may be followed, and line by line."""

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from ..errors import BadResponse, ConfigurationError, ServerFault
from ..messages import Request, StreamedResponse
from ..statuses import error_for_status
from .url import origin, unsafe

MAX_LINE_BYTES = 8 * 1024**2
_EXCERPT = 4096


def check_link(url: str, base_url: str) -> str:
    """A link that an API answered with, if it may be followed without credentials: a whole http(s) address.

    Raises BadResponse, code bad-link, for any other, and for http where the API itself is reached by https. Which
    network addresses it may lead to is for the transport's guard to say. No message holds the link: it is a key.
    """
    try:
        scheme, host, port = origin(url)
        user = "@" in urlsplit(url).netloc
    except (ConfigurationError, ValueError):
        scheme, host, port, user = "", "", 0, False
    secure = scheme == "https" or (scheme == "http" and origin(base_url)[0] == "http")
    if not (host and port and secure) or user or unsafe(url):
        raise BadResponse("The link to a file is not an address that may be followed", code="bad-link")
    return url.partition("#")[0]


def refuse(answer: StreamedResponse, request: Request, now: float) -> None:
    """Raise the status table's error for an answer that is no success.

    A 401 or 403 says nothing of our credentials, none were sent: the link has run out, and asking the API for a new
    one is the remedy. So it is a ServerFault, code link-expired, that is tried again.
    """
    if 200 <= answer.status < 300:
        return
    start = b""
    for piece in answer.pieces:
        start += piece
        if len(start) >= _EXCERPT:
            break
    error = error_for_status(
        answer.status, answer.headers, start[:_EXCERPT], now=now, method=request.method, target=request.target
    )
    if answer.status in (400, 401, 403, 404, 410):
        raise ServerFault(
            f"{error.message}: the link to the file has run out",
            code="link-expired",
            status=error.status,
            headers=error.headers,
            excerpt=error.excerpt,
            params=error.params,
        )
    raise error


def lines(pieces: Iterable[bytes], max_line_bytes: int = MAX_LINE_BYTES) -> Iterator[bytes]:
    r"""The lines of a text without their ends (LF or CRLF), the last one also when it has no end.

    Holds one line at a time. Raises BadResponse, code line-too-long, past the limit.
    """
    rest = bytearray()
    for piece in pieces:
        start = 0
        while (end := piece.find(b"\n", start)) >= 0:
            rest += piece[start:end]
            _check_length(rest, max_line_bytes)
            yield bytes(rest.removesuffix(b"\r"))
            rest.clear()
            start = end + 1
        rest += piece[start:]
        _check_length(rest, max_line_bytes)
    if rest:
        yield bytes(rest)


def _check_length(line: bytearray, limit: int) -> None:
    if len(line) > limit:
        raise BadResponse(
            f"A line of the file is longer than {limit} bytes", code="line-too-long", params={"limit": limit}
        )
