# Part of Integration Hub. License LGPL-3.0 or later.
"""The last 1 000 messages of 1 000 000, with another transaction open, against 1 000 of 1 000.

Two servers with the same module, code and settings, each on a database of its own. In one, a transaction has written
something and stays open; then 999 000 messages arrive and are done, by SQL, all of the shop's units: no dead row and no
dead index entry of theirs can go while it is open. In each round both work off as many new customers, one after the
other, and the order turns. Statistics are fresh in both, as autovacuum would have them some minutes later.

`claim_ms` is one claim's statement, in a unit in which nothing waits; `unmarked_ms` is the same without the mark.
"""

import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import pipeline
import psycopg2
from pipeline import Bench, Sample
from server import bench_server

NAMES = ("backlog_flat",)
BACKLOG = 1_000_000
EVENTS = 1000
ROUNDS = 5
BAR = 0.90
MARKS = 120.0  # seconds in which somebody comes by to raise marks
FIRST = 7_000_000_000  # customers of the two servers have the same numbers

_ARRIVE = """
    INSERT INTO integration_event (
        direction, state, kind, endpoint_id, company_id, flow_id, slot, partition_key, topic, object_type, external_id,
        external_version, operation, arrived_at, attempt_count)
    SELECT direction, 'pending', kind, endpoint_id, company_id, flow_id, n %% 64, partition_key || n, topic,
           object_type, external_id || n, external_version, operation, now() AT TIME ZONE 'UTC', 0
      FROM generate_series(1, %(count)s) n, (SELECT * FROM integration_event ORDER BY id LIMIT 1) like_this"""
_DONE = """
    UPDATE integration_event e
       SET state = 'done', attempt_count = 1, done_at = now() AT TIME ZONE 'UTC', res_model = one.res_model,
           res_id = one.res_id, mapping_version_id = one.mapping_version_id,
           record_mapping_version_id = one.record_mapping_version_id
      FROM (SELECT * FROM integration_event WHERE state = 'done' ORDER BY id LIMIT 1) one WHERE e.state = 'pending'"""
_MARKED = """
    SELECT count(*) FROM integration_slot s
     WHERE NOT EXISTS (SELECT 1 FROM integration_mark m WHERE NOT m.taken_back AND m.mark >= %(last)s
                          AND (m.endpoint_id, m.direction, m.slot) = (s.endpoint_id, s.direction, s.slot))"""
_CLAIM = """
    SELECT e.id FROM integration_event e
     WHERE e.state IN ('pending', 'retry') AND e.endpoint_id = %(endpoint)s AND e.direction = 'inbound'
       AND e.slot = %(slot)s AND e.id > %(mark)s ORDER BY e.id LIMIT 100"""


def run(names: set[str]) -> Iterator[dict[str, Any]]:
    """Measure; values are messages a second."""
    settings = {"queue_job": {"channels": pipeline.CHANNELS}}
    with ExitStack() as stack:
        benches = {}
        for name in ("few", "many"):
            server = stack.enter_context(
                bench_server(f"backlog_{name}", module="hub_bench_pipeline", settings=settings)
            )
            connection = stack.enter_context(closing(psycopg2.connect(dbname=server.database)))
            connection.autocommit = True
            benches[name] = Bench(server, connection.cursor())
        yield _measure(benches)


def _measure(benches: dict[str, Bench]) -> dict[str, Any]:
    samples: dict[str, list[Sample]] = {name: [] for name in benches}
    first = FIRST
    for bench in benches.values():
        _burst(bench, range(first, first + pipeline.WARM_UP))
    first += pipeline.WARM_UP
    with open_transaction(benches["many"]):
        last = fill(benches["many"], BACKLOG - EVENTS)
        for number in range(ROUNDS):
            ids = range(first, first + EVENTS)
            first = ids.stop
            for name in ("few", "many") if number % 2 else ("many", "few"):
                samples[name].append(_burst(benches[name], ids))
            print(".", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
        claim_ms, unmarked_ms = _claim_ms(benches["many"], last), _claim_ms(benches["many"], 0)
    return {
        "name": NAMES[0],
        "unit": "messages/s",
        "peer": f"the same {EVENTS} without {BACKLOG - EVENTS} before them",
        "bar": BAR,
        **pipeline.compared(samples["many"], samples["few"], BAR),
        "backlog": BACKLOG,
        "claim_ms": claim_ms,
        "unmarked_ms": unmarked_ms,
    }


@contextmanager
def open_transaction(bench: Bench) -> Iterator[None]:
    """A transaction that has written and does not end: an import, a report that keeps its results in a table."""
    with closing(psycopg2.connect(dbname=bench.server.database)) as connection:
        connection.cursor().execute("INSERT INTO ir_config_parameter (key, value) VALUES ('bench', 'open')")
        yield


def fill(bench: Bench, count: int) -> int:
    """Messages that arrived and are done, with all dead index entries; returns the last id, once marks are there."""
    bench.cursor.execute(_ARRIVE, {"count": count})
    bench.cursor.execute(_DONE)
    bench.cursor.execute("ANALYZE integration_event")
    bench.cursor.execute("SELECT max(id) FROM integration_event")
    (last,) = bench.cursor.fetchone()
    deadline = time.monotonic() + MARKS
    while True:
        bench.cursor.execute(_MARKED, {"last": last})
        if bench.cursor.fetchone() == (0,):
            return int(last)
        if time.monotonic() > deadline:
            raise RuntimeError(f"marks were not raised within {MARKS:.0f} s")
        time.sleep(0.5)


def _burst(bench: Bench, ids: range) -> Sample:
    """Let the hub make contacts of as many customers at once."""
    documents = [pipeline.customer(number) for number in ids]
    sample = pipeline.burst(bench, len(ids), lambda: pipeline.enqueue(bench, "hub", documents=documents), _jobs_left)
    _check(bench, ids)
    return sample


def _jobs_left(bench: Bench) -> int:
    """What is asked while it is measured does not walk over dead entries."""
    return pipeline.jobs(bench, "pending", "enqueued", "started")


def _check(bench: Bench, ids: range) -> None:
    bench.cursor.execute(
        "SELECT count(*) FROM res_partner WHERE email = ANY(%s)", [[f"noor.{number}@example.com" for number in ids]]
    )
    if bench.cursor.fetchone() != (len(ids),):
        raise RuntimeError(f"not all of {len(ids)} customers became contacts")


def _claim_ms(bench: Bench, mark: int) -> float:
    bench.cursor.execute("SELECT endpoint_id FROM integration_event ORDER BY id LIMIT 1")
    values = {"endpoint": bench.cursor.fetchone()[0], "mark": mark}
    times = []
    for slot in range(64):
        start = time.perf_counter()
        bench.cursor.execute(_CLAIM, {**values, "slot": slot})
        bench.cursor.fetchall()
        times.append(1000 * (time.perf_counter() - start))
    return round(statistics.median(times), 2)
