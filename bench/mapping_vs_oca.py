# Part of Integration Hub. License LGPL-3.0 or later.
"""How many times faster than the mappers of OCA's connector framework is a compiled mapping, on a Shopify order?

Both make the same values (asserted) of the same order: its fields, its customer and addresses, its lines, deliveries
and taxes. They run in one Odoo process, in interleaved pairs, and their medians are compared. The peer
(`addons/hub_bench_mapper`) gets its work context and its mapper once, as a connector has them for a batch. The row's
`by_hand` is the ratio to a second peer, whose customer and addresses are made by methods of plain Python.
"""

import json
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

from integration_hub_connectors.mapping import compile_mapping
from mapping_vs_python import DOCUMENTS, payload
from odoo_shell import measured_inside
from timing import microseconds

HERE = Path(__file__).resolve().parent
BAR = 5.0
PAIRS = 15
TARGETS = 60
USAGES = ("import.mapper", "import.mapper.by.hand")
_MONEY = ["round_money"]
_TAXES = [
    {"source": "title", "target": "title"},
    {"source": "rate", "target": "rate"},
    {"source": "price", "transforms": _MONEY, "target": "amount"},
]


_ADDRESS = [
    {"source": "name", "target": "name"},
    {"source": "company", "target": "company"},
    {"source": "address1", "transforms": ["strip"], "target": "street"},
    {"source": "address2", "target": "street2"},
    {"source": "city", "target": "city"},
    {"source": "zip", "target": "zip"},
    {"source": "province_code", "target": "state_code"},
    {"source": "country_code", "transforms": ["upper"], "target": "country_code"},
    {"source": "phone", "target": "phone"},
]


def _cleared(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A missing field is null, since the framework's mappers fill every field."""
    return [
        {**line, "lines": _cleared(line["lines"])} if "lines" in line else {**line, "empty": "clear"} for line in lines
    ]


MAPPING = {
    "format": 1,
    "name": "bench.order",
    "lines": _cleared([
        {"source": "id", "transforms": [{"gid": "Order"}], "target": "id", "required": True},
        {"value": "shopify", "target": "channel"},
        {"source": "name", "target": "number"},
        {"source": "reference", "target": "reference"},
        {"source": "source_name", "target": "source"},
        {"source": "gateway", "target": "gateway"},
        {"source": "landing_site", "target": "landing_site"},
        {"source": "browser_ip", "target": "browser_ip"},
        {"source": "taxes_included", "target": "prices_include_tax"},
        {"source": "confirmed", "target": "confirmed"},
        {"source": "note", "transforms": ["strip"], "target": "note"},
        {"source": "currency", "transforms": ["upper"], "target": "currency"},
        {"source": "email", "transforms": ["email"], "target": "email"},
        {"source": "created_at", "transforms": ["datetime_utc"], "target": "ordered_at"},
        {"source": "updated_at", "transforms": ["datetime_utc"], "target": "updated_at"},
        {"source": "cancelled_at", "transforms": ["datetime_utc"], "target": "cancelled_at"},
        {"source": "closed_at", "transforms": ["datetime_utc"], "target": "closed_at"},
        {
            "source": "financial_status",
            "target": "financial_status",
            "transforms": [{"value_map": {"map": {"authorized": "pending", "paid": "paid", "voided": "cancelled"}}}],
        },
        {"source": "total_line_items_price", "transforms": _MONEY, "target": "amount_lines"},
        {"source": "subtotal_price", "transforms": _MONEY, "target": "amount_subtotal"},
        {"source": "total_discounts", "transforms": _MONEY, "target": "amount_discount"},
        {"source": "total_tax", "transforms": _MONEY, "target": "amount_tax"},
        {"source": "total_price", "transforms": _MONEY, "target": "amount_total"},
        {
            "source": "customer",
            "target": "customer",
            "lines": [
                {"source": "id", "transforms": [{"gid": "Customer"}], "target": "id"},
                {"source": "first_name", "target": "first_name"},
                {"source": "last_name", "target": "last_name"},
                {"source": "email", "transforms": ["email"], "target": "email"},
                {"source": "updated_at", "transforms": ["datetime_utc"], "target": "updated_at"},
                {"source": "total_spent", "transforms": _MONEY, "target": "total_spent"},
                {"transforms": [{"template": "{first_name} {last_name}"}], "target": "name"},
            ],
        },
        {"source": "billing_address", "target": "billing_address", "lines": _ADDRESS},
        {"source": "shipping_address", "target": "shipping_address", "lines": _ADDRESS},
        {
            "source": "line_items",
            "target": "line_ids",
            "lines": [
                {"source": "id", "transforms": [{"gid": "LineItem"}], "target": "id", "required": True},
                {"source": "variant_id", "transforms": [{"gid": "ProductVariant"}], "target": "variant_id"},
                {"source": "product_id", "transforms": [{"gid": "Product"}], "target": "product_id"},
                {"source": "sku", "transforms": ["strip"], "target": "sku"},
                {"source": "title", "target": "title"},
                {"source": "name", "target": "name"},
                {"source": "quantity", "target": "quantity"},
                {"source": "grams", "target": "weight_grams"},
                {"source": "fulfillment_service", "target": "fulfillment_service"},
                {"source": "requires_shipping", "target": "requires_shipping"},
                {"source": "price", "transforms": _MONEY, "target": "unit_price"},
                {"source": "total_discount", "transforms": _MONEY, "target": "discount_total", "default": "0.00"},
            ],
        },
        {
            "source": "shipping_lines",
            "target": "shipping_ids",
            "lines": [
                {"source": "code", "target": "code"},
                {"source": "title", "target": "title"},
                {"source": "price", "transforms": _MONEY, "target": "price"},
            ],
        },
        {"source": "tax_lines", "target": "tax_ids", "lines": _TAXES},
    ]),
}  # fmt: skip


def run() -> dict[str, Any]:
    """Measure in an Odoo process of its own, on a database with the peer installed, dropped at the end."""
    from server import ADDONS_PATH, peers_importable, template

    with peers_importable():
        name = template("bench_mapper", "base", "hub_bench_mapper")
        return measured_inside("mapping_vs_oca", "bench_mapper", name, "--addons-path", ADDONS_PATH)


def inside(env: Any, result: str) -> None:
    """The measurement, in Odoo's process; writes the row, whose `value` and `peer_value` are µs of CPU a document."""
    document, ours = payload(), compile_mapping(MAPPING)
    with env["hub.bench.backend"].new().work_on("hub.bench.order") as work:
        peer, by_hand = (_mapped_by(work.component(usage=usage)) for usage in USAGES)
        if len(ours.targets) < TARGETS:
            raise AssertionError(f"only {len(ours.targets)} target fields")
        if not ours.apply(document) == peer(document) == by_hand(document):
            raise AssertionError("the mapping and the framework's mappers differ")
        functions = (ours.apply, peer, by_hand)
        rounds = [[microseconds(function, document, calls=DOCUMENTS) for function in functions] for _ in range(PAIRS)]
    ratio = statistics.median(other / one for one, other, _hand in rounds)
    row = {
        "name": "mapping_vs_oca",
        "unit": "us of CPU an order",
        "value": round(statistics.median(one for one, _other, _hand in rounds), 1),
        "peer": "OCA connector's ImportMapper",
        "peer_value": round(statistics.median(other for _one, other, _hand in rounds), 1),
        "ratio": round(ratio, 2),
        "bar": BAR,
        "ok": ratio >= BAR,
        "n": PAIRS,
        "targets": len(ours.targets),
        "by_hand": round(statistics.median(hand / one for one, _other, hand in rounds), 2),
    }
    Path(result).write_text(json.dumps(row))


def _mapped_by(mapper: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def values(order: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = mapper.map_record(order).values(for_create=True)
        return found

    return values
