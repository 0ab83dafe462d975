# Part of Integration Hub. License LGPL-3.0 or later.
"""Confirming orders of one stocked product from two processes: messages through the hub, against a bare loop.

Each confirmation reserves a piece, and changes the same row for it. Quotations wait; the hub gets a message for each of
them that it is paid, the loop's two jobs get half of them each. Both make a payment, which confirms its order, in a
transaction of its own; one that lost a race is done again in the hub's way here, in Odoo's own way, `retrying`, there.
"""

import sys
from collections.abc import Iterator
from contextlib import closing
from typing import Any, NamedTuple

import pipeline
import psycopg2
from pipeline import CHANNELS, PROCESSES, Bench
from server import bench_server

ORDERS = 120
WARM_UP = 16
ROUNDS = 5
BAR, WASTE = 0.9, 0.1
NAMES = ("pipeline_contended",)
# What each says in the server's log when a try is thrown away.
LOST = {"hub": "Lost a race against another transaction", "loop": " tries left, try again in "}


class Sample(NamedTuple):
    """One target in one round; `thrown_away` is the share of its tries that were rolled back."""

    rate: float
    cpu: float
    thrown_away: float


def run(_names: set[str]) -> Iterator[dict[str, Any]]:
    """Measure the row; values are orders a second."""
    settings = {"queue_job": {"channels": CHANNELS}}
    with (
        bench_server("contended", module="hub_bench_pipeline", settings=settings) as server,
        closing(psycopg2.connect(dbname=server.database)) as connection,
    ):
        connection.autocommit = True
        bench = Bench(server, connection.cursor())
        pipeline.enqueue(bench, "shop")
        samples: dict[str, list[Sample]] = {"hub": [], "loop": []}
        for number in range(ROUNDS + 1):
            for target in ("hub", "loop") if number % 2 else ("loop", "hub"):
                sample = _burst(bench, target, number)
                if number:
                    samples[target].append(sample)
            print(".", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
    yield _row(samples)


def _burst(bench: Bench, target: str, round_: int) -> Sample:
    """Let the target confirm its orders, all of them quotations at first."""
    numbers = [f"{target}-{round_}-{place}" for place in range(ORDERS if round_ else WARM_UP)]
    pipeline.enqueue(bench, "orders", numbers=numbers)
    lost = _lost(bench, target)

    def fill() -> None:
        if target == "hub":
            pipeline.enqueue(bench, "paid", numbers=numbers)
        else:
            pipeline.enqueue(bench, "loop", numbers=numbers, processes=PROCESSES)

    rate, cpu = pipeline.burst(bench, len(numbers), fill)
    bench.cursor.execute(
        "SELECT count(*) FROM sale_order WHERE client_order_ref = ANY(%s) AND state = 'sale'", [numbers]
    )
    (confirmed,) = bench.cursor.fetchone()
    if confirmed != len(numbers):
        raise RuntimeError(f"{target} confirmed {confirmed} of {len(numbers)} orders")
    lost = _lost(bench, target) - lost
    return Sample(rate, cpu, lost / (lost + len(numbers)))


def _lost(bench: Bench, target: str) -> int:
    return bench.server.log.read_text(errors="replace").count(LOST[target])


def _row(samples: dict[str, list[Sample]]) -> dict[str, Any]:
    thrown_away = pipeline.median(samples["hub"], "thrown_away", 3)
    row = pipeline.compared(samples["hub"], samples["loop"], BAR)
    return {
        "name": NAMES[0],
        "unit": "orders/s",
        "peer": "a bare loop of confirmations",
        "bar": BAR,
        **row,
        "ok": row["ok"] and thrown_away <= WASTE,
        "orders": ORDERS,
        "thrown_away": thrown_away,
        "thrown_away_bar": WASTE,
        "peer_thrown_away": pipeline.median(samples["loop"], "thrown_away", 3),
    }
