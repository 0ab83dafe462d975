# Part of Integration Hub. License LGPL-3.0 or later.
"""Histories of a vendor's records against a real server:  VENDOR=hubspot COUNT=1000 SEED=1 chaos/histories/play.py

A history is what a person at the vendor does to a few records of its own. Its webhooks are delivered by this run's own
hand: in another order, twice, or never. The incremental poll catches what was lost. At rest Odoo is compared with the
vendor, field by field. Status 1 when one differs; SEED=<its seed> COUNT=1 plays that one again. MODE=webhook: nothing
is lost, and nothing polled; MODE=poll: nothing is told.
"""

import importlib
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import psycopg2

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent / "scripts")]

import devdb  # noqa: E402
from devserver import ONLY_OUR_CRONS, DevServer  # noqa: E402
from hub_clients import Odoo, Sandbox, wait_for  # noqa: E402
from post import Post  # noqa: E402
from story import History, Plan  # noqa: E402

REST = 600.0  # seconds until nothing waits any more
WORKERS = 8  # so that two of them work off what polls find, which is the longer half of a run
UNDER_WAY = ("draft", "running", "paused")
# What a person has to decide does not run, nor does what waits behind it.
WAITING = """
    SELECT count(*) FROM integration_event e
     WHERE e.state IN ('pending', 'retry')
       AND NOT EXISTS (SELECT FROM integration_blocked_key b JOIN integration_event h ON h.id = b.event_id
                        WHERE b.endpoint_id = e.endpoint_id AND b.direction = e.direction
                          AND b.partition_key = e.partition_key AND h.state IN ('dead', 'held'))"""
STATES = """
    SELECT direction, state, coalesce(error_code, ''), count(*) FROM integration_event
  GROUP BY 1, 2, 3 ORDER BY 4 DESC"""
RESULTS = HERE.parent.parent / "bench/results"


class Mode(NamedTuple):
    """How Odoo hears of what happens: by webhooks, of which a part is lost, and by polls."""

    name: str
    tells: bool
    lost: float
    polls: bool


MODES = {mode.name: mode for mode in (
    Mode("mixed", True, 0.12, True), Mode("webhook", True, 0.0, False), Mode("poll", False, 0.0, True),
)}  # fmt: skip


class Run:
    """One run: so many histories of a plan, from a seed on."""

    def __init__(self, server: DevServer, plan: Plan, mode: Mode, count: int, seed: int) -> None:
        self.server, self.plan, self.mode = server, plan, mode
        self.histories = [History(number) for number in range(seed, seed + count)]
        self.begun = time.monotonic()

    def go(self) -> int:
        """All of it; returns the exit status."""
        plan = self.plan
        if plan.settings:
            plan.sandbox.control("PUT", "/settings", {plan.vendor: plan.settings})
        plan.system = plan.connect()
        self._lift_limits()
        secret = plan.sandbox.account(plan.vendor)["webhook_secret"]
        post = Post(plan, plan.odoo.webhook_url(plan.system), secret, self.mode.lost)
        with closing(post.box):
            if self.mode.tells:
                plan.sandbox.subscribe(plan.vendor, post.box.url)
            self._play(post)
        self._rest("all is delivered")
        if self.mode.polls:
            time.sleep(plan.lag)
        for turn in ("what was lost", "what that led to") if self.mode.polls else ():
            self._poll()
            self._rest(f"looked for {turn}")
        return self._report(plan.differences(self.histories), post.counts)

    def _play(self, post: Post) -> None:
        for history in self.histories:
            history.steps = self.plan.play(history)
        playing, turn = list(self.histories), 0
        while playing:
            turn += 1
            playing = [history for history in playing if history.step()]
            post.sort(self.histories)
            post.deliver(self.histories)
            if self.mode.polls and (turn == 2 or not self.mode.tells):
                self._poll(wait=not self.mode.tells)  # while things happen
            if not self.mode.polls:
                time.sleep(self.plan.exact_to)
            self._say(f"step {turn}: {len(playing)} histories go on")
        post.deliver(self.histories, all_of_it=True)

    def _lift_limits(self) -> None:
        """A run sends in minutes what a vendor sends in months; and looks for changes when it says so."""
        odoo, of_it = self.plan.odoo, [("system_id", "=", self.plan.system)]
        endpoints = [one["id"] for one in odoo.search("integration.endpoint", of_it, ["id"])]
        odoo.change_limits(endpoints, "rate", rate_calls=0)
        for flow in self._flows():
            odoo.write("integration.flow", flow, {"poll_every": 0})

    def _flows(self) -> list[int]:
        domain = [("system_id", "=", self.plan.system), ("direction", "=", "inbound"), ("state", "=", "on")]
        return [one["id"] for one in self.plan.odoo.search("integration.flow", domain, ["id"])]

    def _poll(self, *, wait: bool = True) -> None:
        odoo = self.plan.odoo
        for flow in self._flows():
            odoo.call("integration.flow", "action_poll_now", [flow])
        under_way = [("system_id", "=", self.plan.system), ("state", "in", UNDER_WAY)]
        if wait:
            wait_for("polls", lambda: not odoo.count("integration.sync.job", under_way), REST, every=0.5)

    def _rest(self, what: str) -> None:
        """Waits until nothing waits."""

        def is_quiet() -> bool:
            self.server.check()
            return not self._rows(WAITING)[0][0]

        wait_for("rest", is_quiet, REST, every=0.5)
        self._say(f"at rest: {what}")

    def _report(self, found: dict[int, list[str]], counts: dict[str, int]) -> int:
        by_seed = {history.seed: history for history in self.histories}
        for seed, differences in list(found.items())[:20]:
            print(f"\nhistory {seed}")
            for line in (*by_seed[seed].told, *(f"! {difference}" for difference in differences)):
                print(f"  {line}")
        states = self._rows(STATES)
        seconds = time.monotonic() - self.begun
        played: Counter[str] = sum((history.played for history in self.histories), Counter())
        table = {
            "mode": self.mode.name,
            "histories": len(self.histories),
            "steps": sum(not line.startswith(" ") for history in self.histories for line in history.told),
            "notifications": counts["told"],
            "delivered": counts["delivered"],
            "twice": counts["twice"],
            "lost": counts["lost"],
            "failed messages": sum(count for _direction, state, _code, count in states if state == "dead"),
            "differ": len(found),
            "seconds": round(seconds),
        }
        print()
        for name, value in table.items():
            print(f"{name:18} {value}")
        for what, count in sorted(played.items()):
            print(f"  {count:6} {what}")
        for direction, state, code, count in states:
            print(f"  {count:6} {direction} {state} {code}")
        if found:
            print(f"seeds that differ: {' '.join(map(str, sorted(found)))}")
        RESULTS.mkdir(exist_ok=True)
        result = {"name": f"histories_{Path(sys.modules[type(self.plan).__module__].__file__ or '').stem}", **table}
        result |= {"ok": not found, "seeds": sorted(found), "played": dict(sorted(played.items()))}
        (RESULTS / f"{result['name']}_{self.mode.name}.json").write_text(json.dumps(result, indent=2) + "\n")
        return int(bool(found))

    def _rows(self, query: str) -> list[tuple]:
        with closing(psycopg2.connect(dbname=self.server.database)) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()

    def _say(self, what: str) -> None:
        print(f"{time.monotonic() - self.begun:5.0f} s  {what}", flush=True)


@contextmanager
def running(template: str) -> Iterator[DevServer]:
    """A server on a copy of a database, which is dropped at the end, unless KEEP is set: then it can be looked into."""
    name = devdb.name_of(f"histories_{os.getpid()}")
    devdb.clone(template, name)
    try:
        devdb.execute(name, ONLY_OUR_CRONS)
        with DevServer(name, workers=WORKERS) as server:
            yield server
    finally:
        if os.environ.get("KEEP"):
            print(f"left as it is: {name}")
        else:
            devdb.drop(name)


def main() -> int:
    """What the environment asks for."""
    name, mode = os.environ.get("VENDOR") or "hubspot", MODES[os.environ.get("MODE") or "mixed"]
    count, seed = int(os.environ.get("COUNT") or 1000), int(os.environ.get("SEED") or 1)
    plans = importlib.import_module(name)
    with running(os.environ.get("TEMPLATE") or devdb.name_of("addon")) as server:
        odoo = Odoo(server.url, server.database, "admin", "admin")
        return Run(server, plans.Plan(odoo, Sandbox(server.sandbox_url)), mode, count, seed).go()


if __name__ == "__main__":
    sys.exit(main())
