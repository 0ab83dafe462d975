# Part of Integration Hub. License LGPL-3.0 or later.
"""HubSpot's people: they make, edit, associate, merge, delete and restore contacts, companies and deals."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import requests
import story
from hub_clients import connector_values
from hubspot_compare import Comparison
from hubspot_sides import read
from story import History, Part

FIRST = ("Ada", "Bo", "Cleo", "Dag", "Ea", "Finn", "")
LAST = ("Lind", "Okafor", "Prats", "Quist", "Rask", "Sola")
CITIES = ("Aarhus", "Bergen", "Cork", "Delft", "")
COUNTRIES = ("DK", "NO", "IE", "NL")
STAGES = ("appointmentscheduled", "contractsent", "closedwon", "closedlost")
PLURALS = {"contact": "contacts", "company": "companies", "deal": "deals"}
HERE = {
    "contact": (("phone", ("+3225550199", "+4555501299")), ("function", ("Partner", "Driver"))),
    "company": (("phone", ("+3225550199", "+4555501299")), ("city", ("Esbjerg", "Faro"))),
}
MOST = 3  # objects of a kind in a history
ABOUT = ("objectId", "fromObjectId", "primaryObjectId", "newObjectId")


class Plan(story.Plan):
    """A CRM account."""

    vendor = "hubspot"
    scheme = "hubspot"
    settings = {
        "limit": 10**6,
        "daily_limit": 10**9,
        "search_limit": 10**6,
        "search_delay": 5.0,
        "batch_window": 0.0,
        "null_properties": True,
    }
    lag = 6.0

    def connect(self) -> int:
        """By the wizard."""
        return self.odoo.connect("hubspot", "CRM", connector_values(self.sandbox, "hubspot"))

    def parts(self, body: bytes, headers: dict[str, str]) -> Iterable[Part]:
        """One for each entry of the list."""
        for entry in json.loads(body):
            ids = {str(entry[name]) for name in ABOUT if name in entry}
            words = f"{entry['subscriptionType']} {entry.get('propertyName', '')} of {'/'.join(sorted(ids))}"
            yield Part(json.dumps([entry]).encode(), {"Content-Type": "application/json"}, ids, words)

    def play(self, history: History) -> Iterator[str]:
        """Makes something, then does whatever can be done with what there is."""
        return Person(self, history).play()

    def differences(self, histories: list[History]) -> dict[int, list[str]]:
        """Of every object that was ever made: is its record what it is?"""
        return Comparison(read(self.odoo, self.sandbox, self.system)).of(histories)

    def edit_here(self, external_id: str, values: dict[str, str]) -> bool:
        """A person in Odoo edits a record, where it is there already; returns whether it is."""
        domain = [("system_id", "=", self.system), ("external_id", "=", external_id), ("deleted_at", "=", False)]
        for link in self.odoo.search("integration.binding", domain, ["res_model", "res_id"]):
            self.odoo.write(link["res_model"], link["res_id"], values)
            return True
        return False

    def act(self, method: str, path: str, document: dict[str, Any] | None = None) -> Any:
        """What a person does at HubSpot's screens."""
        return self.sandbox.control(method, f"/hubspot/{path}", document or {})


class Person:
    """Who does what a history tells. `facts`: `kinds` {id: kind}, `unsubscribed` the addresses that ever were."""

    def __init__(self, plan: Plan, history: History) -> None:
        self.plan, self.history, self.chance = plan, history, history.chance
        self.live: dict[str, list[str]] = {kind: [] for kind in PLURALS}
        self.gone: dict[str, list[str]] = {kind: [] for kind in PLURALS}
        self.emails: dict[str, str] = {}  # of those that live
        self.addresses: dict[str, str] = {}  # of all
        history.facts |= {"kinds": {}, "unsubscribed": set()}

    def play(self) -> Iterator[str]:
        """Step by step."""
        deeds: list[tuple[int, Callable[[], str | None]]] = [
            (4, self._create), (5, self._edit), (4, self._associate), (2, self._dissociate), (3, self._merge),
            (2, self._delete), (2, self._restore), (2, self._unsubscribe), (1, self._resubscribe),
            (2, self._edit_in_odoo),
        ]  # fmt: skip
        yield self._create() or ""
        left = self.chance.randint(3, 9)
        for _try in range(10 * left):
            (deed,) = self.chance.choices([deed for _weight, deed in deeds], [weight for weight, _deed in deeds])
            if left and (done := self._try(deed)):
                left -= 1
                yield done

    def _try(self, deed: Callable[[], str | None]) -> str | None:
        try:
            return deed()
        except requests.HTTPError as error:
            if ": 409 " not in str(error):
                raise
            return None  # what Odoo has sent meanwhile has the address

    def _create(self) -> str | None:
        (kind,) = self.chance.choices(("contact", "company", "deal"), (5, 3, 2))
        if len(self.live[kind]) + len(self.gone[kind]) >= MOST:
            return None
        made = self.plan.act("POST", PLURALS[kind], {"properties": self._properties(kind, new=True)})
        self._know(kind, made)
        return self._does(f"creates {kind}", made["id"])

    def _edit(self) -> str | None:
        if not (found := self._some()):
            return None
        kind, one = found
        given = self._properties(kind, one=one)
        names = self.chance.sample(sorted(given), self.chance.randint(1, len(given)))
        self._note(kind, self._do("PATCH", kind, one, document={"properties": {name: given[name] for name in names}}))
        return self._does(f"edits {kind}", f"{one}: {', '.join(names)}")

    def _associate(self) -> str | None:
        kind, to = self.chance.choice((("contact", "company"), ("deal", "contact"), ("deal", "company")))
        if not (self.live[kind] and self.live[to]):
            return None
        one, other = self.chance.choice(self.live[kind]), self.chance.choice(self.live[to])
        self._do("POST", kind, one, "associate", {"to": to, "id": other})
        return self._does(f"associates {kind} with {to}", f"{one}, {other}")

    def _dissociate(self) -> str | None:
        kind, to = self.chance.choice((("contact", "company"), ("deal", "contact"), ("deal", "company")))
        if not (self.live[kind] and self.live[to]):
            return None
        one, other = self.chance.choice(self.live[kind]), self.chance.choice(self.live[to])
        self._do("POST", kind, one, "dissociate", {"to": to, "id": other})
        return self._does(f"takes {kind} away from {to}", f"{one}, {other}")

    def _merge(self) -> str | None:
        kinds = [kind for kind, ids in self.live.items() if len(ids) > 1]
        if not kinds:
            return None
        kind = self.chance.choice(kinds)
        primary, other = self.chance.sample(self.live[kind], 2)
        makes_new = self.chance.random() < 0.7
        self.plan.sandbox.control("PUT", "/settings", {"hubspot": {"merge_makes_new": makes_new}})
        survivor = self._do("POST", kind, primary, "merge", {"id": other})
        for one in (primary, other):
            self.live[kind].remove(one)
            self.emails.pop(one, None)
        self._know(kind, survivor)
        into = "a new one" if makes_new else "the primary one"
        return self._does(f"merges {kind} into {into}", f"{other} and {primary}: {survivor['id']}")

    def _delete(self) -> str | None:
        if not (found := self._some()):
            return None
        kind, one = found
        self._do("DELETE", kind, one)
        self.live[kind].remove(one)
        self.gone[kind].append(one)
        self.emails.pop(one, None)
        return self._does(f"deletes {kind}", one)

    def _restore(self) -> str | None:
        gone = [(kind, one) for kind, ids in self.gone.items() for one in ids]
        if not gone:
            return None
        kind, one = self.chance.choice(gone)
        if kind == "contact" and self.addresses.get(one) in self.emails.values():
            return None  # HubSpot refuses a second contact with the address
        record = self._do("POST", kind, one, "restore")
        self.gone[kind].remove(one)
        self._know(kind, record)
        return self._does(f"restores {kind}", one)

    def _unsubscribe(self) -> str | None:
        return self._subscribe("unsubscribe")

    def _resubscribe(self) -> str | None:
        return self._subscribe("resubscribe")

    def _subscribe(self, deed: str) -> str | None:
        if not self.live["contact"]:
            return None
        one = self.chance.choice(self.live["contact"])
        if deed == "unsubscribe" and self.emails.get(one):
            self.history.facts["unsubscribed"].add(self.emails[one])
        self._do("POST", "contact", one, deed)
        return self._does(f"{deed}s contact", one)

    def _edit_in_odoo(self) -> str | None:
        """Of what both sides can change at the same time: whoever wins, both are to have it."""
        if not (found := self._some(("contact", "company"))):
            return None
        kind, one = found
        field, values = self.chance.choice(HERE[kind])
        if not self.plan.edit_here(one, {field: self.chance.choice(values)}):
            return "  (it is not in Odoo yet, where somebody wanted to edit it)"
        return self._does(f"edits {kind} in Odoo", f"{one}: {field}")

    # -- parts --

    def _does(self, what: str, about: str) -> str:
        self.history.played[what] += 1
        return f"{what} {about}"

    def _some(self, kinds: tuple[str, ...] = tuple(PLURALS)) -> tuple[str, str] | None:
        live = [(kind, one) for kind in kinds for one in self.live[kind]]
        return self.chance.choice(live) if live else None

    def _know(self, kind: str, record: dict[str, Any]) -> None:
        if record["id"] not in self.live[kind]:
            self.live[kind].append(record["id"])
        self.history.ids.add(record["id"])
        self.history.facts["kinds"][record["id"]] = kind
        self._note(kind, record)

    def _note(self, kind: str, record: dict[str, Any]) -> None:
        if kind == "contact":
            self.emails[record["id"]] = self.addresses[record["id"]] = record["properties"].get("email", "")

    def _do(self, method: str, kind: str, one: str, deed: str = "", document: dict[str, Any] | None = None) -> Any:
        return self.plan.act(method, "/".join(filter(None, (PLURALS[kind], one, deed))), document)

    def _properties(self, kind: str, one: str = "", *, new: bool = False) -> dict[str, str]:
        chance, seed = self.chance, self.history.seed
        if kind == "deal":
            return {
                "dealname": f"H{seed} deal {chance.randint(1, 99)}",
                "amount": str(chance.choice((0, 120, 99.5, 10000))),
                "dealstage": chance.choice(STAGES),
                "closedate": f"2027-0{chance.randint(1, 9)}-11T00:00:00Z",
            }
        address = {
            "address": f"{chance.randint(1, 99)} Quay",
            "city": chance.choice(CITIES),
            "zip": chance.choice(("1000", "2000", "")),
            "country": chance.choice(COUNTRIES),
            "phone": chance.choice(("+3225550123", "+4555501234", "")),
        }
        if kind == "company":
            return {"name": f"H{seed} company {chance.randint(1, 99)}", **address}
        taken = {email for owner, email in self.emails.items() if owner != one}
        free = [email for number in range(MOST + 2) if (email := f"h{seed}.{number}@histories.example") not in taken]
        return {
            "firstname": chance.choice(FIRST),
            "lastname": chance.choice(LAST),
            "email": chance.choice(free),
            "jobtitle": chance.choice(("Owner", "Buyer", "")),
            **address,
        }
