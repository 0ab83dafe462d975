# Part of Integration Hub. License LGPL-3.0 or later.
"""Webhook intake against a bare controller, Odoo's own automation webhook and OCA's EDI endpoint.

One server with all four, one kind of request. In each round each of the four gets the same load, one after the other,
and the order turns from round to round; a ratio is the median of the rounds' ratios. What is accepted wakes its unit: a
job is enqueued and found waiting, as in a burst. The jobs' channel is paused, since no peer's later work is measured
either; `webhook_intake_draining` (no bar) is the same with the drains running beside.
"""

import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psycopg2
from cpu import serving_seconds
from load import CONNECTIONS, Load, load, write_deliveries
from server import bench_server

ROUNDS = 7
SECONDS = 4.0
WARM_UP = 5.0  # the first request of each of 64 units enqueues a job
SECRET = "bench-secret"
PATHS = {
    "hub": "/integration/webhook/bench",
    "bare": "/bench/bare",
    "automation": "/web/hook/bench",
    "edi": "/edi/bench",
}
PEERS = {
    "webhook_intake": ("bare", "bare controller, one INSERT", 0.80),
    "webhook_vs_base_automation": ("automation", "base_automation webhook", 1.3),
    "webhook_vs_edi": ("edi", "edi_endpoint_oca exchange record", 1.8),
}
P99_BAR = 3.0
# Without a filter Odoo takes the database of its configuration. With one it makes a new connection and asks for the
# list of databases in each request that has no session, which flatters whoever does more.
PLAIN = {"options": {"dbfilter": ""}}
# Without drains the cron would do their work, beside the measurement. The heartbeat goes on: where nobody runs jobs at
# all, intake would call the cron besides.
PAUSED = {
    "options": {"dbfilter": "", "max_cron_threads": "0"},
    "queue_job": {"channels": "root:4,root.integration:3:paused"},
}
NAMES = (*PEERS, "webhook_intake_draining")


class Sample(NamedTuple):
    """One target in one round; `cpu` in milliseconds a request, PostgreSQL's included."""

    load: Load
    cpu: float


def run(names: set[str]) -> Iterator[dict[str, Any]]:
    """Measure the named rows; values are requests a second."""
    if wanted := [name for name in PEERS if name in names]:
        targets = ["hub", *(PEERS[name][0] for name in wanted)]
        samples = _measure("intake", targets, settings=PAUSED)
        yield from (_row(name, *PEERS[name], samples) for name in wanted)
    if "webhook_intake_draining" in names:
        samples = _measure("draining", ["hub", "bare"], settings=PLAIN)
        row = _row("webhook_intake_draining", "bare", PEERS["webhook_intake"][1], 0.0, samples)
        yield {**row, "bar": None, "ok": True}


def _measure(purpose: str, targets: list[str], **options: Any) -> dict[str, list[Sample]]:
    samples: dict[str, list[Sample]] = {target: [] for target in targets}
    with tempfile.TemporaryDirectory() as folder, bench_server(purpose, **options) as server:
        deliveries = Path(folder) / "deliveries.tsv"
        write_deliveries(deliveries, SECRET)
        stored = 0
        for target in targets:
            found = load(server.url + PATHS[target], deliveries, WARM_UP)
            stored += found.requests if target == "hub" else 0
        for number in range(ROUNDS):
            for target in targets[number % len(targets) :] + targets[: number % len(targets)]:
                before = serving_seconds(server)
                found = load(server.url + PATHS[target], deliveries, SECONDS)
                spent = serving_seconds(server) - before
                samples[target].append(Sample(found, 1000 * spent / found.requests))
                stored += found.requests if target == "hub" else 0
            print(".", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
        _check_stored(server.database, stored)
    return samples


def _check_stored(database: str, answered: int) -> None:
    """An answer that was not kept is no fast answer. `wrk` gives up on what is under way when its time is over."""
    connection = psycopg2.connect(dbname=database)
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT (SELECT count(*) FROM integration_event), (SELECT count(*) FROM integration_event_payload)"
            )
            events, payloads = cursor.fetchone()
    finally:
        connection.close()
    most = answered + CONNECTIONS * (ROUNDS + 1)
    if events != payloads or not answered <= events <= most:
        raise RuntimeError(f"{answered} accepted, {events} events and {payloads} payloads stored")


def _row(name: str, target: str, peer: str, bar: float, samples: dict[str, list[Sample]]) -> dict[str, Any]:
    ours, theirs = samples["hub"], samples[target]
    pairs = list(zip(ours, theirs, strict=True))
    ratio = statistics.median(one.load.rate / other.load.rate for one, other in pairs)
    p99_ratio = statistics.median(one.load.p99 / other.load.p99 for one, other in pairs)
    row = {
        "name": name,
        "unit": "requests/s",
        "value": _median(ours, "rate"),
        "peer": peer,
        "peer_value": _median(theirs, "rate"),
        "ratio": round(ratio, 3),
        "bar": bar,
        "ok": ratio >= bar,
        "n": ROUNDS,
        "p50_ms": _median(ours, "p50"),
        "p99_ms": _median(ours, "p99"),
        "peer_p50_ms": _median(theirs, "p50"),
        "peer_p99_ms": _median(theirs, "p99"),
        "p99_ratio": round(p99_ratio, 2),
        "cpu_ms": round(statistics.median(sample.cpu for sample in ours), 2),
        "peer_cpu_ms": round(statistics.median(sample.cpu for sample in theirs), 2),
    }
    if target == "bare":
        row |= {"p99_bar": P99_BAR, "ok": ratio >= bar and p99_ratio <= P99_BAR}
    return row


def _median(samples: list[Sample], what: str) -> float:
    return round(statistics.median(getattr(sample.load, what) for sample in samples), 1)
