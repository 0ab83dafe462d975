# Part of Integration Hub. License LGPL-3.0 or later.
"""A first load of a large shop whose workers die:  PRODUCTS=20000 CUSTOMERS=10000 KILLS=5 chaos/first_load.py

Half of the shop's products and customers are in Odoo before. At the end both sides are equal, nothing is there twice
and what was there before is untouched; after the undo nothing else is there. Status 1 when one of that is not so.
"""

import json
import os
import signal
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import psycopg2

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "scripts")]

import devserver  # noqa: E402
from hub_clients import Odoo, Sandbox, connector_values, wait_for  # noqa: E402

FIXTURES = HERE.parent / "connectors/vendors/shopify/fixtures"
PRODUCT = json.loads((FIXTURES / "products__create.json").read_bytes())
CUSTOMER = json.loads((FIXTURES / "customers__update.json").read_bytes())
AT_ONCE = 1_000
FIRST = 9_300_000_000
STEP = 1_800.0  # seconds, at the most, for a step of the load
PEOPLE = "(SELECT * FROM res_partner p WHERE NOT EXISTS (SELECT FROM res_users u WHERE u.partner_id = p.id))"
TABLES = (PEOPLE, "product_template", "product_product", "product_attribute", "product_attribute_value")


def product(number: int) -> dict:
    """A product of the shop with one variant, or with two for every tenth."""
    identifier, sizes = FIRST + number, ("S", "L") if number % 10 == 0 else ("",)
    variants = [
        PRODUCT["variants"][0]
        | {
            "id": identifier * 10 + place,
            "admin_graphql_api_id": f"gid://shopify/ProductVariant/{identifier * 10 + place}",
            "product_id": identifier,
            "title": size or "Default Title",
            "option1": size or "Default Title",
            "option2": None,
            "sku": f"FL-{number}{size}",
            "barcode": None,
            "position": place + 1,
        }
        for place, size in enumerate(sizes)
    ]
    name, values = ("Size", list(sizes)) if sizes[0] else ("Title", ["Default Title"])
    return PRODUCT | {
        "id": identifier,
        "admin_graphql_api_id": f"gid://shopify/Product/{identifier}",
        "title": f"First load {number}",
        "handle": f"first-load-{number}",
        "variants": variants,
        "options": [{"id": identifier, "product_id": identifier, "name": name, "position": 1, "values": values}],
    }


def customer(number: int) -> dict:
    """A customer of the shop."""
    identifier = FIRST + number
    return CUSTOMER | {
        "id": identifier,
        "admin_graphql_api_id": f"gid://shopify/Customer/{identifier}",
        "email": f"first.load.{number}@example.com",
        "first_name": "First",
        "last_name": f"Load {number}",
        "phone": None,
    }


def seed(sandbox: Sandbox, admin: Odoo, products: int, customers: int) -> None:
    """Fill the shop; put every other object into Odoo, written differently."""
    sandbox.control("POST", "/reset", {"seed": False})
    for kind, make, count in (("product", product, products), ("customer", customer, customers)):
        for start in range(0, count, AT_ONCE):
            made = [make(number) for number in range(start, min(start + AT_ONCE, count))]
            sandbox.control("POST", "/seed", {"vendor": "shopify", "objects": {kind: made}})
    here = {
        "product.template": [
            {"name": f"Kept {number}", "default_code": f"fl-{number}"} for number in range(1, products, 2)
        ],
        "res.partner": [
            {"name": f"Kept {number}", "email": f"First.Load.{number}@Example.com"} for number in range(1, customers, 2)
        ],
    }
    for model, values in here.items():
        for start in range(0, len(values), AT_ONCE):
            admin.call(model, "create", values[start : start + AT_ONCE])


def contents(database: str) -> dict[str, str]:
    """A digest of each table's rows as they are."""
    with closing(psycopg2.connect(dbname=database)) as connection, connection.cursor() as cursor:
        found = {}
        for table in TABLES:
            cursor.execute(f"SELECT md5(string_agg(t::text, '|' ORDER BY id)) FROM {table} t")
            (found[table],) = cursor.fetchone()
        return found


def assert_equal(after: dict[str, str], before: dict[str, str]) -> None:
    """What was there before is there as it was, and nothing else."""
    assert after == before, f"not as before: {[table for table in TABLES if after[table] != before[table]]}"


def kill(admin: Odoo, server: devserver.DevServer) -> bool:
    """Kill a worker in the middle of a job, as `kill -9` does; tells whether one was."""
    jobs = admin.search("queue.job", [("state", "=", "started")], ["worker_pid"])
    pids = {job["worker_pid"] for job in jobs} & set(server.worker_pids())
    for pid in list(pids)[:1]:
        os.kill(pid, signal.SIGKILL)
        print(f"killed {pid}", flush=True)
    return bool(pids)


def step(admin: Odoo, server: devserver.DevServer, load: int, action: str, end: str, deaths: list[float]) -> float:
    """Take a step of the load and wait for its end, killing workers at these seconds; returns how long it took."""
    began = time.monotonic()
    admin.call("integration.load", action, [load])
    due = sorted(deaths)

    def over() -> bool:
        if due and time.monotonic() - began > due[0] and kill(admin, server):
            due.pop(0)
        found = admin.read("integration.load", load, ["state", "job_id"])
        return found["state"] == end

    wait_for(f"{action}: {end}", over, STEP, every=0.5)
    assert not due, f"{len(due)} kills came too late to prove anything"
    return time.monotonic() - began


def check(admin: Odoo, sandbox: Sandbox, shop: int) -> None:
    """Both sides are equal, and nothing is there twice."""
    for kind, model, key in (("product", "product.product", "default_code"), ("customer", "res.partner", "email")):
        there = sandbox.control("GET", f"/objects/shopify/{kind}")["objects"]
        if kind == "product":
            wanted = Counter(variant["sku"].lower() for one in there for variant in one["variants"])
            found = admin.search(model, [(key, "=ilike", "fl-%")], [key])
        else:
            wanted = Counter(one["email"] for one in there)
            found = admin.search(model, [(key, "=ilike", "first.load.%")], [key])
        here = Counter(one[key].lower() for one in found)
        assert here == wanted, (
            f"{kind}: {list((here - wanted).items())[:5]} too many, {list(wanted - here)[:5]} missing"
        )
        title = "Product" if kind == "product" else "Customer"
        links = admin.count(
            "integration.binding", [("system_id", "=", shop), ("external_id", "=like", f"gid://shopify/{title}/%")]
        )
        assert links == len(there), f"{kind}: {links} links of {len(there)}"


def run(server: devserver.DevServer, products: int, customers: int, kills: int) -> None:
    """All of it; raises AssertionError where a promise is broken."""
    sandbox, admin = Sandbox(server.sandbox_url), Odoo(server.url, server.database, "admin", "admin")
    seed(sandbox, admin, products, customers)
    shop = admin.connect("shopify", "First load", connector_values(sandbox, "shopify"))
    before = contents(server.database)
    load = admin.call("integration.system", "action_first_load", [shop])["res_id"]
    size = products / 20_000
    spent = {"compare": step(admin, server, load, "action_read", "matched", [8 * size] * min(kills, 1))}
    assert_equal(contents(server.database), before)
    lines = admin.search("integration.load.line", [("load_id", "=", load)], ["link_count", "create_count"])
    print([(line["link_count"], line["create_count"]) for line in lines], flush=True)
    deaths = [(5 + 40 * place) * size for place in range(kills - 2)]
    spent["load"] = step(admin, server, load, "action_load", "done", deaths)
    check(admin, sandbox, shop)
    failed = admin.read("integration.load", load, ["failed_count"])["failed_count"]
    assert not failed, f"{failed} failed"
    spent["undo"] = step(admin, server, load, "action_undo", "undone", [10 * size] * min(kills - 1, 1))
    kept = admin.read("integration.load", load, ["kept_count"])["kept_count"]
    assert not kept, f"{kept} kept"
    assert_equal(contents(server.database), before)
    assert not admin.count("integration.binding", [("system_id", "=", shop)])
    print({name: round(seconds, 1) for name, seconds in spent.items()}, flush=True)


if __name__ == "__main__":
    sizes = {name: int(os.environ.get(name, default)) for name, default in
             (("PRODUCTS", 20_000), ("CUSTOMERS", 10_000), ("KILLS", 5))}  # fmt: skip
    with devserver.fresh("first_load") as running:
        run(running, sizes["PRODUCTS"], sizes["CUSTOMERS"], sizes["KILLS"])
