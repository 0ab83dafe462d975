# Part of Integration Hub. License LGPL-3.0 or later.
"""Which topics are registered, where a vendor can deliver to, and what a description of registrations may say."""

import json
from typing import Any

import pytest
from integration_hub_connectors import registry, signatures
from integration_hub_connectors.errors import BadResponse, ConfigurationError, Rejected, ServerFault
from integration_hub_connectors.registration import settle, unreachable
from integration_hub_connectors.testing.transport import ScriptedTransport, answer, client
from integration_hub_connectors.vendors.generic_rest import DefinitionError, GenericRest
from integration_hub_connectors.vendors.hubspot import HubSpot
from integration_hub_connectors.vendors.shopify import Shopify

DEFINITION = json.loads((GenericRest.folder() / "fixtures" / "definition.json").read_text(encoding="utf-8"))
API = "https://api.bookings.example"
HOOK = "https://hub.example/integration/webhook/abc"


def described(**changes: Any) -> dict[str, Any]:
    """The definition, its registration changed."""
    found: dict[str, Any] = json.loads(json.dumps(DEFINITION))
    registration = {**found["webhook"]["registration"], **changes}
    found["webhook"]["registration"] = {name: value for name, value in registration.items() if value is not None}
    return found


def made(*answers: Any, **changes: Any) -> tuple[Any, ScriptedTransport]:
    transport = ScriptedTransport(*(answer(*one) if isinstance(one, tuple) else answer(one) for one in answers))
    settings = {"definition": described(**changes)}
    kind = registry.get("generic_rest", settings)
    return kind(client(transport, kind.base_url(settings), auth=kind.auth(settings, "key")), settings), transport


def sent(transport: ScriptedTransport) -> list[tuple[str, str, Any]]:
    return [
        (request.method, request.url.rpartition("/v2")[2], json.loads(request.body) if request.body else None)
        for request in transport.requests
    ]


# -- topics ----------------------------------------------------------------------------------------------------------


def test_patterns_select_among_the_vendors_topics() -> None:
    assert Shopify.topics_for(["orders/create", "customers/*", "orders/c*"]) == (
        *("orders/create", "customers/create", "customers/update", "customers/enable", "customers/disable"),
        *("customers/delete", "customers/merge", "orders/cancelled"),
    )
    assert HubSpot.topics_for(["contact.creation", "contact.creation"]) == ("contact.creation",)


def test_what_no_vendor_has_is_said() -> None:
    with pytest.raises(ConfigurationError, match="carts") as caught:
        Shopify.topics_for(["orders/create", "carts/update"])
    assert caught.value.code == "unknown-topic" and "products/create" in caught.value.hint
    with pytest.raises(ConfigurationError) as caught:
        HubSpot.topics_for(["contact.*"])
    assert caught.value.hint == "Write out its events."


# -- addresses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("https://hub.example/x", ""),
        ("https://8.8.8.8/x", ""),
        ("https://[2606:4700::1111]/x", ""),
        ("http://hub.example/x", "no-https"),
        ("https://localhost:8069/x", "not-public"),
        ("http://127.0.0.1/x", "not-public"),
        ("https://10.1.2.3/x", "not-public"),
        ("https://100.64.0.1/x", "not-public"),
        ("https://[::1]/x", "not-public"),
        ("https://[fe80::1]/x", "not-public"),
        ("https://odoo/x", "not-public"),
        ("https://erp.acme.local/x", "not-public"),
        ("https://erp.lan./x", "not-public"),
        ("", "not-public"),
    ],
)
def test_what_a_public_system_can_deliver_to(address: str, why: str) -> None:
    assert unreachable(address, "https://api.example.com") == why


def test_a_private_system_delivers_anywhere() -> None:
    for api in ("http://127.0.0.1:8070/shopify", "https://wms.internal", "http://wms:8080"):
        assert unreachable("http://odoo.lan:8069/x", api) == ""


# -- APIs that are described -----------------------------------------------------------------------------------------


def test_one_webhook_for_all_topics_signs_with_our_secret() -> None:
    hub, transport = made({"webhooks": []}, {"webhook": {"id": 7}})
    settled = settle(hub, HOOK, ["house.changed", "guest.*"], secret="s" * 44)
    [_listed, created] = sent(transport)
    events = ["guest.changed", "guest.created", "guest.deleted", "house.changed"]
    assert created == ("POST", "/webhooks", {"webhook": {"url": HOOK, "events": events, "secret": "s" * 44}})
    assert (settled.secret, settled.added) == ("s" * 44, tuple(events))
    assert "s" * 44 not in repr(settled)


def test_a_webhook_whose_secret_is_not_known_is_replaced() -> None:
    """Its topics are right, but whoever made it told nobody what it signs with."""
    there = {"id": 7, "url": HOOK, "events": ["house.changed"]}
    hub, transport = made({"webhooks": [there]}, {"webhook": {"id": 8}}, {})
    settled = settle(hub, HOOK, ["house.changed"], secret="s" * 44)
    assert [(method, path) for method, path, _body in sent(transport)] == [
        ("GET", "/webhooks"), ("POST", "/webhooks"), ("DELETE", "/webhooks/7"),
    ]  # fmt: skip
    assert [found.id for found in settled.webhooks] == ["8"]
    hub, transport = made({"webhooks": [there]})
    assert settle(hub, HOOK, ["house.changed"], known=["7"]).added == ()


def test_an_api_may_choose_the_secret_and_tell_it_once() -> None:
    body = {"target": "{payload.address}", "events": "{payload.topics}"}
    changes: dict[str, Any] = {"create": {"path": "/webhooks", "body": body}, "secret": "signing.key"}
    hub, _transport = made({"webhooks": []}, {"id": 7, "signing": {"key": "theirs"}}, **changes)
    assert hub.own_secrets == "told"
    assert settle(hub, HOOK, ["house.changed"], secret="ours").secret == "theirs"
    hub, _transport = made({"webhooks": []}, {"id": 7}, **changes)
    failure = settle(hub, HOOK, ["house.changed"]).failure
    assert isinstance(failure, BadResponse) and "and its secret" in failure.message


def test_a_webhook_for_each_topic() -> None:
    create = {"path": "/webhooks", "params": {"to": "{payload.address}", "event": "{payload.topic}"}}
    hub, transport = made({"webhooks": []}, {"id": 1}, {"id": 2}, create=create, topics="event")
    assert (hub.topics_together, hub.own_secrets) == (False, "")
    settled = settle(hub, HOOK, ["guest.created", "house.changed"])
    assert [found.topics for found in settled.webhooks] == [("guest.created",), ("house.changed",)]
    assert "event=house.changed" in transport.requests[2].url and transport.requests[2].body is None


def test_a_refused_topic_keeps_no_other_from_being_registered() -> None:
    create = {"path": "/webhooks", "body": {"url": "{payload.address}", "event": "{payload.topic}"}}
    there = {"id": 5, "url": "https://old.example/webhook/abc", "event": "guest.created"}
    transport = ScriptedTransport(
        answer({"webhooks": [there]}), answer({"error": "no such event"}, 422), answer({"id": 2})
    )
    settings = {"definition": described(create=create, topics="event")}
    kind = registry.get("generic_rest", settings)
    hub = kind(client(transport, kind.base_url(settings), auth=kind.auth(settings, "key")), settings)
    settled = settle(hub, HOOK, ["guest.created", "house.changed"])
    assert list(settled.refused) == ["guest.created"] and isinstance(settled.refused["guest.created"], Rejected)
    assert (settled.added, settled.removed) == (("house.changed",), ()), (
        "the old one stays as long as there is no new one"
    )
    assert [found.id for found in settled.left] == ["5"]


def test_what_was_done_before_a_failure_is_told() -> None:
    """One is registered, the next is not: nobody would know of the first, were the failure all that comes back."""
    create = {"path": "/webhooks", "body": {"url": "{payload.address}", "event": "{payload.topic}"}}
    there = {"id": 5, "url": "https://old.example/webhook/abc", "event": "guest.deleted"}
    hub, _transport = made({"webhooks": [there]}, {"id": 1}, ({}, 503), create=create, topics="event")
    settled = settle(hub, HOOK, ["guest.created", "house.changed"])
    assert isinstance(settled.failure, ServerFault)
    assert (settled.added, settled.removed) == (("guest.created",), ())
    assert [found.id for found in (*settled.webhooks, *settled.left)] == ["1", "5"]


def test_a_secret_survives_a_failure() -> None:
    """The webhook that signs with it stands, though the one before could not be removed."""
    there = {"id": 7, "url": HOOK, "events": ["house.changed"]}
    hub, _transport = made({"webhooks": [there]}, {"webhook": {"id": 8}}, ({}, 503))
    settled = settle(hub, HOOK, ["house.changed"], secret="s" * 44)
    assert (settled.secret, settled.removed) == ("s" * 44, ())
    assert [found.id for found in settled.left] == ["7"] and isinstance(settled.failure, ServerFault)


def test_a_failure_before_anything_was_done_is_raised() -> None:
    hub, _transport = made(({}, 503))
    with pytest.raises(ServerFault):
        settle(hub, HOOK, ["house.changed"])


@pytest.mark.parametrize(
    "item", [None, [], {"id": 1}, {"id": 1, "url": HOOK, "events": [3]}, {"url": HOOK, "events": []}]
)
def test_a_list_of_something_else_is_refused(item: Any) -> None:
    hub, _transport = made({"webhooks": [item]})
    with pytest.raises(BadResponse, match="a list of webhooks"):
        hub.list_webhooks()


@pytest.mark.parametrize(
    ("changes", "pointer", "problem"),
    [
        ({"create": None}, "/webhook/registration/create", ""),
        ({"create": {"path": "/w", "body": {"u": "{payload.address}"}}}, "/webhook/registration", "payload.topic"),
        ({"create": {"path": "/w", "body": {"t": "{payload.topics}"}}}, "/webhook/registration", "payload.address"),
        (
            {"create": {"path": "/w/{payload.key}", "body": {"u": "{payload.address}", "t": "{payload.topic}"}}},
            "/webhook/registration",
            "payload.key",
        ),
        (
            {"create": {"path": "/w", "body": {"u": "{payload.address}", "t": "{payload.topic}"}}, "secret": "key"},
            "/webhook/registration",
            "a secret of its own",
        ),
        ({"list": {"path": "/w", "since": {"param": "from"}}}, "/webhook/registration/list", "their changes"),
        ({"remove": {"path": "/w/{nothing}"}}, "/webhook/registration/remove", "nothing"),
        ({"id": "a["}, "/webhook/registration", "path"),
    ],
)
def test_a_wrong_description_is_named(changes: Any, pointer: str, problem: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        registry.get("generic_rest", {"definition": described(**changes)})
    assert caught.value.pointer == pointer and problem in caught.value.message


# -- secrets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", sorted(signatures.SCHEMES))
def test_a_new_secret_signs_what_it_verifies(key: str) -> None:
    try:
        scheme = signatures.get(key)
        secret = scheme.new_secret(bytes(range(32)))
    except ConfigurationError as error:
        assert error.hint
        return
    kind = scheme.content_types[0]
    body = b"a=1" if kind == signatures.FORM else b"{}"
    delivery = signatures.Delivery("POST", "https://hub.example/x", {"Content-Type": kind}, body)
    headers = {"Content-Type": kind, **scheme.sign(delivery, secret, now=1e9)}
    signed = signatures.Delivery(delivery.method, delivery.url, headers, delivery.body)
    assert scheme.verify(signed, [secret], now=1e9)
