# Part of Integration Hub. License LGPL-3.0 or later.
"""HubSpot's people: contacts and companies that are made, edited, deleted."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import story
from hub_clients import connector_values
from story import History, Part

FIRST = ("Ada", "Bo", "Cleo", "Dag", "Ea", "Finn")
LAST = ("Lind", "Okafor", "Prats", "Quist", "Rask", "Sola")
CITIES = ("Aarhus", "Bergen", "Cork", "Delft")


class Plan(story.Plan):
    """A CRM account."""

    vendor = "hubspot"
    scheme = "hubspot"
    settings = {"limit": 1_000_000, "daily_limit": 1_000_000_000, "search_limit": 1_000_000, "batch_window": 0.0}

    def connect(self) -> int:
        """By the wizard."""
        return self.odoo.connect("hubspot", "CRM", connector_values(self.sandbox, "hubspot"))

    def parts(self, body: bytes, headers: dict[str, str]) -> Iterable[Part]:
        """One for each entry of the list."""
        for entry in json.loads(body):
            ids = {str(entry[name]) for name in ("objectId",) if name in entry}
            words = f"{entry['subscriptionType']} {entry.get('propertyName', '')} of {entry['objectId']}"
            yield Part(json.dumps([entry]).encode(), {"Content-Type": "application/json"}, ids, words)

    def play(self, history: History) -> Iterator[str]:
        """A contact."""
        chance = history.chance
        contact = self._act("POST", "contacts", {"properties": self._properties(history)})
        history.ids.add(contact["id"])
        yield f"creates contact {contact['id']}"
        for _turn in range(chance.randint(1, 4)):
            self._act("PATCH", f"contacts/{contact['id']}", {"properties": self._properties(history)})
            yield "edits it"

    def differences(self, histories: list[History]) -> dict[int, list[str]]:
        """Contacts."""
        found: dict[int, list[str]] = {}
        there = {one["id"]: one for one in self.sandbox.control("GET", "/objects/hubspot/contact")["objects"]}
        links = self.odoo.search("integration.binding", [("system_id", "=", self.system)], ["external_id", "res_id"])
        linked = {link["external_id"]: link["res_id"] for link in links}
        partners = {
            one["id"]: one
            for one in self.odoo.search("res.partner", [("id", "in", list(linked.values()))], ["name", "email", "city"])
        }
        for history in histories:
            for identifier in history.ids:
                wanted = there[identifier]["properties"]
                here = partners.get(linked.get(identifier, 0))
                name = f"{wanted['firstname']} {wanted['lastname']}"
                expected = {"name": name, "email": wanted["email"], "city": wanted["city"]}
                shown = here and {field: here[field] for field in expected}
                if shown != expected:
                    found.setdefault(history.seed, []).append(f"{identifier}: {shown} instead of {expected}")
        return found

    def _properties(self, history: History) -> dict[str, Any]:
        chance = history.chance
        return {
            "firstname": chance.choice(FIRST),
            "lastname": chance.choice(LAST),
            "city": chance.choice(CITIES),
            "email": f"h{history.seed}.{chance.randint(1, 3)}@histories.example",
        }

    def _act(self, method: str, path: str, document: dict[str, Any] | None = None) -> Any:
        return self.sandbox.control(method, f"/hubspot/{path}", document or {})
