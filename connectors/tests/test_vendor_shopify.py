# Part of Integration Hub. License LGPL-3.0 or later.
"""Shopify's connector: webhooks, queries, refusals."""

import json
from typing import Any

import pytest
from graphql import parse
from integration_hub_connectors.errors import (
    BadResponse,
    ConfigurationError,
    DocumentError,
    HubError,
    Rejected,
    ServerFault,
    Throttled,
    Unauthorized,
)
from integration_hub_connectors.testing.transport import ScriptedTransport, answer, client
from integration_hub_connectors.vendors.shopify import Shopify, queries, resource

FIXTURES = Shopify.folder() / "fixtures"
SETTINGS = {"shop": "atelier.myshopify.com"}


def fixture(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def shopify(*documents: Any, status: int = 200, **given: str) -> tuple[Shopify, ScriptedTransport]:
    transport = ScriptedTransport(*(answer(document, status) for document in documents))
    settings = SETTINGS | given
    auth = Shopify.auth(settings, "shpat_0")
    return Shopify(client(transport, Shopify.base_url(settings), auth=auth), settings), transport


def connection(nodes: list[Any], after: str | None = None) -> dict[str, Any]:
    return {"nodes": nodes, "pageInfo": {"hasNextPage": after is not None, "endCursor": after}}


# Settings


@pytest.mark.parametrize(
    "given", ["atelier.myshopify.com", " Atelier.myshopify.com ", "https://atelier.myshopify.com/admin/orders"]
)
def test_the_shop_may_be_pasted_as_people_do(given: str) -> None:
    assert Shopify.base_url({"shop": given}) == "https://atelier.myshopify.com"


@pytest.mark.parametrize(
    "given",
    [
        "",
        "atelier",
        "www.atelier.example",
        "atelier.myshopify.com.evil.example",
        "evil.example/atelier.myshopify.com",
        "user@atelier.myshopify.com",
        "http://atelier.myshopify.com",
        "a.b.myshopify.com",
        "-x.myshopify.com",
    ],
)
def test_any_other_host_is_refused(given: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Shopify.base_url({"shop": given})
    assert caught.value.code == "invalid-shop"


def test_an_api_address_replaces_the_shops() -> None:
    assert (
        Shopify.base_url({**SETTINGS, "api_url": "http://127.0.0.1:8070/shopify/"}) == "http://127.0.0.1:8070/shopify"
    )


# Webhooks


def test_an_order_webhook_is_complete_and_ordered_by_its_object() -> None:
    headers = {
        "x-shopify-topic": "orders/updated",
        "x-shopify-webhook-id": "b54557e4",
        "x-shopify-event-id": "98880550",
        "x-shopify-triggered-at": "2025-11-14T08:30:12.345678901Z",
    }
    document = fixture("orders__create")
    (found,) = Shopify.parse_webhook(headers, document)
    assert found.topic == "orders/updated"
    assert found.external_id == "gid://shopify/Order/6120010001"
    assert found.partition_key == "order:gid://shopify/Order/6120010001"
    assert found.dedupe_key == "b54557e4"
    assert found.version == "2025-11-14T08:30:11.000Z"
    assert found.occurred_at == "2025-11-14T08:30:12.345Z"
    assert found.complete and not found.deleted and found.payload is document


def test_an_order_that_gave_money_back_in_another_currency_is_read() -> None:
    document = fixture("orders__create")
    for currency, complete in ((document["currency"], True), ("JPY", False)):
        document["refunds"] = [{"id": 1, "transactions": [{"amount": "1500", "currency": currency}]}]
        (found,) = Shopify.parse_webhook({"X-Shopify-Topic": "orders/updated"}, document)
        assert found.complete is complete


def test_a_deletion_carries_only_the_id() -> None:
    (found,) = Shopify.parse_webhook({"X-Shopify-Topic": "products/delete"}, fixture("products__delete"))
    assert found.deleted and found.complete and found.external_id == "gid://shopify/Product/7900010004"
    assert found.version is None


@pytest.mark.parametrize(
    "topic", ["customers/redact", "customers/data_request", "shop/redact", "orders/edited", "carts/update"]
)
def test_topics_of_other_shapes_are_never_taken_for_objects(topic: str) -> None:
    document = {"shop_id": 1, "customer": {"id": 2}, "orders_to_redact": []}
    (found,) = Shopify.parse_webhook({"X-Shopify-Topic": topic}, document)
    assert (found.object_type, found.external_id) == ("", "")


@pytest.mark.parametrize(
    ("headers", "document", "code"),
    [
        ({}, {"id": 1}, "missing-topic"),
        ({"X-Shopify-Topic": "orders/create"}, [{"id": 1}], "unexpected-shape"),
        ({"X-Shopify-Topic": "orders/create"}, {}, "invalid-identifier"),
        ({"X-Shopify-Topic": "orders/create"}, {"id": "../1"}, "invalid-identifier"),
        ({"X-Shopify-Topic": "orders/create"}, {"id": "gid://shopify/Customer/1"}, "invalid-identifier"),
        ({"X-Shopify-Topic": "orders/create"}, {"id": True}, "invalid-identifier"),
        ({"X-Shopify-Topic": "orders/create"}, {"id": 1, "updated_at": "soon"}, "invalid-moment"),
    ],
)
def test_malformed_webhooks_say_what_is_wrong(headers: dict[str, str], document: Any, code: str) -> None:
    with pytest.raises(DocumentError) as caught:
        Shopify.parse_webhook(headers, document)
    assert caught.value.code == code


# Reading


@pytest.mark.parametrize("path", sorted(queries.GRAPHQL.glob("*.graphql")), ids=lambda path: path.stem)
def test_queries_are_graphql_and_complete(path: Any) -> None:
    document = queries.document(path.stem)
    parse(document)
    defined = set(queries._FRAGMENT.findall(document))
    assert set(queries._SPREAD.findall(document)) <= defined


def test_fetch_reads_the_order_in_the_webhooks_shape() -> None:
    made, transport = shopify(fixture("graphql__order"))
    found = made.fetch("order", "gid://shopify/Order/6120010001")
    assert found == resource.build("order", fixture("graphql__order")["data"]["order"])
    (request,) = transport.requests
    assert (request.method, request.url) == ("POST", "https://atelier.myshopify.com/admin/api/2025-10/graphql.json")
    assert request.headers["X-Shopify-Access-Token"] == "shpat_0"
    assert transport.sent()["variables"] == {"id": "gid://shopify/Order/6120010001"}


def test_fetch_takes_the_number_too_and_finds_nothing_politely() -> None:
    made, transport = shopify({"data": {"customer": None}})
    assert made.fetch("customer", "7206310001") is None
    assert transport.sent()["variables"] == {"id": "gid://shopify/Customer/7206310001"}


def test_lines_beyond_the_first_page_are_read_before_the_order_counts() -> None:
    first = fixture("graphql__order")
    one, other = first["data"]["order"]["lineItems"]["nodes"]
    first["data"]["order"]["lineItems"] = connection([one], "c1")
    made, transport = shopify(
        first,
        {"data": {"order": {"lineItems": connection([other], "c2")}}},
        {"data": {"order": {"lineItems": connection([{**one, "id": "gid://shopify/LineItem/3"}])}}},
    )
    found = made.fetch("order", "6120010001")
    assert found and [line["id"] for line in found["line_items"]] == [15200010001, 15200010002, 3]
    assert [transport.sent(index)["variables"].get("after") for index in range(3)] == [None, "c1", "c2"]
    assert "query OrderLines" in transport.sent(1)["query"]


def test_an_order_deleted_while_it_is_read_is_no_order() -> None:
    first = fixture("graphql__order")
    first["data"]["order"]["lineItems"]["pageInfo"] = {"hasNextPage": True, "endCursor": "c1"}
    made, _transport = shopify(first, {"data": {"order": None}})
    assert made.fetch("order", "6120010001") is None


@pytest.mark.parametrize("cursor", [None, 5, "c1"])
def test_a_next_page_that_leads_nowhere_is_an_error_and_no_endless_loop(cursor: Any) -> None:
    first = fixture("graphql__order")
    first["data"]["order"]["lineItems"]["pageInfo"] = {"hasNextPage": True, "endCursor": "c1"}
    page = {"nodes": [], "pageInfo": {"hasNextPage": True, "endCursor": cursor}}
    made, _transport = shopify(first, {"data": {"order": {"lineItems": page}}})
    with pytest.raises(BadResponse) as caught:
        made.fetch("order", "6120010001")
    assert caught.value.code == "bad-node"


def test_an_answer_about_nothing_is_no_proof_of_absence() -> None:
    made, _transport = shopify({"data": {}})
    with pytest.raises(BadResponse):
        made.fetch("order", "6120010001")


def test_list_pages_by_cursor_and_asks_for_changes_since() -> None:
    node = fixture("graphql__product")["data"]["product"]
    made, transport = shopify(
        {"data": {"products": connection([node], "p2")}}, {"data": {"products": connection([node])}}
    )
    first = made.list("product", since="2025-11-01T09:00:00+01:00")
    assert first.cursor == "p2" and first.items == [resource.build("product", node)]
    assert transport.sent()["variables"] == {
        "first": 10,
        "after": None,
        "query": "updated_at:>='2025-11-01T08:00:00.000Z'",
    }
    assert made.list("product", cursor=first.cursor).cursor is None
    assert transport.sent()["variables"] == {"first": 10, "after": "p2", "query": None}


def test_since_cannot_smuggle_in_another_filter() -> None:
    made, transport = shopify({})
    with pytest.raises(DocumentError):
        made.list("order", since="2025-01-01T00:00:00Z' OR email:x")
    assert not transport.requests


# Refusals that come with status 200


def test_throttling_waits_until_the_points_are_restored() -> None:
    made, _transport = shopify(fixture("graphql__throttled"))
    with pytest.raises(Throttled) as caught:
        made.list("order")
    assert caught.value.retry_after == 7.0  # 752 needed, 52 there, 100 a second


@pytest.mark.parametrize(
    ("cost", "wait"),
    [
        (None, queries.DEFAULT_WAIT),
        ({"requestedQueryCost": 10}, queries.DEFAULT_WAIT),
        (
            {"requestedQueryCost": 10, "throttleStatus": {"currentlyAvailable": 5, "restoreRate": 0}},
            queries.DEFAULT_WAIT,
        ),
        ({"requestedQueryCost": 10, "throttleStatus": {"currentlyAvailable": 50, "restoreRate": 50}}, 1.0),
        ({"requestedQueryCost": 10**9, "throttleStatus": {"currentlyAvailable": 0, "restoreRate": 1}}, 14400.0),
    ],
)
def test_the_wait_is_always_a_sensible_number(cost: Any, wait: float) -> None:
    assert queries.wait({"extensions": {"cost": cost}}) == wait


def test_denied_access_names_the_scope() -> None:
    made, _transport = shopify(fixture("graphql__access_denied"))
    with pytest.raises(Unauthorized) as caught:
        made.list("order")
    assert caught.value.code == "missing-scope"
    assert caught.value.params["missing_scopes"] == ["read_orders"]
    assert "read_orders" in caught.value.hint


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        ([{"message": "no field", "extensions": {"code": "undefinedField"}}], Rejected),
        ([{"message": "too big", "extensions": {"code": "MAX_COST_EXCEEDED"}}], Rejected),
        ([{"message": "oops", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}], ServerFault),
        ([{"message": "frozen", "extensions": {"code": "SHOP_INACTIVE"}}], Unauthorized),
        ([{"message": "plain"}], Rejected),
        (["just text"], Rejected),
        ("[API] Invalid API key", Rejected),
    ],
)
def test_other_errors_are_told_with_shopifys_words(errors: Any, expected: type[HubError]) -> None:
    made, _transport = shopify({"errors": errors})
    with pytest.raises(expected) as caught:
        made.fetch("order", "1")
    words = errors if isinstance(errors, str) else errors[0] if isinstance(errors[0], str) else errors[0]["message"]
    assert words in str(caught.value)


def test_half_an_answer_with_errors_is_refused_as_a_whole() -> None:
    document = fixture("graphql__order")
    document["errors"] = fixture("graphql__access_denied")["errors"]
    made, _transport = shopify(document)
    with pytest.raises(Unauthorized):
        made.fetch("order", "1")


# Test connection


def installation(*granted: str, domain: str = "atelier.myshopify.com") -> dict[str, Any]:
    scopes = [{"handle": name} for name in granted]
    shop = {"name": "Atelier", "myshopifyDomain": domain, "currencyCode": "EUR", "ianaTimezone": "Europe/Brussels"}
    return {"data": {"shop": shop, "currentAppInstallation": {"accessScopes": scopes}}}


def checked(*granted: str) -> tuple[str, ...]:
    made, _transport = shopify(installation(*granted))
    found = made.check()
    assert found.account == "Atelier"
    assert found.details == {"currency": "EUR", "timezone": "Europe/Brussels", "api_version": "2025-10"}
    return found.missing_scopes


def test_check_lists_the_scopes_that_are_missing() -> None:
    ships = "write_merchant_managed_fulfillment_orders"
    stock, merges = ("read_locations", "write_inventory"), "read_customer_merge"
    assert checked("read_orders", "read_customers", "read_products", "write_customers", merges, ships, *stock) == ()
    assert checked("write_orders", "write_customers", "read_products", merges, ships, *stock) == ()
    assert checked("read_orders", "read_customers", "read_products") == (merges, *stock, "write_customers", ships)
    assert checked("read_products", merges, *stock) == ("read_orders", "read_customers", "write_customers", ships)


def test_check_refuses_the_key_of_another_shop() -> None:
    for given, domain in (("a.myshopify.com", "b.myshopify.com"), ("https://A.myshopify.com/admin", "b.myshopify.com")):
        made, _transport = shopify(installation(domain=domain), shop=given)
        with pytest.raises(ConfigurationError, match=r"opens the shop Atelier \(b\.my.*not a\.my") as caught:
            made.check()
        assert caught.value.code == "another-shop"
    made, _transport = shopify(installation(domain="a.myshopify.com"), shop=" https://A.myshopify.com/admin ")
    assert made.check().account == "Atelier"


def test_check_says_when_there_is_no_such_shop() -> None:
    made, _transport = shopify("Not Found", status=404)
    with pytest.raises(ConfigurationError, match="There is no shop at https://") as caught:
        made.check()
    assert caught.value.code == "no-such-shop"


def test_check_of_something_else_is_a_bad_response() -> None:
    made, _transport = shopify({"data": {"shop": None, "currentAppInstallation": None}})
    with pytest.raises(BadResponse):
        made.check()
