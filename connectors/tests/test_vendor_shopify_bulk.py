# Part of Integration Hub. License LGPL-3.0 or later.
"""Shopify's bulk operations, over real HTTP against the sandbox, and its files line by line."""

import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from integration_hub_connectors.clock import ManualClock
from integration_hub_connectors.connector import BulkPage
from integration_hub_connectors.errors import (
    BadResponse,
    BodyTruncated,
    ConfigurationError,
    HubError,
    Policy,
    Rejected,
    ServerFault,
    Unauthorized,
)
from integration_hub_connectors.http import Client, Timeout
from integration_hub_connectors.resilience import Held
from integration_hub_connectors.sandbox import Settings
from integration_hub_connectors.sandbox.testing import Sandbox, running
from integration_hub_connectors.testing.transport import ScriptedTransport, answer, client
from integration_hub_connectors.vendors.shopify import Shopify, bulk, bulk_lines, queries

STORAGE = "/storage/bulk-"
PAGE = "{{ edges {{ node {{ id {} }} }} }}".format
DEEP = PAGE(f"variants {PAGE(f'product {{ variants {PAGE(str())} }}')}")
WIDE = PAGE(" ".join(f"v{number}: variants {PAGE('')}" for number in range(5)))


@pytest.fixture(scope="module")
def started() -> Iterator[Sandbox]:
    with running(Settings(seed=5)) as sandbox:
        sandbox.core.settings.shopify.bucket_size = 1e6
        yield sandbox


@pytest.fixture
def sandbox(started: Sandbox) -> Sandbox:
    started.control("POST", "/reset")
    started.control("DELETE", "/faults")
    settings = started.core.settings.shopify
    settings.bulk_looks, settings.bulk_status, settings.bulk_error = 1, "COMPLETED", "TIMEOUT"
    return started


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def connect(sandbox: Sandbox, clock: ManualClock) -> Shopify:
    given = {"api_url": f"{sandbox.url}/shopify"}
    auth = Shopify.auth(given, sandbox.core.settings.shopify.token)
    made = Client(Shopify.base_url(given), timeout=Timeout(connect=5, read=5, total=10), auth=auth, clock=clock)
    return Shopify(made, given)


def orders(sandbox: Sandbox, *counts: int) -> None:
    for count in counts:
        lines = [{"title": f"Item {number}", "price": "1.00", "quantity": 1} for number in range(count)]
        sandbox.control("POST", "/shopify/orders", {"lines": lines, "shipping": {"price": "8.00"}})


def listed(made: Shopify, kind: str) -> dict[int, Any]:
    found, cursor = {}, None
    while True:
        page = made.list(kind, cursor=cursor)
        found |= {item["id"]: item for item in page.items}
        if (cursor := page.cursor) is None:
            return found


def taken(pages: Iterator[BulkPage]) -> dict[int, Any]:
    items = [item for page in pages for item in page.items]
    found = {item["id"]: item for item in items}
    assert len(found) == len(items), "no object twice"
    return found


def calls(sandbox: Sandbox) -> list[str]:
    entries = sandbox.control("GET", "/journal?direction=in")["entries"]
    return [entry.get("operation") or entry["path"] for entry in entries if entry["vendor"] == "shopify"]


# The same objects as by list


def test_orders_come_as_they_are_listed(sandbox: Sandbox, clock: ManualClock) -> None:
    orders(sandbox, 1, 120, 3)  # 120 lines are more than three pages of a list
    made = connect(sandbox, clock)
    assert taken(made.bulk("order")) == listed(made, "order")


@pytest.mark.parametrize(("kind", "count"), [("product", 12), ("customer", 12)])
def test_products_and_customers_too(sandbox: Sandbox, clock: ManualClock, kind: str, count: int) -> None:
    made = connect(sandbox, clock)
    found = taken(made.bulk(kind))
    assert len(found) == count
    assert found == listed(made, kind)


def test_only_what_changed_since(sandbox: Sandbox, clock: ManualClock) -> None:
    made = connect(sandbox, clock)
    assert taken(made.bulk("customer", since="2020-01-01T00:00:00Z"))
    (*_begun, last) = made.bulk("customer", since="2100-01-01T00:00:00Z")
    assert (last.items, last.last) == ([], True)


def test_many_orders_come_in_pages_of_bounded_size(sandbox: Sandbox, clock: ManualClock) -> None:
    orders(sandbox, *[2] * (bulk.PAGE_SIZE * 2 + 5))
    sizes = [len(page.items) for page in connect(sandbox, clock).bulk("order")]
    assert sizes == [0, 0, bulk.PAGE_SIZE, bulk.PAGE_SIZE, 5, 0]


def test_an_order_deleted_while_it_is_read_is_left_out(sandbox: Sandbox, clock: ManualClock) -> None:
    orders(sandbox, 1, 1)
    pages = connect(sandbox, clock).bulk("order")
    next(pages)
    gone = sandbox.control("GET", "/objects/shopify/order")["objects"][0]["id"]
    sandbox.control("DELETE", f"/shopify/orders/{gone}")
    found = taken(pages)
    assert len(found) == 1 and gone not in found


# Waiting


def test_a_running_operation_is_looked_at_ever_less_often(sandbox: Sandbox, clock: ManualClock) -> None:
    sandbox.core.settings.shopify.bulk_looks = 7
    pages = list(connect(sandbox, clock).bulk("customer"))
    assert clock.slept == [2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]
    assert [len(page.items) for page in pages] == [0] * 8 + [12, 0]


def test_who_does_not_wait_comes_back_with_the_state(sandbox: Sandbox, clock: ManualClock) -> None:
    first = next(connect(sandbox, clock).bulk("customer"))
    assert not first.items and not first.last
    again = list(connect(sandbox, clock).bulk("customer", state=json.loads(json.dumps(first.state))))
    assert len(taken(iter(again))) == 12
    assert calls(sandbox).count("BulkStart") == 1
    assert list(connect(sandbox, clock).bulk("customer", state=again[-1].state)) == []


# Going on after a crash


def test_after_a_crash_it_goes_on_where_the_stored_state_is(sandbox: Sandbox, clock: ManualClock) -> None:
    orders(sandbox, *[1] * bulk.PAGE_SIZE, 30, 1)
    made = connect(sandbox, clock)
    everything = listed(made, "order")
    for kept in range(6):
        pages = [page for _number, page in zip(range(kept), made.bulk("order"), strict=False)]
        state = json.loads(json.dumps(pages[-1].state)) if pages else None
        before = taken(iter(pages))
        after = taken(connect(sandbox, clock).bulk("order", state=state))
        assert not set(before) & set(after)
        assert before | after == everything


def test_a_file_that_breaks_off_is_read_to_its_end_later(sandbox: Sandbox, clock: ManualClock) -> None:
    orders(sandbox, *[1] * 108)
    made = connect(sandbox, clock)
    fault = {"vendor": "shopify", "kind": "truncate", "match": {"path": STORAGE}, "count": 1}
    sandbox.control("PUT", "/faults", {"faults": [fault]})
    seen: list[BulkPage] = []
    with pytest.raises(HubError) as caught:
        seen.extend(made.bulk("order"))
    assert caught.value.policy is Policy.RETRY
    before = taken(iter(seen))
    assert 0 < len(before) < 108
    after = taken(made.bulk("order", state=seen[-1].state))
    assert not set(before) & set(after) and len(before | after) == 108
    assert calls(sandbox).count("BulkStart") == 1


def test_a_start_whose_answer_was_lost_starts_nothing_twice(sandbox: Sandbox, clock: ManualClock) -> None:
    sandbox.control("PUT", "/faults", {"faults": [{"vendor": "shopify", "kind": "drop", "phase": "after", "count": 1}]})
    made = connect(sandbox, clock)
    with pytest.raises(HubError) as caught:
        next(made.bulk("customer"))
    assert caught.value.policy is Policy.RETRY
    assert len(taken(made.bulk("customer"))) == 12
    assert len(sandbox.core.store.all("shopify", "bulk_operation")) == 1


def test_a_state_belongs_to_its_reading(sandbox: Sandbox, clock: ManualClock) -> None:
    made = connect(sandbox, clock)
    state = next(made.bulk("customer")).state
    for kind, since in (("product", None), ("customer", "2020-01-01T00:00:00Z")):
        with pytest.raises(ConfigurationError) as caught:
            next(made.bulk(kind, since=since, state=state))
        assert caught.value.code == "foreign-state"


# One at a time


def test_another_operation_of_the_app_is_waited_for(sandbox: Sandbox, clock: ManualClock) -> None:
    made = connect(sandbox, clock)
    other = made.bulk("product")
    next(other)
    with pytest.raises(Held) as caught:
        next(made.bulk("customer"))
    assert (caught.value.code, caught.value.retry_after) == ("bulk-busy", 60.0)
    assert len(taken(other)) == 12
    assert len(taken(made.bulk("customer"))) == 12


# Endings


@pytest.mark.parametrize(
    ("status", "error", "expected", "code"),
    [
        ("FAILED", "TIMEOUT", ServerFault, "bulk-failed"),
        ("FAILED", "INTERNAL_SERVER_ERROR", ServerFault, "bulk-failed"),
        ("FAILED", "ACCESS_DENIED", Unauthorized, "bulk-access-denied"),
        ("CANCELED", "TIMEOUT", Rejected, "bulk-cancelled"),
        ("EXPIRED", "TIMEOUT", ServerFault, "bulk-expired"),
    ],
)
def test_an_operation_that_failed_gives_what_is_whole_and_begins_anew(
    sandbox: Sandbox, clock: ManualClock, status: str, error: str, expected: type[HubError], code: str
) -> None:
    orders(sandbox, 4, 4, 4)
    settings = sandbox.core.settings.shopify
    settings.bulk_status, settings.bulk_error = status, error
    made = connect(sandbox, clock)
    seen: list[BulkPage] = []
    with pytest.raises(expected) as caught:
        seen.extend(made.bulk("order"))
    assert caught.value.code == code
    found = taken(iter(seen))
    assert all(len(item["line_items"]) == 4 for item in found.values()), "half an order is no order"
    assert len(found) == (0 if status == "EXPIRED" else 1)  # two thirds of the file: 2 whole orders, the last in doubt
    settings.bulk_status = "COMPLETED"
    again = taken(made.bulk("order", state=seen[-1].state))
    assert again == listed(made, "order")


def test_an_operation_shopify_has_forgotten_begins_anew(sandbox: Sandbox, clock: ManualClock) -> None:
    made = connect(sandbox, clock)
    state = {**next(made.bulk("customer")).state, "operation": "gid://shopify/BulkOperation/1"}
    sandbox.control("POST", "/reset")
    pages = made.bulk("customer", state=state)
    fresh = next(pages).state
    with pytest.raises(ServerFault) as caught:
        next(pages)
    assert caught.value.code == "bulk-expired"
    assert len(taken(made.bulk("customer", state=fresh))) == 12


def test_a_missing_scope_is_told(sandbox: Sandbox, clock: ManualClock) -> None:
    granted = sandbox.core.settings.shopify.scopes
    sandbox.core.settings.shopify.scopes = tuple(scope for scope in granted if scope != "read_customers")
    try:
        with pytest.raises(Unauthorized):
            list(connect(sandbox, clock).bulk("customer"))
    finally:
        sandbox.core.settings.shopify.scopes = granted


def test_the_storage_sees_no_token(sandbox: Sandbox, clock: ManualClock) -> None:
    assert taken(connect(sandbox, clock).bulk("customer"))  # the storage answers 400 to whoever brings one
    number = sandbox.core.store.all("shopify", "bulk_operation")[-1]
    refused = sandbox.vendor("shopify", "GET", f"{STORAGE}{number['id']}.jsonl?signature={number['key']}")
    assert refused.status_code == 400


@pytest.mark.parametrize("count", ["2", "9"])
def test_a_file_of_another_length_than_announced_is_no_result(count: str) -> None:
    operation = {
        "id": "gid://shopify/BulkOperation/1", "status": "COMPLETED", "errorCode": None, "objectCount": count,
        "url": None, "partialDataUrl": None, "query": "",
    }  # fmt: skip
    transport = ScriptedTransport(answer({"data": {"node": operation}}))
    steps = bulk.read(client(transport), "", None, {"operation": "x", "lines": 3})
    with pytest.raises(BodyTruncated):
        list(steps)


@pytest.mark.parametrize("errors", [[{"message": "Invalid bulk query: no such field", "code": "INVALID"}], "x", [3]])
def test_a_query_that_is_refused_says_why(errors: Any) -> None:
    payload = {"bulkOperationRunQuery": {"bulkOperation": None, "userErrors": errors}}
    with pytest.raises(Rejected):
        bulk.start(client(ScriptedTransport(answer({"data": payload}))), "query")


@pytest.mark.parametrize("nodes", [None, 5, [], [None, None], [[]], [{}], ["x"], [{"shippingLines": None}]])
def test_shipping_lines_of_another_shape_make_no_order(nodes: Any) -> None:
    """Shopify answers `nodes` with one place for each id, null where there is no such object."""
    made = Shopify(client(ScriptedTransport(answer({"data": {"nodes": nodes}}))), {})
    order = json.loads((Shopify.folder() / "fixtures/graphql__order.json").read_text(encoding="utf-8"))["data"]["order"]
    for identifier in (order["id"], 5, [], None):
        with pytest.raises(BadResponse):
            made._completed("order", [{**order, "id": identifier}])


def test_an_operation_that_is_over_before_it_is_looked_for_is_waited_for_as_any_other() -> None:
    problem = {"field": None, "message": "A bulk query operation for this app and shop is already in progress: …"}
    refused = answer({"data": {"bulkOperationRunQuery": {"bulkOperation": None, "userErrors": [problem]}}})
    none = answer({"data": {"currentBulkOperation": None}})
    with pytest.raises(Held):
        bulk.start(client(ScriptedTransport(refused, none)), "query")


@pytest.mark.parametrize("changed", [{"status": "PONDERING"}, {"objectCount": "many"}, {"objectCount": None}])
def test_an_operation_of_another_shape_is_a_bad_response(changed: dict[str, Any]) -> None:
    operation = {
        "id": "gid://shopify/BulkOperation/1", "status": "COMPLETED", "errorCode": None, "objectCount": "0",
        "url": None, "partialDataUrl": None, "query": "", **changed,
    }  # fmt: skip
    transport = ScriptedTransport(answer({"data": {"node": operation}}))
    with pytest.raises(BadResponse):
        list(bulk.read(client(transport), "", None, {"operation": "x", "lines": 0}))


def test_somebody_in_the_shop_may_cancel_it(sandbox: Sandbox, clock: ManualClock) -> None:
    pages = connect(sandbox, clock).bulk("customer")
    state = next(pages).state
    cancel = "mutation ($id: ID!) { bulkOperationCancel(id: $id) { bulkOperation { status } userErrors { message } } }"
    told = sandbox.graphql(cancel, id=state["operation"])["data"]["bulkOperationCancel"]
    assert told == {"bulkOperation": {"status": "CANCELED"}, "userErrors": []}
    assert (
        sandbox.graphql(cancel, id="gid://shopify/BulkOperation/1")["data"]["bulkOperationCancel"]["bulkOperation"]
        is None
    )
    with pytest.raises(Rejected):
        list(pages)


@pytest.mark.parametrize("payload", [None, {}, {"userErrors": []}, {"userErrors": [], "bulkOperation": {"id": 1}}])
def test_a_start_of_another_shape_is_a_bad_response(payload: Any) -> None:
    with pytest.raises(BadResponse):
        bulk.start(client(ScriptedTransport(answer({"data": {"bulkOperationRunQuery": payload}}))), "query")


# What the sandbox refuses, as Shopify does


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{ orders { nodes { id } } }", "edges"),
        ("{ shop { name } }", "at least one connection"),
        (f"{{ products {DEEP} }}", "depth greater than 2"),
        (f"{{ products {WIDE} }}", "more than 5"),
        ("{ orders { edges { node { id shippingLines { edges { node { title } } } } } } }", "Node interface"),
        ("{ node(id: 1) { id } }", "top level"),
        ("query ($a: ID!) { order(id: $a) { id } }", "variables"),
        ("{ orders { edges", "Syntax"),
        ("{ orders { edges { node { colour } } } }", "colour"),
        ("mutation { bulkOperationCancel(id: 1) { userErrors { message } } }", "Only `query`"),
    ],
)
def test_queries_that_cannot_run_in_bulk_are_refused(sandbox: Sandbox, query: str, message: str) -> None:
    given = sandbox.graphql(queries.document("bulk_start"), query=query)["data"]["bulkOperationRunQuery"]
    assert given["bulkOperation"] is None and message in given["userErrors"][0]["message"]


def test_ungrouped_lines_would_be_noticed(sandbox: Sandbox, clock: ManualClock) -> None:
    """Without `groupObjects` Shopify puts children anywhere behind their parents: that needs memory without bound."""
    orders(sandbox, 2, 2)
    start = queries.document("bulk_start").replace("groupObjects: true", "groupObjects: false")
    sandbox.graphql(start, query=queries.bulk_document("order", None))
    with pytest.raises(BadResponse) as caught:
        list(connect(sandbox, clock).bulk("order"))  # goes on with the operation that runs
    assert caught.value.code == "bad-line"


# Lines


def written(families: list[int]) -> list[bytes]:
    found = []
    for number, size in enumerate(families):
        found.append({"id": f"p{number}"})
        found += [{"id": f"c{number}.{child}", "__parentId": f"p{number}"} for child in range(size)]
    return [json.dumps(line).encode() for line in found]


@given(st.lists(st.integers(0, 4), max_size=8), st.integers(0, 8))
def test_every_place_between_two_objects_is_one_to_go_on_from(families: list[int], cut: int) -> None:
    lines = written(families)
    whole = list(bulk_lines.objects(lines, "kids", skip=0, whole=True))
    assert [len(node["kids"]["nodes"]) for _number, node in whole] == families
    assert (whole[-1][0] if whole else 0) == len(lines)
    done = whole[min(cut, len(whole)) - 1][0] if cut and whole else 0
    assert (
        list(bulk_lines.objects(lines, "kids", skip=done, whole=True)) == whole[min(cut, len(whole)) if done else 0 :]
    )
    assert list(bulk_lines.objects(lines, "kids", skip=0, whole=False)) == whole[:-1]


@pytest.mark.parametrize(
    "line", [b"", b"[]", b"null", b"{", b'{"id": "c", "__parentId": "p9"}', b'{"id": "c", "__parentId": 1}', b"\xff"]
)
def test_a_line_that_fits_nowhere_is_named(line: bytes) -> None:
    with pytest.raises(BadResponse) as caught:
        list(bulk_lines.objects([b'{"id": "p1"}', line], "kids", skip=0, whole=True))
    assert (caught.value.code, caught.value.params) == ("bad-line", {"line": 2})


def test_memory_holds_one_object_however_long_the_file() -> None:
    def endless() -> Iterator[bytes]:
        for number in range(5_000):
            yield b'{"id":"p%d","note":"%s"}' % (number, b"x" * 500)
            yield b'{"id":"c","__parentId":"p%d"}' % number

    tracemalloc.start()
    try:
        assert sum(1 for _found in bulk_lines.objects(endless(), "kids", skip=0, whole=True)) == 5_000
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_no_object_grows_for_ever() -> None:
    def endless() -> Iterator[bytes]:
        yield b'{"id":"p"}'
        while True:
            yield b'{"__parentId":"p"}'

    with pytest.raises(BadResponse):
        list(bulk_lines.objects(endless(), "kids", skip=0, whole=True))
