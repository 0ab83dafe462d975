# Part of Integration Hub. License LGPL-3.0 or later.
"""A log as months of work leave it: copies of a message that the hub took in and worked off, with what belongs to it.

They come and end by SQL, in batches, so that each row has been written as often as the hub writes it.
"""

import runpy
from pathlib import Path
from typing import Any

HISTOGRAM = Path(__file__).resolve().parent.parent / "engine/histogram.py"  # imports nothing of Odoo
BATCH = 20_000
_COLUMNS = """
    SELECT attname FROM pg_attribute
     WHERE attrelid = 'integration_event'::regclass AND attnum > 0 AND NOT attisdropped"""
_RESERVE = """
    SELECT setval('integration_event_id_seq', nextval('integration_event_id_seq') + %(count)s) - %(count)s"""
# What a copy has of its own.
_OWN = {
    "id": "%(first)s + n",
    "slot": "n %% 64",
    "partition_key": "e.partition_key || n",
    "external_id": "e.external_id || n",
    "arrived_at": "now() AT TIME ZONE 'UTC' - make_interval(secs => (%(count)s - n) * %(seconds)s)",
}
# How it is before it was worked on.
_ARRIVED = {
    **dict.fromkeys(("done_at", "res_model", "res_id", "mapping_version_id", "record_mapping_version_id"), "NULL"),
    "state": "'pending'",
    "attempt_count": "0",
}
_END = """
    UPDATE integration_event e
       SET state = %(state)s, attempt_count = 1, done_at = e.arrived_at, res_model = o.res_model, res_id = o.res_id,
           mapping_version_id = o.mapping_version_id, record_mapping_version_id = o.record_mapping_version_id,
           error_code = %(code)s, error_message = %(code)s || ' ' || e.id %% 10,
           fingerprint = left(md5(%(code)s || e.id %% 10), 16)
      FROM integration_event o WHERE o.id = %(like)s AND e.id > %(first)s + %(from)s AND e.id <= %(first)s + %(to)s"""
# What the hub would have counted of them while it worked: each took half a second.
_ROLLUPS = """
    INSERT INTO integration_metric (
        kind, period, begins_at, company_id, endpoint_id, flow_id, direction, outcome, count, seconds, latency,
        calls, call_seconds, call_latency)
    SELECT 'try', p.name, date_trunc(p.name, done_at), company_id, endpoint_id, flow_id, direction, state, count(*),
           count(*) * 0.5, array_fill(0::bigint, ARRAY[%(place)s]) || count(*)
                           || array_fill(0::bigint, ARRAY[%(places)s - %(place)s - 1]),
           0, 0, array_fill(0::bigint, ARRAY[%(places)s])
      FROM integration_event
     CROSS JOIN (VALUES ('minute', interval '2 days'), ('hour', interval '90 days'), ('day', interval '2 years'))
                AS p (name, kept)
     WHERE state IN ('done', 'dead') AND done_at >= now() AT TIME ZONE 'UTC' - p.kept
     GROUP BY 1, 2, 3, 4, 5, 6, 7, 8"""
_REST = (
    """INSERT INTO integration_event_attempt (event_id, number, started_at, ended_at, outcome, worker)
       SELECT %(first)s + n, number, started_at, ended_at, %(state)s, worker
         FROM generate_series(%(from)s + 1, %(to)s) n, integration_event_attempt WHERE event_id = %(like)s""",
    """INSERT INTO integration_event_payload (event_id, headers, body)
       SELECT %(first)s + n, headers, replace(body, %(number)s, (10000000000 + n)::text)
         FROM generate_series(%(from)s + 1, %(to)s) n, integration_event_payload WHERE event_id = %(like)s""",
    """INSERT INTO integration_dedupe (company_id, endpoint_id, dedupe_key, event_id, seen_at)
       SELECT company_id, endpoint_id, gen_random_uuid()::text, %(first)s + n, now() AT TIME ZONE 'UTC'
         FROM generate_series(%(from)s + 1, %(to)s) n, integration_event WHERE id = %(like)s""",
)


def fill(cursor: Any, count: int, *, state: str = "done", days: float = 90.0, whole: bool = True) -> None:
    """Make `count` messages like the first one that is done, spread over the days until now.

    With `whole` each has its try, its content and its delivery key; without, the message is all there is.
    """
    cursor.execute("SELECT id, external_id FROM integration_event WHERE state = 'done' ORDER BY id LIMIT 1")
    like, number = cursor.fetchone()
    cursor.execute(_COLUMNS)
    columns = [name for (name,) in cursor.fetchall()]
    own = _OWN | _ARRIVED
    arrive = f"""
        INSERT INTO integration_event ({", ".join(columns)})
        SELECT {", ".join(own.get(name, f"e.{name}") for name in columns)}
          FROM generate_series(%(from)s + 1, %(to)s) n, integration_event e WHERE e.id = %(like)s"""
    cursor.execute(_RESERVE, {"count": count})
    values = {"like": like, "number": number, "count": count, "first": cursor.fetchone()[0]}
    values |= {"state": state, "code": None if state == "done" else "no-such-thing", "seconds": days * 86400 / count}
    for start in range(0, count, BATCH):
        batch = {**values, "from": start, "to": min(start + BATCH, count)}
        cursor.execute(arrive, batch)
        if whole:
            for statement in _REST:
                cursor.execute(statement, batch)
        if state not in ("pending", "retry"):
            cursor.execute(_END, batch)
    cursor.execute("VACUUM (ANALYZE) integration_event, integration_event_attempt, integration_event_payload")


def roll_up(cursor: Any) -> None:
    """Make the rollups of all messages there are, instead of those there were."""
    values = runpy.run_path(str(HISTOGRAM))
    cursor.execute("DELETE FROM integration_metric")
    cursor.execute(_ROLLUPS, {"place": values["place"](0.5), "places": values["PLACES"]})
    cursor.execute("VACUUM (ANALYZE) integration_metric")
