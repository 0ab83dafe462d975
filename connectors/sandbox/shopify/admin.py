# Part of Integration Hub. License LGPL-3.0 or later.
"""Plug-in `graphql`, named after `shop`: requests to the Admin API, files of its bulk operations. No options."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from ..core.vendor import NOTES
from ..engine.plugin import Call, Operation, Plugin
from ..engine.vendor import DescribedVendor
from .graphql import GraphQL
from .storefront import Storefront


class Admin(Plugin):
    """The operations `graphql`, whose name and error codes are noted in the journal, and `bulk_file`."""

    def __init__(self, vendor: DescribedVendor, options: Mapping[str, Any]) -> None:
        super().__init__(vendor, options)
        self._graphql = GraphQL(vendor.core, vendor.plugin(Storefront).shop)

    def operations(self) -> Mapping[str, Operation]:
        """Operations by name."""
        return {"graphql": self._query, "bulk_file": self._bulk_file}

    async def _query(self, call: Call) -> web.Response:
        raw = await call.request.text()
        if call.request.content_type == "application/graphql":
            document: Any = {"query": raw}
        else:
            try:
                document = json.loads(raw)
            except (ValueError, RecursionError):
                return web.json_response({"errors": "Bad Request"}, status=400)
        query = document.get("query") if isinstance(document, dict) else None
        variables = document.get("variables") if isinstance(document, dict) else None
        if not isinstance(query, str) or not isinstance(variables, dict | None):
            return web.json_response({"errors": {"query": "Required parameter missing or invalid"}}, status=400)
        self._graphql.bulk.origin = str(call.request.url.origin())
        operation = document.get("operationName")
        named = re.search(r"\b(?:query|mutation)\s+(\w+)", query)
        answer = self._graphql.run(query, variables or {}, operation if isinstance(operation, str) else None)
        codes = [problem.get("extensions", {}).get("code") for problem in answer.get("errors", [])]
        NOTES.get().update({"operation": operation or (named[1] if named else None), "errors": codes})
        return web.json_response(answer)

    async def _bulk_file(self, call: Call) -> web.Response:
        return await self._graphql.bulk.serve(call.request, call.path["number"])
