# Part of Integration Hub. License LGPL-3.0 or later.
"""Two customers become one, by Shopify's rules of who is kept and what is taken over.

Source: https://shopify.dev/docs/api/admin-graphql/2025-10/mutations/customerMerge. The other one is gone for good: its
id leads nowhere, and the one that is kept does not name it. Only the webhook `customers/merge` tells both ids.
"""

from __future__ import annotations

from typing import Any

from .shared import timestamp

Customer = dict[str, Any]
_CONSENTS = ("subscribed", "pending")


def survivor_first(one: Customer, two: Customer, kept: str | None = None) -> tuple[Customer, Customer]:
    """Who is kept, and who is not: whose e-mail address is asked for; the only one with an address; whose account or
    consent counts more; else the second.
    """
    if kept in (str(one["id"]), str(two["id"])):
        first = one if kept == str(one["id"]) else two
    elif bool(one["email"]) != bool(two["email"]):
        first = one if one["email"] else two
    else:
        first = one if one["email"] and _rank(one) > _rank(two) else two
    return first, two if first is one else one


def _rank(customer: Customer) -> tuple[bool, bool]:
    return customer["state"] == "enabled", customer["email_marketing_consent"]["state"] in _CONSENTS


def merge(survivor: Customer, other: Customer, now: float) -> None:
    """Change the survivor in place: what it lacks is the other's; tags, notes, addresses and orders are both's."""
    for name in ("email", "first_name", "last_name", "phone"):
        survivor[name] = survivor[name] or other[name]
    tags = [tag.strip() for one in (survivor, other) for tag in (one["tags"] or "").split(",") if tag.strip()]
    survivor["tags"] = ", ".join(dict.fromkeys(tags))
    survivor["note"] = "\n".join(note for one in (survivor, other) if (note := one["note"])) or None
    if not survivor.get("default_address") and (place := other.get("default_address")):
        survivor["default_address"] = place | {"customer_id": survivor["id"]}
    mine = [place["id"] for place in survivor["addresses"]]
    survivor["addresses"] += [
        place | {"customer_id": survivor["id"], "default": not mine and place is other.get("default_address")}
        for place in other["addresses"]
        if place["id"] not in mine
    ]
    survivor["orders_count"] = (survivor.get("orders_count") or 0) + (other.get("orders_count") or 0)
    spent = [float(one.get("total_spent") or 0) for one in (survivor, other)]
    survivor["total_spent"] = f"{sum(spent):.2f}"
    survivor["updated_at"] = timestamp(now)
