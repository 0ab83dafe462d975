# Part of Integration Hub. License LGPL-3.0 or later.
"""Home: the database that works. A copy has its original's home, knows by it that it is a copy, and does nothing.

A home is a server of PostgreSQL and a database on it, by numbers that no copy takes along: not one of the same server,
not a dump that is restored. A new name, a restart and a replica leave them as they are (docs/adr/0036).
"""

from odoo.tools import SQL

_HERE = SQL(
    """(SELECT s.system_identifier || '/' || d.oid FROM pg_control_system() s, pg_database d
         WHERE d.datname = current_database())"""
)
# Whether nothing may be done here. Where nobody has worked yet there is no home, and whoever works first makes it one.
IS_COPY = SQL("EXISTS (SELECT FROM integration_home WHERE place <> %s)", _HERE)
_CACHED = "integration_hub.is_copy"


def is_copy(cr):
    """Tell whether this database is a copy that nobody has let go on; asked once for a cursor."""
    if _CACHED not in cr.cache:
        cr.execute(SQL("SELECT %s", IS_COPY))
        (cr.cache[_CACHED],) = cr.fetchone()
    return cr.cache[_CACHED]


def settle(cr):
    """Make this database the home where there is none."""
    cr.execute(
        SQL(
            """INSERT INTO integration_home SELECT %s WHERE NOT EXISTS (SELECT FROM integration_home)
               ON CONFLICT DO NOTHING""",
            _HERE,
        )
    )


def move_in(cr):
    """Make this database the home, whatever was it before."""
    cr.execute("DELETE FROM integration_home")
    settle(cr)
    cr.cache.pop(_CACHED, None)
