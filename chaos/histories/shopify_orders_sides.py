# Part of Integration Hub. License LGPL-3.0 or later.
"""A shop's orders and Odoo's, read as a whole."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from hub_clients import Odoo, Sandbox

Record = dict[str, Any]
ORDER = ["state", "amount_total", "amount_tax", "currency_id", "partner_id", "note"]
LINE = ["product_uom_qty", "qty_delivered"]
PAYMENT = ["amount", "payment_type", "state"]


@dataclass
class Sides:
    """`there`: orders by number. `links` by the order's global id. Odoo's records by their numbers; `returned`: how
    much of an order line came back to stock."""

    there: dict[int, Record] = field(default_factory=dict)
    links: dict[str, Record] = field(default_factory=dict)
    orders: dict[int, Record] = field(default_factory=dict)
    lines: dict[int, Record] = field(default_factory=dict)
    payments: dict[int, Record] = field(default_factory=dict)
    partners: dict[int, Record] = field(default_factory=dict)
    returned: dict[int, float] = field(default_factory=dict)


def read(odoo: Odoo, sandbox: Sandbox, system: int) -> Sides:
    """Both sides as they are now."""

    def by_id(model: str, ids: list[int], fields: list[str]) -> dict[int, Record]:
        return {one["id"]: one for one in odoo.search(model, [("id", "in", ids)], fields)}

    there = sandbox.control("GET", "/objects/shopify/order")["objects"]
    domain = [("system_id", "=", system), ("res_model", "=", "sale.order")]
    links = odoo.search("integration.binding", domain, ["external_id", "res_id", "parts"])
    parts = [link["parts"] or {} for link in links]
    orders = by_id("sale.order", [link["res_id"] for link in links], ORDER)
    lines = [line for part in parts for line in part.get("lines", {}).values()]
    payments = [one for part in parts for ids in part.get("payments", {}).values() for one in ids]
    back = [("sale_line_id", "in", lines), ("state", "=", "done"), ("location_id.usage", "=", "customer")]
    returned: dict[int, float] = defaultdict(float)
    for move in odoo.search("stock.move", back, ["sale_line_id", "quantity"]):
        returned[move["sale_line_id"][0]] += move["quantity"]
    return Sides(
        {one["id"]: one for one in there},
        {link["external_id"]: link for link in links},
        orders,
        by_id("sale.order.line", lines, LINE),
        by_id("account.payment", payments, PAYMENT),
        by_id("res.partner", [order["partner_id"][0] for order in orders.values()], ["email"]),
        dict(returned),
    )
