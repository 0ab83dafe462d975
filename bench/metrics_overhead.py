# Part of Integration Hub. License LGPL-3.0 or later.
"""What counting costs: CPU seconds of a message that becomes a contact, with its try counted against without.

One server, the drains of `pipeline.py`; the peer is the same code whose statements count nothing while a file is there.
The time of PostgreSQL, of the job runner and of the sweeper, which makes rollups meanwhile, is included. Rounds are
interleaved and their order turns; the ratio is the median of the rounds' ratios.

Besides: the time of `/integration/metrics` with 2 000 000 messages and two years of rollups, against the first few.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import log_rows
import psycopg2
import requests
from pipeline import CHANNELS, EVENTS, WARM_UP, Bench, Sample, burst, compared, customer, enqueue
from server import bench_server

NAMES = ("metrics_overhead",)
BAR = 1.05
ROUNDS = 7
SCRAPES = 9
HISTORY = 2_000_000
TOKEN = "bench"
TARGETS = ("counted", "uncounted")
# As many rows as are kept of each of the totals: minutes, hours, days.
_ROLLUPS = """
    INSERT INTO integration_metric (
           kind, period, begins_at, company_id, endpoint_id, flow_id, direction, outcome,
           count, seconds, latency, calls, call_seconds, call_latency)
    SELECT kind, p.period, now() AT TIME ZONE 'UTC' - n * p.length,
           company_id, endpoint_id, flow_id, direction, outcome,
           count, seconds, latency, calls, call_seconds, call_latency
      FROM integration_metric m,
           (VALUES ('minute', interval '1 minute', 2880), ('hour', '1 hour', 2160), ('day', '1 day', 731))
           p (period, length, kept),
           generate_series(100, p.kept) n
     WHERE m.period = 'total'"""


def run(_names: set[str]) -> Iterator[dict[str, Any]]:
    """Measure the row; values are CPU milliseconds a message."""
    with tempfile.TemporaryDirectory() as folder:
        uncounted = Path(folder) / "uncounted"
        os.environ["HUB_BENCH_UNCOUNTED"], os.environ["INTEGRATION_HUB_METRICS_TOKEN"] = str(uncounted), TOKEN
        try:
            settings = {"queue_job": {"channels": CHANNELS}}
            with (
                bench_server("metrics", module="hub_bench_pipeline", settings=settings) as server,
                closing(psycopg2.connect(dbname=server.database)) as connection,
            ):
                connection.autocommit = True
                bench = Bench(server, connection.cursor())
                samples = _measure(bench, uncounted)
                scrapes = _scrapes(bench)
        finally:
            del os.environ["HUB_BENCH_UNCOUNTED"], os.environ["INTEGRATION_HUB_METRICS_TOKEN"]
    yield _row(samples, scrapes)


def _measure(bench: Bench, uncounted: Path) -> dict[str, list[Sample]]:
    samples: dict[str, list[Sample]] = {target: [] for target in TARGETS}
    first = 7_000_000_000
    for number in range(ROUNDS + 1):
        for target in TARGETS if number % 2 else reversed(TARGETS):
            if target == "counted":
                uncounted.unlink(missing_ok=True)
            else:
                uncounted.touch()
            ids = range(first, first + (EVENTS if number else WARM_UP))
            first, before = ids.stop, _counted(bench)
            documents = [customer(each) for each in ids]
            sample = burst(bench, len(ids), lambda documents=documents: enqueue(bench, "hub", documents=documents))
            expected = len(ids) if target == "counted" else 0
            if (found := _counted(bench) - before) != expected:
                raise RuntimeError(f"{target}: {found} tries were counted, of {expected}")
            if number:
                samples[target].append(sample)
        print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    uncounted.unlink(missing_ok=True)
    return samples


def _counted(bench: Bench) -> int:
    bench.cursor.execute(
        """SELECT coalesce(sum(count), 0) FROM (
               SELECT count FROM integration_metric WHERE period = 'total'
                UNION ALL SELECT count FROM integration_metric_delta) c"""
    )
    return int(bench.cursor.fetchone()[0])


def _scrapes(bench: Bench) -> tuple[float, float]:
    """The milliseconds of a scrape with what there is now, and with a long history."""
    few = _scrape(bench)
    log_rows.fill(bench.cursor, HISTORY, whole=False)
    bench.cursor.execute(_ROLLUPS)
    bench.cursor.execute("VACUUM (ANALYZE) integration_metric")
    return few, _scrape(bench)


def _scrape(bench: Bench) -> float:
    times = []
    for _time in range(SCRAPES + 1):
        start = time.perf_counter()
        headers = {"Authorization": f"Bearer {TOKEN}"}
        answer = requests.get(bench.server.url + "/integration/metrics", headers=headers, timeout=60)
        answer.raise_for_status()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times[1:])


def _row(samples: dict[str, list[Sample]], scrapes: tuple[float, float]) -> dict[str, Any]:
    pairs = list(zip(samples["counted"], samples["uncounted"], strict=True))
    ratio = statistics.median(counted.cpu / uncounted.cpu for counted, uncounted in pairs)
    row = compared(samples["counted"], samples["uncounted"], 0.0)
    few, many = scrapes
    return {
        "name": NAMES[0],
        "unit": "ms CPU",
        "value": row["cpu_ms"],
        "peer": "the same, counting nothing",
        "peer_value": row["peer_cpu_ms"],
        "ratio": round(ratio, 3),
        "bar": BAR,
        "ok": ratio <= BAR,
        "n": len(pairs),
        "events": EVENTS,
        "processes": row["processes"],
        "rate": row["value"],
        "peer_rate": row["peer_value"],
        "scrape_ms": round(many, 1),
        "scrape_messages": HISTORY,
        "scrape_ms_few": round(few, 1),
        "scrape_ratio": round(many / few, 2),
    }
