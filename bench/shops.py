# Part of Integration Hub. License LGPL-3.0 or later.
"""Shops whose customers come in, for benchmarks of a whole server: each in a lane, some with very many that wait."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg2
import requests
from devserver import DevServer
from hub_clients import Odoo, Sandbox, connector_values

FIXTURE = Path(__file__).resolve().parent.parent / "connectors/vendors/shopify/fixtures/customers__update.json"
PATIENCE = 120.0  # seconds
NUMBERS = iter(range(7_000_000_001, 8_000_000_000))  # customers' numbers; each is new
COPIES = """
    WITH copy AS (
        SELECT e.id AS original, substring(e.external_id FROM '[0-9]+$') AS was, (8000000000 + n)::text AS becomes, n,
               nextval('integration_event_id_seq')::integer AS id
          FROM (SELECT * FROM integration_event WHERE endpoint_id = %(endpoint)s ORDER BY id LIMIT 1) e
         CROSS JOIN generate_series(1, %(count)s) n),
    event AS (
        INSERT INTO integration_event
        SELECT (jsonb_populate_record(e, jsonb_build_object(
                   'id', c.id, 'slot', c.n %% 64,
                   'external_id', replace(e.external_id, c.was, c.becomes),
                   'partition_key', replace(e.partition_key, c.was, c.becomes)))).*
          FROM copy c JOIN integration_event e ON e.id = c.original)
    INSERT INTO integration_event_payload (event_id, headers, body)
    SELECT c.id, p.headers, replace(p.body, c.was, c.becomes)
      FROM copy c JOIN integration_event_payload p ON p.event_id = c.original"""


class Shop(NamedTuple):
    """One connected shop."""

    server: DevServer
    admin: Odoo
    endpoint: int
    url: str
    secret: str

    @classmethod
    def connect(cls, server: DevServer, admin: Odoo, name: str, lane: str) -> "Shop":
        """A shop whose customers become contacts, in a lane."""
        values = connector_values(Sandbox(server.sandbox_url), "shopify")
        wizard = admin.create("integration.connect", {"connector": "shopify", "name": name})
        lines = admin.search("integration.connect.field", [("wizard_id", "=", wizard)], ["name"])
        flows = admin.search("integration.connect.flow", [("wizard_id", "=", wizard)], ["key"])
        changes = [(1, line["id"], {"value": values[line["name"]]}) for line in lines if line["name"] in values]
        wanted = [(1, flow["id"], {"wanted": flow["key"] == "customers_in"}) for flow in flows]
        admin.write("integration.connect", wizard, {"field_ids": changes, "flow_ids": wanted})
        system = admin.call("integration.connect", "action_connect", [wizard])["res_id"]
        domain = [("system_id", "=", system), ("direction", "=", "inbound")]
        endpoint = admin.one("integration.endpoint", domain, ["slug"])
        code = admin.one("integration.lane", [("code", "=", lane)], [])
        admin.write("integration.endpoint", endpoint["id"], {"lane_id": code["id"]})
        return cls(
            server,
            admin,
            endpoint["id"],
            f"{server.url}/integration/webhook/{endpoint['slug']}",
            values["webhook_secret"],
        )

    def send(self, number: int) -> float:
        """Send a customer; returns when it was acknowledged."""
        document = json.loads(FIXTURE.read_bytes())
        document |= {"id": number, "last_name": f"Peeters {number}", "email": email(number)}
        body = json.dumps(document).encode()
        headers = {
            "Content-Type": "application/json",
            "X-Shopify-Topic": "customers/update",
            "X-Shopify-Hmac-Sha256": base64.b64encode(hmac.digest(self.secret.encode(), body, hashlib.sha256)).decode(),
            "X-Shopify-Webhook-Id": str(number),
        }
        requests.post(self.url, data=body, headers=headers, timeout=PATIENCE).raise_for_status()
        return time.perf_counter()

    def pause(self) -> None:
        """Nothing of the shop is worked off."""
        self.admin.call("integration.endpoint", "action_pause", [self.endpoint])

    def resume(self) -> None:
        """It is again."""
        self.admin.call("integration.endpoint", "action_resume", [self.endpoint])

    def fill(self, cursor: Any, count: int) -> None:
        """Let so many different customers wait: copies of one that came in. The shop is paused, and stays so."""
        self.pause()
        self.send(next(NUMBERS))
        cursor.execute(COPIES, {"endpoint": self.endpoint, "count": count})
        cursor.execute("ANALYZE integration_event, integration_event_payload")

    def waiting(self, cursor: Any) -> int:
        """How many of its messages wait."""
        cursor.execute(
            "SELECT count(*) FROM integration_event WHERE endpoint_id = %s AND state IN ('pending', 'retry')",
            [self.endpoint],
        )
        return int(cursor.fetchone()[0])


def email(number: int) -> str:
    """A customer's address."""
    return f"noor.{number}@example.com"


def landed(cursor: Any, number: int) -> float:
    """When the customer is a contact."""
    return happened(cursor, f"customer {number}", "SELECT 1 FROM res_partner WHERE email = %s", email(number))


def happened(cursor: Any, what: str, query: str, *values: Any) -> float:
    """When the query finds something; looks at short intervals, until it does."""
    deadline = time.perf_counter() + PATIENCE
    while True:
        cursor.execute(query, values)
        if cursor.fetchone():
            return time.perf_counter()
        if time.perf_counter() > deadline:
            raise RuntimeError(f"{what}: not within {PATIENCE:.0f} s")
        time.sleep(0.002)


@contextmanager
def outside(server: DevServer) -> Iterator[Any]:
    """A cursor outside of any transaction."""
    with closing(psycopg2.connect(dbname=server.database)) as connection:
        connection.autocommit = True
        yield connection.cursor()
