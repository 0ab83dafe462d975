# Part of Integration Hub. License LGPL-3.0 or later.
"""Everything that goes wrong around the hub but deaths: the vendor, the way to it, the database server, the clocks."""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import database
from estate import Estate
from journal import Journal
from plan import Trouble


class Weather(threading.Thread):
    """One trouble after the other until `stop()`, after which all is well. `seen` counts what went wrong."""

    def __init__(self, estate: Estate, folder: Path, plan: Iterator[Trouble], still: threading.Lock) -> None:
        super().__init__(daemon=True)
        self.seen: Counter[str] = Counter()
        self._estate, self._plan, self._still = estate, plan, still
        self._clocks = folder / "control" / "clocks"
        self._journal = Journal(folder / "weather.jsonl")
        self._over, self._finished = threading.Event(), threading.Event()
        self.error: BaseException | None = None

    def stop(self) -> None:
        """Ends the trouble that is on, and all further ones."""
        self._over.set()
        self._finished.wait()

    def run(self) -> None:
        """Makes trouble. The thread stays: a sandbox that it started would be told to end when it ends."""
        try:
            for trouble in self._plan:
                if self._over.wait(trouble.pause):
                    break
                self._make(trouble)
        except BaseException as error:  # noqa: BLE001 - whoever waits for this thread raises it
            self.error = error
        self._finished.set()
        threading.Event().wait()

    def _make(self, trouble: Trouble) -> None:
        self._journal.add("trouble", kind=trouble.kind, seconds=trouble.seconds, faults=trouble.faults)
        if trouble.kind == "calls":
            self._calls(trouble)
        elif trouble.kind == "vendor down":
            self.seen[trouble.kind] += 1
            self._estate.nodes[0].stop_sandbox()
            self._over.wait(trouble.seconds)
            self._estate.nodes[0].start_sandbox()
        elif trouble.kind == "clock":
            self._clock(trouble)
        elif database.OWN:
            with self._still:
                self.seen[trouble.kind] += 1
                database.stop(trouble.kind.removeprefix("database "))
                time.sleep(trouble.seconds / 4)
                database.start()

    def _calls(self, trouble: Trouble) -> None:
        sandbox = self._estate.sandbox
        sandbox.faults(*trouble.faults)
        self._over.wait(trouble.seconds)
        for fault in sandbox.control("GET", "/faults")["faults"]:
            name = str(fault["status"]) if fault["kind"] == "status" else fault["kind"].replace("_", " ")
            self.seen[f"{name} after it took effect" if fault["phase"] == "after" else name] += fault["fired"]
        sandbox.faults()

    def _clock(self, trouble: Trouble) -> None:
        """The clock of one worker jumps, and back."""
        with self._still:
            pids = self._estate.worker_pids()
        if not pids:
            return  # the server has ended by itself and is about to be started again
        pid = random.choice(pids)
        self.seen["clock jump"] += 1
        file = self._clocks / str(pid)
        file.write_text(str(trouble.value))
        self._over.wait(trouble.seconds)
        file.unlink()
