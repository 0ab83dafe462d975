# Part of Integration Hub. License LGPL-3.0 or later.
"""Shopify's part of the sandbox: authentication, routes, control routes, seed."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from ..core.problem import ControlProblem, read_object
from ..core.vendor import NOTES, Core
from .graphql import GraphQL
from .rest import VERSION_HEADER, Rest
from .seed import CUSTOMERS, PRODUCTS
from .shared import VERSION
from .shop import KINDS, NAME, Shop
from .webhooks import ShopifyWebhooks

UNKNOWN_TOKEN = "[API] Invalid API key or access token (unrecognized login or wrong password)"
_MESSAGES = {404: "Not Found", 429: "Exceeded 2 calls per second for api client.", 503: "Service Unavailable"}
SEED_IDS = 1_000_000_000_000
Handler = Callable[[web.Request], Awaitable[web.Response]]


class Shopify:
    """The imitated shop and its two APIs."""

    name = NAME
    types = tuple(KINDS)

    def __init__(self, core: Core) -> None:
        self._core = core
        self.shop = Shop(core)
        self._graphql = GraphQL(core, self.shop)
        self._rest = Rest(core, self.shop)
        core.sender.register(ShopifyWebhooks(core.settings.shopify))

    def routes(self) -> list[web.RouteDef]:
        """The Admin API. Every version is answered by this one, as Shopify does with versions it no longer serves."""
        base = r"/admin/api/{version:\d{4}-\d{2}|unstable}"
        plurals = "{plural:orders|customers|products}"
        return [
            web.post(f"{base}/graphql.json", self._authenticated(self._query)),
            web.get(r"/storage/bulk-{number:\d+}.jsonl", self._graphql.bulk.serve),
            web.get(f"{base}/{plurals}.json", self._limited(self._rest.collection)),
            web.get(f"{base}/{plurals}/{{number:\\d+}}.json", self._limited(self._rest.read)),
        ]

    def control_routes(self) -> list[web.RouteDef]:
        """What the shop's staff and buyers do."""
        shop = self.shop
        return [
            web.post("/orders", self._act(lambda values, _: shop.create_order(values), 201)),
            web.post("/customers", self._act(lambda values, _: shop.create_customer(values), 201)),
            web.post("/products", self._act(lambda values, _: shop.create_product(values), 201)),
            web.patch("/orders/{number}", self._act(lambda values, number: shop.edit_order(number, values), 200)),
            web.patch("/customers/{number}", self._act(lambda values, number: shop.edit_customer(number, values), 200)),
            web.patch("/products/{number}", self._act(lambda values, number: shop.edit_product(number, values), 200)),
            web.delete("/{plural:orders|customers|products}/{number}", self._delete),
        ]

    def seed(self) -> None:
        """Twelve products and twelve customers; no orders."""
        with self._core.store.fixed_ids(SEED_IDS):
            for product in PRODUCTS:
                self.shop.create_product(product, webhook=False)
            for customer in CUSTOMERS:
                self.shop.create_customer(customer, webhook=False)

    def adopt(self, kind: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """Keep a REST resource as it is; it may be wrapped in its name, as Shopify's own examples are."""
        inner = document.get(kind, document)
        if not isinstance(inner, Mapping) or not isinstance(inner.get("id"), int) or isinstance(inner.get("id"), bool):
            raise ControlProblem("invalid-object", f"A Shopify {kind} is an object with a number as 'id'.")
        if kind == "order" and not isinstance(inner.get("currency"), str):
            raise ControlProblem("invalid-object", "A Shopify order has a 'currency'.")
        kept = dict(inner)
        self._core.store.put(NAME, kind, str(kept["id"]), kept)
        return kept

    def credentials(self) -> dict[str, Any]:
        """Token, webhook secret and the names a connector needs."""
        settings = self._core.settings.shopify
        return {
            "token": settings.token,
            "webhook_secret": settings.webhook_secret,
            "shop": settings.domain,
            "api_version": VERSION,
        }

    def failure(self, status: int, retry_after: float | None) -> web.Response:
        """{"errors": …} with that status."""
        if status < 400:
            return web.json_response({}, status=status)
        headers = {"Retry-After": f"{retry_after:.1f}"} if retry_after is not None else {}
        message = _MESSAGES.get(status, "Internal Server Error" if status >= 500 else f"Error {status}")
        return web.json_response({"errors": message}, status=status, headers=headers)

    def expired_token(self) -> web.Response:
        """401 for a token that Shopify does not, or no longer, know."""
        return web.json_response({"errors": UNKNOWN_TOKEN}, status=401, headers=VERSION_HEADER)

    def _authenticated(self, handler: Handler) -> Handler:
        async def check(request: web.Request) -> web.Response:
            given = request.headers.get("X-Shopify-Access-Token", "")
            if not hmac.compare_digest(given.encode(), self._core.settings.shopify.token.encode()):
                return self.expired_token()
            response = await handler(request)
            response.headers.update(VERSION_HEADER)
            return response

        return check

    def _limited(self, handler: Handler) -> Handler:
        async def check(request: web.Request) -> web.Response:
            refusal, limit = self._rest.throttle()
            response = refusal if refusal is not None else await handler(request)
            response.headers["X-Shopify-Shop-Api-Call-Limit"] = limit
            return response

        return self._authenticated(check)

    async def _query(self, request: web.Request) -> web.Response:
        raw = await request.text()
        if request.content_type == "application/graphql":
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
        self._graphql.bulk.origin = str(request.url.origin())
        operation = document.get("operationName")
        named = re.search(r"\b(?:query|mutation)\s+(\w+)", query)
        answer = self._graphql.run(query, variables or {}, operation if isinstance(operation, str) else None)
        codes = [problem.get("extensions", {}).get("code") for problem in answer.get("errors", [])]
        NOTES.get().update({"operation": operation or (named[1] if named else None), "errors": codes})
        return web.json_response(answer)

    def _act(self, action: Callable[[Mapping[str, Any], str], dict[str, Any]], status: int) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            values = await read_object(request)
            return web.json_response(action(values, request.match_info.get("number", "")), status=status)

        return handle

    async def _delete(self, request: web.Request) -> web.Response:
        kind = request.match_info["plural"].removesuffix("s")
        self.shop.delete(kind, request.match_info["number"])
        return web.Response(status=204)
