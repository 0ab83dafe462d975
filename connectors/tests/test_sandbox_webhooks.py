# Part of Integration Hub. License LGPL-3.0 or later.
"""Webhooks of the sandbox: signed, retried, batched, and spoilt on request; received on a real port."""

import json
from collections.abc import Iterator

import pytest
from integration_hub_connectors import signatures
from integration_hub_connectors.clock import ManualClock
from integration_hub_connectors.errors import SignatureRefused
from integration_hub_connectors.sandbox import Settings
from integration_hub_connectors.sandbox.testing import Received, Receiver, Sandbox, running


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running(Settings(seed=1), clock=ManualClock()) as sandbox:
        yield sandbox


def subscribe(sandbox: Sandbox, vendor: str, url: str, *topics: str) -> None:
    sandbox.control("PUT", "/webhooks", {"vendor": vendor, "url": url, "topics": list(topics) or ["*"]})


def verify(sandbox: Sandbox, vendor: str, url: str, received: Received, now: float | None = None) -> None:
    delivery = signatures.Delivery("POST", url, received.headers, received.body)
    secret = getattr(sandbox.core.settings, vendor).webhook_secret
    signatures.get(vendor).verify(delivery, [secret], now=sandbox.core.clock.now() if now is None else now)


def topics(receiver: Receiver) -> list[str]:
    return [received.headers["X-Shopify-Topic"] for received in receiver.received]


def order(sandbox: Sandbox, **values: object) -> dict:
    return sandbox.control("POST", "/shopify/orders", values)


def sent(sandbox: Sandbox) -> list[dict]:
    return sandbox.control("GET", "/journal?direction=out")["entries"]


def fault(sandbox: Sandbox, **values: object) -> None:
    sandbox.control("PUT", "/faults", {"faults": [values]})


def test_an_order_is_told_with_shopifys_headers_and_signature(sandbox: Sandbox, receiver: Receiver) -> None:
    subscribe(sandbox, "shopify", receiver.url)
    made = order(sandbox)
    sandbox.drain()
    [received] = receiver.received
    assert json.loads(received.body) == made
    verify(sandbox, "shopify", receiver.url, received)
    headers = received.headers
    assert headers["X-Shopify-Topic"] == "orders/create"
    assert headers["X-Shopify-Shop-Domain"] == "larkfield-outfitters.myshopify.com"
    assert headers["X-Shopify-API-Version"] == "2025-10"
    assert headers["X-Shopify-Triggered-At"] == "2023-11-14T22:13:20.000000Z"
    assert headers["X-Shopify-Webhook-Id"] != headers["X-Shopify-Event-Id"]


def test_every_change_has_its_topic(sandbox: Sandbox, receiver: Receiver) -> None:
    subscribe(sandbox, "shopify", receiver.url)
    made = order(sandbox, customer={"email": "new@example.com", "first_name": "New"})
    sandbox.control("PATCH", f"/shopify/orders/{made['id']}", {"note": "x"})
    sandbox.control("PATCH", f"/shopify/orders/{made['id']}", {"cancelled": True})
    product = sandbox.control("POST", "/shopify/products", {"title": "Rope"})
    sandbox.control("PATCH", f"/shopify/products/{product['id']}", {"title": "Rope 2"})
    sandbox.control("PATCH", f"/shopify/customers/{made['customer']['id']}", {"note": "x"})
    sandbox.control("DELETE", f"/shopify/customers/{made['customer']['id']}")
    sandbox.drain()
    assert topics(receiver) == [
        *("customers/create", "orders/create", "orders/updated", "orders/cancelled", "orders/updated"),
        *("products/create", "products/update", "customers/update", "customers/delete"),
    ]
    assert json.loads(receiver.received[-1].body)["id"] == made["customer"]["id"]


def test_only_subscribed_topics_are_sent(sandbox: Sandbox, receiver: Receiver) -> None:
    subscribe(sandbox, "shopify", receiver.url, "orders/create")
    made = order(sandbox)
    sandbox.control("PATCH", f"/shopify/orders/{made['id']}", {"note": "x"})
    order(sandbox, webhook=False)
    sandbox.drain()
    assert topics(receiver) == ["orders/create"]


def test_a_failed_delivery_is_retried_unchanged(sandbox: Sandbox, receiver: Receiver) -> None:
    answers = iter([500, 302, 200])
    receiver.answer = lambda received: next(answers)
    subscribe(sandbox, "shopify", receiver.url)
    order(sandbox)
    sandbox.drain()
    first, *retries = receiver.received
    assert len(retries) == 2
    for retry in retries:
        verify(sandbox, "shopify", receiver.url, retry)
        assert retry.body == first.body
        for name in ("X-Shopify-Webhook-Id", "X-Shopify-Event-Id", "X-Shopify-Triggered-At"):
            assert retry.headers[name] == first.headers[name]
    assert [(entry["attempt"], entry["status"], entry["outcome"]) for entry in sent(sandbox)] == [
        (0, 500, "to be retried"),
        (1, 302, "to be retried"),
        (2, 200, "delivered"),
    ]


def test_shopify_gives_up_after_eight_retries(sandbox: Sandbox, receiver: Receiver) -> None:
    receiver.answer = lambda received: 503
    subscribe(sandbox, "shopify", receiver.url)
    order(sandbox)
    sandbox.drain()
    assert len(receiver.received) == 9
    assert sent(sandbox)[-1]["outcome"] == "given up"


def test_a_retry_waits_for_its_time(sandbox: Sandbox, receiver: Receiver) -> None:
    receiver.answer = lambda received: 503
    subscribe(sandbox, "shopify", receiver.url)
    order(sandbox)
    answer = sandbox.control("POST", "/webhooks/drain", {"timeout": 0.3})
    assert answer == {"drained": False, "pending": 1}
    assert len(receiver.received) == 1


def test_nobody_listening_is_a_failure_like_any_other(sandbox: Sandbox) -> None:
    subscribe(sandbox, "shopify", "http://127.0.0.1:9/hook")
    order(sandbox)
    sandbox.drain()
    assert sent(sandbox)[0]["status"] is None
    assert "ClientConnector" in sent(sandbox)[0]["error"]


def test_hubspot_batches_and_counts_attempts(sandbox: Sandbox, receiver: Receiver) -> None:
    answers = iter([500, 200])
    receiver.answer = lambda received: next(answers)
    subscribe(sandbox, "hubspot", receiver.url)
    made = sandbox.control("POST", "/hubspot/contacts", {"properties": {"email": "eve@example.com"}})
    sandbox.control("PATCH", f"/hubspot/contacts/{made['id']}", {"properties": {"city": "Lund", "phone": "1"}})
    sandbox.drain()
    first, second = (json.loads(received.body) for received in receiver.received)
    assert [(one["subscriptionType"], one.get("propertyName")) for one in first] == [
        ("contact.creation", None),
        ("contact.propertyChange", "city"),
        ("contact.propertyChange", "phone"),
    ]
    assert {one["changeSource"] for one in first} == {"CRM_UI"}
    assert {one["objectId"] for one in first} == {int(made["id"])}
    assert len({one["eventId"] for one in first}) == 3
    assert [one["attemptNumber"] for one in first] == [0, 0, 0]
    assert second == [{**one, "attemptNumber": 1} for one in first]
    for received in receiver.received:
        verify(sandbox, "hubspot", receiver.url, received)
        with pytest.raises(SignatureRefused):
            verify(sandbox, "hubspot", receiver.url, received, now=sandbox.core.clock.now() + 400)


def test_hubspot_tells_an_integration_of_its_own_changes(sandbox: Sandbox, receiver: Receiver) -> None:
    subscribe(sandbox, "hubspot", receiver.url, "contact.propertyChange:city", "contact.deletion")
    path = "/crm/v3/objects/contacts"
    body = {"properties": {"email": "eve@example.com"}}
    number = sandbox.vendor("hubspot", "POST", path, json=body).json()["id"]
    for _ in range(2):
        sandbox.vendor("hubspot", "PATCH", f"{path}/{number}", json={"properties": {"city": "Lund", "phone": "1"}})
    sandbox.vendor("hubspot", "DELETE", f"{path}/{number}")
    sandbox.drain()
    told = [one for received in receiver.received for one in json.loads(received.body)]
    assert [(one["subscriptionType"], one.get("propertyValue")) for one in told] == [
        ("contact.propertyChange", "Lund"),
        ("contact.deletion", None),
    ]
    assert {one["changeSource"] for one in told} == {"INTEGRATION"}
    assert {one["sourceId"] for one in told} == {"54321"}


def test_duplicate(sandbox: Sandbox, receiver: Receiver) -> None:
    subscribe(sandbox, "shopify", receiver.url)
    fault(sandbox, kind="duplicate", vendor="shopify", count=1)
    order(sandbox)
    order(sandbox)
    sandbox.drain()
    first, again, other = receiver.received
    assert (first.body, first.headers["X-Shopify-Webhook-Id"]) == (again.body, again.headers["X-Shopify-Webhook-Id"])
    assert other.body != first.body


def test_reorder(sandbox: Sandbox, receiver: Receiver) -> None:
    subscribe(sandbox, "shopify", receiver.url)
    fault(sandbox, kind="reorder", match={"topic": "create"}, count=1)
    made = order(sandbox)
    sandbox.control("PATCH", f"/shopify/orders/{made['id']}", {"note": "x"})
    sandbox.drain()
    assert topics(receiver) == ["orders/updated", "orders/create"]


def test_reorder_of_the_last_one_is_only_late(sandbox: Sandbox, receiver: Receiver) -> None:
    subscribe(sandbox, "shopify", receiver.url)
    fault(sandbox, kind="reorder")
    order(sandbox)
    sandbox.drain()
    assert topics(receiver) == ["orders/create"]


@pytest.mark.parametrize("vendor", ["shopify", "hubspot"])
def test_tampered_deliveries_do_not_verify_but_are_json(sandbox: Sandbox, receiver: Receiver, vendor: str) -> None:
    receiver.answer = lambda received: 401 if len(receiver.received) == 1 else 200
    subscribe(sandbox, vendor, receiver.url)
    fault(sandbox, kind="tamper", vendor=vendor, count=1)
    if vendor == "shopify":
        order(sandbox)
    else:
        sandbox.control("POST", "/hubspot/contacts", {"properties": {"email": "eve@example.com"}})
    sandbox.drain()
    tampered, retry = receiver.received
    with pytest.raises(SignatureRefused):
        verify(sandbox, vendor, receiver.url, tampered)
    assert json.loads(tampered.body) != json.loads(retry.body)
    verify(sandbox, vendor, receiver.url, retry)


def test_lost_and_delayed(sandbox: Sandbox, receiver: Receiver) -> None:
    subscribe(sandbox, "shopify", receiver.url)
    fault(sandbox, kind="lose", count=1)
    order(sandbox)
    fault(sandbox, kind="delay", seconds=0.2)
    order(sandbox)
    sandbox.drain()
    assert len(receiver.received) == 1
    assert [entry["outcome"] for entry in sent(sandbox)] == ["lost", "delivered"]


def test_any_payload_can_be_sent_signed(sandbox: Sandbox, receiver: Receiver, shared_fixtures) -> None:
    subscribe(sandbox, "shopify", receiver.url)
    subscribe(sandbox, "hubspot", receiver.url)
    examples = {
        "shopify": ("orders/create", "shopify/order.json"),
        "hubspot": ("contact.creation", "hubspot/webhook_batch.json"),
    }
    for vendor, (topic, path) in examples.items():
        payload = json.loads((shared_fixtures / "payloads" / path).read_text())
        sandbox.control("POST", "/webhooks/send", {"vendor": vendor, "topic": topic, "payload": payload}, status=202)
        sandbox.drain()
        received = receiver.received[-1]
        verify(sandbox, vendor, receiver.url, received)
        assert json.loads(received.body) == payload


def test_a_replaced_or_removed_subscription_counts_at_once(sandbox: Sandbox, receiver: Receiver) -> None:
    subscribe(sandbox, "shopify", receiver.url, "orders/create")
    subscribe(sandbox, "shopify", receiver.url, "products/create")
    assert len(sandbox.control("GET", "/webhooks")["subscriptions"]) == 1
    order(sandbox)
    sandbox.drain()
    assert receiver.received == []
    assert sandbox.control("DELETE", "/webhooks?vendor=shopify") == {"removed": 1}
    sandbox.control("POST", "/shopify/products", {})
    sandbox.drain()
    assert receiver.received == []


def test_secrets_are_not_in_the_journal_or_the_list(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.control("PUT", "/webhooks", {"vendor": "shopify", "url": receiver.url, "secret": "very-own-secret"})
    order(sandbox)
    sandbox.drain()
    assert "very-own-secret" not in json.dumps(sandbox.control("GET", "/webhooks"))
    assert "very-own-secret" not in json.dumps(sandbox.control("GET", "/journal"))
