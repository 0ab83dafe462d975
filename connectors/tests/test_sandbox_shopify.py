# Part of Integration Hub. License LGPL-3.0 or later.
"""Shopify's imitation, on a real port."""

import json
from decimal import Decimal
from itertools import pairwise

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from integration_hub_connectors.sandbox import Settings
from integration_hub_connectors.sandbox.testing import Sandbox

GRAPHQL = "/admin/api/2025-10/graphql.json"
ORDERS = """
query Orders($first: Int!, $after: String, $query: String) {
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    nodes { id name legacyResourceId totalPriceSet { shopMoney { amount currencyCode } } customer { id displayName } }
    pageInfo { hasNextPage endCursor }
  }
}
"""


def total(order: dict, name: str) -> Decimal:
    return Decimal(order[name])


def assert_adds_up(order: dict) -> None:
    lines = order["line_items"]
    gross = sum(Decimal(line["price"]) * line["quantity"] for line in lines)
    off = sum(Decimal(part["amount"]) for line in lines for part in line["discount_allocations"])
    line_tax = sum(Decimal(tax["price"]) for line in lines for tax in line["tax_lines"])
    freight = sum(Decimal(line["price"]) for line in order["shipping_lines"])
    freight_tax = sum(Decimal(tax["price"]) for line in order["shipping_lines"] for tax in line["tax_lines"])
    assert total(order, "total_line_items_price") == gross
    assert total(order, "total_discounts") == off
    assert total(order, "subtotal_price") == gross - off
    assert total(order, "total_tax") == line_tax + freight_tax
    assert sum(Decimal(tax["price"]) for tax in order["tax_lines"]) == line_tax + freight_tax
    extra = Decimal(0) if order["taxes_included"] else line_tax + freight_tax
    assert total(order, "total_price") == gross - off + freight + extra
    assert all(
        Decimal(line["price"]) * line["quantity"] >= sum(Decimal(p["amount"]) for p in line["discount_allocations"])
        for line in lines
    )


def test_starts_with_a_catalogue_and_customers(sandbox: Sandbox) -> None:
    answer = sandbox.graphql(
        "{ productsCount { count } customersCount { count } ordersCount { count } shop { name currencyCode } }"
    )["data"]
    assert answer == {
        "productsCount": {"count": 12},
        "customersCount": {"count": 12},
        "ordersCount": {"count": 0},
        "shop": {"name": "Larkfield Outfitters", "currencyCode": "USD"},
    }


def test_start_data_has_the_same_ids_after_a_reset(sandbox: Sandbox) -> None:
    before = [product["id"] for product in sandbox.control("GET", "/objects/shopify/product")["objects"]]
    sandbox.control("POST", "/reset")
    assert [product["id"] for product in sandbox.control("GET", "/objects/shopify/product")["objects"]] == before


def test_created_objects_never_take_an_earlier_id(sandbox: Sandbox) -> None:
    first = sandbox.control("POST", "/shopify/orders", {})["id"]
    sandbox.control("POST", "/reset")
    assert sandbox.control("POST", "/shopify/orders", {})["id"] > first


def test_wrong_token_is_refused_in_the_vendors_words(sandbox: Sandbox) -> None:
    for headers in ({}, {"X-Shopify-Access-Token": "shpat_other"}, {"Authorization": "Bearer shpat_sandbox"}):
        answer = requests.post(f"{sandbox.url}/shopify{GRAPHQL}", json={"query": "{ shop { name } }"}, headers=headers)
        assert answer.status_code == 401
        assert answer.json() == {
            "errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"
        }


def test_missing_scope_is_access_denied(sandbox: Sandbox) -> None:
    sandbox.control("PUT", "/settings", {"shopify": {"scopes": ["read_orders"]}})
    try:
        sandbox.control("POST", "/shopify/orders", {})
        handles = sandbox.graphql("{ currentAppInstallation { accessScopes { handle } } }")["data"]
        denied = sandbox.graphql("{ customers(first: 1) { nodes { id } } }")
        nested = sandbox.graphql("{ orders(first: 1) { nodes { id customer { id } } } }")
        rest = sandbox.vendor("shopify", "GET", "/admin/api/2025-10/customers.json")
    finally:
        sandbox.control("PUT", "/settings", {"shopify": {"scopes": list(Settings().shopify.scopes)}})
    assert handles["currentAppInstallation"]["accessScopes"] == [{"handle": "read_orders"}]
    error = denied["errors"][0]
    assert error["extensions"]["code"] == "ACCESS_DENIED"
    assert error["message"].startswith("Access denied for customers field. Required access: `read_customers`")
    assert nested["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"
    assert nested["data"]["orders"]["nodes"][0]["customer"] is None
    assert rest.status_code == 403


def test_order_can_be_read_back_by_its_id(sandbox: Sandbox) -> None:
    made = sandbox.control("POST", "/shopify/orders", {"lines": [{"sku": "TENT-RIDGE-2", "quantity": 2}], "note": "Hi"})
    query = """query ($id: ID!) { order(id: $id) { name note currencyCode taxesIncluded createdAt
      displayFinancialStatus
      lineItems(first: 5) { nodes { sku quantity originalUnitPriceSet { shopMoney { amount } }
        taxLines { title rate priceSet { shopMoney { amount } } } variant { id sku } product { title } } }
      shippingLines(first: 5) { nodes { title originalPriceSet { shopMoney { amount } } } }
      shippingAddress { address1 countryCodeV2 }
      totalPriceSet { shopMoney { amount currencyCode } } } }"""
    order = sandbox.graphql(query, id=made["admin_graphql_api_id"])["data"]["order"]
    assert (order["name"], order["note"], order["currencyCode"]) == (made["name"], "Hi", "USD")
    assert order["displayFinancialStatus"] == "PAID"
    assert order["createdAt"].endswith("Z")
    line = order["lineItems"]["nodes"][0]
    assert (line["sku"], line["quantity"], line["variant"]["sku"]) == ("TENT-RIDGE-2", 2, "TENT-RIDGE-2")
    assert line["originalUnitPriceSet"]["shopMoney"]["amount"] == "349.0"
    assert line["taxLines"] == [{"title": "Sales Tax", "rate": 0.15, "priceSet": {"shopMoney": {"amount": "104.7"}}}]
    assert Decimal(order["totalPriceSet"]["shopMoney"]["amount"]) == Decimal(made["total_price"]) == Decimal("811.79")
    assert order["shippingAddress"]["address1"] == made["shipping_address"]["address1"]


def test_unknown_and_malformed_ids(sandbox: Sandbox) -> None:
    unknown = sandbox.graphql('{ order(id: "gid://shopify/Order/9") { id } }')
    assert unknown["data"] == {"order": None}
    assert "errors" not in unknown
    for bad in ("9", "gid://shopify/Customer/9", "gid://shopify/Order/x"):
        answer = sandbox.graphql("query ($id: ID!) { order(id: $id) { id } }", id=bad)
        assert answer["errors"][0]["message"] == f"Invalid global id '{bad}'"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{ shop { nothing } }", "Cannot query field 'nothing' on type 'Shop'."),
        ("{ shop { ", "Syntax Error"),
        ("{ orders { nodes { id } } }", "you must provide one of first or last"),
        ("{ orders(first: 251) { nodes { id } } }", "first cannot exceed 250"),
        ('{ orders(first: 1, after: "zzz") { nodes { id } } }', "Invalid cursor"),
        ("query ($n: Int!) { orders(first: $n) { nodes { id } } }", "$n"),
        ("mutation { orderCreate { id } }", "mutation"),
    ],
)
def test_bad_queries_are_answered_200_with_errors(sandbox: Sandbox, query: str, message: str) -> None:
    answer = sandbox.graphql(query)
    assert message.lower() in answer["errors"][0]["message"].lower()
    assert answer["errors"][0]["extensions"]["code"]


@pytest.mark.parametrize(
    "body", [b"{}", b'{"query": 1}', b"[]", b'{"query": "{shop{name}}", "variables": []}', b"nope"]
)
def test_request_without_a_query_is_400(sandbox: Sandbox, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert sandbox.vendor("shopify", "POST", GRAPHQL, data=body, headers=headers).status_code == 400


def test_cursor_pagination_sees_every_order_once(sandbox: Sandbox) -> None:
    made = [sandbox.control("POST", "/shopify/orders", {"webhook": False})["name"] for _ in range(7)]
    seen, after = [], None
    while True:
        page = sandbox.graphql(ORDERS, first=3, after=after)["data"]["orders"]
        seen += [node["name"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert seen == made


def test_search_by_update_time_and_status(sandbox: Sandbox) -> None:
    old = sandbox.control("POST", "/shopify/orders", {})
    sandbox.advance(60)
    new = sandbox.control("POST", "/shopify/orders", {"financial_status": "pending"})

    def names(query: str) -> list[str]:
        return [node["name"] for node in sandbox.graphql(ORDERS, first=10, query=query)["data"]["orders"]["nodes"]]

    assert names(f"updated_at:>'{old['updated_at']}'") == [new["name"]]
    assert names(f"updated_at:>='{old['updated_at']}'") == [old["name"], new["name"]]
    assert names("financial_status:pending AND status:open") == [new["name"]]
    assert names(f"-name:{new['name']}") == [old["name"]]
    warned = sandbox.graphql(ORDERS, first=1, query="colour:green")
    assert warned["extensions"]["search"][0]["warnings"][0]["field"] == "colour"


def test_cost_is_charged_refunded_and_throttles(sandbox: Sandbox) -> None:
    query = "{ products(first: 250) { nodes { id variants(first: 250) { nodes { id inventoryItem { id } } } } } }"
    answer = sandbox.graphql(query)
    cost = answer["extensions"]["cost"]
    assert cost["actualQueryCost"] < cost["requestedQueryCost"] <= 1000
    left = cost["throttleStatus"]["currentlyAvailable"]
    assert left == int(cost["throttleStatus"]["maximumAvailable"] - cost["actualQueryCost"])
    sandbox.control("PUT", "/settings", {"shopify": {"bucket_size": cost["requestedQueryCost"] + 1}})
    try:
        assert "THROTTLED" in str(sandbox.graphql(query).get("errors"))
        throttled = sandbox.graphql(query)
        assert throttled["errors"][0]["message"] == "Throttled"
        assert "data" not in throttled
        assert throttled["extensions"]["cost"]["actualQueryCost"] is None
        sandbox.advance(cost["actualQueryCost"] / 100)
        assert "data" in sandbox.graphql(query)
    finally:
        sandbox.control("PUT", "/settings", {"shopify": {"bucket_size": 2000}})


def test_published_example_costs_what_was_published(sandbox: Sandbox) -> None:
    query = (
        'query { product(id: "gid://shopify/Product/1") { variants(first: 250) { nodes { inventoryItem { id } } } } }'
    )
    cost = sandbox.graphql(query)["extensions"]["cost"]
    assert (cost["requestedQueryCost"], cost["actualQueryCost"]) == (25, 1)


def test_too_expensive_a_query_is_refused(sandbox: Sandbox) -> None:
    lines = "lineItems(first: 250) { nodes { product { variants(first: 250) { nodes { id } } } } }"
    deep = f"{{ orders(first: 250) {{ nodes {{ {lines} }} }} }}"
    assert sandbox.graphql(deep)["errors"][0]["extensions"]["code"] == "MAX_COST_EXCEEDED"


def test_rest_lists_are_paged_by_link_header(sandbox: Sandbox) -> None:
    path, seen = "/admin/api/2025-10/customers.json?limit=5&fields=id,email", []
    while path:
        answer = sandbox.vendor("shopify", "GET", path)
        assert answer.headers["X-Shopify-Shop-Api-Call-Limit"].endswith("/40")
        seen += [customer["id"] for customer in answer.json()["customers"]]
        assert all(set(customer) == {"id", "email"} for customer in answer.json()["customers"]) or len(seen) > 5
        following = answer.links.get("next", {}).get("url", "")
        assert not following or following.startswith(f"{sandbox.url}/shopify/")
        path = following.removeprefix(f"{sandbox.url}/shopify")
    assert len(seen) == len(set(seen)) == 12
    assert all(left < right for left, right in pairwise(seen))


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=251", "limit=x", "page_info=x", "updated_at_min=soon", "since_id=x"]
)
def test_rest_refuses_bad_parameters(sandbox: Sandbox, query: str) -> None:
    answer = sandbox.vendor("shopify", "GET", f"/admin/api/2025-10/orders.json?{query}")
    assert answer.status_code == 400
    assert query.partition("=")[0] in answer.json()["errors"]


def test_rest_call_limit(sandbox: Sandbox) -> None:
    answers = [sandbox.vendor("shopify", "GET", "/admin/api/2025-10/orders.json?limit=1") for _ in range(41)]
    assert [answer.status_code for answer in answers] == [200] * 40 + [429]
    assert float(answers[-1].headers["Retry-After"]) >= 1
    assert answers[-1].headers["X-Shopify-Shop-Api-Call-Limit"] == "40/40"


def test_rest_and_graphql_see_the_same_order(sandbox: Sandbox) -> None:
    made = sandbox.control("POST", "/shopify/orders", {})
    assert sandbox.vendor("shopify", "GET", f"/admin/api/2025-10/orders/{made['id']}.json").json() == {"order": made}
    assert sandbox.vendor("shopify", "GET", "/admin/api/2025-10/orders/1.json").status_code == 404


def test_cancelled_orders_are_closed_to_the_default_list(sandbox: Sandbox) -> None:
    made = sandbox.control("POST", "/shopify/orders", {})
    edited = sandbox.control("PATCH", f"/shopify/orders/{made['id']}", {"cancelled": True})
    assert edited["cancelled_at"] and edited["financial_status"] == "refunded"
    listed = sandbox.vendor("shopify", "GET", "/admin/api/2025-10/orders.json").json()["orders"]
    assert listed == []
    assert len(sandbox.vendor("shopify", "GET", "/admin/api/2025-10/orders.json?status=any").json()["orders"]) == 1


SKUS = ("TENT-RIDGE-2", "BAG-HOLLOW-R", "MUG-ENAMEL-GRN", "LAMP-GLOW-400", "SOCK-TRAIL-3")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(
        st.fixed_dictionaries(
            {"sku": st.sampled_from(SKUS), "quantity": st.integers(1, 40)},
            optional={"price": st.integers(0, 99999).map(str)},
        ),
        min_size=1,
        max_size=6,
    ),
    currency=st.sampled_from(["USD", "EUR", "JPY", "KWD", "XQZ"]),
    included=st.booleans(),
    rate=st.sampled_from(["0", "0.06", "0.15", "0.21", "0.081"]),
    percentage=st.integers(0, 100),
    shipping=st.one_of(st.none(), st.integers(0, 500).map(lambda price: {"price": price})),
)
def test_totals_always_add_up(module_sandbox, lines, currency, included, rate, percentage, shipping) -> None:
    if currency == "JPY":
        lines = [{"price": "1200", **line} for line in lines]
    values = {"lines": lines, "currency": currency, "taxes_included": included, "tax_rate": rate, "webhook": False}
    values |= {"discount": {"code": "X", "percentage": percentage}, "shipping": shipping, "customer": None}
    order = module_sandbox.control("POST", "/shopify/orders", values)
    assert order["currency"] == currency
    assert_adds_up(order)


@pytest.mark.parametrize(
    ("values", "slug", "pointer"),
    [
        ({"lines": []}, "invalid-member", "/lines"),
        ({"lines": [{"sku": "NO-SUCH"}]}, "unknown-sku", "/lines/0/sku"),
        ({"lines": [{"sku": "TENT-RIDGE-2", "quantity": 0}]}, "invalid-member", "/lines/0/quantity"),
        ({"lines": [{"title": "Odd"}]}, "invalid-amount", "/lines/0/price"),
        ({"lines": [{"sku": "TENT-RIDGE-2", "price": "1.999"}]}, "invalid-amount", "/lines/0/price"),
        ({"lines": [{"sku": "TENT-RIDGE-2", "price": "-1"}]}, "invalid-amount", "/lines/0/price"),
        ({"currency": "usd"}, "invalid-currency", "/currency"),
        ({"tax_rate": 1}, "invalid-member", "/tax_rate"),
        ({"tax_rate": "NaN"}, "invalid-member", "/tax_rate"),
        ({"discount": {"amount": "999999"}}, "invalid-member", "/discount"),
        ({"customer": {"id": 1}}, "not-found", "/customer/id"),
        ({"customer": {"emial": "x"}}, "unknown-member", "/emial"),
        ({"financial_status": "rich"}, "invalid-member", "/financial_status"),
        ({"line": []}, "unknown-member", "/line"),
    ],
)
def test_bad_orders_are_refused_and_nothing_is_stored(sandbox: Sandbox, values: dict, slug: str, pointer: str) -> None:
    answer = sandbox.session.post(f"{sandbox.url}/_control/shopify/orders", json=values)
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert 400 <= answer.status_code < 500
    assert (answer.json()["type"], answer.json()["pointer"]) == (f"urn:hub-sandbox:{slug}", pointer)
    assert sandbox.control("GET", "/objects/shopify/order")["count"] == 0
    assert sandbox.control("GET", "/objects/shopify/customer")["count"] == 12


def test_customers_and_products_are_created_and_edited(sandbox: Sandbox) -> None:
    values = {"first_name": "Ada", "email": "ada@example.com", "address": {"city": "Ghent", "country_code": "BE"}}
    made = sandbox.control("POST", "/shopify/customers", values)
    assert made["default_address"]["country"] == "Belgium"
    changed = {"last_name": "Byron", "address": {"city": "Bruges"}}
    edited = sandbox.control("PATCH", f"/shopify/customers/{made['id']}", changed)
    assert (edited["first_name"], edited["last_name"]) == ("Ada", "Byron")
    assert (edited["default_address"]["city"], edited["default_address"]["country"]) == ("Bruges", "Belgium")
    assert len(edited["addresses"]) == 1
    sandbox.control("POST", "/shopify/customers", {"email": "ada@example.com"}, status=409)
    product = sandbox.control(
        "POST", "/shopify/products", {"title": "Rope", "variants": [{"sku": "ROPE", "price": "9.90"}]}
    )
    variants = {"variants": [{"sku": "ROPE", "price": "10.50"}, {"sku": "ROPE-L", "price": "19", "option": "Long"}]}
    edited = sandbox.control("PATCH", f"/shopify/products/{product['id']}", variants)
    assert [(v["sku"], v["price"]) for v in edited["variants"]] == [("ROPE", "10.50"), ("ROPE-L", "19.00")]
    query = (
        "query ($id: ID!) { product(id: $id) { variants(first: 9) { nodes { sku price selectedOptions { value } } } } }"
    )
    nodes = sandbox.graphql(query, id=product["admin_graphql_api_id"])["data"]["product"]["variants"]["nodes"]
    assert nodes[1] == {"sku": "ROPE-L", "price": "19.00", "selectedOptions": [{"value": "Long"}]}
    sandbox.control("DELETE", f"/shopify/products/{product['id']}", status=204)
    assert sandbox.graphql(query, id=product["admin_graphql_api_id"])["data"] == {"product": None}


@pytest.mark.parametrize("kind", ["order", "customer", "product"])
def test_vendors_own_examples_can_be_seeded_and_read(sandbox: Sandbox, shared_fixtures, kind: str) -> None:
    document = json.loads((shared_fixtures / "payloads" / "shopify" / f"{kind}.json").read_text())
    ids = sandbox.control("POST", "/seed", {"vendor": "shopify", "objects": {kind: [document]}}, status=201)["ids"]
    number = document[kind]["id"]
    assert ids == {kind: [number]}
    fields = {
        "order": "name totalPriceSet { shopMoney { amount } } lineItems(first: 9) { nodes { sku taxLines { title } } }"
        " customer { displayName } shippingAddress { city } taxLines { rate }",
        "customer": "displayName defaultAddress { city } numberOfOrders",
        "product": "title status variants(first: 9) { nodes { sku price selectedOptions { value } } }",
    }[kind]
    gid = f"gid://shopify/{kind.title()}/{number}"
    found = sandbox.graphql(f"query ($id: ID!) {{ {kind}(id: $id) {{ {fields} }} }}", id=gid)
    assert "errors" not in found, found
    text = json.dumps(found["data"])
    assert {"order": "409.94", "customer": "Bob Norman", "product": "IPOD2008PINK"}[kind] in text
