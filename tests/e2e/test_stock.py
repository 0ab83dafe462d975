# Part of Integration Hub. License LGPL-3.0 or later.
"""Stock that several people move at once while the shop loses answers: in the end both sides say the same."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from estate import FIRST_RETRY, Estate
from hub_clients import Odoo, wait_for
from shop import linked

PEOPLE, MOVES = 3, 3
LOST = [
    {"vendor": "shopify", "kind": "drop", "phase": "after", "count": 2},
    {"vendor": "shopify", "kind": "status", "status": 503, "count": 2},
]


def flow(estate: Estate, key: str) -> int:
    """Switches a flow of the shop on; returns its id."""
    found = estate.admin.one("integration.flow", [("system_id", "=", estate.shop), ("template_key", "=", key)], ["id"])
    estate.admin.call("integration.flow", "action_switch_on", [found["id"]])
    return found["id"]


def level(estate: Estate, variant: dict[str, Any]) -> dict[str, Any]:
    """What the shop has of a variant at its first location."""
    found = estate.sandbox.control("GET", "/objects/shopify/inventory_level")["objects"]
    levels = [one for one in found if one["inventory_item_id"] == variant["inventory_item_id"]]
    return min(levels, key=lambda one: int(one["id"]), default={"available": None})


def move(estate: Estate, person: int, product: int, place: int, partner: int) -> None:
    """What one person does in turn: counts the shelf, or sells one."""
    odoo = Odoo(estate.server.url, estate.server.database, "admin", "admin")
    for number in range(MOVES):
        if (person + number) % 2:
            values = {"product_id": product, "location_id": place, "inventory_quantity": 20 + person * 7 + number}
            quant = odoo.create("stock.quant", values, inventory_mode=True)
            odoo.call("stock.quant", "action_apply_inventory", [quant])
        else:
            order = odoo.create("sale.order", {"partner_id": partner, "order_line": [(0, 0, {"product_id": product})]})
            odoo.call("sale.order", "action_confirm", [order])


def sellable(estate: Estate, product: int, warehouse: int) -> int:
    """On hand and promised to nobody, as Odoo's own screens have it."""
    names = ["qty_available", "outgoing_qty", "free_qty"]
    (found,) = estate.admin.call("product.product", "read", [product], names, context={"warehouse_id": warehouse})
    return max(0, int(min(found["free_qty"], found["qty_available"] - found["outgoing_qty"])))


def test_stock_moved_by_many_while_answers_are_lost(estate: Estate) -> None:
    admin, sandbox = estate.admin, estate.sandbox
    admin.write("integration.endpoint", estate.endpoint(estate.shop, "outbound"), {"retry_base": FIRST_RETRY})
    warehouse = admin.search("stock.warehouse", [], ["name", "lot_stock_id"], limit=1)[0]
    flow(estate, "locations_in")
    admin.call("integration.endpoint", "action_register_webhooks", [estate.endpoint(estate.shop, "inbound")])
    place = sandbox.control("GET", "/objects/shopify/location")["objects"][0]
    sandbox.control("PATCH", f"/shopify/locations/{place['id']}", {"name": warehouse["name"]})
    gid = place["admin_graphql_api_id"]
    assert estate.message(("external_id", "=", gid), state="done")["res_id"] == warehouse["id"]
    made = sandbox.control("POST", "/shopify/products", {"title": "Rope", "variants": [{"sku": "ROPE-60"}]})
    assert estate.message(("external_id", "=", made["admin_graphql_api_id"]))["state"] == "done"
    (variant,) = made["variants"]
    product = linked(estate, variant["admin_graphql_api_id"], "product.product")
    admin.write("product.product", product, {"is_storable": True})
    stock_out = flow(estate, "stock_out")
    partner = admin.create("res.partner", {"name": "Somebody"})

    sandbox.faults(*LOST)
    with ThreadPoolExecutor(PEOPLE) as people:
        shelf = warehouse["lot_stock_id"][0]
        for done in [people.submit(move, estate, each, product, shelf, partner) for each in range(PEOPLE)]:
            done.result()
    wanted = sellable(estate, product, warehouse["id"])
    wait_for("the shop offers what is there", lambda: level(estate, variant)["available"] == wanted, 60)
    estate.settle()
    assert level(estate, variant)["available"] == wanted
    sent = estate.messages(("res_model", "=", "product.product"), ("res_id", "=", product))
    assert {one["state"] for one in sent} <= {"done", "ignored"}, sent

    there = level(estate, variant)
    sandbox.control("PATCH", f"/shopify/inventory_levels/{there['id']}", {"available": wanted + 5})
    admin.call("integration.flow", "action_compare_now", [stock_out])
    wait_for("what was counted there is put right", lambda: level(estate, variant)["available"] == wanted, 30)
    estate.settle()
    assert level(estate, variant)["available"] == wanted, "what the shop tells of it changes nothing"
