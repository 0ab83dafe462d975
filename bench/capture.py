# Part of Integration Hub. License LGPL-3.0 or later.
"""What does a write on 10 000 contacts cost more when a flow sends their changes?

The write is the cheapest there is: one text field that nothing is computed from. It is committed; with the flow on,
10 000 events are in the same transaction (counted), and their units are woken after it. The peer is the same write with
the flow off. Both run in one Odoo process, in interleaved pairs whose order turns; the unit is CPU time, PostgreSQL's
included, and the row has the clock's beside it.
"""

import json
import os
import statistics
import time
from pathlib import Path
from typing import Any

from cpu import cpu_seconds
from odoo_shell import measured_inside
from timing import medians

BAR = 1.2
PAIRS = 9
RECORDS = 10_000
FIELD = "function"


def run() -> dict[str, Any]:
    """Measure in an Odoo process of its own, on a copy of the demo database, dropped at the end."""
    import devdb

    return measured_inside("capture", "bench_capture", devdb.name_of("addon"))


def inside(env: Any, result: str) -> None:
    """The measurement, in Odoo's process; writes the row."""
    flow, partners = _flow(env), _partners(env)
    for is_on in (True, False):
        _sample(env, flow, partners, is_on, 0)
    pairs = []
    for number in range(1, PAIRS + 1):
        order = (True, False) if number % 2 else (False, True)
        samples = {is_on: _sample(env, flow, partners, is_on, number) for is_on in order}
        pairs.append((samples[True], samples[False]))
    cpu, peer_cpu, ratio = medians([(one[0], other[0]) for one, other in pairs])
    clock, peer_clock, clock_ratio = medians([(one[1], other[1]) for one, other in pairs])
    row = {
        "name": "capture_10k",
        "unit": "CPU ms a write of 10 000 records",
        "value": round(1000 * cpu, 1),
        "peer": "the same write, the flow off",
        "peer_value": round(1000 * peer_cpu, 1),
        "ratio": round(ratio, 3),
        "bar": BAR,
        "ok": ratio <= BAR,
        "n": PAIRS,
        "clock_ms": round(1000 * clock, 1),
        "peer_clock_ms": round(1000 * peer_clock, 1),
        "clock_ratio": round(clock_ratio, 3),
        "spread": round(statistics.pstdev(one[0] / other[0] for one, other in pairs), 3),
    }
    Path(result).write_text(json.dumps(row))


def _flow(env: Any) -> Any:
    settings = {"access_token": "bench", "client_secret": "bench", "api_url": "http://127.0.0.1:9"}
    wizard = env["integration.connect"].create({"connector": "hubspot"})
    for line in wizard.field_ids:
        line.value = settings.get(line.name)
    flow = wizard._create_system(check=False).flow_ids.filtered(lambda flow: flow.template_key == "contacts_out")
    flow.trigger_fields = FIELD
    return flow


def _partners(env: Any) -> Any:
    partners = env["res.partner"].create(
        [{"name": f"N{number}", "email": f"n{number}@example.com"} for number in range(RECORDS)]
    )
    env.cr.commit()
    env.cr.execute("ANALYZE")
    return partners


def _sample(env: Any, flow: Any, partners: Any, is_on: bool, number: int) -> tuple[float, float]:
    """CPU and clock seconds of one write, from a cold cache to the end of its commit."""
    flow.write({"state": "on" if is_on else "off"})
    env.cr.commit()
    env["integration.flow"]._listening()
    before = _events(env)
    env.cr.commit()
    env.invalidate_all()
    start, cpu = time.perf_counter(), _cpu(env)
    partners.write({FIELD: f"{number} {is_on}"})
    env.cr.commit()
    cpu, clock = _cpu(env) - cpu, time.perf_counter() - start
    if _events(env) - before != RECORDS * is_on:
        raise RuntimeError(f"{_events(env) - before} events of {RECORDS} records, the flow {'on' if is_on else 'off'}")
    return cpu, clock


def _cpu(env: Any) -> float:
    return cpu_seconds([os.getpid()], env.cr.dbname)


def _events(env: Any) -> int:
    env.cr.execute("SELECT count(*) FROM integration_event WHERE direction = 'outbound'")
    return int(env.cr.fetchone()[0])
