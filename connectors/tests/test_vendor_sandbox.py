# Part of Integration Hub. License LGPL-3.0 or later.
"""The connectors over real HTTP against the sandbox, which others wrote from the vendors' documentation."""

import asyncio
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import web
from integration_hub_connectors import entities, jsondoc, registry, signatures
from integration_hub_connectors.connector import Connector, Notification
from integration_hub_connectors.errors import HubError, ServerFault, Throttled, TransportError, Unauthorized
from integration_hub_connectors.http import Client, Timeout
from integration_hub_connectors.mapping import compile_mapping
from integration_hub_connectors.sandbox.app import create_app
from integration_hub_connectors.sandbox.settings import Settings

SECRETS = {"shopify": "hook-secret-of-the-shop", "hubspot": "hook-secret-of-the-portal"}


@dataclass
class World:
    """A running sandbox, and a receiver of its webhooks."""

    url: str = ""
    hook: str = ""
    settings: Settings = field(default_factory=lambda: Settings(seed=7))
    received: list[signatures.Delivery] = field(default_factory=list)

    def connect(self, name: str, token: str | None = None) -> Connector:
        """The connector as a person would set it up with the sandbox's address."""
        kind = registry.get(name)
        given = {"api_url": f"{self.url}/{name}"}
        auth = kind.auth(given, token or getattr(self.settings, name).token)
        client = Client(kind.base_url(given), timeout=Timeout(connect=5, read=5, total=10), auth=auth)
        return kind(client, given)

    def control(self, method: str, path: str, json: Any = None) -> Any:
        """Steer the sandbox."""
        client = Client(self.url, timeout=Timeout(connect=5, read=15, total=20))
        response = client.request(method, f"/_control{path}", json=json)
        return response.json() if response.body else None

    def notifications(self, name: str) -> list[Notification]:
        """What arrived since the last call, signature checked."""
        assert self.control("POST", "/webhooks/drain", {"timeout": 10})["drained"]
        arrived, self.received[:] = list(self.received), []
        found = []
        for delivery in arrived:
            signatures.get(name).verify(delivery, [SECRETS[name]], now=time.time())
            found += registry.get(name).parse_webhook(delivery.headers, jsondoc.parse(delivery.body))
        return found


@pytest.fixture(scope="module")
def running() -> Iterator[World]:
    world, loop, ready = World(), asyncio.new_event_loop(), threading.Event()

    async def receive(request: web.Request) -> web.Response:
        pairs = [(name, value) for name, value in request.headers.items()]
        url = f"{world.hook}{request.path}"
        world.received.append(signatures.Delivery("POST", url, pairs, await request.read()))  # type: ignore[arg-type]
        return web.Response(status=202)

    async def start(app: web.Application) -> tuple[web.AppRunner, str]:
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"

    async def serve() -> list[web.AppRunner]:
        receiver = web.Application()
        receiver.router.add_post("/{tail:.*}", receive)
        hook, world.hook = await start(receiver)
        sandbox, world.url = await start(create_app(world.settings))
        ready.set()
        return [sandbox, hook]

    def run() -> None:
        runners = loop.run_until_complete(serve())
        loop.run_forever()
        for runner in runners:
            loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(20)
    yield world
    loop.call_soon_threadsafe(loop.stop)
    thread.join(20)


@pytest.fixture
def world(running: World) -> World:
    running.control("POST", "/reset", {"webhooks": True})
    running.control("DELETE", "/faults")
    for name, secret in SECRETS.items():
        running.control(
            "PUT", "/webhooks", {"vendor": name, "url": f"{running.hook}/{name}", "secret": secret, "topics": ["*"]}
        )
    running.received.clear()
    return running


def every(made: Connector, kind: str, since: str | None = None) -> list[dict[str, Any]]:
    items, page = [], made.list(kind, since=since)
    items += page.items
    while page.cursor is not None:
        page = made.list(kind, cursor=page.cursor, since=since)
        items += page.items
    return items


def mapped(made: Connector, template: str, document: Any) -> dict[str, Any]:
    (found,) = [item for item in made.flow_templates if item.key == template]
    result = compile_mapping(made.mapping(found.mapping)).apply(document)
    assert entities.problems(found.entity, result) == []
    return result


@pytest.mark.parametrize("name", ["shopify", "hubspot"])
def test_the_connection_is_checked(world: World, name: str) -> None:
    found = world.connect(name).check()
    assert found.account and found.details and found.missing_scopes == ()
    with pytest.raises(Unauthorized):
        world.connect(name, token="wrong").check()


@pytest.mark.parametrize("name", ["shopify", "hubspot"])
def test_missing_scopes_are_found(world: World, name: str) -> None:
    granted = list(getattr(world.settings, name).scopes)
    gone = {"shopify": "read_products", "hubspot": "crm.objects.companies.read"}[name]
    world.control("PUT", "/settings", {name: {"scopes": [scope for scope in granted if scope != gone]}})
    try:
        made = world.connect(name)
        assert made.check().missing_scopes == (gone,)
        with pytest.raises(Unauthorized) as caught:
            made.list("product" if name == "shopify" else "company")
        assert caught.value.code == "missing-scope" and gone in caught.value.hint
    finally:
        world.control("PUT", "/settings", {name: {"scopes": granted}})


@pytest.mark.parametrize(
    ("name", "kind", "template", "count"),
    [
        ("shopify", "product", "products_in", 12),
        ("shopify", "customer", "customers_in", 12),
        ("hubspot", "contact", "contacts_in", 10),
        ("hubspot", "company", "companies_in", 4),
    ],
)
def test_everything_listed_maps_and_can_be_fetched(
    world: World, name: str, kind: str, template: str, count: int
) -> None:
    made = world.connect(name)
    items = every(made, kind)
    assert len(items) == count
    documents = [mapped(made, template, item) for item in items]
    assert len({document["id"] for document in documents}) == count
    assert made.fetch(kind, documents[0]["id"]) == items[0]
    assert made.fetch(kind, "999999999999") is None


def test_an_order_is_the_same_by_webhook_by_fetch_and_by_list(world: World) -> None:
    made = world.connect("shopify")
    world.control(
        "POST", "/shopify/orders", {"shipping": {"price": "8.00"}, "discount": {"amount": "10.00"}, "tags": "gift"}
    )
    found = [item for item in world.notifications("shopify") if item.object_type == "order"]
    assert [item.topic for item in found] == ["orders/create"]
    by_webhook = mapped(made, "orders_in", found[0].payload)
    fetched = made.fetch("order", found[0].external_id)
    assert fetched is not None
    by_fetch = mapped(made, "orders_in", fetched)
    (listed,) = every(made, "order", since="2020-01-01T00:00:00Z")
    assert listed == fetched
    for document in (by_webhook, by_fetch):
        for key in (
            "language",
            "tags",
            "note",
        ):  # orders' webhooks and GraphQL differ in how much they tell of a customer
            document["customer"].pop(key, None)
    assert by_fetch == by_webhook
    lines = by_webhook["lines"]
    net = sum(Decimal(line["unit_price"]) * line["quantity"] - Decimal(line["discount_total"]) for line in lines)
    assert net == Decimal(by_webhook["totals"]["subtotal"])
    total = net + Decimal(by_webhook["totals"]["shipping"]) + Decimal(by_webhook["totals"]["tax"])
    assert total == Decimal(by_webhook["totals"]["total"])


def test_an_order_of_many_lines_is_read_whole(world: World) -> None:
    made = world.connect("shopify")
    lines = [{"title": f"Item {number}", "price": "1.00", "quantity": 1} for number in range(120)]
    number = world.control("POST", "/shopify/orders", {"lines": lines})["id"]
    fetched = made.fetch("order", str(number))
    assert fetched and [line["title"] for line in fetched["line_items"]] == [line["title"] for line in lines]
    assert every(made, "order") == [fetched]


def test_only_what_changed_since_is_listed(world: World) -> None:
    made = world.connect("shopify")
    since = max(item["updated_at"] for item in every(made, "customer"))
    time.sleep(1.1)  # Shopify's moments are whole seconds
    number = world.control("POST", "/shopify/customers", {"first_name": "Late", "email": "late@example.com"})["id"]
    found = every(made, "customer", since=since)
    assert found[-1]["id"] == number and len(found) <= 13
    assert number not in {item["id"] for item in every(made, "customer", since="2100-01-01T00:00:00Z")}


def test_a_contact_goes_to_hubspot_once_although_the_answer_is_lost(world: World) -> None:
    made = world.connect("hubspot")
    before = len(every(made, "contact"))
    payload = {"properties": {"email": "ada@example.com", "firstname": "Ada", "phone": "+3225550123"}}
    lost = {"vendor": "hubspot", "kind": "drop", "phase": "after", "match": {"method": "POST"}, "count": 1}
    world.control("PUT", "/faults", {"faults": [lost]})
    with pytest.raises(TransportError) as caught:
        made.push("contact", payload, idempotency_key="event-1")
    assert caught.value.in_doubt
    again = made.push("contact", payload, idempotency_key="event-1")
    assert not again.created
    assert len(every(made, "contact")) == before + 1
    assert made.fetch("contact", again.external_id)["properties"]["phone"] == "+3225550123"  # type: ignore[index]


def test_create_update_and_delete_come_back_as_notifications(world: World) -> None:
    made = world.connect("hubspot")
    for kind in ("contact", "company"):
        properties = (
            {"email": "ada@example.com", "firstname": "Ada"}
            if kind == "contact"
            else {"name": "Engines", "domain": "engines.example"}
        )
        pushed = made.push(kind, {"properties": properties}, idempotency_key="1")
        assert pushed.created and pushed.version
        made.push(kind, {"properties": {"phone": "+3225550199"}}, external_id=pushed.external_id, idempotency_key="2")
        made.delete(kind, pushed.external_id)
        made.delete(kind, pushed.external_id)
        assert made.fetch(kind, pushed.external_id) is None
        found = [item for item in world.notifications("hubspot") if item.external_id == pushed.external_id]
        topics = [item.topic for item in found]
        assert f"{kind}.creation" in topics and f"{kind}.propertyChange" in topics
        assert [item.complete for item in found if item.topic == f"{kind}.deletion"] == [False], "it is read"
        assert len({item.dedupe_key for item in found}) == len(found)


def test_a_company_is_found_by_its_domain(world: World) -> None:
    made = world.connect("hubspot")
    first = made.push("company", {"properties": {"name": "Engines", "domain": "engines.example"}})
    again = made.push("company", {"properties": {"name": "Engines Ltd", "domain": "engines.example"}})
    assert first.created and not again.created and again.external_id == first.external_id


def test_what_changed_in_hubspot_since_is_searched(world: World) -> None:
    made = world.connect("hubspot")
    pushed = made.push("contact", {"properties": {"email": "since@example.com"}})
    assert pushed.version
    found = every(made, "contact", since=pushed.version)
    assert pushed.external_id in {item["id"] for item in found}
    assert not every(made, "contact", since="2100-01-01T00:00:00Z")


@pytest.mark.parametrize(("name", "kind"), [("shopify", "order"), ("hubspot", "contact")])
@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"kind": "status", "status": 503}, ServerFault),
        ({"kind": "status", "status": 429, "retry_after": 7}, Throttled),
    ],
)
def test_trouble_becomes_the_librarys_errors(
    world: World, name: str, kind: str, fault: dict[str, Any], expected: type[HubError]
) -> None:
    world.control("PUT", "/faults", {"faults": [{"vendor": name, **fault}]})
    with pytest.raises(expected) as caught:
        world.connect(name).list(kind)
    assert caught.value.retry_after == fault.get("retry_after")


def test_an_empty_bucket_of_points_throttles(world: World) -> None:
    made = world.connect("shopify")
    world.control("PUT", "/settings", {"shopify": {"bucket_size": 160.0, "restore_rate": 1.0}})
    try:
        with pytest.raises(Throttled) as caught:
            for _attempt in range(200):
                made.list("order")
        assert caught.value.retry_after and caught.value.retry_after >= 1
    finally:
        world.control("PUT", "/settings", {"shopify": {"bucket_size": 2000.0, "restore_rate": 100.0}})
