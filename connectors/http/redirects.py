# Part of Integration Hub. License LGPL-3.0 or later.
"""Redirects, for the few endpoints that need them: where they may lead, and what goes along (RFC 9110 §15.4)."""

from dataclasses import dataclass, replace
from urllib.parse import urljoin, urlsplit

from ..errors import ConfigurationError, Rejected
from ..messages import Headers, Request, Response
from ..statuses import error_for_status
from .url import origin, unsafe

_STATUSES = frozenset({301, 302, 303, 307, 308})
_SAFE = ("GET", "HEAD")
_PUBLIC_HEADERS = ("accept", "accept-encoding", "user-agent")


@dataclass(frozen=True)
class Redirects:
    """How many redirects a request follows, and whether they may leave the endpoint's origin.

    Credentials never leave it: to another origin goes a bare GET or HEAD with no header but Accept, Accept-Encoding and
    User-Agent, as for a file that an API hands out from its storage; anything else, and any way from https to http, is
    refused. A body is sent again only where the status says so (307, 308); 303 makes a GET of any method. Each hop
    passes the address guard like a first request.
    """

    limit: int = 3
    other_origins: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= 10:
            raise ConfigurationError("Between 1 and 10 redirects can be followed", code="invalid-redirects")

    def next(self, request: Request, response: Response, hops: int) -> Request | None:
        """The request that a redirect leads to; None when the response is none. Raises Rejected where it may not lead.

        `request` is the one answered, without credentials; `hops` counts the redirects followed before.
        """
        location = response.headers.getall("location")
        if response.status not in _STATUSES or not location:
            return None
        if len(location) > 1 or unsafe(location[0]):
            raise _refused(request, response, "redirect-refused", "to an address that is malformed")
        if hops >= self.limit:
            raise _refused(request, response, "too-many-redirects", f"the {hops + 1}th in a row")
        method = "GET" if response.status == 303 and request.method != "HEAD" else request.method
        if response.status in (301, 302) and method not in _SAFE:
            raise _refused(request, response, "redirect-refused", f"which would make a GET of this {method}")
        return self._follow(request, response, method, location[0])

    def _follow(self, request: Request, response: Response, method: str, location: str) -> Request:
        try:
            url = urljoin(request.url, location).partition("#")[0]
            parts, here, there = urlsplit(url), origin(request.url), origin(url)
        except (ValueError, ConfigurationError):
            parts = None
        if parts is None or there[0] not in ("http", "https") or not all(there) or "@" in parts.netloc:
            raise _refused(request, response, "redirect-refused", "to an address that is malformed")
        if here[0] == "https" and there[0] == "http":
            raise _refused(request, response, "redirect-refused", "from https to http")
        keeps_body = response.status in (307, 308)
        headers = request.headers
        if not keeps_body:
            headers = headers.without("content-type").without("idempotency-key")
        moved = replace(request, method=method, url=url, headers=headers, body=request.body if keeps_body else None)
        if here == there:
            return moved
        if not self.other_origins or method not in _SAFE:
            raise _refused(request, response, "redirect-refused", "to another origin")
        public = Headers(pair for pair in moved.headers.pairs() if pair[0].lower() in _PUBLIC_HEADERS)
        return replace(moved, headers=public, body=None)


def _refused(request: Request, response: Response, code: str, why: str) -> Rejected:
    """The table's error for a redirect, saying which rule stopped it; never its Location, which may hold a key."""
    error = error_for_status(response.status, response.headers, method=request.method, target=request.target)
    return Rejected(
        f"{error.message} {why}",
        code=code,
        status=response.status,
        headers=error.headers,
        hint=error.hint if code == "redirect-refused" else "The other system redirects in circles: check the address.",
        params=error.params,
    )
