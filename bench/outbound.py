# Part of Integration Hub. License LGPL-3.0 or later.
"""Outbound pipeline, from contacts in Odoo to links with a CRM that answers in 50 ms, against one queue job a call.

One server, one channel of the job queue for both, a CRM in a process of its own. In each round each gets as many new
contacts while the channel is held; then it is let go, and the time runs until the last contact is linked. What the CRM
was asked is compared. Rounds are interleaved, their order turns, and the ratio is the median of the rounds' ratios.

- `contacts`: the hub's capture, events, drains, calls, attempts and links.
- `calls`: a job for each contact renders it by the same mappings, calls by a pooled session, and links. It writes no
  outcome and no attempt, and holds back no key.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pipeline
import psycopg2
import requests
from devserver import DevServer
from pipeline import Bench, Sample
from server import bench_server

NAMES = ("outbound_vs_job_per_call",)
EVENTS = 640  # ten for each unit
ROUNDS = 5
BAR = 6.0
TARGETS = ("contacts", "calls")
CRM = Path(__file__).with_name("crm.py")


def run(names: set[str]) -> Iterator[dict[str, Any]]:
    """Measure; values are calls a second."""
    settings = {"queue_job": {"channels": pipeline.CHANNELS}}
    with (
        crm() as address,
        bench_server("outbound", module="hub_bench_pipeline", settings=settings) as server,
    ):
        yield _row(measure(server, address))


@contextmanager
def crm() -> Iterator[str]:
    """A running CRM; its address."""
    command = ["setpriv", "--pdeathsig", "TERM", sys.executable, CRM]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def measure(server: DevServer, address: str, rounds: int = ROUNDS) -> dict[str, list[Sample]]:
    """All rounds on a server whose database has the module `hub_bench_pipeline`."""
    samples: dict[str, list[Sample]] = {target: [] for target in TARGETS}
    with closing(psycopg2.connect(dbname=server.database)) as connection:
        connection.autocommit = True
        bench = Bench(server, connection.cursor())
        pipeline.enqueue(bench, "crm", api_url=address)
        first = 1
        for number in range(rounds + 1):
            asked = {}
            for target in TARGETS[:: 1 if number % 2 else -1]:
                numbers = range(first, first + (EVENTS if number else pipeline.WARM_UP))
                first = numbers.stop
                sample = pipeline.burst(
                    bench, len(numbers), partial(pipeline.enqueue, bench, target, numbers=list(numbers))
                )
                asked[target] = _asked(bench, address, numbers)
                if number:
                    samples[target].append(sample)
            if asked["contacts"] != asked["calls"]:
                raise RuntimeError("equal contacts became different calls")
            print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return samples


def _asked(bench: Bench, address: str, numbers: range) -> set[str]:
    """What the CRM was asked, without the contacts' numbers: each of them once, and linked with what was answered."""
    seen = requests.get(f"{address}/journal", timeout=60).json()["journal"]
    emails = [entry["body"]["properties"]["email"] for entry in seen]
    wanted = {f"noor.{number}@example.com": str(number) for number in numbers}
    bench.cursor.execute(
        """SELECT count(DISTINCT b.external_id) FROM integration_binding b JOIN res_partner p ON p.id = b.res_id
            WHERE b.res_model = 'res.partner' AND p.email = ANY(%s)""",
        [list(wanted)],
    )
    links = bench.cursor.fetchone()[0]
    if sorted(emails) != sorted(wanted) or links != len(wanted):
        raise RuntimeError(f"{len(wanted)} contacts were sent in {len(emails)} calls, and {links} are linked")
    return {
        json.dumps(entry, sort_keys=True).replace(f"Peeters{wanted[email]}", "Peeters").replace(email, "")
        for entry, email in zip(seen, emails, strict=True)
    }


def _row(samples: dict[str, list[Sample]]) -> dict[str, Any]:
    return {
        "name": NAMES[0],
        "unit": "calls/s",
        "peer": "one queue job a call",
        "bar": BAR,
        **pipeline.compared(samples["contacts"], samples["calls"], BAR),
        "events": EVENTS,
    }
