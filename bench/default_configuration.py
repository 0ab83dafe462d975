# Part of Integration Hub. License LGPL-3.0 or later.
"""How long a critical order takes in Odoo's default configuration while workers are killed: never 30 s.

Two workers, no section `[queue_job]`, so that jobs have one place, and 100 000 messages of a first load that wait. The
worker that runs a job is killed with SIGKILL, before the order comes, after it, or with the order in hand.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import devserver
from hub_clients import Odoo
from shops import NUMBERS, PATIENCE, Shop, landed, outside

WAITING = 100_000
ROUNDS = 3  # of each way to die
LANDS = 30.0  # seconds
ANSWERS = 1.0
# As Odoo comes: what the developers' server has otherwise is said here.
SETTINGS = {"options": {"max_cron_threads": "2", "limit_time_real_cron": "-1"}, "queue_job": {"channels": ""}}
NAMES = ("default_configuration",)


class Sample(NamedTuple):
    """Seconds from the webhook to its answer, and to the contact."""

    answered: float
    landed: float


class Bench(NamedTuple):
    server: devserver.DevServer
    cursor: Any
    urgent: Shop


def run(_names: set[str]) -> Iterator[dict[str, Any]]:
    """Measure; values are seconds."""
    with devserver.fresh("default", workers=2, settings=SETTINGS) as server:
        yield measure(server)


def measure(server: devserver.DevServer, waiting: int = WAITING, rounds: int = ROUNDS) -> dict[str, Any]:
    """The row, on a running server with a sandbox."""
    admin = Odoo(server.url, server.database, "admin", "admin")
    urgent, bulk = (Shop.connect(server, admin, lane, lane) for lane in ("critical", "bulk"))
    with outside(server) as cursor:
        bench = Bench(server, cursor, urgent)
        bulk.fill(cursor, waiting)
        bulk.resume()
        samples = []
        for _round in range(rounds):
            for way in (_dies_before, _dies_after, _dies_with_it):
                _wait_for_job(bench, bulk)
                time.sleep(1)
                samples.append(way(bench, bulk))
        left = bulk.waiting(cursor)
    answered, slowest = max(one.answered for one in samples), max(one.landed for one in samples)
    if not left:
        raise RuntimeError("nothing was left to wait for")
    return {
        "name": "default_configuration",
        "unit": "s",
        "value": round(slowest, 1),
        "peer": "what is promised; the slowest while workers die",
        "peer_value": LANDS,
        "ratio": round(LANDS / slowest, 2),
        "bar": 1.0,
        "ok": slowest <= LANDS and answered <= ANSWERS,
        "n": len(samples),
        "waiting": waiting,
        "waiting_at_the_end": left,
        "slowest_answer": round(answered, 3),
        "landed": [round(one.landed, 1) for one in samples],
    }


def _dies_before(bench: Bench, bulk: Shop) -> Sample:
    """The job's worker dies, then the webhook comes."""
    _kill(_wait_for_job(bench, bulk))
    return _order(bench)


def _dies_after(bench: Bench, bulk: Shop) -> Sample:
    """The webhook comes, and the worker dies before it has made room."""
    job = _wait_for_job(bench, bulk)
    return _order(bench, lambda: _kill(job))


def _dies_with_it(bench: Bench, _bulk: Shop) -> Sample:
    """The worker dies that has the order in hand."""
    return _order(bench, lambda: _kill(_wait_for_job(bench, bench.urgent)))


def _order(bench: Bench, meanwhile: Callable[[], None] = lambda: None) -> Sample:
    number, sent = next(NUMBERS), time.perf_counter()
    answered = bench.urgent.send(number)
    meanwhile()
    return Sample(answered - sent, landed(bench.cursor, number) - sent)


def _wait_for_job(bench: Bench, shop: Shop) -> int:
    """The process that runs a job of the shop."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        bench.cursor.execute(
            "SELECT worker_pid FROM queue_job WHERE state = 'started' AND identity_key LIKE %s",
            [f"%:{shop.endpoint}:inbound:%"],
        )
        alive = set(bench.server.worker_pids())
        for (pid,) in bench.cursor.fetchall():
            if pid in alive:
                return int(pid)
        time.sleep(0.002)
    raise RuntimeError(f"no job of endpoint {shop.endpoint} ran within {PATIENCE:.0f} s")


def _kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
