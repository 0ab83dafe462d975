# Part of Integration Hub. License LGPL-3.0 or later.
"""The log's screens with 2 000 000 messages against 10 000, by the web client's own calls, as an operator.

Two servers with the same code, each on a database of its own with as many messages of the last 90 days, done but for
the same 300 that wait and 500 that failed of ten causes: the log grows, the work that is open does not. Each screen is
opened in turns; a screen's time is the median of its rounds, the row's the worst ratio of those with a bar.
"""

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import log_rows
import pipeline
import psycopg2
from hub_clients import Odoo
from pipeline import Bench
from server import bench_server

NAMES = ("log_screens",)
LARGE, SMALL = 2_000_000, 10_000
WAITING, FAILED = 300, 500
ROUNDS = 9
BAR = 1.5
PAGE, COUNTED = 80, 10_001  # the web client's
LOGIN = "bench-operator"
EVENT, ENDPOINT, FLOW = "integration.event", "integration.endpoint", "integration.flow"
FAILURE, DASHBOARD = "integration.failure", "integration.dashboard"


class Screens:
    """What the web client asks for when somebody opens each of them."""

    def __init__(self, person: Odoo, admin: Odoo) -> None:
        self.person, self._admin = person, admin
        self.log = self._columns(EVENT, "integration_event_view_list")
        self.failures = self._columns(FAILURE, "integration_failure_view_list")
        self.board = self._number("integration_failure_server_action")
        self.form = self._columns(EVENT, "integration_event_view_form", "form")
        self.endpoints = self._columns(ENDPOINT, "integration_endpoint_view_list")
        self.flows = self._columns(FLOW, "integration_flow_view_list")

    def all(self) -> dict[str, tuple[Callable[[], Any], float | None]]:
        """Each screen with its bar, if it has one."""
        return {
            "log": (lambda: self._list(EVENT, self.log), BAR),
            "failures": (lambda: self._failures(), BAR),
            "dashboard": (lambda: self.person.call(DASHBOARD, "look", {"period": "day"}), BAR),
            "dashboard, 30 days": (lambda: self.person.call(DASHBOARD, "look", {"period": "month"}), BAR),
            "topology": (lambda: self.person.call(DASHBOARD, "map", {"period": "day"}), BAR),
            "endpoints": (lambda: self._list(ENDPOINT, self.endpoints), BAR),
            "message": (lambda: self._message(), BAR),
            "waiting": (lambda: self._list(EVENT, self.log, [("state", "in", ("pending", "retry", "held"))]), None),
            "last 24 hours": (lambda: self._list(EVENT, self.log, [("arrived_at", ">=", "-1d")]), None),
            "flows": (lambda: self._list(FLOW, self.flows), None),
            "by state": (lambda: self._groups([], "state"), None),
        }

    def _columns(self, model: str, view: str, kind: str = "list") -> dict[str, Any]:
        """The specification that the web client makes of a view: its fields."""
        number = self._number(view)
        views = self.person.call(model, "get_views", [[number, kind]])
        fields = views["models"][model]["fields"]
        arch = views["views"][kind]["arch"]
        return {
            name: {"fields": {"display_name": {}}} if field["type"] == "many2one" else {}
            for name, field in fields.items()
            if f'name="{name}"' in arch
        }

    def _number(self, name: str) -> int:
        """The id of a record of the addon's data."""
        domain = [("module", "=", "integration_hub"), ("name", "=", name)]
        return int(self._admin.one("ir.model.data", domain, ["res_id"])["res_id"])

    def _failures(self) -> Any:
        """The board: what its menu runs, then its list with the causes that are open."""
        self.person.call("ir.actions.server", "run", [self.board])
        return self._list(FAILURE, self.failures, [("state", "=", "open")])

    def _list(self, model: str, columns: dict[str, Any], domain: Any = ()) -> Any:
        return self.person.call(
            model, "web_search_read", list(domain), columns, offset=0, limit=PAGE, order="", count_limit=COUNTED
        )

    def _groups(self, domain: Any, field: str) -> Any:
        return self.person.call(EVENT, "web_read_group", domain, [field], ["__count"], limit=PAGE, offset=0, order="")

    def _message(self) -> Any:
        newest = self.person.search(EVENT, [("state", "=", "done")], ["id"], limit=1)
        return self.person.call(EVENT, "web_read", [newest[0]["id"]], self.form)


def run(names: set[str]) -> Iterator[dict[str, Any]]:
    """Measure; values are milliseconds."""
    with ExitStack() as stack:
        screens = {}
        for name, count in (("small", SMALL), ("large", LARGE)):
            server = stack.enter_context(bench_server(f"log_{name}", module="hub_bench_pipeline"))
            with closing(psycopg2.connect(dbname=server.database)) as connection:
                connection.autocommit = True
                bench = Bench(server, connection.cursor())
                _fill(bench, count)
            admin = Odoo(server.url, server.database, "admin", "admin")
            _operator(admin)
            screens[name] = Screens(Odoo(server.url, server.database, LOGIN, LOGIN), admin)
        yield _measure(screens)


def _fill(bench: Bench, count: int) -> None:
    pipeline.enqueue(
        bench, "hub", documents=[pipeline.customer(number) for number in range(7_000_000_000, 7_000_000_064)]
    )
    pipeline.wait_until(lambda: pipeline.unfinished(bench) == 0)
    bench.cursor.execute("UPDATE integration_endpoint SET state = 'paused'")  # what waits here goes on waiting
    log_rows.fill(bench.cursor, count - WAITING - FAILED, whole=False)
    log_rows.fill(bench.cursor, FAILED, state="dead", days=5)
    log_rows.fill(bench.cursor, WAITING, state="pending", days=1)
    log_rows.roll_up(bench.cursor)


def _operator(admin: Odoo) -> None:
    groups = [
        admin.one("ir.model.data", [("module", "=", module), ("name", "=", name)], ["res_id"])["res_id"]
        for module, name in (("base", "group_user"), ("integration_hub", "group_operator"))
    ]
    admin.create("res.users", {"name": LOGIN, "login": LOGIN, "password": LOGIN, "group_ids": [(6, 0, groups)]})


def _measure(screens: dict[str, Screens]) -> dict[str, Any]:
    times: dict[str, dict[str, list[float]]] = {size: {} for size in screens}
    asked = {size: each.all() for size, each in screens.items()}
    for number in range(ROUNDS + 1):  # the first is warm-up
        for what in asked["small"]:
            for size in ("small", "large") if number % 2 else ("large", "small"):
                start = time.perf_counter()
                asked[size][what][0]()
                if number:
                    times[size].setdefault(what, []).append(1000 * (time.perf_counter() - start))
        print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    large, small = (
        {what: statistics.median(found) for what, found in times[size].items()} for size in ("large", "small")
    )
    ratios = {what: round(large[what] / small[what], 2) for what in large}
    worst = max((what for what, (_open, bar) in asked["small"].items() if bar), key=ratios.__getitem__)
    return {
        "name": "log_screens",
        "unit": "ms",
        "value": round(large[worst], 1),
        "peer": f"the same with {SMALL} messages; the worst screen: {worst}",
        "peer_value": round(small[worst], 1),
        "ratio": ratios[worst],
        "bar": BAR,
        "ok": ratios[worst] <= BAR,
        "n": ROUNDS,
        "messages": LARGE,
        "screens": {
            what: {"ms": round(large[what], 1), "peer_ms": round(small[what], 1), "ratio": ratios[what]}
            for what in large
        },
    }
