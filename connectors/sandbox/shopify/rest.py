# Part of Integration Hub. License LGPL-3.0 or later.
"""The legacy REST Admin API: lists with `Link` pagination, single resources, and the call limit.

Sources: shopify.dev, *Paginated REST Admin API results* and *REST Admin API rate limits*.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from yarl import URL

from ..core.limits import LeakyBucket
from ..core.vendor import Core
from .connections import decode_cursor, encode_cursor
from .shared import VERSION, epoch
from .shop import Shop

KINDS = {"orders": "order", "customers": "customer", "products": "product"}
FILTERS = ("limit", "page_info", "fields", "since_id", "ids", "status", "created_at_min", "updated_at_min")
MAX_LIMIT = 250
Doc = Mapping[str, Any]


class Rest:
    """Handlers of the REST lists."""

    def __init__(self, core: Core, shop: Shop) -> None:
        self._core = core
        self._shop = shop
        self._bucket = LeakyBucket(core.clock)

    def throttle(self) -> tuple[web.Response | None, str]:
        """A 429 when the bucket of calls is full, else None; and the value of the call limit header."""
        settings = self._core.settings.shopify
        size, leak = settings.rest_bucket, settings.rest_leak
        taken = self._bucket.take(1, size, leak)
        left = self._bucket.available(size, leak)
        header = f"{math.ceil(size - left)}/{size:g}"
        if taken:
            return None, header
        wait = f"{max(1.0, (1 - left) / leak) if leak else 60.0:.1f}"
        message = "Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted service."
        return web.json_response({"errors": message}, status=429, headers={"Retry-After": wait}), header

    async def collection(self, request: web.Request) -> web.Response:
        """GET /orders.json and its like."""
        plural = request.match_info["plural"]
        kind = KINDS[plural]
        problem = self._problem(request, plural)
        if problem is not None:
            return problem
        query = request.query
        limit = int(query.get("limit", "50"))
        if "page_info" in query:
            since, filters = _read_page(query["page_info"])
        else:
            filters = {name: query[name] for name in FILTERS[3:] if name in query}
            since = int(filters.get("since_id", "0"))
        found = sorted((doc for doc in self._shop.all(kind) if _matches(kind, doc, filters)), key=lambda doc: doc["id"])
        rest = [doc for doc in found if doc["id"] > since]
        page = rest[:limit]
        headers = {}
        if len(rest) > limit:
            position = encode_cursor((page[-1]["id"], filters))
            target = request.url.with_query({"limit": str(limit), "page_info": position})
            headers["Link"] = f'<{_public(request, target)}>; rel="next"'
        return web.json_response({plural: [_fields(doc, query.get("fields")) for doc in page]}, headers=headers)

    async def read(self, request: web.Request) -> web.Response:
        """GET /orders/<id>.json and its like."""
        plural = request.match_info["plural"]
        kind = KINDS[plural]
        denied = self._denied(plural)
        if denied is not None:
            return denied
        document = self._shop.find(kind, request.match_info["number"])
        if document is None:
            return web.json_response({"errors": "Not Found"}, status=404)
        return web.json_response({kind: _fields(document, request.query.get("fields"))})

    def _denied(self, plural: str) -> web.Response | None:
        scope = f"read_{plural}"
        if scope in self._core.settings.shopify.scopes:
            return None
        message = f"[API] This action requires merchant approval for {scope} scope."
        return web.json_response({"errors": message}, status=403)

    def _problem(self, request: web.Request, plural: str) -> web.Response | None:
        denied = self._denied(plural)
        if denied is not None:
            return denied
        query = request.query
        limit = query.get("limit", "50")
        if not limit.isdigit() or not 1 <= int(limit) <= MAX_LIMIT:
            return _bad("limit", f"must be between 1 and {MAX_LIMIT}")
        if "page_info" in query:
            wrong = [name for name in query if name not in ("limit", "page_info", "fields")]
            if wrong:
                return _bad(wrong[0], "cannot be passed when page_info is present")
        try:
            _read_page(query["page_info"]) if "page_info" in query else None
        except ValueError:
            return _bad("page_info", "Invalid value.")
        for name in ("created_at_min", "updated_at_min"):
            try:
                epoch(query.get(name))
            except ValueError:
                return _bad(name, "is not a date")
        if not query.get("since_id", "0").isdigit():
            return _bad("since_id", "must be a number")
        return None


def _bad(name: str, message: str) -> web.Response:
    return web.json_response({"errors": {name: message}}, status=400)


def _read_page(page_info: str) -> tuple[int, dict[str, str]]:
    cursor = decode_cursor(page_info)
    if len(cursor) != 2 or not isinstance(cursor[0], int) or not isinstance(cursor[1], dict):
        raise ValueError("not a page")
    return cursor[0], cursor[1]


def _matches(kind: str, doc: Doc, filters: Mapping[str, str]) -> bool:
    if "ids" in filters and str(doc["id"]) not in filters["ids"].split(","):
        return False
    for name in ("created_at", "updated_at"):
        if f"{name}_min" in filters and epoch(doc.get(name)) < epoch(filters[f"{name}_min"]):
            return False
    if kind == "order":
        state = "cancelled" if doc.get("cancelled_at") else "closed" if doc.get("closed_at") else "open"
        return filters.get("status", "open") in ("any", state)
    return True


def _fields(doc: Doc, fields: str | None) -> dict[str, Any]:
    if not fields:
        return dict(doc)
    names = {name.strip() for name in fields.split(",")}
    return {name: value for name, value in doc.items() if name in names}


def _public(request: web.Request, target: URL) -> str:
    return str(target if target.is_absolute() else URL(f"{request.scheme}://{request.host}").join(target))


VERSION_HEADER = {"X-Shopify-API-Version": VERSION}
