# Part of Integration Hub. License LGPL-3.0 or later.
"""What the database says when all is quiet, written into the run's folder and read for the checker."""

import json
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import psycopg2
from checker import FINAL, Effect, Logged
from journal import Entry, read
from recovery import Trace

QUERIES = {
    "effects": """
        SELECT tx, operation, res_id, coalesce(identity, ''), coalesce(mark, '') FROM hub_chaos_effect ORDER BY id""",
    "traces": """
        SELECT extract(epoch FROM at)::float8, event_id, unit, state, key FROM hub_chaos_trace ORDER BY at, id""",
    "log": """
        SELECT e.id, e.state, coalesce(e.error_code, ''), CASE e.res_model WHEN 'res.partner' THEN e.res_id END, t.tx
          FROM integration_event e
     LEFT JOIN (SELECT event_id, max(tx) AS tx FROM hub_chaos_trace WHERE state = 'done' GROUP BY 1) t
            ON t.event_id = e.id
      ORDER BY e.id""",
}
WAITING = """
    SELECT direction || ' ' || state, count(*) FROM integration_event WHERE state <> ALL(%s) GROUP BY 1 ORDER BY 1"""


class Seen(NamedTuple):
    """Everything that the checker compares."""

    shop: list[Entry]
    people: list[Entry]
    puts: list[Entry]
    effects: list[Effect]
    traces: list[Trace]
    log: dict[int, Logged]


def wait_until_quiet(database: str, seconds: float, say: Callable[[str], None]) -> None:
    """Returns when nothing waits in the hub any more, or after so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        waiting = dict(_rows(database, WAITING, [list(FINAL)]))
        if not waiting:
            return
        say(f"waiting: {', '.join(f'{count} {name}' for name, count in waiting.items())}")
        time.sleep(5)


def collect(database: str, folder: Path) -> Seen:
    """Reads the database and the journals, and keeps the rows beside these."""
    rows = {name: _rows(database, query) for name, query in QUERIES.items()}
    for name, found in rows.items():
        (folder / f"{name}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in found))
    shop, people, vendor = (list(read(folder / f"{name}.jsonl")) for name in ("shop", "people", "vendor"))
    return Seen(
        shop,
        people,
        [entry for entry in vendor if entry["what"] == "put"],
        [Effect(*row) for row in rows["effects"]],
        [Trace(*row) for row in rows["traces"]],
        {number: Logged(*values) for number, *values in rows["log"]},
    )


def _rows(database: str, query: str, parameters: list[Any] | None = None) -> list[Any]:
    with closing(psycopg2.connect(dbname=database)) as connection, connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall()
