# Part of Integration Hub. License LGPL-3.0 or later.
"""The killer: SIGKILL to whom the plan says, and a note of which units were being drained there."""

import os
import random
import signal
import threading
import time
from collections import Counter
from pathlib import Path

import psycopg2
from estate import Estate
from journal import Journal
from plan import Kill

PATIENCE = 5.0  # seconds to look for somebody to kill
LAST_PATIENCE = 90.0  # seconds at the end for orders that nobody has taken
KINDS = {"http": "WorkerHTTP", "runner": "WorkerJobRunner", "cron": "WorkerCron"}


class Killer(threading.Thread):
    """Carries the plan out, evenly over some seconds. `deaths` is what it has done, as it is in kills.jsonl too."""

    def __init__(self, estate: Estate, folder: Path, plan: list[Kill], seconds: float, still: threading.Lock) -> None:
        super().__init__(daemon=True)
        self.deaths: list[dict[str, object]] = []
        self.missed: list[str] = []
        self._late: list[Kill] = []  # nobody was there, or an earlier order for the point was not taken yet
        self._estate, self._plan, self._still = estate, plan, still
        self._every = seconds / max(1, len(plan))
        self._control = folder / "control"
        self._journal = Journal(folder / "kills.jsonl")
        self.error: BaseException | None = None
        self.finished = threading.Event()

    def by_name(self) -> Counter[str]:
        """How many deaths there were of each kind and at each point."""
        return Counter(str(death["name"]) for death in self.deaths)

    def run(self) -> None:
        """Does all of the plan; then `finished` is set, and what is left was not taken in time.

        The thread stays: a server that it started would be told to end when it ends.
        """
        try:
            begin = time.monotonic()
            for number, kill in enumerate(self._plan):
                self._watch(begin + number * self._every)
                self._kill(kill)
            deadline = time.monotonic() + LAST_PATIENCE
            while self._late and time.monotonic() < deadline:
                self._kill(self._late.pop(0))
            self._watch(max(deadline, time.monotonic() + PATIENCE), until_none=True)
            self.missed += [order.name for order in self._orders()] + [kill.point or kill.kind for kill in self._late]
        except BaseException as error:  # noqa: BLE001 - whoever waits for this thread raises it
            self.error = error
        self.finished.set()
        threading.Event().wait()

    def _kill(self, kill: Kill) -> None:
        if kill.kind == "point":
            order = self._control / "orders" / kill.point
            deadline = time.monotonic() + PATIENCE
            while order.exists():  # the last one was not taken yet
                if time.monotonic() > deadline:
                    self._late.append(kill)
                    return
                self._watch(time.monotonic() + 0.1)
            order.touch()
        elif kill.kind == "server":
            with self._still:
                node = random.choice(self._estate.nodes)
                if node.restart_if_ended():
                    return
                pids = node.worker_pids()
                node.kill_odoo()
                self._note("server", self._units(pids))
                node.start_odoo()
        else:
            self._kill_worker(kill.kind)

    def _kill_worker(self, kind: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with self._still:
                pids = self._at_work() if kind == "job" else self._estate.worker_pids(KINDS[kind])
                if pids:
                    pid = random.choice(pids)
                    try:
                        os.kill(pid, signal.SIGKILL)
                    except ProcessLookupError:
                        continue
                    self._note(kind, self._units([pid]))
                    return
            time.sleep(0.02)
        self._late.append(Kill(kind))

    def _watch(self, until: float, *, until_none: bool = False) -> None:
        """Notes the orders that were taken, until a time."""
        while True:
            for taken in sorted((self._control / "taken").iterdir()):
                point, _dot, pid = taken.name.rpartition(".")
                self._note(point, self._units([int(pid)]), at=taken.stat().st_ctime)
                taken.unlink()
            if time.monotonic() >= until or (until_none and not self._orders()):
                return
            time.sleep(0.02)

    def _orders(self) -> list[Path]:
        return sorted((self._control / "orders").iterdir())

    def _note(self, name: str, units: list[str], at: float | None = None) -> None:
        death = {"at": at or time.time(), "name": name, "units": units}
        self._journal.add("killed", **death)
        self.deaths.append(death)

    def _at_work(self) -> list[int]:
        children = self._estate.worker_pids()
        return [pid for pid, _unit in self._jobs() if pid in children]

    def _units(self, pids: list[int]) -> list[str]:
        """The units that processes were draining when they died: their jobs still say that they run."""
        return sorted({unit for worker, unit in self._jobs() if worker in pids})

    def _jobs(self) -> list[tuple[int, str]]:
        try:
            with psycopg2.connect(dbname=self._estate.database) as connection, connection.cursor() as cursor:
                cursor.execute(
                    "SELECT worker_pid, substring(name FROM '^Drain (.*)') FROM queue_job"
                    " WHERE state = 'started' AND name LIKE 'Drain %'"
                )
                return cursor.fetchall()
        except psycopg2.OperationalError:
            return []  # it is down at the moment
