# Part of Integration Hub. License LGPL-3.0 or later.
"""Surroundings: what the server stands on, PostgreSQL, disk and clock. Read once for the readiness page."""

import shutil
import time
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from odoo.service.db import list_dbs
from odoo.sql_db import db_connect
from odoo.tools import config

from .database import server_time

OLDEST_POSTGRES = 130000
FEWEST_CONNECTIONS = 24  # db_maxconn: a worker that drains has four open, and for moments up to sixteen more
LITTLE_SPACE = 2 * 1024**3  # bytes
NO_SPACE = 256 * 1024**2
CLOCK_AGREES = 2.0  # seconds; retries are due by the clocks of nodes
CLOCK_IS_WRONG = 60.0  # of the five minutes that signatures and tokens usually allow
TRIES = 3


class Surroundings(NamedTuple):
    """What was seen."""

    postgres: int = 150000
    database_size: int = 0
    is_pooled: bool = False
    space: int = 100 * 1024**3
    databases: int = 1
    filters_by_host: bool = False
    connections: int = 64


def look(cr):
    """Return the :class:`Surroundings` of now."""
    cr.execute("SELECT pg_database_size(current_database())")
    (size,) = cr.fetchone()
    return Surroundings(
        postgres=cr.connection.server_version,
        database_size=size,
        is_pooled=is_pooled(db_connect(cr.dbname).cursor),
        space=free_space(config["data_dir"]),
        databases=len(list_dbs(force=True)),
        filters_by_host=any(part in (config["dbfilter"] or "") for part in ("%h", "%d")),
        connections=config["db_maxconn"],
    )


def clock_offset(cr, now=time.time):
    """Return by how many seconds this server's clock is before PostgreSQL's."""
    before = now()
    there = server_time(cr)
    return (before + now()) / 2 - there


def is_pooled(open_cursor):
    """Tell whether a transaction pooler stands between us and PostgreSQL.

    It does where two sessions, open at the same time, have the same server process: a pooler gives it away with the end
    of each transaction. Somebody else may get it first, hence several tries.
    """
    for _try in range(TRIES):
        with closing(open_cursor()) as first, closing(open_cursor()) as second:
            backend = _backend(first)
            first.rollback()
            if _backend(second) == backend:
                return True
    return False


def free_space(folder):
    """Return how many bytes are free where *folder* is, or will be."""
    path = Path(folder)
    return shutil.disk_usage(next(each for each in (path, *path.parents) if each.exists())).free


def _backend(cr):
    cr.execute("SELECT pg_backend_pid()")
    return cr.fetchone()[0]
