# Part of Integration Hub. License LGPL-3.0 or later.
"""What people do in the shop: merge customers, change options and variants of products, delete products."""

from __future__ import annotations

from typing import Any

import pytest
from integration_hub_connectors.http import Client, RequestsTransport, Timeout
from integration_hub_connectors.sandbox.testing import Sandbox
from integration_hub_connectors.vendors.shopify import Shopify

Doc = dict[str, Any]


@pytest.fixture
def world(sandbox: Sandbox) -> Sandbox:
    return sandbox


def act(world: Sandbox, method: str, path: str, values: Doc | None = None) -> Doc:
    found: Doc = world.control(method, f"/shopify/{path}", values or {})
    return found


def two(world: Sandbox, first: Doc, second: Doc) -> tuple[Doc, Doc]:
    one, other = (act(world, "POST", "customers", values) for values in (first, second))
    return one, other


def customers(world: Sandbox) -> dict[int, Doc]:
    return {one["id"]: one for one in world.control("GET", "/objects/shopify/customer")["objects"]}


def test_a_merge_keeps_one_customer_with_the_orders_of_both(world: Sandbox) -> None:
    one, other = two(world, {"email": "a@m.example", "tags": "vip"}, {"email": "b@m.example", "note": "Call"})
    order = act(world, "POST", "orders", {"customer": {"id": one["id"]}})
    kept = act(world, "POST", f"customers/{one['id']}/merge", {"id": str(other["id"])})
    assert kept["id"] == other["id"], "of two with an address, and nothing else, the second"
    assert (kept["tags"], kept["note"], kept["orders_count"]) == ("vip", "Call", 1)
    assert one["id"] not in customers(world)
    orders = world.control("GET", "/objects/shopify/order")["objects"]
    assert next(each for each in orders if each["id"] == order["id"])["customer"]["id"] == kept["id"]


@pytest.mark.parametrize("keep", [0, 1])
def test_who_is_asked_for_is_kept(world: Sandbox, keep: int) -> None:
    pair = two(world, {"email": "a@m.example"}, {"email": "b@m.example"})
    values = {"id": str(pair[1]["id"]), "keep": str(pair[keep]["id"])}
    assert act(world, "POST", f"customers/{pair[0]['id']}/merge", values)["id"] == pair[keep]["id"]


def test_the_only_one_with_an_address_is_kept(world: Sandbox) -> None:
    one, other = two(world, {"email": "a@m.example"}, {"first_name": "Bo"})
    assert act(world, "POST", f"customers/{other['id']}/merge", {"id": str(one["id"])})["id"] == one["id"]


def test_nobody_is_merged_with_herself(world: Sandbox) -> None:
    one = act(world, "POST", "customers", {"email": "a@m.example"})
    with pytest.raises(AssertionError, match="same-customer"):
        act(world, "POST", f"customers/{one['id']}/merge", {"id": str(one["id"])})


def shirt(world: Sandbox) -> Doc:
    variants = [{"option": size, "sku": f"SH-{size}"} for size in ("S", "M")]
    return act(world, "POST", "products", {"title": "Shirt", "options": ["Size"], "variants": variants})


def test_options_are_named_anew_and_variants_come_and_go(world: Sandbox) -> None:
    made = shirt(world)
    small, medium = made["variants"]
    values = {
        "options": ["Fit", "Colour"],
        "without_variants": [medium["id"]],
        "variants": [{"id": small["id"], "options": ["Slim", "Red"]}, {"options": ["Slim", "Blue"], "sku": "SH-B"}],
    }
    changed = act(world, "PATCH", f"products/{made['id']}", values)
    assert [(one["name"], one["values"]) for one in changed["options"]] == [
        ("Fit", ["Slim"]),
        ("Colour", ["Red", "Blue"]),
    ]
    assert changed["options"][0]["id"] == made["options"][0]["id"], "a renamed option is the same"
    titles = {one["sku"]: one["title"] for one in changed["variants"]}
    assert titles == {"SH-S": "Slim / Red", "SH-B": "Slim / Blue"}


@pytest.mark.parametrize("values", [{"variants": [{"option": "S", "sku": "SH-2"}]}, {"options": []}])
def test_what_cannot_be_changes_nothing(world: Sandbox, values: Doc) -> None:
    made = shirt(world)
    with pytest.raises(AssertionError, match="invalid-member"):
        act(world, "PATCH", f"products/{made['id']}", values)
    there = next(one for one in world.control("GET", "/objects/shopify/product")["objects"] if one["id"] == made["id"])
    assert (there["variants"], there["options"]) == (made["variants"], made["options"])


def test_what_was_deleted_is_listed(world: Sandbox) -> None:
    given = {"api_url": f"{world.url}/shopify"}
    auth = Shopify.auth(given, world.core.settings.shopify.token)
    reached = Client(Shopify.base_url(given), timeout=Timeout(2, 10, 10), auth=auth, transport=RequestsTransport())
    shopify, made = Shopify(reached, given), shirt(world)
    act(world, "DELETE", f"products/{made['id']}")
    page = shopify.deletions("product", since="2020-01-01T00:00:00Z")
    assert (page.items[-1], page.cursor) == ({"id": made["admin_graphql_api_id"]}, None)
    assert shopify.deletions("product", since="2099-01-01T00:00:00Z").items == []
