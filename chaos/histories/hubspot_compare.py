# Part of Integration Hub. License LGPL-3.0 or later.
"""HubSpot's objects and Odoo's records, field by field."""

from collections import defaultdict
from typing import Any

import requests
from hub_clients import Odoo, Sandbox
from story import History

Record = dict[str, Any]
ALL = {"active_test": False}
PARTNER = ["name", "email", "phone", "function", "street", "city", "zip", "country_code", "parent_id", "active",
           "is_blacklisted", "is_company"]  # fmt: skip
LEAD = ["name", "expected_revenue", "date_deadline", "won_status", "partner_id", "active", "type"]
LINK = ["external_id", "res_model", "res_id", "deleted_at", "merged_into_id", "entity_id"]
MODELS = {"contact": "res.partner", "company": "res.partner", "deal": "crm.lead"}
STATUS = {"closedwon": "won", "closedlost": "lost"}
ADDRESS = {"street": "address", "city": "city", "zip": "zip", "country_code": "country"}


class Comparison:
    """Both sides, read once."""

    def __init__(self, odoo: Odoo, sandbox: Sandbox, system: int) -> None:
        self.there: dict[str, Record] = {}
        self.pairs: dict[tuple[str, str], list[str]] = defaultdict(list)
        for kind in MODELS:
            for one in sandbox.control("GET", f"/objects/hubspot/{kind}")["objects"]:
                self.there[one["id"]] = one
        deals = [one["id"] for one in sandbox.control("GET", "/objects/hubspot/deal")["objects"]]
        for to, plural in (("contact", "contacts"), ("company", "companies")):
            self._read_pairs(sandbox, deals, to, plural)
        links = odoo.search("integration.binding", [("system_id", "=", system)], LINK)
        self.links = {link["external_id"]: link for link in links}
        self.owners: dict[tuple[str, int], list[Record]] = defaultdict(list)
        for link in links:
            if not link["deleted_at"]:
                self.owners[link["res_model"], link["res_id"]].append(link)
        of_histories = ["|", ("email", "=like", "h%@histories.example"), ("name", "=like", "H% company %")]
        ids = [link["res_id"] for link in links if link["res_model"] == "res.partner"]
        domain = ["|", ("id", "in", ids), *of_histories]
        self.partners = {one["id"]: one for one in odoo.search("res.partner", domain, PARTNER, context=ALL)}
        found = odoo.search("crm.lead", [("name", "=like", "H% deal %")], LEAD, context=ALL)
        self.leads = {one["id"]: one for one in found}

    def _read_pairs(self, sandbox: Sandbox, deals: list[str], to: str, plural: str) -> None:
        """Whom deals belong to, the primary company first, as HubSpot's API says it."""
        account = sandbox.account("hubspot")
        for start in range(0, len(deals), 1000):
            answer = requests.post(
                f"{account['base_url']}/crm/v4/associations/deals/{plural}/batch/read",
                json={"inputs": [{"id": one} for one in deals[start : start + 1000]]},
                headers={"Authorization": f"Bearer {account['token']}"},
                timeout=60,
            )
            answer.raise_for_status()
            for one in answer.json()["results"]:
                self.pairs[one["from"]["id"], to] = [str(each["toObjectId"]) for each in one["to"]]

    def of(self, histories: list[History]) -> dict[int, list[str]]:
        """The differences of each history that has some."""
        found = {history.seed: self._of_one(history) for history in histories}
        for seed, words in self._orphans():
            found.setdefault(seed, []).append(words)
        return {seed: words for seed, words in found.items() if words}

    def _of_one(self, history: History) -> list[str]:
        found = []
        for one, kind in history.facts["kinds"].items():
            found += [f"{kind} {one}: {words}" for words in self._of_object(history, kind, one)]
        return found

    def _of_object(self, history: History, kind: str, one: str) -> list[str]:
        there, link = self.there.get(one), self.links.get(one)
        if there is None:
            return self._of_merged(link)
        record = link and self._record(kind, link["res_id"])
        if there["archived"]:
            gone = not record or not record["active"] or link["merged_into_id"]
            return [] if gone else ["was deleted, and its record is not archived"]
        if not record or link["deleted_at"]:
            return ["has no record" if not record else "is noted as deleted"]
        wanted = getattr(self, f"_{kind}")(history, there)
        shown = {name: record[name] or False for name in wanted}
        shown |= {name: value[0] for name, value in shown.items() if isinstance(value, list)}
        return [f"{name} is {shown[name]!r}, not {wanted[name]!r}" for name in wanted if shown[name] != wanted[name]]

    def _of_merged(self, link: Record | None) -> list[str]:
        if link and not link["merged_into_id"]:
            return ["was merged, and its link was not moved"]
        return []

    def _contact(self, history: History, there: Record) -> Record:
        properties = there["properties"]
        company = properties.get("associatedcompanyid")
        name = " ".join(filter(None, (properties.get("firstname"), properties.get("lastname"))))
        wanted = {
            "active": True,
            "name": name,
            "email": properties.get("email") or False,
            "phone": properties.get("phone") or False,
            "function": properties.get("jobtitle") or False,
            "parent_id": self._linked(company) if company else False,
        }
        if not company:
            wanted |= _address(properties)
        if properties.get("email") not in history.facts["unsubscribed"] or properties.get("hs_email_optout") == "true":
            wanted["is_blacklisted"] = properties.get("hs_email_optout") == "true"
        return wanted

    def _company(self, history: History, there: Record) -> Record:
        properties = there["properties"]
        phone = properties.get("phone") or False
        return {"active": True, "is_company": True, "name": properties["name"], "phone": phone, **_address(properties)}

    def _deal(self, history: History, there: Record) -> Record:
        properties, key = there["properties"], there["id"]
        partner = (self.pairs[key, "contact"] or self.pairs[key, "company"] or [None])[0]
        status = STATUS.get(properties["dealstage"], "pending")
        return {
            "active": status != "lost",
            "type": "opportunity",
            "name": properties["dealname"],
            "expected_revenue": float(properties["amount"]) or False,
            "date_deadline": properties["closedate"][:10],
            "won_status": status,
            "partner_id": self._linked(partner) if partner else False,
        }

    def _linked(self, external_id: str) -> Any:
        link = self.links.get(external_id)
        return link["res_id"] if link else f"the record of {external_id}, which has none"

    def _record(self, kind: str, number: int) -> Record | None:
        return (self.leads if kind == "deal" else self.partners).get(number)

    def _orphans(self) -> list[tuple[int, str]]:
        """What is in use in Odoo, and nobody's at HubSpot; or the record of two objects."""
        found = []
        for model, records in (("res.partner", self.partners), ("crm.lead", self.leads)):
            for number, record in records.items():
                owners = self.owners[model, number]
                if (record["active"] and not owners) or len(owners) > 1:
                    seed = _seed(record)
                    names = ", ".join(owner["external_id"] for owner in owners) or "nobody"
                    if seed is not None:
                        found.append((seed, f"{model} {number} {record['name']!r} is of {names}"))
        return found


def _address(properties: Record) -> Record:
    return {name: properties.get(source) or False for name, source in ADDRESS.items()}


def _seed(record: Record) -> int | None:
    """The history that a record was made in, by its address or name."""
    text = (record.get("email") or "").lstrip("h").partition(".")[0] or record["name"].lstrip("H").partition(" ")[0]
    return int(text) if text.isdigit() else None
