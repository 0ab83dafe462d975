# Part of Integration Hub. License LGPL-3.0 or later.
"""POST /admin/api/<version>/graphql.json: parse, validate, charge, execute.

Everything that is wrong with a query is answered 200 with `errors`, as Shopify does (shopify.dev, *Status and error
codes*); only a request without a query is 400 and only bad credentials are 401.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLSyntaxError,
    build_schema,
    execute_sync,
    get_operation_ast,
    parse,
    validate,
)

from ..core.limits import LeakyBucket
from ..core.vendor import Core
from .bulk import Bulk
from .connections import connection, error, parse_gid
from .cost import QueryCost
from .customer_mutations import CustomerMutations
from .fulfillment_mutations import FulfillmentMutations
from .inventory import Inventory
from .order_views import OrderViews
from .parts import utc
from .search import compile_query
from .shared import epoch, gid
from .shop import Shop
from .webhooks import WebhookSubscriptions

SCHEMA = build_schema((Path(__file__).parent / "schema.graphql").read_text(encoding="utf-8"))
LIMITS_PAGE = "https://shopify.dev/api/usage/rate-limits"
MUTATION_COST = 10
SCOPES_PAGE = "https://shopify.dev/api/usage/access-scopes"
SCOPES = {
    "order": "read_orders", "customer": "read_customers", "product": "read_products", "variant": "read_products",
    "event": "read_products",
}  # fmt: skip
TYPES = {"Order": "order", "Customer": "customer", "Product": "product", "ProductVariant": "variant"}
Doc = Mapping[str, Any]


class GraphQL:
    """Executes queries against the shop, within the app's scopes and its bucket of points."""

    def __init__(self, core: Core, shop: Shop) -> None:
        self._core = core
        self._shop = shop
        self._bucket = LeakyBucket(core.clock)
        self._views = OrderViews(shop.find, self._allow, shop.transactions)
        self._customers = CustomerMutations(shop, self._views.customer, self._allow)
        self._fulfillments = FulfillmentMutations(shop, self._views.fulfillment, self._allow)
        self._inventory = Inventory(shop, self._allow)
        self._views.levels = self._inventory.levels_of
        self._webhooks = WebhookSubscriptions(core)
        self.bulk = Bulk(core, SCHEMA, lambda: self._root([]))

    def run(self, query: str, variables: Mapping[str, Any], operation_name: str | None) -> dict[str, Any]:
        """The answer's document: data, errors, extensions."""
        try:
            document = parse(query)
        except GraphQLSyntaxError as problem:
            return {"errors": [_formatted(problem, "syntaxError")]}
        problems = validate(SCHEMA, document)
        operation = get_operation_ast(document, operation_name)
        if problems or operation is None:
            problems = problems or [GraphQLError("An operation name is required")]
            return {"errors": [_formatted(problem, "invalidQuery") for problem in problems]}
        cost = QueryCost(SCHEMA, document, operation, variables)
        requested = cost.requested() if operation.operation.value == "query" else MUTATION_COST
        settings = self._core.settings.shopify
        if requested > settings.max_query_cost:
            limit = settings.max_query_cost
            message = f"Query cost is {requested}, which exceeds the single query max cost limit ({limit:g})."
            refusal = error(message, "MAX_COST_EXCEEDED", cost=requested, maxCost=limit, documentation=LIMITS_PAGE)
            return {"errors": [dict(refusal.formatted)]}
        if not self._bucket.take(requested, settings.bucket_size, settings.restore_rate):
            refusal = error("Throttled", "THROTTLED", documentation=LIMITS_PAGE)
            return {"errors": [_plain(refusal)], "extensions": {"cost": self._status(requested, None)}}
        warnings: list[dict[str, Any]] = []
        result = execute_sync(
            SCHEMA, document, self._root(warnings), variable_values=dict(variables), operation_name=operation_name
        )
        assert isinstance(result, ExecutionResult)
        actual = min(requested, cost.actual(result.data)) if operation.operation.value == "query" else requested
        self._bucket.give_back(requested - actual)
        answer: dict[str, Any] = {"data": result.data}
        if result.errors:
            answer["errors"] = [_formatted(problem, "invalidVariable") for problem in result.errors]
        answer["extensions"] = {"cost": self._status(requested, actual)}
        if warnings:
            answer["extensions"]["search"] = warnings
        return answer

    def _status(self, requested: int, actual: int | None) -> dict[str, Any]:
        settings = self._core.settings.shopify
        return {
            "requestedQueryCost": requested,
            "actualQueryCost": actual,
            "throttleStatus": {
                "maximumAvailable": settings.bucket_size,
                "currentlyAvailable": int(self._bucket.available(settings.bucket_size, settings.restore_rate)),
                "restoreRate": settings.restore_rate,
            },
        }

    def _allow(self, scope: str, field: str) -> None:
        if scope not in self._core.settings.shopify.scopes:
            needed = f"`{scope}` access scope."
            raise error(
                f"Access denied for {field} field. Required access: {needed}",
                "ACCESS_DENIED",
                documentation=SCOPES_PAGE,
                requiredAccess=needed,
            )

    def _root(self, warnings: list[dict[str, Any]]) -> dict[str, Any]:
        root: dict[str, Any] = {
            "shop": lambda _info: self._shop_view(),
            "currentAppInstallation": lambda _info: self._installation(),
            "node": lambda _info, id: self._node(id),  # noqa: A006 (the schema's name)
            "nodes": lambda _info, ids: [self._node(one) for one in ids],
            **self.bulk.fields(),
            **self._customers.fields(),
            **self._fulfillments.fields(),
            **self._inventory.fields(),
            **self._webhooks.fields(),
        }
        for kind, singular in (("order", "order"), ("customer", "customer"), ("product", "product")):
            root[singular] = self._one(kind, singular)
            root[f"{singular}s"] = self._many(kind, f"{singular}s", warnings)
            root[f"{singular}sCount"] = self._count(kind, f"{singular}sCount")
        root["events"] = self._many("event", "events", warnings)
        root["productVariant"] = self._one("variant", "productVariant")
        root["productVariants"] = self._many("variant", "productVariants", warnings)
        return root

    def _one(self, kind: str, field: str) -> Callable[..., Any]:
        def resolve(_info: Any, id: str) -> Any:
            self._allow(SCOPES[kind], field)
            found, number = parse_gid(id)
            if TYPES.get(found) != kind:
                raise error(f"Invalid global id '{id}'", "argumentLiteralsIncompatible", typeName="CoercionError")
            return self._view(kind, number)

        return resolve

    def _many(self, kind: str, field: str, warnings: list[dict[str, Any]]) -> Callable[..., Any]:
        def resolve(
            _info: Any,
            query: str | None = None,
            sortKey: str = "ID",  # noqa: N803 (the schema's name)
            **page: Any,
        ) -> Any:
            self._allow(SCOPES[kind], field)
            wanted, found = compile_query(kind, query, self._core.clock.now())
            if found:
                warnings.append({"path": [field], "query": query, "warnings": found})
            items = [doc for doc in self._documents(kind) if wanted(doc)]
            return connection(items, lambda doc: self._show(kind, doc), _sort_key(sortKey), **page)

        return resolve

    def _count(self, kind: str, field: str) -> Callable[..., Any]:
        def resolve(_info: Any, query: str | None = None, limit: int = 10000) -> dict[str, Any]:
            self._allow(SCOPES[kind], field)
            wanted, _warnings = compile_query(kind, query, self._core.clock.now())
            number = sum(1 for doc in self._documents(kind) if wanted(doc))
            return {"count": min(number, limit), "precision": "EXACT" if number <= limit else "AT_LEAST"}

        return resolve

    def _documents(self, kind: str) -> list[Doc]:
        if kind != "variant":
            return list(self._shop.all(kind))
        return [variant for product in self._shop.all("product") for variant in product.get("variants", [])]

    def _show(self, kind: str, doc: Doc) -> Any:
        if kind == "variant":
            return self._views.find_variant(doc["product_id"], doc["id"])
        views = {"order": self._views.order, "customer": self._views.customer, "product": self._views.product}
        return _event(doc) if kind == "event" else views[kind](doc)

    def _view(self, kind: str, number: str) -> Any:
        if kind == "variant":
            return next((self._show(kind, doc) for doc in self._documents(kind) if str(doc["id"]) == number), None)
        return self._show(kind, self._shop.find(kind, number) or {})

    def _node(self, global_id: str) -> Any:
        found, number = parse_gid(global_id)
        if found == "BulkOperation":
            return self.bulk.node(number)
        kind = TYPES.get(found)
        if kind is None:
            return None
        self._allow(SCOPES[kind], "node")
        return self._view(kind, number)

    def _shop_view(self) -> dict[str, Any]:
        settings = self._core.settings.shopify
        url = f"https://{settings.domain}"
        return {
            "id": gid("Shop", 548380009),
            "name": settings.shop_name,
            "email": settings.email,
            "contactEmail": settings.email,
            "myshopifyDomain": settings.domain,
            "primaryDomain": {"id": gid("Domain", 1), "host": settings.domain, "url": url},
            "url": url,
            "currencyCode": settings.currency,
            "enabledPresentmentCurrencies": [settings.currency],
            "ianaTimezone": "America/Phoenix",
            "timezoneAbbreviation": "MST",
            "taxesIncluded": False,
            "weightUnit": "KILOGRAMS",
            "plan": {"displayName": "Development", "partnerDevelopment": True, "shopifyPlus": False},
            "createdAt": "2024-01-15T09:30:00Z",
        }

    def _installation(self) -> dict[str, Any]:
        scopes = self._core.settings.shopify.scopes
        return {
            "__typename": "AppInstallation",
            "id": gid("AppInstallation", 1),
            "accessScopes": [{"handle": name, "description": name.replace("_", " ")} for name in scopes],
            "app": {"id": gid("App", 1), "title": "Integration Hub", "handle": "integration-hub"},
        }


def _event(doc: Doc) -> dict[str, Any]:
    return {
        "__typename": "BasicEvent",
        "id": gid("BasicEvent", doc["id"]),
        "action": doc["action"],
        "createdAt": utc(doc["created_at"]),
        "message": f"The {doc['subject_type'].lower()} was deleted.",
        "subjectId": doc["subject_id"],
        "subjectType": doc["subject_type"],
    }


def _sort_key(name: str) -> Callable[[Doc], tuple[Any, ...]]:
    match name:
        case "CREATED_AT" | "UPDATED_AT" | "PROCESSED_AT" | "PUBLISHED_AT":
            return lambda doc: (epoch(doc.get(name.lower()) or doc.get("created_at")), doc["id"])
        case "ORDER_NUMBER":
            return lambda doc: (doc.get("order_number") or 0, doc["id"])
        case "TOTAL_PRICE":
            return lambda doc: (float(doc.get("total_price") or 0), doc["id"])
        case "CUSTOMER_NAME":
            return lambda doc: (str((doc.get("customer") or {}).get("last_name") or ""), doc["id"])
        case "NAME":
            return lambda doc: (f"{doc.get('last_name') or ''}, {doc.get('first_name') or ''}", doc["id"])
        case "FINANCIAL_STATUS" | "PRODUCT_TYPE" | "TITLE" | "VENDOR" | "SKU":
            return lambda doc: (str(doc.get(name.lower()) or ""), doc["id"])
        case "POSITION":
            return lambda doc: (doc.get("position") or 0, doc["id"])
        case _:
            return lambda doc: (doc["id"],)


def _formatted(problem: GraphQLError, code: str) -> dict[str, Any]:
    """The error as JSON; an exception of our own is a bug and is raised instead of being told to the client."""
    original = problem.original_error
    if original is not None and not isinstance(original, GraphQLError):
        raise original
    formatted: dict[str, Any] = dict(problem.formatted)
    formatted["extensions"] = {"code": code, **(problem.extensions or {})}
    return formatted


def _plain(problem: GraphQLError) -> dict[str, Any]:
    return {"message": problem.message, "extensions": problem.extensions}
