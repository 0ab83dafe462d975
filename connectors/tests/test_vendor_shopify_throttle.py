# Part of Integration Hub. License LGPL-3.0 or later.
"""The points of Shopify's GraphQL API: a client that does not look is throttled, ours is not."""

from collections.abc import Iterator

import pytest
from integration_hub_connectors.clock import ManualClock
from integration_hub_connectors.errors import ConfigurationError, ConnectionFailed, HubError, Throttled
from integration_hub_connectors.http import Client, RequestsTransport, Response, Timeout
from integration_hub_connectors.resilience import Held, MemoryStore
from integration_hub_connectors.sandbox import Settings
from integration_hub_connectors.sandbox.testing import Sandbox, running
from integration_hub_connectors.testing.transport import ScriptedTransport, answer, client
from integration_hub_connectors.vendors.shopify import Shopify

CALLS = 16
BROKEN = Response(200, body=b'{"extensions": {"cost": {"throttleStatus"')


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_750_000_000.0)


@pytest.fixture
def sandbox(clock: ManualClock) -> Iterator[Sandbox]:
    with running(Settings(seed=5), clock=clock) as sandbox:
        sandbox.core.settings.shopify.bucket_size = 600.0
        yield sandbox


def connect(sandbox: Sandbox, clock: ManualClock, store: MemoryStore | None) -> Shopify:
    transport = RequestsTransport(clock=clock)
    given = {"api_url": f"{sandbox.url}/shopify"}
    made = Client(
        Shopify.base_url(given),
        timeout=Timeout(connect=5, read=5, total=30),
        auth=Shopify.auth(given, sandbox.core.settings.shopify.token),
        transport=transport if store is None else Shopify.paced(transport, clock=clock, store=store, key="shop"),
        clock=clock,
    )
    return Shopify(made, given)


def throttled(sandbox: Sandbox) -> int:
    entries = sandbox.control("GET", "/journal?direction=in&limit=1000")["entries"]
    return sum("THROTTLED" in (entry.get("errors") or ()) for entry in entries)


def test_a_client_that_does_not_look_is_throttled(sandbox: Sandbox, clock: ManualClock) -> None:
    made = connect(sandbox, clock, None)
    with pytest.raises(Throttled):
        for _call in range(CALLS):
            made.list("product")
    assert throttled(sandbox) == 1


def test_ours_is_not_and_goes_as_fast_as_points_come_back(sandbox: Sandbox, clock: ManualClock) -> None:
    store = MemoryStore(clock)
    made = connect(sandbox, clock, store)
    for _call in range(CALLS):
        made.list("product")
    assert throttled(sandbox) == 0
    (price,) = (store.read("shop") or {})["prices"].values()
    settings = sandbox.core.settings.shopify
    least = (CALLS * price - settings.bucket_size) / settings.restore_rate
    assert 0 < least <= clock.monotonic() < least + 1.0


def test_several_workers_with_a_store_in_common_are_not_either(sandbox: Sandbox, clock: ManualClock) -> None:
    store = MemoryStore(clock)
    workers = [connect(sandbox, clock, store) for _number in range(4)]
    for call in range(CALLS):
        workers[call % 4].list(("product", "order", "customer")[call % 3])
    assert throttled(sandbox) == 0


def test_a_plan_with_other_limits_needs_no_setting(sandbox: Sandbox, clock: ManualClock) -> None:
    settings = sandbox.core.settings.shopify
    settings.bucket_size, settings.restore_rate = 300.0, 50.0
    made = connect(sandbox, clock, MemoryStore(clock))
    for _call in range(CALLS // 2):
        made.list("product")
    slow = clock.monotonic()
    assert throttled(sandbox) == 0
    settings.bucket_size, settings.restore_rate = 20000.0, 1000.0
    for _call in range(CALLS // 2):
        made.list("product")
    assert throttled(sandbox) == 0
    assert clock.monotonic() - slow < slow / 4


def test_a_wait_that_is_too_long_sends_nothing(sandbox: Sandbox, clock: ManualClock) -> None:
    settings = sandbox.core.settings.shopify
    settings.restore_rate = 1.0
    made = connect(sandbox, clock, MemoryStore(clock))
    with pytest.raises(Held) as caught:
        for _call in range(CALLS):
            made.list("product")
    assert caught.value.code == "rate-limited" and caught.value.retry_after and caught.value.retry_after > 20
    assert throttled(sandbox) == 0


def test_another_app_that_empties_the_bucket_is_seen_at_once(sandbox: Sandbox, clock: ManualClock) -> None:
    naive, ours = connect(sandbox, clock, None), connect(sandbox, clock, MemoryStore(clock))
    ours.list("product")
    with pytest.raises(Throttled):
        for _call in range(CALLS):
            naive.list("product")
    with pytest.raises(Throttled) as caught:
        ours.list("product")  # what it knows is old: this once it is told
    assert caught.value.retry_after
    before = len(clock.slept)
    ours.list("product")
    assert len(clock.slept) > before
    assert throttled(sandbox) == 2


def test_a_bulk_result_passes_and_costs_nothing(sandbox: Sandbox, clock: ManualClock) -> None:
    made = connect(sandbox, clock, MemoryStore(clock))
    assert sum(len(page.items) for page in made.bulk("product")) == 12


def test_trouble_gives_back_what_was_set_aside(clock: ManualClock) -> None:
    cost = {"requestedQueryCost": 900, "actualQueryCost": 900}
    status = {"maximumAvailable": 1000, "currentlyAvailable": 950, "restoreRate": 0.001}
    good = answer({"data": {"product": None}, "extensions": {"cost": {**cost, "throttleStatus": status}}})
    transport = ScriptedTransport(
        good, ConnectionFailed("gone"), answer(None, 500), answer("throttleStatus"), BROKEN, good
    )
    store = MemoryStore(clock)
    paced = Shopify.paced(transport, clock=clock, store=store, key="shop")
    made = Shopify(client(paced, clock=clock), {})  # type: ignore[arg-type]
    assert made.fetch("product", "1") is None
    for _failure in range(4):
        with pytest.raises(HubError):
            made.fetch("product", "1")
    assert made.fetch("product", "1") is None
    assert not clock.slept
    row = store.read("shop")
    assert row is not None and row["out"] == {}


def test_what_is_no_query_costs_nothing(clock: ManualClock) -> None:
    store = MemoryStore(clock)
    paced = Shopify.paced(ScriptedTransport(answer({})), clock=clock, store=store, key="shop")
    assert client(paced).get("/admin/api/2025-10/shop.json").ok  # type: ignore[arg-type]
    assert store.updates == 0


def test_queries_of_one_text_and_size_have_one_price_whatever_they_ask_for(clock: ManualClock) -> None:
    store = MemoryStore(clock)
    status = {"maximumAvailable": 1000, "currentlyAvailable": 1000, "restoreRate": 50}
    costs = {"cost": {"requestedQueryCost": 5, "actualQueryCost": 5, "throttleStatus": status}}
    transport = ScriptedTransport(answer({"data": {}, "extensions": costs}))
    made = client(Shopify.paced(transport, clock=clock, store=store, key="shop"))  # type: ignore[arg-type]
    for first, after, ids in (
        (10, None, ["a"]),
        (10, "c1", ["b"]),
        (10, "c2", ["c"]),
        (20, "c2", ["c"]),
        (10, "c", []),
    ):
        made.post("/graphql.json", json={"query": "q", "variables": {"first": first, "after": after, "ids": ids}})
    made.post("/graphql.json", json={"query": "q"})
    assert len((store.read("shop") or {})["prices"]) == 5  # whether there is a cursor counts, which one does not


def test_a_transport_that_cannot_stream_is_named(clock: ManualClock) -> None:
    paced = Shopify.paced(ScriptedTransport(answer({})), clock=clock, store=MemoryStore(clock), key="shop")
    made = client(paced, base_url="http://vendor.example")  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError) as caught, made.download("http://storage.example/f"):
        raise AssertionError
    assert caught.value.code == "no-streaming"
