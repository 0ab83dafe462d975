# Part of Integration Hub. License LGPL-3.0 or later.
"""What is at HubSpot and what is in Odoo, read as a whole."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import requests
from hub_clients import Odoo, Sandbox

Record = dict[str, Any]
ALL = {"active_test": False}
PARTNER = ["name", "email", "phone", "function", "street", "city", "zip", "country_code", "parent_id", "active",
           "is_blacklisted", "is_company"]  # fmt: skip
LEAD = ["name", "expected_revenue", "date_deadline", "won_status", "partner_id", "active", "type"]
LINK = ["external_id", "res_model", "res_id", "deleted_at", "merged_into_id"]
KINDS = ("contact", "company", "deal")


@dataclass
class Sides:
    """`there`: objects by id, archived ones too. `pairs`: (a deal's id, kind) to the ids of whom it belongs to, the
    primary one first. `links`, and records by their numbers."""

    there: dict[str, Record] = field(default_factory=dict)
    pairs: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    links: list[Record] = field(default_factory=list)
    partners: dict[int, Record] = field(default_factory=dict)
    leads: dict[int, Record] = field(default_factory=dict)


def read(odoo: Odoo, sandbox: Sandbox, system: int) -> Sides:
    """Both sides as they are now."""
    objects = {kind: sandbox.control("GET", f"/objects/hubspot/{kind}")["objects"] for kind in KINDS}
    links = odoo.search("integration.binding", [("system_id", "=", system)], LINK)
    linked = [link["res_id"] for link in links if link["res_model"] == "res.partner"]
    named = ["|", ("email", "=like", "h%@histories.example"), ("name", "=like", "H% company %")]
    partners = odoo.search("res.partner", ["|", ("id", "in", linked), *named], PARTNER, context=ALL)
    leads = odoo.search("crm.lead", [("name", "=like", "H% deal %")], LEAD, context=ALL)
    return Sides(
        {one["id"]: one for of_kind in objects.values() for one in of_kind},
        dict(_pairs(sandbox, [one["id"] for one in objects["deal"]])),
        links,
        {one["id"]: one for one in partners},
        {one["id"]: one for one in leads},
    )


def _pairs(sandbox: Sandbox, deals: list[str]) -> Iterator[tuple[tuple[str, str], list[str]]]:
    """Whom deals belong to, as HubSpot's API says it."""
    account = sandbox.account("hubspot")
    for to, plural in (("contact", "contacts"), ("company", "companies")):
        for start in range(0, len(deals), 1000):
            answer = requests.post(
                f"{account['base_url']}/crm/v4/associations/deals/{plural}/batch/read",
                json={"inputs": [{"id": one} for one in deals[start : start + 1000]]},
                headers={"Authorization": f"Bearer {account['token']}"},
                timeout=60,
            )
            answer.raise_for_status()
            for one in answer.json()["results"]:
                yield (one["from"]["id"], to), [str(each["toObjectId"]) for each in one["to"]]
