# Part of Integration Hub. License LGPL-3.0 or later.
"""From the acknowledgement to the effect on an idle server, against a bare queue job.

- `hub`: a signed webhook of a customer; the effect is the contact, with its link, outcome and attempt.
- `bare`: queue_job's own controller enqueues its own test job, which does nothing; the effect is that it is done.

In turns, some hundred milliseconds apart, so that both meet the same machine; what is looked at is the database, from
outside. The bar is on the difference of the medians: what the hub adds to a job that is enqueued, run and ended.
"""

import random
import statistics
import time
from collections.abc import Iterator
from typing import Any

import devserver
import requests
from hub_clients import Odoo
from shops import NUMBERS, Shop, happened, landed, outside

PAIRS = 60
WARM_UP = 20  # each of the workers has then done each
BAR = 150.0  # milliseconds
NAMES = ("wakeup_latency",)


def run(_names: set[str]) -> Iterator[dict[str, Any]]:
    """Measure; values are milliseconds."""
    with devserver.fresh("wakeup") as server:
        yield measure(server)


def measure(server: devserver.DevServer) -> dict[str, Any]:
    """The row, on a running server."""
    admin = Odoo(server.url, server.database, "admin", "admin")
    shop = Shop.connect(server, admin, "wakeup", "critical")
    pairs = []
    with outside(server) as cursor:
        for number in range(WARM_UP + PAIRS):
            samples = {}
            for target in random.sample((_hub, _bare), 2):
                time.sleep(random.uniform(0.1, 0.3))
                samples[target] = 1000 * target(shop, cursor)
            if number >= WARM_UP:
                pairs.append((samples[_hub], samples[_bare]))
    ours, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
    more = statistics.median(one - other for one, other in pairs)
    return {
        "name": "wakeup_latency",
        "unit": "ms",
        "value": round(ours, 1),
        "peer": "a bare queue job; ratio: milliseconds more",
        "peer_value": round(bare, 1),
        "ratio": round(more, 1),
        "bar": BAR,
        "ok": more <= BAR,
        "n": PAIRS,
        "p95_ms": round(statistics.quantiles([one for one, _other in pairs], n=20)[-1], 1),
        "peer_p95_ms": round(statistics.quantiles([other for _one, other in pairs], n=20)[-1], 1),
    }


def _hub(shop: Shop, cursor: Any) -> float:
    number = next(NUMBERS)
    acknowledged = shop.send(number)
    return landed(cursor, number) - acknowledged


def _bare(shop: Shop, cursor: Any) -> float:
    name = f"bare {next(NUMBERS)}"
    answer = requests.get(
        shop.server.url + "/queue_job/create_test_job",
        params={"description": name},
        cookies={"session_id": shop.admin.cookie},
        timeout=60,
    )
    acknowledged = time.perf_counter()
    answer.raise_for_status()
    done = "SELECT 1 FROM queue_job WHERE name = %s AND state = 'done'"
    return happened(cursor, f"job {name}", done, name) - acknowledged
