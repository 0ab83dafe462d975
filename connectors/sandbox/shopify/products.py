# Part of Integration Hub. License LGPL-3.0 or later.
"""Products and their variants, in the shape of the REST resource and of the products/* webhooks."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ..core.problem import ControlProblem, member, refuse_unknown
from .money import parse_amount, text
from .shared import gid, timestamp

MEMBERS = (
    "title", "body_html", "vendor", "product_type", "tags", "status", "option", "options", "variants",
    "without_variants",
)  # fmt: skip
VARIANT_MEMBERS = (
    "id", "sku", "barcode", "price", "compare_at_price", "option", "options", "grams", "inventory_quantity", "taxable",
)  # fmt: skip
MOST_OPTIONS = 3
_TEXTS = ("title", "body_html", "vendor", "product_type", "tags")


def build_product(values: Mapping[str, Any], new_id: Callable[[], int], now: float, currency: str) -> dict[str, Any]:
    """A new product; it has at least one variant.

    Raises ControlProblem: a member is missing, unknown or of another type.
    """
    number = new_id()
    moment = timestamp(now)
    title = member(values, "title", str, "Untitled product")
    product: dict[str, Any] = {
        "id": number,
        "admin_graphql_api_id": gid("Product", number),
        "title": title,
        "body_html": "",
        "vendor": "Larkfield",
        "product_type": "",
        "handle": re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-"),
        "tags": "",
        "status": "active",
        "template_suffix": None,
        "published_scope": "global",
        "created_at": moment,
        "updated_at": moment,
        "published_at": moment,
        "variants": [],
        "options": [{"id": new_id(), "product_id": number, "name": "Title", "position": 1, "values": []}],
        "images": [],
        "image": None,
    }
    edit_product(product, {"variants": [{}], **values}, new_id, now, currency)
    return product


def edit_product(
    product: dict[str, Any], values: Mapping[str, Any], new_id: Callable[[], int], now: float, currency: str
) -> None:
    """Change a product in place; a variant is found by `id` or `sku`, else added; `without_variants` are ids.

    `options` are the names of up to three options, in their order, and those of a variant its values; `option` is
    short for one. Raises ControlProblem: a member is unknown or of another type, no variant is left, or two are alike;
    nothing is changed then.
    """
    refuse_unknown(values, MEMBERS)
    changes = {name: member(values, name, str, "") for name in _TEXTS if name in values}
    if "status" in values:
        if values["status"] not in ("active", "draft", "archived"):
            raise ControlProblem("invalid-member", "'status' is active, draft or archived.", "/status")
        changes["status"] = values["status"]
    names = _texts(values, "option", "options", [option["name"] for option in product["options"]])
    gone = set(member(values, "without_variants", list, []))
    variants = [dict(variant) for variant in product["variants"] if variant["id"] not in gone]
    for index, given in enumerate(member(values, "variants", list, [])):
        _edit_variant(product, variants, given, f"/variants/{index}", new_id, now, currency)
    for variant in variants:
        variant |= {f"option{place + 1}": None for place in range(len(names), MOST_OPTIONS)}
        variant["title"] = " / ".join(chosen for chosen in _chosen(variant) if chosen)
    if not variants or len({_chosen(variant) for variant in variants}) < len(variants):
        raise ControlProblem("invalid-member", "A product has variants, no two with the same options.", "/variants")
    for place, variant in enumerate(variants):
        variant["position"] = place + 1
    product.update(changes)
    product["variants"] = variants
    product["options"] = [
        _option(product, place, name, [variant[f"option{place + 1}"] for variant in variants], new_id)
        for place, name in enumerate(names)
    ]
    product["updated_at"] = timestamp(now)


def _texts(values: Mapping[str, Any], one: str, many: str, default: list[str], pointer: str = "") -> list[str]:
    """Up to three texts, given as one or as a list."""
    if one in values:
        return [member(values, one, str, "", pointer)]
    found: list[str] = member(values, many, list, default, pointer)
    if not 0 < len(found) <= MOST_OPTIONS or not all(isinstance(text, str) and text for text in found):
        raise ControlProblem("invalid-member", f"'{many}' are one to three texts.", f"{pointer}/{many}")
    return found


def _chosen(variant: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(variant[f"option{place + 1}"] for place in range(MOST_OPTIONS))


def _option(
    product: Mapping[str, Any], place: int, name: str, values: list[str], new_id: Callable[[], int]
) -> dict[str, Any]:
    """An option of a product; it keeps its id when it is renamed."""
    known = product["options"][place : place + 1]
    return {
        "id": known[0]["id"] if known else new_id(),
        "product_id": product["id"],
        "name": name,
        "position": place + 1,
        "values": list(dict.fromkeys(values)),
    }


def _edit_variant(
    product: Mapping[str, Any],
    variants: list[dict[str, Any]],
    given: Any,
    pointer: str,
    new_id: Callable[[], int],
    now: float,
    currency: str,
) -> None:
    if not isinstance(given, Mapping):
        raise ControlProblem("invalid-member", "A variant is a JSON object.", pointer)
    refuse_unknown(given, VARIANT_MEMBERS, pointer)
    changes: dict[str, Any] = {
        name: member(given, name, (str, type(None)), None, pointer) for name in ("sku", "barcode") if name in given
    }
    for name in ("price", "compare_at_price"):
        if given.get(name) is not None:
            changes[name] = text(parse_amount(given[name], currency, f"{pointer}/{name}"), currency)
    for name in ("grams", "inventory_quantity"):
        if name in given:
            changes[name] = member(given, name, int, 0, pointer)
    if "taxable" in given:
        changes["taxable"] = member(given, "taxable", bool, True, pointer)
    if "option" in given or "options" in given:
        chosen = _texts(given, "option", "options", [], pointer)
        changes |= {f"option{place + 1}": value for place, value in enumerate(chosen)}
    found = next(
        (
            variant
            for variant in variants
            if ("id" in given and variant["id"] == given["id"])
            or ("id" not in given and given.get("sku") and variant["sku"] == given["sku"])
        ),
        None,
    )
    if found is None:
        if "id" in given:
            raise ControlProblem("unknown-variant", f"There is no variant {given['id']}.", f"{pointer}/id", status=404)
        found = _new_variant(product, len(variants) + 1, new_id, now, currency)
        variants.append(found)
    found.update(changes)
    found["weight"] = found["grams"] / 1000
    found["updated_at"] = timestamp(now)


def _new_variant(
    product: Mapping[str, Any], position: int, new_id: Callable[[], int], now: float, currency: str
) -> dict[str, Any]:
    number = new_id()
    return {
        "id": number,
        "product_id": product["id"],
        "admin_graphql_api_id": gid("ProductVariant", number),
        "title": "Default Title",
        "price": text(parse_amount("0", currency, ""), currency),
        "compare_at_price": None,
        "sku": None,
        "barcode": None,
        "position": position,
        "inventory_policy": "deny",
        "inventory_management": "shopify",
        "inventory_quantity": 0,
        "inventory_item_id": new_id(),
        "fulfillment_service": "manual",
        "option1": "Default Title",
        "option2": None,
        "option3": None,
        "created_at": timestamp(now),
        "updated_at": timestamp(now),
        "taxable": True,
        "grams": 0,
        "weight": 0.0,
        "weight_unit": "kg",
        "requires_shipping": True,
        "image_id": None,
    }
