# Part of Integration Hub. License LGPL-3.0 or later.
"""Searching, sorting, paging backwards and pricing of queries in Shopify's imitation."""

from collections.abc import Iterator

import pytest
from integration_hub_connectors.clock import ManualClock
from integration_hub_connectors.sandbox import Settings
from integration_hub_connectors.sandbox.testing import Sandbox, running


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    clock = ManualClock(1_750_000_000.0)
    with running(Settings(seed=3), clock=clock) as sandbox:
        lines = [{"sku": "TENT-RIDGE-2"}]
        orders = (
            {"tags": "vip, gift", "financial_status": "pending", "email": "office@example.com"},
            {"lines": [{"sku": "MUG-ENAMEL-GRN", "quantity": 3}], "discount": {"code": "TEN", "percentage": 10}},
            {"note": "cancelled later"},
        )
        for values in orders:
            sandbox.control("POST", "/shopify/orders", {"lines": lines, "customer": {"id": 1000000000061}, **values})
            clock.advance(86400)
        last = sandbox.control("GET", "/objects/shopify/order")["objects"][-1]
        sandbox.control("PATCH", f"/shopify/orders/{last['id']}", {"cancelled": True, "cancel_reason": "fraud"})
        yield sandbox


def nodes(sandbox: Sandbox, kind: str, fields: str = "id", **arguments: object) -> list[dict]:
    query = f"""query ($first: Int, $after: String, $last: Int, $before: String, $reverse: Boolean, $query: String) {{
      {kind}(first: $first, after: $after, last: $last, before: $before, reverse: $reverse, query: $query) {{
        nodes {{ {fields} }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"""
    answer = sandbox.graphql(query, **{"first": 50, "reverse": False, **arguments})
    assert "errors" not in answer, answer
    return answer["data"][kind]["nodes"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["#1001", "#1002", "#1003"]),
        ("name:#1002", ["#1002"]),
        ("name:100*", ["#1001", "#1002", "#1003"]),
        ("tag:vip", ["#1001"]),
        ("tag:vip AND financial_status:paid", []),
        ("NOT tag:vip", ["#1002", "#1003"]),
        ("sku:mug-enamel-grn", ["#1002"]),
        ("status:cancelled", ["#1003"]),
        ("status:open", ["#1001", "#1002"]),
        ("status:any", ["#1001", "#1002", "#1003"]),
        ("fulfillment_status:unfulfilled", ["#1001", "#1002", "#1003"]),
        ("test:false name:1001", ["#1001"]),
        ('email:"office@example.com"', ["#1001"]),
        ("office@", ["#1001"]),
        ("customer_id:1000000000061", ["#1001", "#1002", "#1003"]),
        ("created_at:2025-06-15", ["#1001"]),
        ("created_at:>2025-06-15", ["#1002", "#1003"]),
        ("created_at:>=2025-06-16 created_at:<2025-06-17", ["#1002"]),
        ("created_at:<=2025-06-16", ["#1001", "#1002"]),
        ("processed_at:<'2025-06-16T00:00:00Z'", ["#1001"]),
        ("updated_at:<now", ["#1001", "#1002"]),
        ("id:>0", ["#1001", "#1002", "#1003"]),
        ("id:<=0", []),
    ],
)
def test_orders_are_searched(sandbox: Sandbox, query: str, names: list[str]) -> None:
    assert [node["name"] for node in nodes(sandbox, "orders", "name", query=query)] == names


@pytest.mark.parametrize(
    ("kind", "query", "count"),
    [
        ("customers", "email:maya.okafor@example.com", 1),
        ("customers", "country:Canada", 1),
        ("customers", "last_name:sol*", 1),
        ("customers", "first_name:Maya OKAFOR", 1),
        ("customers", "tag:newsletter", 4),
        ("products", "title:'Cinder Stove'", 1),
        ("products", "product_type:Kitchen status:active", 2),
        ("products", "barcode:4006381333979", 1),
        ("products", "vendor:Larkfield handle:enamel-mug", 1),
        ("productVariants", "sku:BASE-MER-*", 3),
        ("productVariants", "sku:BASE-MER-M title:M", 1),
    ],
)
def test_customers_products_and_variants_are_searched(sandbox: Sandbox, kind: str, query: str, count: int) -> None:
    assert len(nodes(sandbox, kind, query=query)) == count


@pytest.mark.parametrize("query", ["id:abc", "created_at:soon"])
def test_values_that_are_none_are_warned_of(sandbox: Sandbox, query: str) -> None:
    answer = sandbox.graphql("query ($q: String) { orders(first: 5, query: $q) { nodes { id } } }", q=query)
    assert len(answer["data"]["orders"]["nodes"]) == 3
    assert answer["extensions"]["search"][0]["warnings"][0]["field"] == query.partition(":")[0]


@pytest.mark.parametrize(
    ("kind", "key", "field"),
    [
        ("orders", "TOTAL_PRICE", "totalPriceSet { shopMoney { amount } }"),
        ("orders", "ORDER_NUMBER", "number"),
        ("orders", "CREATED_AT", "createdAt"),
        ("customers", "NAME", "lastName"),
        ("products", "TITLE", "title"),
        ("productVariants", "SKU", "sku"),
    ],
)
def test_lists_are_sorted_both_ways(sandbox: Sandbox, kind: str, key: str, field: str) -> None:
    def listed(reverse: str) -> list:
        query = f"{{ {kind}(first: 50, sortKey: {key}, reverse: {reverse}) {{ nodes {{ {field} id }} }} }}"
        return [next(iter(node.values())) for node in sandbox.graphql(query)["data"][kind]["nodes"]]

    def value(item: object) -> object:
        return float(item["shopMoney"]["amount"]) if isinstance(item, dict) else item

    forwards = [value(item) for item in listed("false")]
    assert forwards == sorted(forwards)
    assert [value(item) for item in listed("true")] == forwards[::-1]


def test_pages_backwards(sandbox: Sandbox) -> None:
    query = """query ($last: Int!, $before: String) { customers(last: $last, before: $before) {
      nodes { id } edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor } } }"""
    everyone = [node["id"] for node in nodes(sandbox, "customers")]
    seen: list[str] = []
    before = None
    while True:
        page = sandbox.graphql(query, last=5, before=before)["data"]["customers"]
        seen = [node["id"] for node in page["nodes"]] + seen
        assert page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"]
        before = page["pageInfo"]["startCursor"]
        if not page["pageInfo"]["hasPreviousPage"]:
            break
    assert seen == everyone


def test_nodes_by_global_id(sandbox: Sandbox) -> None:
    order = sandbox.control("GET", "/objects/shopify/order")["objects"][1]
    variant = order["line_items"][0]["variant_id"]
    ids = [order["admin_graphql_api_id"], f"gid://shopify/ProductVariant/{variant}", "gid://shopify/Location/1"]
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on ProductVariant { sku product { title } } } }"
    assert sandbox.graphql(query, ids=ids)["data"]["nodes"] == [
        {"__typename": "Order"},
        {"__typename": "ProductVariant", "sku": "MUG-ENAMEL-GRN", "product": {"title": "Enamel Mug"}},
        None,
    ]
    one = sandbox.graphql("query ($id: ID!) { productVariant(id: $id) { displayName } }", id=ids[1])
    assert one["data"]["productVariant"]["displayName"] == "Enamel Mug - Moss"


def test_discounts_and_cancellation_are_seen(sandbox: Sandbox) -> None:
    fields = """cancelReason cancelledAt displayFinancialStatus discountCodes customer { lastOrder { name } }
      discountApplications(first: 2) { nodes { __typename index ... on DiscountCodeApplication { code }
        value { ... on MoneyV2 { amount } } } }
      lineItems(first: 5) { nodes { discountedTotalSet(withCodeDiscounts: true) { shopMoney { amount } }
        discountAllocations { allocatedAmountSet { shopMoney { amount } } discountApplication { targetType } } } }"""
    _, discounted, cancelled = nodes(sandbox, "orders", fields)
    assert discounted["discountCodes"] == ["TEN"]
    [application] = discounted["discountApplications"]["nodes"]
    assert application["code"] == "TEN"
    assert float(application["value"]["amount"]) == 4.49
    [line] = discounted["lineItems"]["nodes"]
    assert line["discountAllocations"][0]["allocatedAmountSet"]["shopMoney"]["amount"] == "4.49"
    assert line["discountAllocations"][0]["discountApplication"]["targetType"] == "LINE_ITEM"
    assert line["discountedTotalSet"]["shopMoney"]["amount"] == "40.36"
    assert (cancelled["cancelReason"], cancelled["displayFinancialStatus"]) == ("FRAUD", "REFUNDED")
    assert cancelled["customer"]["lastOrder"] == {"name": "#1003"}


def test_a_fragment_costs_what_it_holds(sandbox: Sandbox) -> None:
    plain = sandbox.graphql("{ orders(first: 10) { nodes { id customer { id } } } }")["extensions"]["cost"]
    spread = sandbox.graphql(
        "{ orders(first: 10) { ...Page } } "
        "fragment Page on OrderConnection { nodes { id ... on Order { customer { id } } } }"
    )["extensions"]["cost"]
    assert plain["requestedQueryCost"] == spread["requestedQueryCost"] > 10
    assert plain["actualQueryCost"] == spread["actualQueryCost"]


def test_an_unknown_path_is_answered_by_the_vendor_and_journaled(sandbox: Sandbox) -> None:
    answer = sandbox.vendor("shopify", "GET", "/admin/api/2025-10/themes.json")
    assert (answer.status_code, answer.json()) == (404, {"errors": "Not Found"})
    assert sandbox.vendor("hubspot", "GET", "/crm/v4/nothing").json()["status"] == "error"
    assert [entry["status"] for entry in sandbox.control("GET", "/journal")["entries"][-2:]] == [404, 404]
