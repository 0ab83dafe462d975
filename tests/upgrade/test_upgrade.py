# Part of Integration Hub. License LGPL-3.0 or later.
"""From the version before to this one, with messages waiting and a shop that does not stop sending.

HUB_UPGRADE_WAITING=200000 makes it as large as the promise says; by itself it is small. What it took stands in
.dev/log/upgrade.json. Times are reported, never judged: what is judged is that nothing is lost, doubled or stuck.
"""

import json
import os
import re
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import devdb
import previous
import psycopg2
import pytest
import templates
from hub_clients import Odoo, Sandbox, connector_values, wait_for
from senders import CUSTOMERS_FROM, WAITING_FROM, Shop, customer

WAITING = int(os.environ.get("HUB_UPGRADE_WAITING", "5000"))
REAL = max(200, WAITING // 70)  # of them, messages that are processed; the others wait for a paused endpoint
RATE = float(os.environ.get("HUB_UPGRADE_RATE", "10"))  # webhooks a second
SOON = 60.0  # seconds in which anything happens that is going to happen
LOG = devdb.DEV / "log" / "upgrade.log"
SHAPE = """
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relname LIKE 'integration\\_%' AND c.relkind = 'r'
     UNION ALL
    SELECT tablename, indexname, indexdef FROM pg_indexes WHERE tablename LIKE 'integration\\_%'
     UNION ALL
    SELECT c.relname, o.option, concat_ws(' ', a.attname, a.attcompression)
      FROM pg_class c
      LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attcompression <> ''
      LEFT JOIN LATERAL unnest(c.reloptions) AS o (option) ON TRUE
     WHERE c.relname LIKE 'integration\\_%' AND c.relkind = 'r'
     ORDER BY 1, 2"""
BUILDING = """
    SELECT pid FROM pg_stat_activity
     WHERE datname = current_database() AND state = 'active' AND query LIKE 'CREATE %INDEX CONCURRENTLY%'"""
READS_THE_LOG = "SELECT (SELECT count(*) FROM integration_event), (SELECT count(*) FROM integration_event_payload)"
INVALID = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"
TABLES = "SELECT relname FROM pg_class WHERE relnamespace = current_schema::regnamespace AND relkind = 'r'"
UNTOUCHED = """
    SELECT count(*), sum(hashtext(concat_ws('|', id, state, endpoint_id, slot, partition_key, external_id, arrived_at)))
      FROM integration_event WHERE endpoint_id = %s"""


class Upgrade:
    """A server of the version before with a shop that sends to it, and the steps of the upgrade."""

    def __init__(self, database: str, folder: Path) -> None:
        self.figures: dict[str, Any] = {"waiting": WAITING, "rate_per_s": RATE, "from": previous.version()}
        self.database = database
        self.old = previous.install(database, folder)
        self.new = previous.successor(self.old)

    def begin(self) -> None:
        """Starts the server, connects both systems and fills the log, as months of work do."""
        self.old.start()
        self.sandbox = Sandbox(self.old.sandbox_url)
        self.admin = Odoo(self.old.url, self.database, "admin", "admin")
        connect = {name: connector_values(self.sandbox, name) for name in ("shopify", "hubspot")}
        shop, crm = (self.admin.connect(name, name, values) for name, values in connect.items())
        self.hook, self.paused = self.endpoint(shop, "inbound"), self.endpoint(crm, "inbound")
        self.admin.call("integration.endpoint", "action_pause", [self.paused, self.endpoint(crm, "outbound")])
        model = json.loads((devdb.ROOT / "connectors/vendors/shopify/fixtures/customers__update.json").read_text())
        secret = connect["shopify"]["webhook_secret"]
        self.shop = Shop(self.admin.webhook_url(shop), secret, model, RATE)
        self.shop.deliver(WAITING_FROM)
        wait_for("the first customer", lambda: self.processed() == 1, SOON)
        self.fill(customer(model, WAITING_FROM)["admin_graphql_api_id"])
        self.differ()

    def fill(self, first: str) -> None:
        """Puts waiting messages into the table: most for the paused endpoint, some like the shop's first one."""
        with self.sql() as cursor:
            cursor.execute(
                """INSERT INTO integration_event (direction, state, kind, endpoint_id, company_id, slot, partition_key,
                                                  topic, object_type, external_id, operation, arrived_at, attempt_count)
                   SELECT 'inbound', 'pending', 'state', %s, 1, n %% 64, 'contact:' || n, 'contact.propertyChange',
                          'contact', n::text, 'read', now() AT TIME ZONE 'UTC', 0 FROM generate_series(1, %s) n""",
                [self.paused, WAITING - REAL],
            )
            cursor.execute(
                "SELECT id, partition_key FROM integration_event WHERE external_id = %s AND endpoint_id = %s",
                [first, self.hook],
            )
            ((event, key),) = cursor.fetchall()
            numbers = [str(WAITING_FROM + n) for n in range(1, REAL + 1)]
            keys = [key.replace(str(WAITING_FROM), number) for number in numbers]
            slots = [zlib.crc32(each.encode()) % 64 for each in keys]
            cursor.execute(
                """WITH given AS (SELECT * FROM unnest(%(numbers)s, %(keys)s, %(slots)s) given (number, key, slot)),
                        stored AS (
                       INSERT INTO integration_event (
                              direction, state, kind, endpoint_id, company_id, flow_id, slot, partition_key, topic,
                              object_type, external_id, operation, arrived_at, attempt_count)
                       SELECT direction, 'pending', kind, endpoint_id, company_id, flow_id, given.slot, given.key,
                              topic, object_type, replace(external_id, %(first)s, given.number), operation,
                              arrived_at, 0
                         FROM integration_event CROSS JOIN given WHERE id = %(event)s RETURNING id, partition_key)
                   INSERT INTO integration_event_payload (event_id, headers, body)
                   SELECT stored.id, p.headers, replace(p.body, %(first)s, given.number)
                     FROM stored JOIN given ON given.key = stored.partition_key
                     JOIN integration_event_payload p ON p.event_id = %(event)s""",
                {"numbers": numbers, "keys": keys, "slots": slots, "event": event, "first": str(WAITING_FROM)},
            )
            cursor.execute("ANALYZE integration_event")
        self.untouched = self.ask(UNTOUCHED, self.paused)

    def differ(self) -> None:
        """Makes it a version that had one index less and another one on other columns."""
        with self.sql() as cursor:
            cursor.execute(
                """DROP INDEX integration_event_flow_idx, integration_event_failed_idx;
                   CREATE INDEX integration_event_failed_idx ON integration_event (endpoint_id);
                   COMMENT ON INDEX integration_event_failed_idx IS 'INDEX (endpoint_id)'"""
            )
        self.tables = {table for (table,) in self.ask(TABLES)}

    def upgrade(self) -> "subprocess.Popen[bytes]":
        """Starts Odoo's own upgrade of the module, as a second process beside the running server."""
        command = [sys.executable, devdb.DEV / "odoo-bin", "-c", devdb.DEV / "odoo.conf", "-d", self.database]
        command += ["-u", "integration_hub", "--workers", "0", "--no-http", "--max-cron-threads", "0"]
        command += ["--stop-after-init", "--log-handler", "odoo.schema:DEBUG"]
        with LOG.open("wb") as out:
            return subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)

    def drain_mode(self, action: str) -> None:
        """`odoo-bin integration_hub drain …`, as an administrator's script calls it."""
        command = [sys.executable, devdb.DEV / "odoo-bin", "integration_hub", "drain", action]
        command += ["-d", self.database, "--reason", "Upgrade"]
        environment = os.environ | {"ODOO_RC": str(devdb.DEV / "odoo.conf")}
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def restart(self) -> None:
        """Ends the old server and starts the new one at the same address."""
        self.old.stop_odoo()
        self.new.start()

    def stop(self) -> None:
        """Ends whatever runs."""
        if hasattr(self, "shop"):
            self.shop.abandon()
        self.new.stop()
        self.old.stop()

    def wait_for(self, process: "subprocess.Popen[bytes]", look: Callable[[], Any]) -> None:
        """Waits for something that an upgrade under way does."""
        wait_for("the upgrade", lambda: look() or process.poll() is not None, SOON)
        assert process.poll() is None, LOG.read_text()[-3000:]

    def goes_on(self) -> None:
        """Returns when the shop has been answered for some seconds more."""
        enough = len(self.shop.acknowledged) + 3 * RATE
        wait_for("webhooks that are answered", lambda: len(self.shop.acknowledged) > enough, SOON)

    @contextmanager
    def snapshot(self, query: str) -> Iterator["psycopg2.extensions.connection"]:
        """A transaction that has read something and does not end, as of a report or of a backup."""
        with closing(psycopg2.connect(dbname=self.database)) as connection:
            connection.set_session(isolation_level="REPEATABLE READ")
            connection.cursor().execute(query)
            yield connection

    @contextmanager
    def measured(self, step: str) -> Iterator[None]:
        """Notes what a step took, and what the shop met meanwhile."""
        since = time.monotonic()
        yield
        until = time.monotonic()
        self.figures[step] = {
            "seconds": round(until - since, 2),
            "longest_request_s": round(self.shop.longest(since, until), 2),
            "answers": dict(self.shop.answers(since, until)),
        }

    def endpoint(self, system: int, direction: str) -> int:
        """A system's endpoint."""
        domain = [("system_id", "=", system), ("direction", "=", direction)]
        return self.admin.one("integration.endpoint", domain, ["id"])["id"]

    @contextmanager
    def sql(self) -> Iterator["psycopg2.extensions.cursor"]:
        """A transaction of our own on the database."""
        with closing(psycopg2.connect(dbname=self.database)) as connection, connection, connection.cursor() as cursor:
            yield cursor

    def ask(self, query: str, *values: Any) -> list[Any]:
        """The rows of a query."""
        with self.sql() as cursor:
            cursor.execute(query, values or None)
            return cursor.fetchall()

    def processed(self) -> int:
        """How many of the shop's messages are done."""
        query = "SELECT count(*) FROM integration_event WHERE endpoint_id = %s AND state = 'done'"
        return self.ask(query, self.hook)[0][0]

    def work_off(self) -> None:
        """Returns when all of the shop's messages are done; however long that takes, it never stands still."""
        while (done := self.processed()) < self.accepted():
            wait_for(f"more than {done} messages done", lambda done=done: self.processed() > done, SOON)

    def accepted(self) -> int:
        """How many messages the shop's endpoint holds."""
        return self.ask("SELECT count(*) FROM integration_event WHERE endpoint_id = %s", self.hook)[0][0]


FORMS = ("integration_connect", "res_config_settings")  # whoever is filling one in waits for the new one


@pytest.fixture(scope="module")
def upgrade(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upgrade]:
    database = devdb.name_of(f"upgrade_{os.getpid()}")
    try:
        under_test = Upgrade(database, tmp_path_factory.mktemp("previous"))
        try:
            under_test.begin()
            yield under_test
        finally:
            under_test.stop()
    finally:
        devdb.drop(database)


def test_an_upgrade_under_traffic(upgrade: Upgrade, report: Callable[[str], None]) -> None:
    shop = upgrade.shop.start()
    time.sleep(2)

    with upgrade.measured("interrupted"):
        interrupt(upgrade)
    with upgrade.measured("upgrade"):
        process = upgrade.upgrade()
        assert process.wait() == 0, LOG.read_text()[-3000:]
    said = LOG.read_text()
    assert " ERROR " not in said, said[-3000:]
    changed = set(re.findall(r"odoo.schema: Table '(\w+)'", said)) & upgrade.tables
    locked = {table for table in changed if not table.startswith(FORMS)}
    assert not locked, "changed in Odoo's own transaction, so locked to its end: name them in migrations/"
    upgrade.drain_mode("on")
    with upgrade.measured("restart"):
        upgrade.restart()

    with upgrade.measured("drain mode"):
        upgrade.drain_mode("wait")
        done, accepted = upgrade.processed(), upgrade.accepted()
        wait_for("webhooks taken in drain mode", lambda: upgrade.accepted() >= accepted + 2 * RATE, SOON)
        assert upgrade.processed() == done, "drain mode: nothing is processed"
    upgrade.drain_mode("off")
    with upgrade.measured("the rest"):
        shop.stop()
        upgrade.work_off()

    report(json.dumps(upgrade.figures, indent=2))
    assert len(shop.acknowledged) == shop.sent + 1, "the shop gave up on none"
    everything = {f"gid://shopify/Customer/{WAITING_FROM + n}" for n in range(REAL + 1)}
    everything |= {f"gid://shopify/Customer/{number}" for number in shop.acknowledged}
    messages = upgrade.ask("SELECT external_id, state FROM integration_event WHERE endpoint_id = %s", upgrade.hook)
    assert sorted(messages) == sorted((each, "done") for each in everything), "each message once, each of them done"
    emails = upgrade.ask("SELECT email FROM res_partner WHERE email LIKE 'customer%@example.com'")
    wanted = {each.rpartition("/")[2] for each in everything}
    assert sorted(email for (email,) in emails) == sorted(f"customer{number}@example.com" for number in wanted)
    assert upgrade.ask(UNTOUCHED, upgrade.paused) == upgrade.untouched, "what waits is as it was"


def interrupt(upgrade: Upgrade) -> None:
    """A long report has the log open, then a backup begins: the upgrade waits for both, and is killed half-way.

    It gives way to the shop all the time, and leaves columns that are there and an index that is not finished.
    """
    with upgrade.snapshot(READS_THE_LOG) as report:
        process = upgrade.upgrade()
        try:
            upgrade.wait_for(process, lambda: "Waiting to change table integration_event" in LOG.read_text())
            upgrade.goes_on()
            with upgrade.snapshot("SELECT 1"):
                report.close()
                upgrade.wait_for(process, lambda: upgrade.ask(BUILDING))
                upgrade.goes_on()
                process.kill()
                upgrade.ask(f"SELECT pg_terminate_backend(pid, 5000) FROM ({BUILDING}) building")
        finally:
            process.kill()
            process.wait()
    assert upgrade.ask(INVALID), "an index is left behind unfinished"


def test_afterwards_the_tables_are_those_of_a_new_installation(upgrade: Upgrade) -> None:
    """And all their indexes are valid: what was made concurrently is complete."""
    templates.ensure("addon")
    with closing(psycopg2.connect(dbname=devdb.name_of("addon"))) as connection, connection.cursor() as cursor:
        cursor.execute(SHAPE)
        assert upgrade.ask(SHAPE) == cursor.fetchall()
    assert upgrade.ask(INVALID) == []


def test_what_is_acknowledged_again_is_a_duplicate(upgrade: Upgrade) -> None:
    """The memory of deliveries came along: a vendor that repeats itself changes nothing."""
    before = upgrade.accepted()
    upgrade.shop.deliver(CUSTOMERS_FROM)
    upgrade.shop.deliver(WAITING_FROM)
    assert upgrade.accepted() == before


def test_uninstalled_it_leaves_nothing(upgrade: Upgrade) -> None:
    """Last: tables without a model go too, those of this version and those of the version before."""
    upgrade.new.stop_odoo()
    command = [sys.executable, devdb.DEV / "odoo-bin", "module", "uninstall", "-c", devdb.DEV / "odoo.conf"]
    done = subprocess.run([*command, "-d", upgrade.database, "integration_hub"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    ours = "^integration_|_hub_email_idx$|_integration_waiting_idx$"
    assert upgrade.ask(f"SELECT relname FROM pg_class WHERE relname ~ '{ours}'") == []
