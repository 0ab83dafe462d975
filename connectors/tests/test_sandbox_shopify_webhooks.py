# Part of Integration Hub. License LGPL-3.0 or later.
"""Webhook subscriptions of the imitated shop: made, listed and removed by GraphQL, forgotten when they fail."""

from collections.abc import Iterator
from typing import Any

import pytest
from integration_hub_connectors.clock import ManualClock
from integration_hub_connectors.sandbox import Settings
from integration_hub_connectors.sandbox.testing import Receiver, Sandbox, running

CREATE = """mutation Create($topic: WebhookSubscriptionTopic!, $uri: String!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: {uri: $uri, format: JSON}) {
    webhookSubscription { id topic uri format legacyResourceId createdAt }
    userErrors { field message }
  }
}"""
DELETE = """mutation Delete($id: ID!) {
  webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId userErrors { field message } }
}"""
LIST = """query List($first: Int!, $after: String, $topics: [WebhookSubscriptionTopic!]) {
  webhookSubscriptions(first: $first, after: $after, topics: $topics) {
    nodes { id topic uri } pageInfo { hasNextPage endCursor }
  }
}"""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running(Settings(seed=1), clock=ManualClock()) as sandbox:
        yield sandbox


def create(sandbox: Sandbox, topic: str, uri: str) -> dict[str, Any]:
    found: dict[str, Any] = sandbox.graphql(CREATE, topic=topic, uri=uri)["data"]["webhookSubscriptionCreate"]
    return found


def registered(sandbox: Sandbox, **variables: Any) -> list[Any]:
    data = sandbox.graphql(LIST, **{"first": 50, **variables})["data"]["webhookSubscriptions"]
    return [(node["topic"], node["uri"]) for node in data["nodes"]]


def topics(receiver: Receiver) -> list[str]:
    return [received.headers["X-Shopify-Topic"] for received in receiver.received]


def test_a_subscription_is_told_its_topic_only(sandbox: Sandbox, receiver: Receiver) -> None:
    made = create(sandbox, "ORDERS_CREATE", receiver.url)
    assert made["userErrors"] == [] and made["webhookSubscription"]["uri"] == receiver.url
    read = "query Read($id: ID!) { webhookSubscription(id: $id) { topic uri } }"
    found = sandbox.graphql(read, id=made["webhookSubscription"]["id"])["data"]["webhookSubscription"]
    assert found == {"topic": "ORDERS_CREATE", "uri": receiver.url}
    assert sandbox.graphql(read, id="gid://shopify/WebhookSubscription/1")["data"] == {"webhookSubscription": None}
    order = sandbox.control("POST", "/shopify/orders", {})
    sandbox.control("PATCH", f"/shopify/orders/{order['id']}", {"note": "x"})
    sandbox.drain()
    assert topics(receiver) == ["orders/create"]


def test_topics_of_one_address_arrive_in_order(sandbox: Sandbox, receiver: Receiver) -> None:
    for topic in ("ORDERS_UPDATED", "ORDERS_CREATE", "ORDERS_CANCELLED"):
        create(sandbox, topic, receiver.url)
    order = sandbox.control("POST", "/shopify/orders", {})
    sandbox.control("PATCH", f"/shopify/orders/{order['id']}", {"cancelled": True})
    sandbox.drain()
    assert topics(receiver) == ["orders/create", "orders/cancelled", "orders/updated"]


def test_they_are_listed_in_pages_and_removed(sandbox: Sandbox) -> None:
    ids = [
        create(sandbox, topic, "https://hub.example/a")["webhookSubscription"]["id"]
        for topic in ("ORDERS_CREATE", "PRODUCTS_UPDATE", "CUSTOMERS_DELETE")
    ]
    first = sandbox.graphql(LIST, first=2)["data"]["webhookSubscriptions"]
    assert [node["id"] for node in first["nodes"]] == ids[:2] and first["pageInfo"]["hasNextPage"]
    assert len(registered(sandbox, after=first["pageInfo"]["endCursor"])) == 1
    assert registered(sandbox, topics=["PRODUCTS_UPDATE"]) == [("PRODUCTS_UPDATE", "https://hub.example/a")]
    gone = sandbox.graphql(DELETE, id=ids[0])["data"]["webhookSubscriptionDelete"]
    assert gone == {"deletedWebhookSubscriptionId": ids[0], "userErrors": []}
    again = sandbox.graphql(DELETE, id=ids[0])["data"]["webhookSubscriptionDelete"]
    assert again["deletedWebhookSubscriptionId"] is None and again["userErrors"][0]["field"] == ["id"]
    assert len(registered(sandbox)) == 2


@pytest.mark.parametrize(
    ("topic", "uri", "said"),
    [
        ("ORDERS_CREATE", "", "can't be blank"),
        ("ORDERS_CREATE", "http://hub.example/a", "http:// is not supported"),
        ("ORDERS_CREATE", "ftp://hub.example/a", "ftp:// is not supported"),
        ("ORDERS_CREATE", "https://hub.example/taken", "already been taken"),
        ("PRODUCTS_CREATE", "https://hub.example/a", "cannot create a webhook subscription"),
    ],
)
def test_what_shopify_refuses(sandbox: Sandbox, topic: str, uri: str, said: str) -> None:
    create(sandbox, "ORDERS_CREATE", "https://hub.example/taken")
    settings = sandbox.core.settings.shopify
    settings.http_webhooks, settings.scopes = False, ["read_orders"]
    refused = create(sandbox, topic, uri)
    assert refused["webhookSubscription"] is None and said in refused["userErrors"][0]["message"]
    assert len(registered(sandbox)) == 1


def test_one_that_fails_for_good_is_forgotten(sandbox: Sandbox, receiver: Receiver) -> None:
    create(sandbox, "ORDERS_CREATE", receiver.url)
    create(sandbox, "ORDERS_UPDATED", receiver.url)
    receiver.answer = lambda received: 503
    sandbox.control("POST", "/shopify/orders", {})
    sandbox.drain()
    assert len(receiver.received) == 9
    assert registered(sandbox) == [("ORDERS_UPDATED", receiver.url)]


def test_the_control_api_shows_and_forgets_them(sandbox: Sandbox, receiver: Receiver) -> None:
    create(sandbox, "ORDERS_CREATE", receiver.url)
    sandbox.control("PUT", "/webhooks", {"vendor": "shopify", "url": "https://hub.example/b"})
    shown = sandbox.control("GET", "/webhooks")
    assert [one["url"] for one in shown["subscriptions"]] == ["https://hub.example/b"]
    assert [(one["url"], one["topics"]) for one in shown["registered"]] == [(receiver.url, ["orders/create"])]
    assert sandbox.control("DELETE", f"/webhooks?url={receiver.url}") == {"removed": 1}
    assert registered(sandbox) == []
    create(sandbox, "ORDERS_CREATE", receiver.url)
    sandbox.control("POST", "/reset", {})
    assert registered(sandbox) == [], "they are objects of the shop"
