# Part of Integration Hub. License LGPL-3.0 or later.
"""Customers, in the shape of the REST resource and of the customers/* webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.problem import ControlProblem, member, refuse_unknown
from .shared import ADDRESS_MEMBERS, address, gid, timestamp

MEMBERS = ("first_name", "last_name", "email", "phone", "note", "tags", "address", "verified_email", "tax_exempt")
_TEXTS = ("first_name", "last_name", "email", "phone", "note", "tags")


def build_customer(values: Mapping[str, Any], number: int, now: float, currency: str) -> dict[str, Any]:
    """A new customer.

    Raises ControlProblem: a member is unknown or of another type.
    """
    moment = timestamp(now)
    customer: dict[str, Any] = {
        "id": number,
        "admin_graphql_api_id": gid("Customer", number),
        "email": None,
        "first_name": None,
        "last_name": None,
        "phone": None,
        "note": None,
        "tags": "",
        "state": "disabled",
        "verified_email": True,
        "tax_exempt": False,
        "tax_exemptions": [],
        "currency": currency,
        "orders_count": 0,
        "total_spent": "0.00",
        "last_order_id": None,
        "last_order_name": None,
        "multipass_identifier": None,
        "created_at": moment,
        "updated_at": moment,
        "email_marketing_consent": {
            "state": "not_subscribed",
            "opt_in_level": "single_opt_in",
            "consent_updated_at": None,
        },
        "sms_marketing_consent": None,
        "addresses": [],
    }
    edit_customer(customer, values, number + 1, now)
    return customer


def edit_customer(customer: dict[str, Any], values: Mapping[str, Any], address_id: int, now: float) -> None:
    """Change a customer in place; `address` becomes the default address.

    Raises ControlProblem: a member is unknown or of another type; nothing is changed then.
    """
    refuse_unknown(values, MEMBERS)
    changes = {name: member(values, name, (str, type(None)), None) for name in _TEXTS if name in values}
    changes |= {name: member(values, name, bool, False) for name in ("verified_email", "tax_exempt") if name in values}
    given = member(values, "address", (dict, type(None)), None)
    if given is not None:
        refuse_unknown(given, ADDRESS_MEMBERS, "/address")
        for name in given:
            member(given, name, (str, type(None)), None, "/address")
    if "email" in changes and changes["email"] is not None and "@" not in changes["email"]:
        raise ControlProblem("invalid-member", "'email' is not an e-mail address.", "/email")
    customer.update(changes)
    if "tags" in changes:
        customer["tags"] = changes["tags"] or ""
    if given is not None:
        old = customer.get("default_address") or {}
        base = {name: old.get(name) for name in ADDRESS_MEMBERS}
        names = {"first_name": customer["first_name"], "last_name": customer["last_name"], "phone": customer["phone"]}
        if "country_code" in given:
            base |= {"country": None, "province": None, "province_code": None}
        if "province_code" in given:
            base["province"] = None
        complete = address(names | {k: v for k, v in base.items() if v is not None} | dict(given))
        complete |= {"id": old.get("id", address_id), "customer_id": customer["id"], "default": True}
        complete["country_name"] = complete["country"]
        customer["default_address"] = complete
        others = [other for other in customer["addresses"] if other.get("id") != complete["id"]]
        customer["addresses"] = [complete, *others]
    customer["updated_at"] = timestamp(now)
