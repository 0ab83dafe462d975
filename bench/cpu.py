# Part of Integration Hub. License LGPL-3.0 or later.
"""CPU seconds of a server and of PostgreSQL's work for it: what a busy machine does not change."""

import os
from pathlib import Path

import psycopg2
from devserver import DevServer

TICKS = os.sysconf("SC_CLK_TCK")


def serving_seconds(server: DevServer) -> float:
    """CPU seconds so far of a server's HTTP workers, which run the jobs too, and of its job runner."""
    return cpu_seconds(server.worker_pids("WorkerHTTP") + server.worker_pids("WorkerJobRunner"), server.database)


def cpu_seconds(workers: list[int], database: str) -> float:
    """CPU seconds so far of a server's workers and of the backends that serve its database.

    A difference of two readings is right for processes that live through both: workers and pooled connections do.
    """
    pids = list(workers)
    connection = psycopg2.connect(dbname="postgres")
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = %s", [database])
            pids += [pid for (pid,) in cursor.fetchall()]
    finally:
        connection.close()
    return sum(map(_process_seconds, pids))


def _process_seconds(pid: int) -> float:
    try:
        # the name of the program, in parentheses, may hold blanks
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS
