# Part of Integration Hub. License LGPL-3.0 or later.
"""HubSpot's objects and Odoo's records, field by field. Pure."""

from collections import defaultdict
from typing import Any

from hubspot_sides import Record, Sides
from story import History

STATUS = {"closedwon": "won", "closedlost": "lost"}
ADDRESS = {"street": "address", "city": "city", "zip": "zip", "country_code": "country"}


class Comparison:
    """What of one side is not on the other."""

    def __init__(self, sides: Sides) -> None:
        self.there, self.pairs, self.partners, self.leads = sides.there, sides.pairs, sides.partners, sides.leads
        self.links = {link["external_id"]: link for link in sides.links}
        self.owners: dict[tuple[str, int], list[Record]] = defaultdict(list)
        for link in sides.links:
            if not link["deleted_at"]:
                self.owners[link["res_model"], link["res_id"]].append(link)
        self.survivors: dict[str, str] = {}
        for one in self.there.values():
            names = one["properties"].get("hs_merged_object_ids") or ""
            self.survivors |= dict.fromkeys(filter(None, names.split(";")), one["id"])

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
            return self._of_merged(one, link)
        record = link and self._record(kind, link["res_id"])
        if there["archived"]:
            gone = not record or not record["active"] or link["merged_into_id"]
            return [] if gone else ["was deleted, and its record is not archived"]
        if not record or link["deleted_at"]:
            return ["has no record" if not record else "is noted as deleted"]
        wanted = getattr(self, f"_{kind}")(history, there)
        shown = {name: record[name] or False for name in wanted}
        if there["properties"].get("hs_merged_object_ids"):
            wanted = {name: value for name, value in wanted.items() if not self._is_unsaid(there, name)}
        shown |= {name: value[0] for name, value in shown.items() if isinstance(value, list)}
        return [f"{name} is {shown[name]!r}, not {wanted[name]!r}" for name in wanted if shown[name] != wanted[name]]

    def _is_unsaid(self, there: Record, name: str) -> bool:
        """What the outcome of a merge never had leaves alone what its record has of one of the merged objects."""
        source = {**ADDRESS, "phone": "phone", "function": "jobtitle"}.get(name)
        return source is not None and there["properties"].get(source) is None

    def _of_merged(self, one: str, link: Record | None) -> list[str]:
        """Its link is that of the survivor; where that was deleted before anybody saw it, it is gone like that."""
        survivor = self.survivors[one]
        if not link or (self.there[survivor]["archived"] and link["deleted_at"]):
            return []
        if link["merged_into_id"] and link["res_id"] == self.links[survivor]["res_id"]:
            return []
        return [f"was merged into {survivor}, and its link was not moved"]

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
        partner = (self.pairs.get((key, "contact")) or self.pairs.get((key, "company")) or [None])[0]
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
