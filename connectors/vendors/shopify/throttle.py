# Part of Integration Hub. License LGPL-3.0 or later.
"""Queries sent no faster than Shopify restores the points they cost, so that it never has to throttle them.

Every answer tells what its query had to have available (`requestedQueryCost`), what is there now and how fast it comes
back; the next query of that kind waits (requested - available) / restored a second, before it is sent.
Source: https://shopify.dev/docs/api/usage/limits#graphql-admin-api-rate-limits
"""

from __future__ import annotations

import hashlib
import json
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from ...clock import Clock
from ...http import Request, Response, Timeout, Transport
from ...messages import StreamedResponse, streaming
from ...resilience import Held, Points, graphql_asked, graphql_cost, graphql_quota

DEAREST_QUERY = 1000.0
"""No single query may cost more; a kind of query that was never sent is taken to cost as much."""


class ThrottledTransport:
    """Waits for points in front of any other transport: up to `patience` seconds, and less than the request may take.

    A longer wait raises Held, code rate-limited, and nothing was sent.
    """

    def __init__(self, inner: Transport, points: Points, *, clock: Clock, patience: float = 20.0) -> None:
        self._inner, self._points, self._clock, self._patience = inner, points, clock, patience

    def send(self, request: Request, timeout: Timeout) -> Response:
        """The answer, whatever its status. Raises Held, or what the inner transport raises."""
        kind = _kind(request)
        if kind is None:
            return self._inner.send(request, timeout)
        started = self._clock.monotonic()
        patience = min(self._patience, timeout.total)
        while (reserved := self._points.reserve(kind)).wait:
            if self._clock.monotonic() - started + reserved.wait >= patience:
                raise Held("Shopify's points are used up", code="rate-limited", retry_after=reserved.wait)
            self._clock.sleep(reserved.wait)
        left = replace(timeout, total=timeout.total - (self._clock.monotonic() - started))
        extensions: Any = None
        try:
            response = self._inner.send(request, left)
            extensions = _extensions(response)
        finally:
            self._points.settle(
                reserved.ticket,
                kind,
                told=graphql_quota(extensions),
                price=graphql_asked(extensions),
                spent=graphql_cost(extensions),
            )
        return response

    def stream(self, request: Request, timeout: Timeout, max_bytes: int) -> AbstractContextManager[StreamedResponse]:
        """What the inner transport streams: a file costs no points."""
        return streaming(self._inner).stream(request, timeout, max_bytes)


def _kind(request: Request) -> str | None:
    """What two queries of one price have in common: the text, and how much their variables ask for. None: no query."""
    if not request.url.endswith("/graphql.json") or request.body is None:
        return None
    document = json.loads(request.body)
    sizes = {
        name: value if isinstance(value, int) else len(value) if isinstance(value, list) else value is not None
        for name, value in (document.get("variables") or {}).items()
    }
    text = json.dumps([document["query"], sizes], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _extensions(response: Response) -> Any:
    """The answer's extensions; None for any other answer, which the connector itself will speak of."""
    if b'"throttleStatus"' not in response.body:
        return None
    try:
        document = json.loads(response.body)
    except ValueError:
        return None
    return document.get("extensions") if isinstance(document, dict) else None
