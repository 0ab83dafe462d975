# Part of Integration Hub. License LGPL-3.0 or later.
"""Journals: what a process saw, a JSON document a line, in the order in which it saw it."""

import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Entry = dict[str, Any]


class Journal:
    """Appends entries to a file; what `add` has returned from survives the death of the process."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)
        self._lock = threading.Lock()

    def add(self, what: str, *, durable: bool = False, **values: Any) -> float:
        """Writes one entry and returns its time (Unix); `durable`: it also survives the machine's death."""
        with self._lock:
            now = time.time()
            self._file.write(json.dumps({"at": now, "what": what, **values}).encode() + b"\n")
            if durable:
                os.fdatasync(self._file.fileno())
        return now


def read(path: Path) -> Iterator[Entry]:
    """A journal's entries; nothing where it was never begun. A last line that is cut off is none."""
    if path.exists():
        for line in path.read_bytes().splitlines(keepends=True):
            if line.endswith(b"\n"):
                yield json.loads(line)


class Tail:
    """Follows a journal that another process writes."""

    def __init__(self, path: Path) -> None:
        self._path, self._offset = path, 0

    def new(self) -> Iterator[Entry]:
        """What was written since the last time."""
        if self._path.exists():
            with self._path.open("rb") as file:
                file.seek(self._offset)
                for line in file:
                    if line.endswith(b"\n"):
                        self._offset += len(line)
                        yield json.loads(line)
