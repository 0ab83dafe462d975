# Part of Integration Hub. License LGPL-3.0 or later.
"""The estate under chaos: a real server with real workers, the shop and the CRM connected as a person connects them."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import database
import devdb
import requests
from devserver import ONLY_OUR_CRONS, DevServer
from hub_clients import Odoo, Sandbox, connector_values

TO_CRM = {
    "contacts_out": "[('is_company', '=', False), ('email', '=like', '%@crm.chaos.example')]",
    "companies_out": "[('is_company', '=', True), ('website', '=like', '%.chaos.example')]",
}
# As an administrator would set it for a vendor that is often down; most calls fail on purpose, so the count is no bar.
RETRIES = {"retry_base": 1.0, "retry_cap": 15.0, "retry_max_attempts": 1000}
BREAKER = {"breaker_percent": 50, "breaker_calls": 10, "breaker_window": 60, "breaker_pause": 1}  # seconds, so ≤ 30
WORKERS = 8  # of which the job runner may fill six: a killed one's place is taken until its job is found dead
HERE = Path(__file__).resolve().parent


class ChaosServer(DevServer):
    """A server whose sandbox has a witness, and whose log goes on when it is started again."""

    def __init__(self, name: str, folder: Path, **options: object) -> None:
        # no filter: with one Odoo answers 404 while the database is away
        options_of_odoo = {"addons_path": database.ADDONS_PATH, "db_host": os.environ["PGHOST"], "dbfilter": ""}
        super().__init__(name, settings={"options": options_of_odoo}, workers=WORKERS, **options)
        self.folder = folder
        self.log = folder / f"odoo{self.config.stem.removeprefix(name)}.log"
        self.sandbox_log = folder / "sandbox.log"

    def start_sandbox(self) -> None:
        """Starts the vendors; they remember what they had."""
        command = [devdb.ROOT / ".venv/bin/python", HERE / "vendor.py", self.sandbox_port]
        command += [self.folder / "sandbox.json", self.folder / "vendor.jsonl"]
        self._sandbox = self._spawn(command, self.sandbox_log)
        self._wait(self._sandbox, self.sandbox_url, self.sandbox_log)

    def worker_pids(self, kind: str = "WorkerHTTP") -> list[int]:
        """Process ids of the workers of a kind; none where the server has ended."""
        try:
            return super().worker_pids(kind)
        except FileNotFoundError:
            return []

    def restart_if_ended(self) -> bool:
        """What a service manager does; returns whether it had to.

        Odoo's master process ends by itself when it starts a worker while the database is away.
        """
        if self._odoo is None or self._odoo.poll() is None:
            return False
        self.stop_odoo()  # workers that it left behind
        self.start_odoo()
        return True

    def _spawn(self, command: list[object], log: Path) -> "subprocess.Popen[bytes]":
        if log.exists():  # of an earlier life
            log.rename(log.with_stem(f"{log.stem}-{len(list(log.parent.glob(log.stem + '-*'))) + 1}"))
        return super()._spawn(command, log)


@dataclass
class Estate:
    """The servers on one database, and what the run must know of the hub's configuration."""

    nodes: list[ChaosServer]
    sandbox: Sandbox
    webhook: str  # the path
    webhook_secret: str

    @property
    def database(self) -> str:
        return self.nodes[0].database

    @property
    def urls(self) -> str:
        """The addresses of all nodes, separated by commas: there is no balancer, so who calls changes over himself."""
        return ",".join(node.url for node in self.nodes)

    def worker_pids(self, kind: str = "WorkerHTTP") -> list[int]:
        """Process ids of the workers of a kind, of all nodes."""
        return [pid for node in self.nodes for pid in node.worker_pids(kind)]

    def restart_ended(self) -> int:
        """Starts every node again that has ended by itself; returns how many had."""
        return sum(node.restart_if_ended() for node in self.nodes)


@contextmanager
def running(folder: Path, nodes: int = 1) -> Iterator[Estate]:
    """A fresh estate, its database dropped at the end; `folder` gets logs and journals."""
    _clear_away()
    name = devdb.name_of(f"chaos_{os.getpid()}")
    devdb.clone(database.template(), name)
    control = folder / "control"
    for part in ("orders", "taken", "clocks"):
        (control / part).mkdir(parents=True)
    os.environ["HUB_CHAOS_CONTROL"] = str(control)
    try:
        devdb.execute(name, ONLY_OUR_CRONS)
        with ExitStack() as stack:
            first = stack.enter_context(ChaosServer(name, folder))
            port = first.sandbox_port
            more = [
                stack.enter_context(ChaosServer(name, folder, node=f"node{number}", sandbox=False, sandbox_port=port))
                for number in range(2, nodes + 1)
            ]
            yield _set_up([first, *more])
    finally:
        database.start()
        devdb.drop(name)


def _clear_away() -> None:
    """Drops what runs that were killed left behind."""
    for name in devdb.databases():
        purpose, _, owner = name.removeprefix(devdb.PREFIX).partition("_")
        if purpose == "chaos" and owner.isdigit() and not Path(f"/proc/{owner}").exists():
            devdb.drop(name)


def _set_up(nodes: list[ChaosServer]) -> Estate:
    server = nodes[0]
    sandbox = Sandbox(server.sandbox_url)
    admin = Odoo(server.url, server.database, "admin", "admin")
    shop = admin.connect("shopify", "Shop", connector_values(sandbox, "shopify"))
    values = connector_values(sandbox, "hubspot") | {"company_key": _company_key(sandbox)}
    crm = admin.connect("hubspot", "CRM", values)
    for key, domain in TO_CRM.items():
        flow = admin.one("integration.flow", [("system_id", "=", crm), ("template_key", "=", key)], ["id"])
        admin.write("integration.flow", flow["id"], {"domain": domain})
    for endpoint in admin.search("integration.endpoint", [("system_id", "in", [shop, crm])], ["id", "direction"]):
        admin.write("integration.endpoint", endpoint["id"], RETRIES)
        if endpoint["direction"] == "outbound":
            admin.change_limits([endpoint["id"]], "rate", rate_calls=0)
            admin.change_limits([endpoint["id"]], "breaker", **BREAKER)
    webhook = admin.webhook_url(shop).removeprefix(server.url)
    return Estate(nodes, sandbox, webhook, sandbox.account("shopify")["webhook_secret"])


def _company_key(sandbox: Sandbox) -> str:
    """A property of unique values, which keeps companies from being created twice; an administrator makes it."""
    account = sandbox.account("hubspot")
    definition = {"name": "odoo_key", "label": "Odoo key", "type": "string", "hasUniqueValue": True}
    response = requests.post(
        f"{account['base_url']}/crm/v3/properties/companies",
        json=definition,
        headers={"Authorization": f"Bearer {account['token']}"},
        timeout=10,
    )
    response.raise_for_status()
    return definition["name"]
