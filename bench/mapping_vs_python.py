# Part of Integration Hub. License LGPL-3.0 or later.
"""How many times the CPU time of hand-written Python does a compiled mapping take, on a Shopify order?

Both map the same payload to the same result (asserted). Pairs are interleaved and their medians compared, so that a
slow moment of the machine hits both.
"""

import json
import os
import pathlib
from typing import Any

from integration_hub_connectors.mapping import compile_mapping
from mapping_peer import map_order
from timing import medians, microseconds

BAR = 4.0
TARGETS = 60  # at least so many different fields
PAIRS = 15
DOCUMENTS = 400

_MONEY = ["round_money"]
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
_TAXES = [
    {"source": "title", "target": "title"},
    {"source": "rate", "target": "rate"},
    {"source": "price", "transforms": _MONEY, "target": "amount"},
]
MAPPING = {
    "format": 1,
    "name": "bench.order",
    "lines": [
        {"source": "id", "transforms": [{"gid": "Order"}], "target": "id", "required": True},
        {"source": "name", "target": "number"},
        {"source": "created_at", "transforms": ["datetime_utc"], "target": "ordered_at"},
        {"source": "updated_at", "transforms": ["datetime_utc"], "target": "updated_at"},
        {"source": "cancelled_at", "transforms": ["datetime_utc"], "target": "cancelled_at"},
        {"source": "currency", "transforms": ["upper"], "target": "currency", "required": True},
        {"source": "taxes_included", "target": "prices_include_tax"},
        {"source": "note", "transforms": ["strip"], "target": "note"},
        {"source": "tags", "transforms": ["split"], "target": "tags", "default": []},
        {
            "source": "financial_status",
            "target": "financial_status",
            "transforms": [{"value_map": {"map": {"authorized": "pending", "paid": "paid", "voided": "cancelled"}}}],
        },
        {"value": "shopify", "target": "channel"},
        {"source": "source_name", "target": "source"},
        {
            "source": "customer",
            "target": "customer",
            "lines": [
                {"source": "id", "transforms": [{"gid": "Customer"}], "target": "id"},
                {"source": "first_name", "target": "first_name"},
                {"source": "last_name", "target": "last_name"},
                {"transforms": [{"template": "{first_name} {last_name}"}], "target": "name"},
                {"source": "email", "transforms": ["email"], "target": "email"},
                {"source": "updated_at", "transforms": ["datetime_utc"], "target": "updated_at"},
            ],
        },
        {"source": "billing_address", "target": "billing_address", "lines": _ADDRESS},
        {"source": "shipping_address", "target": "shipping_address", "lines": _ADDRESS},
        {
            "source": "line_items[]",
            "target": "lines",
            "lines": [
                {"source": "id", "transforms": [{"gid": "LineItem"}], "target": "id", "required": True},
                {"source": "variant_id", "transforms": [{"gid": "ProductVariant"}], "target": "product.id"},
                {"source": "product_id", "transforms": [{"gid": "Product"}], "target": "product.product_id"},
                {"source": "sku", "transforms": ["strip"], "target": "product.sku"},
                {"source": "title", "target": "product.name"},
                {"source": "price", "transforms": _MONEY, "target": "product.price"},
                {"source": "name", "target": "name"},
                {"source": "quantity", "target": "quantity", "required": True},
                {"source": "grams", "target": "weight_grams"},
                {"source": "price", "transforms": _MONEY, "target": "unit_price"},
                {"source": "total_discount", "transforms": _MONEY, "target": "discount_total", "default": "0.00"},
                {"source": "tax_lines[]", "target": "taxes", "lines": _TAXES},
            ],
        },
        {
            "source": "shipping_lines[]",
            "target": "shipping",
            "lines": [
                {"source": "code", "target": "code"},
                {"source": "title", "target": "title"},
                {"source": "price", "transforms": _MONEY, "target": "price"},
            ],
        },
        {"source": "tax_lines[]", "target": "taxes", "lines": _TAXES},
        {"source": "total_line_items_price", "transforms": _MONEY, "target": "totals.lines"},
        {"source": "subtotal_price", "transforms": _MONEY, "target": "totals.subtotal"},
        {"source": "total_discounts", "transforms": _MONEY, "target": "totals.discount"},
        {"source": "total_tax", "transforms": _MONEY, "target": "totals.tax"},
        {"source": "total_price", "transforms": _MONEY, "target": "totals.total"},
    ],
}


def payload() -> dict[str, Any]:
    """The order of the vendor's fixture, without the envelope of the REST answer: as its webhook sends it."""
    shared = pathlib.Path(os.environ.get("HUB_FIXTURES") or pathlib.Path(__file__).resolve().parents[2] / "shared")
    folder = shared / "fixtures" / "payloads"
    order: dict[str, Any] = json.loads((folder / "shopify" / "order.json").read_bytes())["order"]
    return order


def run() -> dict[str, Any]:
    """Measure; the result's `value` and `peer_value` are µs of CPU a document."""
    document, mapping = payload(), compile_mapping(MAPPING)
    if len(mapping.targets) < TARGETS:
        raise AssertionError(f"only {len(mapping.targets)} target fields")
    if mapping.apply(document) != map_order(document):
        raise AssertionError("the mapping and the hand-written peer differ")
    pairs = [
        (
            microseconds(mapping.apply, document, calls=DOCUMENTS),
            microseconds(map_order, document, calls=DOCUMENTS),
        )
        for _ in range(PAIRS)
    ]
    ours, peer, ratio = medians(pairs)
    return {
        "name": "mapping_vs_python",
        "unit": "x hand-written time",
        "value": round(ours, 2),
        "peer": "hand-written Python",
        "peer_value": round(peer, 2),
        "ratio": round(ratio, 2),
        "bar": BAR,
        "ok": ratio <= BAR,
        "n": PAIRS,
        "targets": len(mapping.targets),
    }


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
