# Part of Integration Hub. License LGPL-3.0 or later.
"""Line: a connection for statements that are transactions by themselves, on which PostgreSQL keeps its plans.

Odoo's pool discards all plans when it hands a connection out, and a routine that is planned anew at each call costs
twice as much. So a process keeps a line of its own to a database (docs/adr/0023). A line that breaks is replaced.
"""

import os
import time

import psycopg2

from odoo.sql_db import connection_info_for

DATABASES = 8  # to which a process keeps lines
TRUSTED = 1.0  # seconds after its last use in which a line is not asked whether it still stands

_idle = {}  # {(process, database): [(connection, when it was used last)]}


def first_row(database, query, parameters):
    """Run one statement as a READ COMMITTED transaction of its own; returns its first row.

    :raises psycopg2.Error: and nobody knows whether it was committed when the connection was lost
    """
    idle = _lines(database)
    connection = _standing(idle) or _connect(database)
    try:
        with connection.cursor() as cursor:
            cursor.execute(query, parameters)
            row = cursor.fetchone()
    except BaseException:
        connection.close()
        raise
    idle.append((connection, time.monotonic()))
    return row


def close(database):
    """Close what this process keeps to a database."""
    for connection, _used_at in _idle.pop((os.getpid(), database), ()):
        connection.close()


def _lines(database):
    key = (os.getpid(), database)
    if key not in _idle and len(_idle) >= DATABASES:
        close(next(iter(_idle))[1])
    return _idle.setdefault(key, [])


def _standing(idle):
    """Return a line that nobody uses, the last used first; ``None`` where there is none."""
    while idle:
        connection, used_at = idle.pop()
        if time.monotonic() - used_at < TRUSTED or _answers(connection):
            return connection
    return None


def _answers(connection):
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except psycopg2.Error:
        connection.close()
        return False
    return True


def _connect(database):
    _name, where = connection_info_for(database)
    connection = psycopg2.connect(**where)
    connection.autocommit = True
    return connection
