# Part of Integration Hub. License LGPL-3.0 or later.
"""A shop's customers: they come, move, are merged, order something, are deleted."""

from collections.abc import Callable, Iterator

from shopify_shop import Doc, Shop, differing, was_told
from story import History

ALL = {"active_test": False}
FIRST, LAST = ("Ada", "Bo", "Cleo", "Dag"), ("Lind", "Okafor", "Prats", "Quist")
PHONES = ("+3225550123", "+4555501234", "+35315550100")
PLACES = (("Aarhus", "8000", "DK"), ("Cork", "T12", "IE"), ("Delft", "2611", "NL"))
MOST = 4
GID = "gid://shopify/Customer/{}"


class Plan(Shop):
    """A shop whose customers are Odoo's contacts."""

    def connect(self) -> int:
        """With the tax that the orders have."""
        tax = {"amount": 15.0, "type_tax_use": "sale", "amount_type": "percent"}
        self.odoo.create("account.tax", {**tax, "name": "Histories", "price_include_override": "tax_excluded"})
        return super().connect()

    def play(self, history: History) -> Iterator[str]:
        """What happens to a few customers who are alike."""
        return Person(self, history).play()

    def differences(self, histories: list[History]) -> dict[int, list[str]]:
        """Of every customer that ever was: what is its contact, and where do its orders belong?"""
        return differing(Sides(self), histories)


class Person:
    """Who does what a history tells. `facts`: `customers`, `merged` {gone: kept}, `deleted`, `orders`."""

    def __init__(self, plan: Plan, history: History) -> None:
        self.plan, self.history, self.chance = plan, history, history.chance
        self.live: dict[int, Doc] = {}
        self.emails = 0
        history.facts |= {"customers": [], "merged": {}, "deleted": [], "orders": []}

    def play(self) -> Iterator[str]:
        """Step by step."""
        deeds: list[tuple[int, Callable[[], str | None]]] = [
            (4, self._create), (6, self._edit), (4, self._merge), (1, self._delete), (2, self._order),
        ]  # fmt: skip
        yield self._create() or ""
        left = self.chance.randint(3, 9)
        for _try in range(10 * left):
            (deed,) = self.chance.choices([deed for _weight, deed in deeds], [weight for weight, _deed in deeds])
            if left and (done := deed()):
                left -= 1
                yield done

    def _create(self) -> str | None:
        if len(self.history.facts["customers"]) >= MOST:
            return None
        made = self.plan.act("POST", "customers", self._values(self._email()))
        self.live[made["id"]] = made
        self.history.ids.add(f"customers:{made['id']}")
        self.history.facts["customers"].append(made["id"])
        return f"creates customer {made['id']}, {made['email']}"

    def _edit(self) -> str | None:
        if not self.live:
            return None
        number = self.chance.choice(list(self.live))
        taken = {one["email"] for one in self.live.values()}
        free = [email for email in self._known() if email not in taken]
        email = self.chance.choice([self._email(), *free]) if self.chance.random() < 0.3 else self.live[number]["email"]
        given = self._values(email)
        names = self.chance.sample(sorted(given), self.chance.randint(1, len(given)))
        changed = {name: given[name] for name in names}
        self.live[number] = self.plan.act("PATCH", f"customers/{number}", changed)
        return f"edits {', '.join(names)} of customer {number}, {self.live[number]['email']}"

    def _merge(self) -> str | None:
        if len(self.live) < 2:
            return None
        one, other = self.chance.sample(list(self.live), 2)
        keep = self.chance.choice((one, other))
        kept = self.plan.act("POST", f"customers/{one}/merge", {"id": str(other), "keep": str(keep)})
        gone = other if kept["id"] == one else one
        del self.live[gone]
        self.live[kept["id"]] = kept
        self.history.facts["merged"][gone] = kept["id"]
        return f"merges customer {gone} into {kept['id']}"

    def _delete(self) -> str | None:
        free = [number for number, one in self.live.items() if not one["orders_count"]]
        if not free:
            return None
        number = self.chance.choice(free)
        self.plan.act("DELETE", f"customers/{number}")
        del self.live[number]
        self.history.facts["deleted"].append(number)
        return f"deletes customer {number}"

    def _order(self) -> str | None:
        if not self.live or len(self.history.facts["orders"]) > 1:
            return None
        number = self.chance.choice(list(self.live))
        order = self.plan.act("POST", "orders", {"lines": [{"sku": "MUG-ENAMEL-GRN"}], "customer": {"id": number}})
        self.live[number]["orders_count"] = 1
        self.history.ids.add(f"orders:{order['id']}")
        self.history.facts["orders"].append(order["id"])
        return f"places order {order['id']} for customer {number}"

    def _known(self) -> list[str]:
        return [f"h{self.history.seed}.{number}@histories.example" for number in range(1, self.emails + 1)]

    def _email(self) -> str:
        self.emails += 1
        return self._known()[-1]

    def _values(self, email: str) -> Doc:
        chance = self.chance
        city, zip_, country = chance.choice(PLACES)
        return {
            "email": email,
            "first_name": chance.choice(FIRST),
            "last_name": chance.choice(LAST),
            "phone": chance.choice(PHONES),
            "address": {
                "address1": f"Quay {chance.randint(1, 99)}",
                "city": city,
                "zip": zip_,
                "country_code": country,
            },
        }


class Sides:
    """The shop's customers and Odoo's contacts, read as a whole."""

    def __init__(self, plan: Plan) -> None:
        self.there, self.orders, self.links = plan.there("customer"), plan.there("order"), plan.links()
        search = plan.odoo.search
        fields = ["name", "email", "phone", "street", "city", "zip", "country_code", "active", "parent_id", "type"]
        named = ["|", ("email", "=like", "h%@histories.example"), ("id", "in", self._linked("res.partner"))]
        self.partners = {one["id"]: one for one in search("res.partner", named, fields, context=ALL)}
        placed = search("sale.order", [("id", "in", self._linked("sale.order"))], ["partner_id"])
        self.placed = {one["id"]: one["partner_id"][0] for one in placed}
        self.owned = {(link["res_model"], link["res_id"]) for link in self.links.values()}

    def _linked(self, model: str) -> list[int]:
        return [link["res_id"] for link in self.links.values() if link["res_model"] == model]

    def of(self, history: History) -> list[str]:
        """The differences of a history."""
        found = []
        for number in history.facts["customers"]:
            link = self.links.get(GID.format(number))
            words = self._live(number, link) if number in self.there else self._gone(history, number, link)
            found += [f"customer {number}: {one}" for one in words]
        found += [words for order in history.facts["orders"] if (words := self._of_order(history, order))]
        start = f"h{history.seed}."
        for one in self.partners.values():
            mine = (one["email"] or "").startswith(start) and one["active"] and one["type"] == "contact"
            if mine and ("res.partner", one["id"]) not in self.owned:
                found.append(f"contact {one['id']}, {one['email']}, is nobody's")
        return found

    def _live(self, number: int, link: Doc | None) -> Iterator[str]:
        there, partner = self.there[number], link and self.partners.get(link["res_id"])
        if not partner or link["deleted_at"]:
            yield "is not there" if not partner else "is noted as gone"
            return
        place = there.get("default_address") or {}
        wanted = {
            "active": True,
            "name": f"{there['first_name']} {there['last_name']}",
            "email": there["email"],
            "phone": there["phone"],
            "street": place.get("address1"),
            "city": place.get("city"),
            "zip": place.get("zip"),
            "country_code": place.get("country_code"),
        }
        for name, value in wanted.items():
            if partner[name] != value:
                yield f"{name} is {partner[name]!r}, not {value!r}"

    def _gone(self, history: History, number: int, link: Doc | None) -> Iterator[str]:
        """Only a webhook tells that a customer is gone: of what no webhook told nothing is known."""
        kept = history.facts["merged"].get(number)
        if kept is None:
            if link and was_told(history, f"customers/delete {number}") and not link["deleted_at"]:
                yield "was deleted, and nobody noticed"
            return
        if not was_told(history, f"customers/merge {kept} {number}"):
            return
        survivor = self.links.get(GID.format(self._end(history, kept)))
        if not link or not link["merged_into_id"]:
            yield f"was merged into {kept}, and its link was not moved"
        elif survivor and link["res_id"] != survivor["res_id"]:
            yield f"leads to {link['res_id']}, not to {survivor['res_id']}"

    def _end(self, history: History, number: int) -> int:
        """Where merges end that were told."""
        merged = history.facts["merged"]
        while number in merged and was_told(history, f"customers/merge {merged[number]} {number}"):
            number = merged[number]
        return number

    def _of_order(self, history: History, order: int) -> str | None:
        """An order belongs to the contact of one whose orders they are now, or were."""
        link = self.links.get(f"gid://shopify/Order/{order}")
        if not link:
            return f"order {order} is not there"
        partner = self.placed[link["res_id"]]
        mine = [self.partners.get(partner)] if partner in self.partners else []
        if not any((one["email"] or "").startswith(f"h{history.seed}.") for one in mine):
            return f"order {order} belongs to contact {partner}, who is nobody of this history"
        return None
