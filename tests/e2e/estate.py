# Part of Integration Hub. License LGPL-3.0 or later.
"""The estate under test: one Odoo, a shop and a CRM, and the people who work with them."""

import re
from dataclasses import dataclass
from typing import Any

import requests
from devserver import DevServer
from hub_clients import Odoo, Sandbox, connector_values, wait_for

MESSAGE = [
    "state", "direction", "topic", "external_id", "res_model", "res_id", "attempt_count", "error_code", "error_message",
    "error_hint", "waiting_reason", "next_try_at",
]  # fmt: skip
WAITING = ("pending", "retry", "held")
SOON = 30.0  # seconds within which an idle estate does anything, on two busy cores
FIRST_RETRY = 1.0  # seconds; as an administrator sets it on the endpoint


@dataclass
class Estate:
    """What the tests hold on to."""

    server: DevServer
    sandbox: Sandbox
    admin: Odoo
    operator: Odoo
    sales: Odoo
    shop: int
    crm: int

    @classmethod
    def set_up(cls, server: DevServer) -> "Estate":
        """Connects both vendors with the wizard and registers their webhooks, as the administrator."""
        sandbox = Sandbox(server.sandbox_url)
        people = {login: Odoo(server.url, server.database, login, login) for login in ("admin", "operator", "sales")}
        admin = people["admin"]
        shop = admin.connect("shopify", "Outdoor shop", connector_values(sandbox, "shopify"))
        crm = admin.connect("hubspot", "CRM", connector_values(sandbox, "hubspot"))
        estate = cls(server, sandbox, **people, shop=shop, crm=crm)
        admin.call("integration.endpoint", "action_register_webhooks", [estate.endpoint(shop, "inbound")])
        sandbox.subscribe("hubspot", admin.webhook_url(crm))  # by hand, as HubSpot wants it
        admin.write("integration.endpoint", estate.endpoint(crm, "outbound"), {"retry_base": FIRST_RETRY})
        tax = {"name": "15% incl.", "amount": 15.0, "type_tax_use": "sale", "price_include_override": "tax_included"}
        admin.create("account.tax", tax)
        return estate

    def endpoint(self, system: int, direction: str) -> int:
        """The id of a system's endpoint; inbound it is that of the webhooks."""
        domain = [("system_id", "=", system), ("direction", "=", direction), ("for_jobs", "=", False)]
        return self.admin.one("integration.endpoint", domain, ["id"])["id"]

    def messages(self, *domain: Any) -> list[dict[str, Any]]:
        """The log's messages, oldest first."""
        return self.admin.search("integration.event", list(domain), MESSAGE, order="id")

    def message(self, *domain: Any, state: str | None = None, seconds: float = SOON) -> dict[str, Any]:
        """The newest message of a domain, once it is in that state; without one, once it no longer waits."""

        def look() -> dict[str, Any] | None:
            found = self.messages(*domain)[-1:]
            if found and (found[0]["state"] == state if state else found[0]["state"] not in WAITING):
                return found[0]
            last.update(found[0] if found else {})
            return None

        last: dict[str, Any] = {}
        return wait_for(f"message {domain} {state or 'ended'} (last seen: {last})", look, seconds)

    def order_message(self, order: dict[str, Any], state: str | None = None, seconds: float = SOON) -> dict[str, Any]:
        """The message of a shop's order."""
        domain = [("direction", "=", "inbound"), ("external_id", "=", order["admin_graphql_api_id"])]
        return self.message(*domain, state=state, seconds=seconds)

    def sent(self, partner: int, state: str | None = None, seconds: float = SOON) -> dict[str, Any]:
        """The newest message about a contact to the CRM."""
        return self.message(*self.outbound(partner), state=state, seconds=seconds)

    @staticmethod
    def outbound(partner: int) -> list[Any]:
        """The domain of what was sent about a contact."""
        return [("direction", "=", "outbound"), ("res_model", "=", "res.partner"), ("res_id", "=", partner)]

    def settle(self, seconds: float = SOON) -> None:
        """Waits until nothing is on its way in either direction."""
        wait_for(
            "an estate at rest",
            lambda: (
                not self.sandbox.control("GET", "/webhooks")["pending"]
                and not self.admin.count("integration.event", [("state", "in", WAITING)])
            ),
            seconds,
        )

    def posted(self, since: int) -> list[dict[str, Any]]:
        """The CRM's journal: requests that created a contact there."""
        entries = self.sandbox.journal("hubspot", "in", since)
        return [one for one in entries if one["method"] == "POST" and one["path"] == "/crm/v3/objects/contacts"]

    def changed(self, number: str, since: int) -> list[dict[str, Any]]:
        """The CRM's journal: requests to change this contact."""
        entries = self.sandbox.journal("hubspot", "in", since)
        return [one for one in entries if one["method"] == "PATCH" and one["path"].endswith(f"/{number}")]

    def health(self) -> dict[str, Any]:
        """What monitoring is told; an answer that says that nothing works is an answer."""
        headers = {"X-Odoo-Database": self.server.database}
        answer = requests.get(f"{self.server.url}/integration/health", headers=headers, timeout=30)
        assert answer.headers["Content-Type"] == "application/health+json", answer.text
        return answer.json()

    def log(self) -> str:
        """All that Odoo has logged since it was started."""
        return self.server.log.read_text(errors="replace")

    def leaks(self) -> dict[str, list[str]]:
        """What must never be in a log and is: secrets, and personal data of payloads; by kind, with the line."""
        personal: set[str] = set()
        for vendor, kinds in (("shopify", ("customer", "order")), ("hubspot", ("contact",))):
            for kind in kinds:
                document = str(self.sandbox.control("GET", f"/objects/{vendor}/{kind}"))
                personal |= set(re.findall(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", document))
                personal |= set(re.findall(r"\+\d{10,}", document))
        assert personal, "nothing to look for"
        account = [self.sandbox.account(vendor) for vendor in ("shopify", "hubspot")]
        secrets = {one[name] for one in account for name in ("token", "webhook_secret")}
        keys = re.search(r"^master_keys *= *(.+)$", self.server.config.read_text(), re.M)
        assert keys
        secrets |= {entry.partition(":")[2].strip() for entry in keys[1].replace(",", " ").split()}
        lines = self.log().splitlines()
        found = {
            "secret": [line for line in lines if any(one in line for one in secrets)],
            "personal": [line for line in lines if any(one in line for one in personal)],
        }
        return {kind: bad for kind, bad in found.items() if bad}
