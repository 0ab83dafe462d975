# Part of Integration Hub. License LGPL-3.0 or later.
"""Paginators and limits against the sandbox, which was written from the vendors' documentation and not from them."""

import pytest
from integration_hub_connectors.auth import Bearer, HeaderKey
from integration_hub_connectors.clock import ManualClock
from integration_hub_connectors.errors import Throttled
from integration_hub_connectors.http import Client, RequestsTransport, Timeout
from integration_hub_connectors.pagination import (
    Cursor,
    GraphQLConnection,
    Keyset,
    LinkHeader,
    PageRequest,
    restart,
    stream,
)
from integration_hub_connectors.resilience import (
    Limit,
    MemoryStore,
    RateLimiter,
    graphql_quota,
    read_quotas,
)
from integration_hub_connectors.resilience.transport import GuardedTransport
from integration_hub_connectors.sandbox.settings import Settings
from integration_hub_connectors.sandbox.testing import running

QUERY = """query Orders($first: Int!, $after: String) {
  orders(first: $first, after: $after, sortKey: UPDATED_AT) {
    nodes { id updatedAt } pageInfo { hasNextPage endCursor } } }"""
GRAPHQL = PageRequest("/admin/api/2025-10/graphql.json", method="POST", json={"query": QUERY})
REST = PageRequest("/admin/api/2025-10/orders.json", params={"status": "any"})


@pytest.fixture(scope="module")
def clock():
    return ManualClock(1_800_000_000.0)


@pytest.fixture(scope="module")
def sandbox(clock):
    settings = Settings(seed=3)
    settings.shopify.bucket_size, settings.shopify.restore_rate = 300.0, 15.0
    with running(settings, clock=clock) as found:
        for _ in range(12):
            found.control("POST", "/shopify/orders", {"webhook": False})
            clock.advance(2)
        yield found


def client(sandbox, vendor, clock, **guards):
    token = getattr(sandbox.core.settings, vendor).token
    auth = HeaderKey("X-Shopify-Access-Token", token) if vendor == "shopify" else Bearer(token)
    transport = GuardedTransport(RequestsTransport(), clock=clock, patience=120, **guards)
    timeout = Timeout(connect=5, read=5, total=120)
    return Client(f"{sandbox.url}/{vendor}", timeout=timeout, auth=auth, transport=transport, clock=clock)


def limiter(clock, limit, **options):
    return RateLimiter(MemoryStore(clock), "api", limit, clock=clock, holder="w", **options)


def test_graphql_connection_and_link_header_find_the_same_orders(sandbox, clock):
    shop = client(sandbox, "shopify", clock)
    by_graphql = list(stream(shop, GraphQLConnection(items="data.orders", size=5), GRAPHQL))
    by_rest = list(stream(shop, LinkHeader(items="orders", size=4), REST))
    assert len(by_graphql) > 2
    assert len(by_rest) > 2
    gids = [order["id"].rpartition("/")[2] for page in by_graphql for order in page.items]
    ids = [str(order["id"]) for page in by_rest for order in page.items]
    assert len(gids) == len(set(gids))
    assert sorted(gids) == sorted(ids)


def test_hubspots_cursor_goes_on_from_any_state(sandbox, clock):
    portal = client(sandbox, "hubspot", clock)
    cursor = Cursor(items="results", cursor="paging.next.after", param="after", size=3)
    pages = list(stream(portal, cursor, "/crm/v3/objects/contacts"))
    assert len(pages) > 2
    whole = [contact["id"] for page in pages for contact in page.items]
    assert len(whole) == len(set(whole))
    for place, page in enumerate(pages):
        rest = stream(portal, cursor, "/crm/v3/objects/contacts", state=page.state)
        read = [contact["id"] for page in pages[: place + 1] for contact in page.items]
        assert read + [contact["id"] for page in rest for contact in page.items] == whole


def test_keyset_reads_only_what_changed_since(sandbox, clock):
    shop = client(sandbox, "shopify", clock)
    keyset = Keyset(items="orders", limit=5, param="updated_at_min", overlap=0, resolution=1)
    pages = list(stream(shop, keyset, REST))
    numbers = [order["id"] for page in pages for order in page.items]
    assert len(numbers) == len(set(numbers)) == 12
    state = restart(keyset, pages[-1].state)
    sandbox.control("POST", "/shopify/orders", {"webhook": False})
    clock.advance(2)
    again = [order["id"] for page in stream(shop, keyset, REST, state=state) for order in page.items]
    assert again[:-1] == numbers[-1:]  # the border, and what was added
    assert again[-1] not in numbers


def test_a_guarded_shop_is_never_throttled_where_an_eager_one_is(sandbox, clock):
    clock.advance(3600)
    eager = client(sandbox, "shopify", clock)
    with pytest.raises(Throttled):
        for _ in range(60):
            eager.get(REST.path, params={"limit": 1})
    clock.advance(3600)
    # Told a limit ten times too high; the call-limit header knows better.
    guarded = client(sandbox, "shopify", clock, limiter=limiter(clock, Limit(400, 20), size=4))
    for _ in range(120):
        guarded.get(REST.path, params={"limit": 1})


def test_graphql_points_slow_the_next_query(sandbox, clock):
    clock.advance(3600)

    def quotas(response, now):
        told = graphql_quota(response.json().get("extensions"))
        return [told] if told else []

    body = {"query": QUERY, "variables": {"first": 250}}
    eager = client(sandbox, "shopify", clock)
    assert any("errors" in eager.post(GRAPHQL.path, json=body).json() for _ in range(60))
    clock.advance(3600)
    points = limiter(clock, Limit(100_000, 10_000), size=12)
    guarded = client(sandbox, "shopify", clock, limiter=points, cost=lambda request: 12.0, quotas=quotas)
    began = clock.now()
    for _ in range(60):
        answer = guarded.post(GRAPHQL.path, json=body).json()
        assert "errors" not in answer
    assert clock.now() > began


def test_hubspots_own_headers_are_read(sandbox, clock):
    clock.advance(3600)
    response = client(sandbox, "hubspot", clock).get("/crm/v3/objects/contacts", params={"limit": 1})
    burst, daily = read_quotas(response.headers, clock.now())
    assert (burst.name, burst.window, burst.limit - burst.remaining) == ("hubspot-burst", 10.0, 1)
    assert (daily.name, daily.window) == ("hubspot-daily", 86400.0)
