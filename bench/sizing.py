# Part of Integration Hub. License LGPL-3.0 or later.
"""What a million messages take on disk, table by table:  bench/sizing.py [COUNT] [BODY_BYTES]

No row of the table of benchmarks: docs/SIZING.md has what it printed. The messages are copies of one that the hub took
in and worked off, written as often as the hub writes them, each with a body of as many bytes as said that compresses as
customers' records do.
"""

import sys
from contextlib import closing
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "scripts")]

import log_rows  # noqa: E402
import pipeline  # noqa: E402
import psycopg2  # noqa: E402
from server import bench_server  # noqa: E402

TABLES = ("integration_event", "integration_event_payload", "integration_event_attempt", "integration_dedupe")
WORDS = "regexp_replace(string_agg(md5(p.id::text || n), ' '), '[0-9]{3}', ' street ', 'g')"
# Half of it the customer's own record, half of it as many letters of its own as are missing.
BODIES = f"""
    UPDATE integration_event_payload p
       SET body = left(body, %(size)s) || left((SELECT {WORDS} FROM generate_series(1, 400) n),
                                               greatest(%(size)s - length(left(body, %(size)s)), 0))"""
SIZES = """
    SELECT pg_relation_size(%(table)s), pg_total_relation_size(%(table)s) - pg_relation_size(%(table)s)
           - pg_indexes_size(%(table)s), pg_indexes_size(%(table)s)"""
INDEXES = """
    SELECT indexrelname, pg_relation_size(indexrelid), idx_scan FROM pg_stat_user_indexes
     WHERE relname = %(table)s ORDER BY 2 DESC"""


def main(count: int = 1_000_000, size: int = 2048) -> None:
    """Print bytes a message."""
    with (
        bench_server("sizing", module="hub_bench_pipeline") as server,
        closing(psycopg2.connect(dbname=server.database)) as connection,
    ):
        connection.autocommit = True
        bench = pipeline.Bench(server, connection.cursor())
        cursor = bench.cursor
        documents = [pipeline.customer(number) for number in range(7_000_000_000, 7_000_000_064)]
        pipeline.enqueue(bench, "hub", documents=documents)
        pipeline.wait_until(lambda: pipeline.jobs(bench, "pending", "enqueued", "started") == 0)
        cursor.execute(BODIES, {"size": size})
        log_rows.fill(cursor, count)
        total = 0
        print(f"{count} messages with bodies of {size} bytes; bytes a message\n")
        print(f"{'table':40} {'rows':>8} {'toast':>8} {'indexes':>8} {'all':>8}")
        for table in TABLES:
            cursor.execute(SIZES, {"table": table})
            parts = [part / count for part in cursor.fetchone()]
            total += sum(parts)
            print(f"{table:40} {parts[0]:8.0f} {parts[1]:8.0f} {parts[2]:8.0f} {sum(parts):8.0f}")
            cursor.execute(INDEXES, {"table": table})
            for name, index, scans in cursor.fetchall():
                print(f"    {name:36} {'':8} {'':8} {index / count:8.0f} {'':8} {scans} scans")
        print(f"{'all':40} {'':8} {'':8} {'':8} {total:8.0f}   {total * count / 1e9:.2f} GB")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
