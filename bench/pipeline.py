# Part of Integration Hub. License LGPL-3.0 or later.
"""Inbound pipeline, from a stored payload to a contact, against one queue job an event and against bare creates.

One server, one channel of the job queue for all. In each round each of the three gets as many customers, none of which
is known yet, while jobs of no work hold the channel; then the channel is let go, and the time runs until the last
customer is a contact. What they made is compared, column by column. Rounds are interleaved, their order turns, and a
ratio is the median of the rounds' ratios.

- `hub`: the customers are stored events, and their units are woken.
- `jobs`: each is a job with its payload; the same code checks the contract, maps, makes link and contact. It writes no
  outcome and no attempt, and holds back no key.
- `create`: the values are there; one job a process makes contacts of them, in one transaction with a savepoint each.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg2
import requests
from cpu import serving_seconds
from devserver import DevServer
from server import bench_server

EVENTS = 1000
ROUNDS = 5
WARM_UP = 128  # two for each unit: all workers have then done each kind of work
PROCESSES = 2
CHANNEL = "root.integration.standard"
CHANNELS = f"root:{PROCESSES + 2},root.integration:{PROCESSES},{CHANNEL}:{PROCESSES}"
TARGETS = ("hub", "jobs", "create")
PEERS = {
    "pipeline_vs_job_per_event": ("jobs", "one queue job an event", 4.0),
    "pipeline_vs_create": ("create", "the same creates alone, one savepoint each", 1.0),
}
NAMES = tuple(PEERS)
HOLD = 19_04  # names the lock that the jobs which hold the channel wait for
PATIENCE = 300.0  # seconds
FIXTURE = Path(__file__).resolve().parent.parent / "connectors/vendors/shopify/fixtures/customers__update.json"
# What differs between two equal contacts.
UNLIKE = ("id", "create_date", "write_date", "commercial_partner_id", "calendar_last_notif_ack")


class Sample(NamedTuple):
    """One target in one round; `cpu` in milliseconds an event, PostgreSQL's and the job runner's included."""

    rate: float
    cpu: float


class Bench(NamedTuple):
    server: DevServer
    cursor: Any  # outside of any transaction


def run(names: set[str]) -> Iterator[dict[str, Any]]:
    """Measure the named rows; values are events a second."""
    targets = [target for target in TARGETS if target == "hub" or target in {PEERS[name][0] for name in names}]
    settings = {"queue_job": {"channels": CHANNELS}}
    with bench_server("pipeline", module="hub_bench_pipeline", settings=settings) as server:
        samples = measure(server, targets)
    yield from (_row(name, *PEERS[name], samples) for name in NAMES if name in names)


def measure(server: DevServer, targets: list[str]) -> dict[str, list[Sample]]:
    """All rounds on a server whose database has the module `hub_bench_pipeline`."""
    samples: dict[str, list[Sample]] = {target: [] for target in targets}
    with closing(psycopg2.connect(dbname=server.database)) as connection:
        connection.autocommit = True
        bench = Bench(server, connection.cursor())
        first = 7_000_000_000
        for number in range(ROUNDS + 1):
            made = []
            for target in targets[number % len(targets) :] + targets[: number % len(targets)]:
                ids = range(first, first + (EVENTS if number else WARM_UP))
                first = ids.stop
                sample = _burst(bench, target, ids)
                made.append(_contacts(bench, target, ids))
                if number:
                    samples[target].append(sample)
            if any(contacts != made[0] for contacts in made):
                raise RuntimeError("equal customers became different contacts")
            print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return samples


def _burst(bench: Bench, target: str, ids: range) -> Sample:
    """Let the target make contacts of as many customers at once."""

    def fill() -> None:
        extra = {"processes": PROCESSES} if target == "create" else {}
        enqueue(bench, target, documents=[customer(number) for number in ids], **extra)

    return burst(bench, len(ids), fill)


def burst(bench: Bench, count: int, fill: Callable[[], None], left: Callable[[Bench], int] | None = None) -> Sample:
    """Fill the held channel with so many pieces of work, let it go, and measure until nothing is left to do."""
    left = left or unfinished
    with held(bench):
        fill()
        time.sleep(0.5 + count / 1000)  # the runner has read of each job
        before = serving_seconds(bench.server)
    start = time.perf_counter()  # the channel is free
    wait_until(lambda: left(bench) == 0)
    seconds = time.perf_counter() - start
    return Sample(count / seconds, 1000 * (serving_seconds(bench.server) - before) / count)


@contextmanager
def held(bench: Bench) -> Iterator[None]:
    """No job of the channel runs in the block."""
    bench.cursor.execute("SELECT pg_advisory_lock(%s)", [HOLD])
    enqueue(bench, "hold", key=HOLD, count=PROCESSES)
    wait_until(lambda: jobs(bench, "started") == PROCESSES)
    yield
    bench.cursor.execute("SELECT pg_advisory_unlock(%s)", [HOLD])


def customer(number: int) -> dict[str, Any]:
    """One customer; only its number tells it from the others."""
    document = json.loads(FIXTURE.read_bytes())
    return {**document, "id": number, "last_name": f"Peeters {number}", "email": f"noor.{number}@example.com"}


def enqueue(bench: Bench, what: str, **given: Any) -> None:
    requests.post(bench.server.url + "/bench/pipeline", json={"what": what, **given}, timeout=120).raise_for_status()


def jobs(bench: Bench, *states: str) -> int:
    bench.cursor.execute(
        "SELECT count(*) FROM queue_job WHERE state = ANY(%s) AND channel = %s", [list(states), CHANNEL]
    )
    return int(bench.cursor.fetchone()[0])


def unfinished(bench: Bench) -> int:
    """How much is not done, jobs and events."""
    bench.cursor.execute("SELECT count(*) FROM integration_event WHERE state IN ('pending', 'retry')")
    return int(bench.cursor.fetchone()[0]) + jobs(bench, "pending", "enqueued", "started")


def wait_until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not reached():
        if time.monotonic() > deadline:
            raise RuntimeError(f"not reached within {PATIENCE:.0f} s")
        time.sleep(0.05)


def _contacts(bench: Bench, target: str, ids: range) -> set[str]:
    """What the target made, without its numbers; as many, each once, and linked where that is part of it."""
    emails = {f"noor.{number}@example.com": str(number) for number in ids}
    bench.cursor.execute(
        """SELECT email, (to_jsonb(p) - %s)::text,
                  (SELECT count(*) FROM mail_message WHERE model = 'res.partner' AND res_id = p.id),
                  (SELECT count(*) FROM integration_binding WHERE res_model = 'res.partner' AND res_id = p.id)
             FROM res_partner p WHERE email = ANY(%s)""",
        [list(UNLIKE), list(emails)],
    )
    rows = bench.cursor.fetchall()
    links = {row[3] for row in rows}
    if len(rows) != len(ids) or links != {0 if target == "create" else 1}:
        raise RuntimeError(f"{target} made {len(rows)} contacts of {len(ids)} customers, with {links} links each")
    return {f"{row.replace(emails[email], 'N')} {messages}" for email, row, messages, _links in rows}


def _row(name: str, target: str, peer: str, bar: float, samples: dict[str, list[Sample]]) -> dict[str, Any]:
    return {
        "name": name,
        "unit": "events/s",
        "peer": peer,
        "bar": bar,
        **compared(samples["hub"], samples[target], bar),
        "events": EVENTS,
    }


def compared(ours: Sequence[Any], theirs: Sequence[Any], bar: float) -> dict[str, Any]:
    """What a row says of samples that were taken in pairs: rates, their ratio in the middle, CPU of each."""
    pairs = list(zip(ours, theirs, strict=True))
    ratio = statistics.median(mine.rate / other.rate for mine, other in pairs)
    return {
        "value": median(ours, "rate"),
        "peer_value": median(theirs, "rate"),
        "ratio": round(ratio, 3),
        "ok": ratio >= bar,
        "n": len(pairs),
        "processes": PROCESSES,
        "cpu_ms": median(ours, "cpu"),
        "peer_cpu_ms": median(theirs, "cpu"),
        "cpu_ratio": round(statistics.median(other.cpu / mine.cpu for mine, other in pairs), 3),
    }


def median(samples: Sequence[Any], what: str, digits: int = 1) -> float:
    """The median of a figure of samples."""
    return round(statistics.median(getattr(sample, what) for sample in samples), digits)
