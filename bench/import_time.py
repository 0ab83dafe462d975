# Part of Integration Hub. License LGPL-3.0 or later.
"""How long does a fresh Python take until every connector is known? Each worker, cron job and `hub` pays for it.

The whole process is measured, from its start to its end, without the network: a test sees to that. The peer is a Python
that imports requests, which the library imports with its first transport only. Pairs are interleaved.

There is bytecode, as where a library is installed: in a folder of the benchmark's own, for the environment may forbid
Python to write any.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from typing import Any

BAR = 150.0
PAIRS = 15
OURS = "import integration_hub_connectors.registry"
PEER = "import requests"


def _milliseconds(statement: str, environment: Mapping[str, str]) -> tuple[float, float]:
    """Wall clock and CPU of one process, in ms."""
    start = time.perf_counter()
    child = os.posix_spawn(sys.executable, [sys.executable, "-c", statement], environment)
    _child, status, used = os.wait4(child, 0)
    wall = time.perf_counter() - start
    if status:
        raise AssertionError(f"{statement} failed")
    return wall * 1000, (used.ru_utime + used.ru_stime) * 1000


def run() -> dict[str, Any]:
    """Measure; the bar is on `value`, the median of the wall clock in ms."""
    with tempfile.TemporaryDirectory() as bytecode:
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": bytecode}
        for statement in (OURS, PEER):
            _milliseconds(statement, environment)  # compiles it
        pairs = [(*_milliseconds(OURS, environment), *_milliseconds(PEER, environment)) for _ in range(PAIRS)]
    ours, cpu, peer, peer_cpu = (statistics.median(column) for column in zip(*pairs, strict=True))
    return {
        "name": "import_time",
        "unit": "ms",
        "value": round(ours, 1),
        "peer": PEER,
        "peer_value": round(peer, 1),
        "ratio": round(statistics.median(pair[0] / pair[2] for pair in pairs), 2),
        "cpu_ms": round(cpu, 1),
        "peer_cpu_ms": round(peer_cpu, 1),
        "bar": BAR,
        "ok": ours <= BAR,
        "n": PAIRS,
    }


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
