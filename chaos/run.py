# Part of Integration Hub. License LGPL-3.0 or later.
"""The chaos run:  KILLS=200 SECONDS=900 SEED=… NODES=1 chaos/run.py, called by scripts/chaos.

Journals and logs are in .dev/chaos/<seed>/, the result in bench/results/chaos.json. Status 1 when a promise was broken.
The same SEED sends, edits, kills and disturbs the same in the same order; how that falls together is up to the machine.
"""

import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "scripts")]

import database  # noqa: E402
import devdb  # noqa: E402
import observe  # noqa: E402
import plan  # noqa: E402
import points  # noqa: E402
import report  # noqa: E402
from estate import Estate, running  # noqa: E402
from journal import Tail  # noqa: E402
from killer import Killer  # noqa: E402
from weather import Weather  # noqa: E402

ACCEPTED_EACH = 100  # of each kill so many accepted messages, so that 200 kills have their 20 000
HEADROOM = 1.1  # of the rate that this would take
EDITS = 0.12  # of the shop's rate
QUIET = 180.0  # seconds at the end until nothing may wait any more
OVERTIME = 3.0  # of the planned seconds, while messages are still missing
PROGRESS = 10.0


class Run:
    """One run: its size, its seed, its folder."""

    def __init__(self, kills: int, seconds: float, seed: int, nodes: int) -> None:
        self.kills, self.seconds, self.seed, self.nodes = kills, seconds, seed, nodes
        self.wanted = kills * ACCEPTED_EACH
        self.folder = devdb.DEV / "chaos" / str(seed)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.begun = time.monotonic()
        self._tails = [Tail(self.folder / name) for name in ("shop.jsonl", "people.jsonl")]
        self._acknowledged: set[tuple[str, int]] = set()

    def go(self) -> int:
        """All of it; returns the exit status."""
        print(f"seed {self.seed}: {self.kills} kills in {self.seconds:.0f} s; journals in {self.folder}", flush=True)
        if not database.OWN:
            print("PostgreSQL is somebody else's (PGHOST), so it is not stopped and started", flush=True)
        named = points.points()
        deaths = plan.kills(self.seed, self.kills, named)
        with running(self.folder, self.nodes) as estate:
            self.begun = time.monotonic()
            still = threading.Lock()  # one thing at a time is done to servers as a whole
            killer = Killer(estate, self.folder, deaths, self.seconds * 0.9, still)
            weather = Weather(estate, self.folder, plan.troubles(self.seed), still)
            with self._traffic(estate) as traffic:
                killer.start()
                weather.start()
                self._watch(estate, killer, weather, traffic, still)
                self._calm(estate, killer, weather)
                unfinished = self._end(traffic)
            observe.wait_until_quiet(estate.database, QUIET, self._say)
            seen = observe.collect(estate.database, self.folder)
            left = {kill.point for kill in deaths if kill.point} - set(killer.by_name())
            return report.report(self, seen, killer, weather, sorted(left), unfinished)

    @contextmanager
    def _traffic(self, estate: Estate) -> Iterator[list["subprocess.Popen[bytes]"]]:
        """The sender and the people, as processes of their own."""
        rate = self.wanted * HEADROOM / self.seconds / (1 + EDITS)
        environment = os.environ | {"PYTHONPATH": str(HERE.parent / "scripts")}
        commands = (
            ["sender.py", estate.urls, estate.webhook, self.seed, rate, self.folder],
            ["people.py", estate.urls, estate.database, self.seed, rate * EDITS, self.folder],
        )
        processes = []
        try:
            for name, *arguments in commands:
                command = ["setpriv", "--pdeathsig", "KILL", sys.executable, HERE / name, *map(str, arguments)]
                with (self.folder / f"{name}.log").open("wb") as out:
                    processes.append(
                        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=out, env=environment)
                    )
            assert processes[0].stdin
            processes[0].stdin.write(f"{estate.webhook_secret}\n".encode())
            processes[0].stdin.close()
            yield processes
        finally:
            for process in processes:
                process.kill()
                process.wait()

    def _watch(
        self,
        estate: Estate,
        killer: Killer,
        weather: Weather,
        traffic: list["subprocess.Popen[bytes]"],
        still: threading.Lock,
    ) -> None:
        """Until all are dead that the plan kills, and enough is accepted."""
        said = 0.0
        while not killer.finished.is_set() or self._accepted() < self.wanted:
            if time.monotonic() > self.begun + self.seconds * OVERTIME:
                return
            if time.monotonic() > said + PROGRESS:
                said = time.monotonic()
                self._say(f"{len(killer.deaths)} of {self.kills} kills, {self._accepted()} accepted")
            time.sleep(1.0)
            with still:
                weather.seen["server ended by itself"] += estate.restart_ended()
            for thread in (killer, weather):
                if thread.error:
                    raise thread.error
            for process in traffic:
                if process.poll() is not None:
                    raise RuntimeError(f"{process.args[4]} ended by itself; see its log in {self.folder}")

    def _calm(self, estate: Estate, killer: Killer, weather: Weather) -> None:
        """No more trouble."""
        weather.stop()
        if weather.error:
            raise weather.error
        for order in (self.folder / "control" / "orders").iterdir():
            with suppress(FileNotFoundError):
                order.unlink()
        estate.sandbox.faults()
        estate.restart_ended()
        for node in estate.nodes:
            node.check()
        self._say(f"{len(killer.deaths)} of {self.kills} kills; all troubles are over")

    def _end(self, traffic: list["subprocess.Popen[bytes]"]) -> list[str]:
        """Ends the traffic; returns who had something left that was never acknowledged."""
        (self.folder / "stop").touch()
        return [str(process.args[4]) for process in traffic if process.wait()]

    def _accepted(self) -> int:
        for tail in self._tails:
            self._acknowledged |= {
                (entry["key"], entry["sequence"]) for entry in tail.new() if entry["what"] == "acknowledged"
            }
        return len(self._acknowledged)

    def _say(self, what: str) -> None:
        print(f"{time.monotonic() - self.begun:5.0f} s  {what}", flush=True)


def main() -> int:
    kills = int(os.environ.get("KILLS") or 200)
    seconds = float(os.environ.get("SECONDS") or max(60.0, kills * 4.5))
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**6))
    return Run(kills, seconds, seed, int(os.environ.get("NODES") or 1)).go()


if __name__ == "__main__":
    sys.exit(main())
