# Part of Integration Hub. License LGPL-3.0 or later.
"""Makes a new run database worth looking at: connects the sandbox's shop and CRM, and lets people work on both sides.

Called once by scripts/run.py, with HUB_TEST_URL, HUB_TEST_SANDBOX and HUB_TEST_DB; what it prints is the log. Done
again it repeats nothing, so it may be interrupted.
"""

import os
import sys
from collections import Counter
from typing import Any

from hub_clients import Odoo, Sandbox, connector_values, wait_for

SHOP, CRM = "Outdoor shop", "CRM"
HOOK = ["webhooks_by_hand", "webhooks_managed"]
PORTFOLIO = {
    SHOP: {"domain_team": "E-commerce", "criticality": "critical", "data_residency": "US"},
    CRM: {"domain_team": "Sales", "criticality": "high", "data_residency": "EU"},
}
INCLUDED = {"name": "15% incl.", "amount": 15.0, "type_tax_use": "sale", "price_include_override": "tax_included"}

# The note tells an order from the others, and whether it was placed already.
ORDERS: list[dict[str, Any]] = [
    {
        "note": "Please leave it with the neighbours.",
        "lines": [{"sku": "TENT-RIDGE-2"}, {"sku": "MUG-ENAMEL-GRN", "quantity": 4}],
    },
    {
        "note": "Prices with tax included, as in Europe.",
        "lines": [{"sku": "BAG-HOLLOW-R", "quantity": 2}],
        "taxes_included": True,
    },
    {
        "note": "Welcome discount.",
        "lines": [{"sku": "PACK-TRAV-45-L"}, {"sku": "SOCK-TRAIL-3", "quantity": 3}],
        "discount": {"code": "WELCOME10", "percentage": "10"},
    },
    {
        "note": "A new customer, by express.",
        "lines": [{"sku": "LAMP-GLOW-400", "quantity": 2}, {"sku": "FILTER-BASIN"}],
        "shipping": {"title": "Express", "price": "24.90"},
        "customer": {"first_name": "Wanda", "last_name": "Ellison", "email": "wanda.ellison@example.com"},
    },
    {"note": "Gift wrapping, please.", "lines": [{"sku": "GIFT-BOX", "quantity": 5}], "tags": "gift"},
    {"note": "Collects it in the shop.", "lines": [{"sku": "SHELL-SQUALL-M"}], "shipping": None},
    {
        "note": "Paid in francs: the currency is switched off in Odoo.",
        "lines": [{"sku": "STOVE-CINDER", "price": "39000", "quantity": 2}],
        "currency": "XAF",
        "shipping": {"price": "5000"},
        "must_fail": "XAF",
    },
    {
        "note": "Sold in a resort: its tax is unknown in Odoo.",
        "lines": [{"sku": "BASE-MER-M", "quantity": 2}],
        "tax_rate": "0.1125",
        "tax_title": "Resort Tax",
        "must_fail": "Resort Tax",
    },
]
PEOPLE: list[dict[str, Any]] = [
    {
        "name": "Helena Brandt",
        "email": "helena.brandt@example.org",
        "phone": "+15035550121",
        "function": "Buyer",
        "city": "Portland",
    },
    {
        "name": "Kofi Mensah",
        "email": "kofi.mensah@example.org",
        "phone": "+12065550122",
        "function": "Store Manager",
        "city": "Seattle",
    },
    {"name": "Lucía Ortega", "email": "lucia.ortega@example.org", "function": "Guide", "city": "Boulder"},
    {"name": "Typo In Address", "email": "typo at example dot org"},  # must fail: the message says what is wrong
]
COMPANY = {
    "name": "Brandt Alpine Supply",
    "is_company": True,
    "website": "https://brandt-alpine.example",
    "city": "Portland",
}


def say(text: str) -> None:
    """One line of the log, at once."""
    print(text, flush=True)


def connect(admin: Odoo, sandbox: Sandbox, vendor: str, name: str) -> int:
    """The system of a vendor, added with the wizard unless it is there; its webhooks go to this server."""
    found = admin.search("integration.system", [("name", "=", name)], ["id"])
    system = found[0]["id"] if found else admin.connect(vendor, name, connector_values(sandbox, vendor))
    people = {one["login"]: one["id"] for one in admin.search("res.users", [], ["login"])}
    owners = {
        "business_owner_id": people.get("sales", admin.uid),
        "technical_owner_id": people.get("operator", admin.uid),
    }
    admin.write("integration.system", system, {**PORTFOLIO[name], **owners})
    hook = admin.one(
        "integration.endpoint", [("system_id", "=", system), ("slug", "!=", False), ("direction", "=", "inbound")], HOOK
    )
    if hook["webhooks_by_hand"]:
        sandbox.subscribe(vendor, admin.webhook_url(system))
    elif not hook["webhooks_managed"]:
        sandbox.control("DELETE", "/webhooks", vendor=vendor)  # what an earlier demo subscribed
        admin.call("integration.endpoint", "action_register_webhooks", [hook["id"]])
    say(f"{name}: {'was connected already' if found else 'connected'}")
    return system


def place_orders(sandbox: Sandbox) -> list[tuple[dict[str, Any], str]]:
    """Places the orders that are not there yet; all of them, each with what its failure must mention, "" for none."""
    known = {one["note"]: one for one in sandbox.control("GET", "/objects/shopify/order")["objects"]}
    placed = []
    for number, given in enumerate(ORDERS):
        values = dict(given)
        must_fail = values.pop("must_fail", "")
        order = known.get(values["note"])
        if order is None:
            if number == 1:  # somebody meddles with a delivery: it is refused, and the shop sends it again
                sandbox.faults({"vendor": "shopify", "kind": "tamper", "count": 1, "match": {"topic": "orders/create"}})
            order = sandbox.order(**values)
            say(f"order {order['name']}: {order['total_price']} {order['currency']}. {order['note']}")
        placed.append((order, must_fail))
    return placed


def work_on_contacts(admin: Odoo, sandbox: Sandbox) -> None:
    """People add and edit contacts, in Odoo and in the CRM."""
    for values in [*PEOPLE, COMPANY]:
        if admin.count("res.partner", [("name", "=", values["name"])]):
            continue
        admin.create("res.partner", values)
        say(f"contact {values['name']}: added in Odoo")
    kofi = admin.one("res.partner", [("name", "=", "Kofi Mensah")], ["id", "email", "function"])
    if kofi["function"] != "Head of Retail":
        (contact,) = wait_for("Kofi Mensah in the CRM", lambda: sandbox.contacts(kofi["email"]), 60)
        admin.write("res.partner", kofi["id"], {"function": "Head of Retail"})
        say("contact Kofi Mensah: promoted in Odoo")
        wanted = "Head of Retail"
        wait_for("it in the CRM", lambda: sandbox.contacts(kofi["email"])[0]["properties"]["jobtitle"] == wanted, 60)
        sandbox.edit_contact(contact["id"], phone="+12065550199")
        say("contact Kofi Mensah: has a new phone number in the CRM")
    if not sandbox.contacts("noor.farsi@example.net"):
        properties = {
            "firstname": "Noor",
            "lastname": "Farsi",
            "email": "noor.farsi@example.net",
            "jobtitle": "Architect",
        }
        sandbox.control("POST", "/hubspot/contacts", {"properties": properties})
        say("contact Noor Farsi: added in the CRM")


def at_rest(admin: Odoo, sandbox: Sandbox) -> bool:
    """Whether nothing is on its way in either direction."""
    waiting = [("state", "in", ("pending", "retry", "held"))]
    return not sandbox.control("GET", "/webhooks")["pending"] and not admin.count("integration.event", waiting)


def judge(admin: Odoo, placed: list[tuple[dict[str, Any], str]]) -> list[str]:
    """What did not end as it should have, nothing where all is well."""
    wrong = []
    for order, must_fail in placed:
        domain = [("direction", "=", "inbound"), ("external_id", "=", order["admin_graphql_api_id"])]
        message = admin.search("integration.event", domain, ["state", "error_message"], limit=1)[0]
        failed = message["state"] == "dead" and bool(must_fail) and must_fail in message["error_message"]
        if not failed and (must_fail or message["state"] != "done"):
            wrong.append(f"order {order['name']} is {message['state']}: {message['error_message']}")
    return wrong


def main() -> int:
    """Everything in order; 1 where something did not end as it should have, which the log then says."""
    sandbox = Sandbox(os.environ["HUB_TEST_SANDBOX"])
    admin = Odoo(os.environ["HUB_TEST_URL"], os.environ["HUB_TEST_DB"], "admin", "admin")
    if not admin.count("account.tax", [("name", "=", INCLUDED["name"])]):
        admin.create("account.tax", INCLUDED)
    connect(admin, sandbox, "shopify", SHOP)
    connect(admin, sandbox, "hubspot", CRM)
    placed = place_orders(sandbox)
    work_on_contacts(admin, sandbox)
    wait_for("everything delivered", lambda: at_rest(admin, sandbox), 120, every=0.5)
    messages = admin.search("integration.event", [], ["state", "direction"])
    for (direction, state), count in sorted(Counter((one["direction"], one["state"]) for one in messages).items()):
        say(f"{count:4} {direction} {state}")
    wrong = judge(admin, placed)
    for text in wrong:
        say(f"WRONG: {text}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
