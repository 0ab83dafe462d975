# Part of Integration Hub. License LGPL-3.0 or later.
"""Bulk operations: a query run in the background, its result a JSONL file in a storage that knows no tokens.

What Shopify documents is kept to: one operation at a time, connections through `edges { node }`, at most five of
them, two deep, of types with an id; children on lines of their own with `__parentId`, right after their parent when
objects are grouped and behind all parents when they are not. How long it takes and how it ends are settings
(`bulk_looks`, `bulk_status`, `bulk_error`), so that a client can be shown every ending.
Source: https://shopify.dev/docs/api/usage/bulk-operations/queries
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from aiohttp import web
from graphql import ExecutionResult, GraphQLError, GraphQLSchema, execute_sync, parse

from ..core.vendor import Core
from .bulk_query import Node, flatten, problem
from .connections import WHOLE
from .parts import utc
from .shared import gid, timestamp
from .shop import NAME

KIND = "bulk_operation"
RUNNING = ("CREATED", "RUNNING", "CANCELING")


class Bulk:
    """The shop's operations, the newest last; `origin` is where clients reach the sandbox, and so its storage."""

    def __init__(self, core: Core, schema: GraphQLSchema, root: Callable[[], dict[str, Any]]) -> None:
        self._core = core
        self._schema = schema
        self._root = root
        self.origin = ""

    def fields(self) -> dict[str, Any]:
        """The resolvers of the mutations and of `currentBulkOperation`."""
        return {
            "bulkOperationRunQuery": lambda _info, **given: self._run(given["query"], given["groupObjects"]),
            "bulkOperationCancel": lambda _info, **given: self._cancel(given["id"]),
            "currentBulkOperation": lambda _info, **given: self._current(given["type"]),
        }

    def node(self, number: str) -> Node | None:
        """BulkOperation by its number; each look brings it forward."""
        found = self._core.store.get(NAME, KIND, number)
        if found is None:
            return None
        settings = self._core.settings.shopify
        if found["status"] in RUNNING:
            found["looks"] += 1
            found["status"] = "RUNNING"
            if found["looks"] > settings.bulk_looks:
                found["status"] = "FAILED" if found["error"] else settings.bulk_status
        return self._view(found)

    async def serve(self, request: web.Request, number: str) -> web.Response:
        """GET /storage/bulk-<number>.jsonl?signature=…: refuses whoever brings another service's credentials."""
        found = self._core.store.get(NAME, KIND, number)
        foreign = {"authorization", "cookie", "x-shopify-access-token"} & {name.lower() for name in request.headers}
        if foreign or found is None or request.query.get("signature") != found["key"]:
            text = "<Error><Code>AuthenticationFailed</Code></Error>"
            return web.Response(status=400, text=text, content_type="application/xml")
        text = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in _kept(found))
        return web.Response(text=text, content_type="application/jsonl")

    def _all(self) -> list[Node]:
        return self._core.store.all(NAME, KIND)

    def _run(self, query: str, grouped: bool) -> Node:
        for active in self._all():
            if active["status"] in RUNNING:
                number = gid("BulkOperation", active["id"])
                message = f"A bulk query operation for this app and shop is already in progress: {number}."
                return _refused(message, "OPERATION_IN_PROGRESS", None)
        reason = problem(self._schema, query)
        if reason:
            return _refused(reason, "INVALID", ["query"])
        token = WHOLE.set(True)
        try:
            result = execute_sync(self._schema, parse(query), self._root())
        finally:
            WHOLE.reset(token)
        assert isinstance(result, ExecutionResult)
        error = _error_code(result.errors)
        made = {
            "id": self._core.store.next_id(),
            "key": f"{self._core.rng.getrandbits(64):016x}",
            "query": query,
            "status": "CREATED",
            "looks": 0,
            "error": error,
            "lines": [] if error else flatten(next(iter((result.data or {}).values())), grouped),
            "created_at": timestamp(self._core.clock.now()),
        }
        self._core.store.put(NAME, KIND, str(made["id"]), made)
        return {"bulkOperation": self._view(made), "userErrors": []}

    def _cancel(self, global_id: str) -> Node:
        found = self._core.store.get(NAME, KIND, global_id.rpartition("/")[2])
        if found is not None and found["status"] in RUNNING:
            found["status"] = "CANCELED"
        return {"bulkOperation": found and self._view(found), "userErrors": []}

    def _current(self, kind: str) -> Node | None:
        newest = self._all()[-1:] if kind == "QUERY" else []
        return self._view(newest[0]) if newest else None

    def _view(self, found: Node) -> Node:
        done, whole = found["status"] not in RUNNING, found["status"] == "COMPLETED"
        kept = _kept(found)
        path = f"/{NAME}/storage/bulk-{found['id']}.jsonl?signature={found['key']}"
        link = self.origin + path if kept and done else None
        failed = found["status"] == "FAILED"
        return {
            "__typename": "BulkOperation",
            "id": gid("BulkOperation", found["id"]),
            "status": found["status"],
            "type": "QUERY",
            "errorCode": found["error"] or self._core.settings.shopify.bulk_error if failed else None,
            "objectCount": str(len(kept)),
            "rootObjectCount": str(sum("__parentId" not in line for line in kept)),
            "fileSize": None,
            "url": link if whole else None,
            "partialDataUrl": None if whole else link,
            "query": found["query"],
            "createdAt": utc(found["created_at"]),
            "completedAt": utc(timestamp(self._core.clock.now())) if whole else None,
        }


def _kept(found: Node) -> list[Node]:
    """The lines of the file: all of them, or the first two thirds where the operation ended too early."""
    lines: list[Node] = found["lines"]
    if found["status"] == "COMPLETED":
        return lines
    return lines[: len(lines) * 2 // 3] if found["status"] in ("FAILED", "CANCELED") else []


def _error_code(errors: list[GraphQLError] | None) -> str | None:
    if not errors:
        return None
    code = (errors[0].extensions or {}).get("code")
    return "ACCESS_DENIED" if code == "ACCESS_DENIED" else "INTERNAL_SERVER_ERROR"


def _refused(message: str, code: str, where: list[str] | None) -> Node:
    return {"bulkOperation": None, "userErrors": [{"field": where, "message": message, "code": code}]}
