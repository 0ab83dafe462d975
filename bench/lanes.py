# Part of Integration Hub. License LGPL-3.0 or later.
"""How long a critical message takes, from its webhook to its effect, while very many wait for a slow vendor.

One server. The vendor answers after two seconds; 100 000 different contacts wait for it in the standard lane, whose
drains call it all the time. Critical customers come in one after the other. The peer is the same server with none that
waits, before and after.
"""

import random
import statistics
import time
from collections.abc import Iterator
from typing import Any

import devserver
from hub_clients import Odoo, Sandbox, connector_values
from shops import NUMBERS, Shop, landed, outside

WAITING = 100_000
PARTNERS = 12_800  # 200 of each unit: a batch of a drain holds none twice
SAMPLES = 60  # in each of three phases
WARM_UP = 10
ANSWERS_AFTER = 2.0  # seconds
P50_BAR, P95_BAR = 1.25, 2.0
NAMES = ("lane_isolation",)
FILL = """
    WITH event AS (
        SELECT id, res_id FROM integration_event WHERE endpoint_id = %(endpoint)s ORDER BY id DESC LIMIT 1),
    partner AS (
        INSERT INTO res_partner
        SELECT (jsonb_populate_record(p, jsonb_build_object(
                   'id', nextval('res_partner_id_seq'), 'email', 'slow.' || n || '@example.com'))).*
          FROM res_partner p CROSS JOIN generate_series(1, %(partners)s) n
         WHERE p.id = (SELECT res_id FROM event)
        RETURNING id),
    numbered AS (
        SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM partner)
    INSERT INTO integration_event
    SELECT (jsonb_populate_record(e, jsonb_build_object(
               'id', nextval('integration_event_id_seq'), 'slot', n.n %% 64, 'res_id', n.id,
               'partition_key', 'res.partner:' || n.id))).*
      FROM generate_series(0, %(count)s - 1) AS copy
      JOIN numbered n ON n.n = copy %% %(partners)s
     CROSS JOIN event JOIN integration_event e ON e.id = event.id"""


def run(_names: set[str]) -> Iterator[dict[str, Any]]:
    """Measure; values are milliseconds."""
    with devserver.fresh("lanes") as server:
        yield measure(server)


def measure(server: devserver.DevServer) -> dict[str, Any]:
    """The row, on a running server with a sandbox."""
    sandbox = Sandbox(server.sandbox_url)
    admin = Odoo(server.url, server.database, "admin", "admin")
    shop = Shop.connect(server, admin, "critical", "critical")
    system = admin.connect("hubspot", "Slow", connector_values(sandbox, "hubspot"))
    domain = [("system_id", "=", system), ("direction", "=", "outbound")]
    slow = admin.one("integration.endpoint", domain, [])["id"]
    admin.call("integration.endpoint", "action_pause", [slow])
    sandbox.faults({"vendor": "hubspot", "kind": "latency", "seconds": ANSWERS_AFTER})
    with outside(server) as cursor:
        _latencies(shop, cursor, WARM_UP)
        alone = _latencies(shop, cursor, SAMPLES)
        cursor.execute(FILL, {"endpoint": slow, "partners": PARTNERS, "count": WAITING})
        cursor.execute("VACUUM ANALYZE integration_event")
        admin.call("integration.endpoint", "action_resume", [slow])
        _latencies(shop, cursor, WARM_UP)
        called = len(sandbox.journal("hubspot", "in"))
        beside = _latencies(shop, cursor, SAMPLES)
        called = len(sandbox.journal("hubspot", "in")) - called
        if not called:
            raise RuntimeError("the slow vendor was not called meanwhile")
        admin.call("integration.endpoint", "action_pause", [slow])
        cursor.execute("DELETE FROM integration_event WHERE endpoint_id = %s", [slow])
        cursor.execute("VACUUM ANALYZE integration_event")
        time.sleep(2 * ANSWERS_AFTER)  # calls that were under way
        alone += _latencies(shop, cursor, SAMPLES)
    return _row(beside, alone, called)


def _latencies(shop: Shop, cursor: Any, count: int) -> list[float]:
    found = []
    for _message in range(count):
        time.sleep(random.uniform(0.05, 0.25))
        number, sent = next(NUMBERS), time.perf_counter()
        shop.send(number)
        found.append(1000 * (landed(cursor, number) - sent))
    return found


def _row(beside: list[float], alone: list[float], called: int) -> dict[str, Any]:
    (p50, p95), (alone_p50, alone_p95) = ((statistics.median(one), _p95(one)) for one in (beside, alone))
    return {
        "name": "lane_isolation",
        "unit": "ms",
        "value": round(p50, 1),
        "peer": "with none that waits",
        "peer_value": round(alone_p50, 1),
        "ratio": round(p50 / alone_p50, 3),
        "bar": P50_BAR,
        "ok": p50 / alone_p50 <= P50_BAR and p95 / alone_p95 <= P95_BAR,
        "n": len(beside),
        "waiting": WAITING,
        "calls": called,
        "p95_ms": round(p95, 1),
        "peer_p95_ms": round(alone_p95, 1),
        "p95_ratio": round(p95 / alone_p95, 3),
        "p95_bar": P95_BAR,
    }


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]
