# Part of Integration Hub. License LGPL-3.0 or later.
"""Webhooks registered in a shop: what Shopify answers, and what is made of it."""

import json
from typing import Any

import pytest
from integration_hub_connectors.errors import BadResponse, ConfigurationError, Rejected
from integration_hub_connectors.http import Client, RequestsTransport, Timeout
from integration_hub_connectors.registration import settle
from integration_hub_connectors.sandbox.testing import Sandbox
from integration_hub_connectors.testing.transport import ScriptedTransport, answer, client
from integration_hub_connectors.vendors.shopify import Shopify

HOOK = "https://hub.example/integration/webhook/abc"


def node(number: int, topic: str, address: str = HOOK) -> dict[str, Any]:
    return {"id": f"gid://shopify/WebhookSubscription/{number}", "topic": topic, "uri": address}


def listed(*nodes: Any, after: str | None = None) -> dict[str, Any]:
    page = {"nodes": list(nodes), "pageInfo": {"hasNextPage": bool(after), "endCursor": after}}
    return {"data": {"webhookSubscriptions": page}}


def refused(field: list[str] | None, message: str) -> dict[str, Any]:
    problems = [{"field": field, "message": message}]
    return {"data": {"webhookSubscriptionCreate": {"webhookSubscription": None, "userErrors": problems}}}


def scripted(*documents: Any) -> tuple[Shopify, ScriptedTransport]:
    transport = ScriptedTransport(*(answer(document) for document in documents))
    settings = {"shop": "atelier.myshopify.com"}
    made = client(transport, Shopify.base_url(settings), auth=Shopify.auth(settings, "shpat_0"))
    return Shopify(made, settings), transport


def connected(sandbox: Sandbox) -> Shopify:
    settings = {"api_url": f"{sandbox.url}/shopify"}
    auth = Shopify.auth(settings, sandbox.core.settings.shopify.token)
    made = Client(Shopify.base_url(settings), timeout=Timeout(2, 10, 10), auth=auth, transport=RequestsTransport())
    return Shopify(made, settings)


def test_all_pages_are_read() -> None:
    shop, transport = scripted(listed(node(1, "ORDERS_CREATE"), after="c1"), listed(node(2, "APP_UNINSTALLED")))
    assert [(found.id[-1], found.topics) for found in shop.list_webhooks()] == [
        ("1", ("orders/create",)),
        ("2", ("APP_UNINSTALLED",)),  # no topic of this connector's
    ]
    assert json.loads(transport.requests[1].body or b"")["variables"]["after"] == "c1"


def test_one_that_is_there_already_is_taken_for_made() -> None:
    """Whatever Shopify says of it; and only the very same."""
    taken = refused(["webhookSubscription", "callbackUrl"], "Address for this topic has already been taken")
    shop, _transport = scripted(taken, listed(node(1, "ORDERS_PAID"), node(2, "ORDERS_CREATE")))
    assert shop.register_webhook(HOOK, ["orders/create"]).id.endswith("/2")
    shop, _transport = scripted(taken, listed(node(2, "ORDERS_CREATE", "https://elsewhere.example/abc")))
    with pytest.raises(Rejected, match="already been taken"):
        shop.register_webhook(HOOK, ["orders/create"])


@pytest.mark.parametrize(
    ("field", "hint"),
    [
        (["topic"], "scope read_orders"),
        (None, "scope read_orders"),
        (["webhookSubscription", "callbackUrl"], "public address with https"),
    ],
)
def test_a_refusal_says_what_helps(field: Any, hint: str) -> None:
    shop, _transport = scripted(refused(field, "Not like this."), listed())
    with pytest.raises(Rejected) as caught:
        shop.register_webhook(HOOK, ["orders/create"])
    assert caught.value.message == "Shopify refuses the webhook: Not like this." and hint in caught.value.hint


def test_a_real_refusal_of_a_topic(sandbox: Sandbox) -> None:
    settings = sandbox.core.settings.shopify
    granted = list(settings.scopes)
    settings.scopes = ["read_customers"]
    try:
        settled = settle(connected(sandbox), HOOK, ["orders/create", "customers/update"])
    finally:
        settings.scopes = granted
    assert settled.added == ("customers/update",) and "read_orders" in settled.refused["orders/create"].hint


@pytest.mark.parametrize("identifier", ["", "x", "gid://shopify/Order/1", "gid://shopify/WebhookSubscription/1?a"])
def test_what_is_no_webhook_is_not_removed(identifier: str) -> None:
    shop, transport = scripted({})
    with pytest.raises(ConfigurationError, match="not the id of a webhook"):
        shop.remove_webhook(identifier)
    assert not transport.requests


def test_one_that_stays_was_not_removed() -> None:
    problems = [{"field": ["id"], "message": "Not now"}]
    gone = {"data": {"webhookSubscriptionDelete": {"deletedWebhookSubscriptionId": None, "userErrors": problems}}}
    shop, _transport = scripted(gone, listed(node(1, "ORDERS_CREATE")))
    with pytest.raises(Rejected, match="Not now"):
        shop.remove_webhook("gid://shopify/WebhookSubscription/1")
    shop, transport = scripted(gone, listed(node(2, "ORDERS_CREATE")))
    shop.remove_webhook("gid://shopify/WebhookSubscription/1")
    assert len(transport.requests) == 2


@pytest.mark.parametrize(
    "wrong", [None, {}, {"id": "1", "topic": None, "uri": HOOK}, {"id": 1, "topic": "X", "uri": HOOK}]
)
def test_what_is_no_webhook_is_refused(wrong: Any) -> None:
    shop, _transport = scripted(listed(wrong))
    with pytest.raises(BadResponse):
        shop.list_webhooks()


def merged(status: str = "completed") -> Any:
    ids = {f"admin_graphql_api_customer_{name}_id": f"gid://shopify/Customer/{id_}" for name, id_ in KEPT_AND_GONE}
    body = {**ids, "admin_graphql_api_job_id": None, "status": status, "errors": []}
    return Shopify.parse_webhook({"X-Shopify-Topic": "customers/merge", "X-Shopify-Webhook-Id": "m-1"}, body)


KEPT_AND_GONE = (("kept", 1), ("deleted", 2))


def test_a_merge_leads_one_id_to_the_other_and_has_that_one_read() -> None:
    gone, kept = merged()
    assert (gone.external_id, gone.merged_into) == ("gid://shopify/Customer/2", "gid://shopify/Customer/1")
    assert (kept.external_id, kept.merged_into, kept.complete) == ("gid://shopify/Customer/1", "", False)
    assert gone.partition_key == kept.partition_key
    assert gone.dedupe_key != kept.dedupe_key
    assert gone.payload["merged_into"] == kept.external_id


def test_a_merge_that_failed_is_of_no_object() -> None:
    (said,) = merged("failed")
    assert (said.object_type, said.external_id, said.merged_into) == ("", "", "")


@pytest.mark.parametrize(
    ("variants", "named", "complete"), [(2, None, True), (2, 2, True), (2, 3, False), (100, None, False)]
)
def test_of_many_variants_the_product_is_read(variants: int, named: int | None, complete: bool) -> None:
    body: dict[str, Any] = {"id": 1, "variants": [{"id": number} for number in range(variants)]}
    if named is not None:
        body["variant_gids"] = [{"admin_graphql_api_id": f"gid://shopify/ProductVariant/{one}"} for one in range(named)]
    (said,) = Shopify.parse_webhook({"X-Shopify-Topic": "products/update"}, body)
    assert said.complete is complete
