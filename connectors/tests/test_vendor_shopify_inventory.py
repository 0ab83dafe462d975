# Part of Integration Hub. License LGPL-3.0 or later.
"""Stock levels of a shop: set by comparing, in whole pieces, never over what somebody else changes meanwhile."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from integration_hub_connectors.connector import Connector
from integration_hub_connectors.contracts import ContractViolation
from integration_hub_connectors.errors import ConfigurationError, NotFound, Rejected, ServerFault, Unauthorized
from integration_hub_connectors.http import AddressGuard, Client, Request, RequestsTransport, Response, Timeout
from integration_hub_connectors.sandbox.settings import Settings
from integration_hub_connectors.sandbox.testing import Sandbox, running
from integration_hub_connectors.vendors.shopify import Shopify

TIMEOUT = Timeout(2, 10, 10)


class Meddling:
    """A transport before which somebody counts in the shop, each time a level is set."""

    def __init__(self, sandbox: Sandbox, times: int) -> None:
        self.inner = RequestsTransport(guard=AddressGuard(["127.0.0.0/8"]))
        self.sandbox, self.times, self.sent = sandbox, times, 0

    def send(self, request: Request, timeout: Timeout) -> Response:
        if b"inventorySetQuantities" in (request.body or b""):
            self.sent += 1
            if self.sent <= self.times:
                (asked,) = json.loads(request.body or b"")["variables"]["input"]["quantities"]
                item = int(asked["inventoryItemId"].rpartition("/")[2])
                levels = self.sandbox.control("GET", "/objects/shopify/inventory_level")["objects"]
                (level,) = [level for level in levels if level["inventory_item_id"] == item]
                path = f"/shopify/inventory_levels/{level['id']}"
                self.sandbox.control("PATCH", path, {"available": level["available"] - 1})
        return self.inner.send(request, timeout)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running(Settings(seed=1)) as found:
        yield found


def connect(sandbox: Sandbox, times: int = 0) -> tuple[Connector, Meddling]:
    vendor = sandbox.control("GET", "/health")["vendors"]["shopify"]
    settings, transport = {"api_url": vendor["base_url"]}, Meddling(sandbox, times)
    auth = Shopify.auth(settings, vendor["token"])
    return Shopify(Client(vendor["base_url"], timeout=TIMEOUT, auth=auth, transport=transport), settings), transport


def payload(made: Connector, *quantities: float) -> dict[str, Any]:
    places = made.list("location").items
    levels = [
        {"location_id": place["admin_graphql_api_id"], "available": quantity}
        for place, quantity in zip(places, quantities, strict=False)
    ]
    return {"variant_id": made.held("inventory").items[0]["id"], "levels": levels}


def test_what_is_pushed_is_held_and_holds(sandbox: Sandbox) -> None:
    made, transport = connect(sandbox)
    wanted = payload(made, 7.5, -2)
    before = made.held("inventory").items[0]
    assert not made.holds("inventory", before, wanted)
    result = made.push("inventory", wanted)
    assert result.external_id == wanted["variant_id"]
    assert [note.partition(":")[0] for note in result.notes[:2]] == ["7.5 is told as 7", "-2 is told as 0"]
    after = made.held("inventory").items[0]
    assert [level["available"] for level in after["levels"]] == [7, 0]
    assert made.holds("inventory", after, wanted)
    made.push("inventory", wanted, external_id=result.external_id)
    assert transport.sent == 1, "what is so already is not set"


def test_a_level_that_changes_meanwhile_is_read_and_set_again(sandbox: Sandbox) -> None:
    made, transport = connect(sandbox, times=2)
    made.push("inventory", payload(made, 40))
    assert transport.sent == 3
    assert made.held("inventory").items[0]["levels"][0]["available"] == 40


def test_a_level_that_never_rests_is_tried_later(sandbox: Sandbox) -> None:
    made, _transport = connect(sandbox, times=9)
    with pytest.raises(ServerFault) as caught:
        made.push("inventory", payload(made, 40))
    assert (caught.value.code, caught.value.in_doubt) == ("changing", False)


def test_refusals_say_what_to_do(sandbox: Sandbox) -> None:
    made, _transport = connect(sandbox)
    good = payload(made, 1)
    with pytest.raises(NotFound):
        made.push("inventory", {**good, "variant_id": "gid://shopify/ProductVariant/1"})
    with pytest.raises(Rejected) as caught:
        made.push("inventory", {**good, "levels": [{"location_id": "gid://shopify/Location/1", "available": 1}]})
    assert caught.value.code == "user-errors" and "location" in caught.value.hint
    with pytest.raises(ContractViolation):
        made.push("inventory", {**good, "levels": []})
    with pytest.raises(ConfigurationError):
        made.held("product")
    settings = sandbox.control("GET", "/settings")["shopify"]
    scopes = [scope for scope in settings["scopes"] if scope != "write_inventory"]
    sandbox.control("PUT", "/settings", {"shopify": {"scopes": scopes}})
    assert made.check().missing_scopes == ("write_inventory",)
    with pytest.raises(Unauthorized) as denied:
        made.push("inventory", good)
    assert denied.value.params["missing_scopes"] == ["write_inventory"]


def test_a_location_that_is_closed_takes_no_stock(sandbox: Sandbox) -> None:
    made, _transport = connect(sandbox)
    wanted = payload(made, 3)
    number = wanted["levels"][0]["location_id"].rpartition("/")[2]
    sandbox.control("PATCH", f"/shopify/locations/{number}", {"active": False})
    assert [place["active"] for place in made.list("location").items] == [False, True], "a closed one is told too"
    with pytest.raises(Rejected):
        made.push("inventory", wanted)
    assert made.list("location", since="2035-01-01T00:00:00Z").items == []
