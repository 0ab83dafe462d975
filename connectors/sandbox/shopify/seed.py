# Part of Integration Hub. License LGPL-3.0 or later.
"""What the imitated shop sells and to whom, when it opens. All names are invented."""

from __future__ import annotations

from typing import Any


def _product(
    title: str, kind: str, tags: str, html: str, *variants: dict[str, Any], option: str = "Title"
) -> dict[str, Any]:
    return {
        "title": title,
        "product_type": kind,
        "vendor": "Larkfield",
        "tags": tags,
        "body_html": html,
        "option": option,
        "variants": list(variants),
    }


def _variant(sku: str, price: str, grams: int, stock: int, barcode: str, option: str | None = None) -> dict[str, Any]:
    variant: dict[str, Any] = {
        "sku": sku,
        "price": price,
        "grams": grams,
        "inventory_quantity": stock,
        "barcode": barcode,
    }
    return variant | ({"option": option} if option else {})


PRODUCTS = [
    _product(
        "Ridgeline 2 Tent",
        "Tents",
        "camping, shelter, bestseller",
        "<p>A <strong>two-person</strong> tent that stands in four minutes.</p>",
        _variant("TENT-RIDGE-2", "349.00", 2150, 18, "4006381333931"),
    ),
    _product(
        "Hollow Creek Sleeping Bag",
        "Sleeping bags",
        "camping, sleep",
        "<p>Down, comfortable to -4 °C.</p>",
        _variant("BAG-HOLLOW-R", "189.50", 980, 25, "4006381333948", "Regular"),
        _variant("BAG-HOLLOW-L", "204.50", 1090, 12, "4006381333955", "Long"),
        option="Length",
    ),
    _product(
        "Cinder Stove",
        "Kitchen",
        "camping, kitchen",
        "<p>Boils a litre in three and a half minutes.</p>",
        _variant("STOVE-CINDER", "64.90", 310, 60, "4006381333962"),
    ),
    _product(
        "Enamel Mug",
        "Kitchen",
        "camping, kitchen, gift",
        "<p>350 ml, for the fire and for the desk.</p>",
        _variant("MUG-ENAMEL-GRN", "14.95", 140, 200, "4006381333979", "Moss"),
        _variant("MUG-ENAMEL-CRM", "14.95", 140, 180, "4006381333986", "Cream"),
        option="Colour",
    ),
    _product(
        "Traverse 45 Pack",
        "Packs",
        "hiking, packs, bestseller",
        "<p>45 litres, adjustable back.</p>",
        _variant("PACK-TRAV-45-S", "229.00", 1480, 9, "4006381333993", "S/M"),
        _variant("PACK-TRAV-45-L", "229.00", 1560, 14, "4006381334006", "L/XL"),
        option="Back length",
    ),
    _product(
        "Fernway Day Pack",
        "Packs",
        "hiking, packs",
        "<p>18 litres for a day out.</p>",
        _variant("PACK-FERN-18", "79.99", 620, 40, "4006381334013"),
    ),
    _product(
        "Merino Base Layer",
        "Clothing",
        "clothing, merino",
        "<p>185 g/m² merino wool.</p>",
        _variant("BASE-MER-S", "84.00", 190, 30, "4006381334020", "S"),
        _variant("BASE-MER-M", "84.00", 205, 45, "4006381334037", "M"),
        _variant("BASE-MER-L", "84.00", 220, 28, "4006381334044", "L"),
        option="Size",
    ),
    _product(
        "Squall Rain Shell",
        "Clothing",
        "clothing, rain",
        "<p>Three layers, packs into its own pocket.</p>",
        _variant("SHELL-SQUALL-M", "259.00", 340, 16, "4006381334051", "M"),
        _variant("SHELL-SQUALL-L", "259.00", 355, 11, "4006381334068", "L"),
        option="Size",
    ),
    _product(
        "Trail Socks (3 pairs)",
        "Clothing",
        "clothing, merino, gift",
        "<p>Cushioned heel and toe.</p>",
        _variant("SOCK-TRAIL-3", "42.50", 210, 120, "4006381334075"),
    ),
    _product(
        "Glowworm Headlamp",
        "Lighting",
        "camping, lighting",
        "<p>400 lumens, USB-C.</p>",
        _variant("LAMP-GLOW-400", "54.95", 78, 75, "4006381334082"),
    ),
    _product(
        "Basin Water Filter",
        "Water",
        "hiking, water",
        "<p>0.1 µm hollow fibre, 3 000 litres.</p>",
        _variant("FILTER-BASIN", "39.00", 90, 66, "4006381334099"),
    ),
    _product(
        "Larkfield Gift Box",
        "Gifts",
        "gift",
        "<p>Mug, socks and a map of the valley.</p>",
        _variant("GIFT-BOX", "75.00", 520, 33, "4006381334105"),
    ),
]

_PEOPLE = (
    ("Maya", "Okafor", "+14805550101", "2114 Juniper Lane", "Flagstaff", "AZ", "86001", "US"),
    ("Tomás", "Herrera", "+15055550102", "88 Canyon Road", "Boulder", "CO", "80302", "US"),
    ("Ingrid", "Solberg", "+12065550103", "4407 Fremont Ave N", "Seattle", "WA", "98103", "US"),
    ("Desmond", "Ayers", "+15035550104", "19 Alder Street, Apt 6", "Portland", "OR", "97205", "US"),
    ("Priya", "Raman", "+14155550105", "301 Guerrero Street", "San Francisco", "CA", "94103", "US"),
    ("Walter", "Niemi", "+12185550106", "12 Harbor View", "Duluth", "MN", "55802", "US"),
    ("Chloé", "Gagnon", "+15145550107", "5230 rue Saint-Denis", "Montréal", "QC", "H2J 2M1", "CA"),
    ("Hamish", "Drummond", "+441315550108", "7 Leith Walk", "Edinburgh", None, "EH6 8LN", "GB"),
    ("Annika", "Vogel", "+49305550109", "Kastanienallee 41", "Berlin", None, "10119", "DE"),
    ("Ruth", "Abernathy", "+18025550110", "640 Maple Hill Road", "Burlington", "VT", "05401", "US"),
    ("Samuel", "Whitehorse", "+14355550111", "77 Mesa Drive", "Moab", "UT", "84532", "US"),
    ("Lina", "Castellanos", "+15125550112", "1508 Kinney Avenue", "Austin", "TX", "78704", "US"),
)  # fmt: skip
CUSTOMERS = [
    {
        "first_name": first,
        "last_name": last,
        "email": f"{mail}@example.com",
        "phone": phone,
        "tags": "newsletter" if index % 3 == 0 else "",
        "address": {
            "address1": street,
            "city": city,
            "province_code": province,
            "zip": postcode,
            "country_code": country,
        },
    }
    for index, (mail, (first, last, phone, street, city, province, postcode, country)) in enumerate(
        zip(
            (
                "maya.okafor", "tomas.herrera", "ingrid.solberg", "desmond.ayers", "priya.raman", "walter.niemi",
                "chloe.gagnon", "hamish.drummond", "annika.vogel", "ruth.abernathy", "samuel.whitehorse",
                "lina.castellanos",
            ),
            _PEOPLE,
            strict=True,
        )
    )
]  # fmt: skip
