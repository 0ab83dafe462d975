# Part of Integration Hub. License LGPL-3.0 or later.
"""The development databases: create from a template, drop, look up. Reads the server's address as libpq does, from PG*.

    scripts/devdb.py check | list | key | clone TEMPLATE NAME | drop NAME... | drop-all

Every database of this checkout is named `hub_<six hex digits of its path>_<purpose>`, so two checkouts share a server
without meeting, and `make clean` knows its own. What a template was made from is kept as the database's comment.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
from psycopg2 import sql

ROOT = Path(__file__).resolve().parent.parent
DEV = ROOT / ".dev"
FILESTORE = DEV / "data" / "filestore"
PREFIX = f"hub_{hashlib.sha256(str(ROOT).encode()).hexdigest()[:6]}_"
OLDEST_SERVER = 130000  # Odoo 19's minimum


def name_of(purpose: str) -> str:
    """The name of this checkout's database for a purpose: `hub_1a2b3c_run`."""
    return PREFIX + purpose


@contextmanager
def server() -> Iterator["psycopg2.extensions.cursor"]:
    """A cursor on the server's maintenance database, each statement committed by itself, as CREATE DATABASE demands."""
    connection = psycopg2.connect(dbname="postgres")
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def databases() -> dict[str, str]:
    """This checkout's databases and what their comments say."""
    with server() as cursor:
        cursor.execute(
            "SELECT datname, coalesce(shobj_description(oid, 'pg_database'), '')"
            " FROM pg_database WHERE starts_with(datname, %s)",
            [PREFIX],
        )
        return dict(cursor.fetchall())


def clone(template: str, name: str) -> None:
    """A new database `name` with the content of `template` and its files; one of that name is dropped first.

    Files are hard links: the store names them by their content and never writes into one.
    """
    drop(name)
    if (FILESTORE / template).is_dir():
        # the store is complete before the database is visible
        subprocess.run(["cp", "-al", FILESTORE / template, FILESTORE / name], check=True)
    with server() as cursor:
        cursor.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))


def execute(name: str, statement: str) -> None:
    """Runs one SQL statement in a database and commits it."""
    with closing(psycopg2.connect(dbname=name)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement)


def comment(name: str, text: str) -> None:
    """Writes on a database what it holds; `databases()` reads it."""
    with server() as cursor:
        cursor.execute(sql.SQL("COMMENT ON DATABASE {} IS %s").format(sql.Identifier(name)), [text])


def rename(name: str, to: str) -> None:
    """Gives a finished database its name; one of that name is dropped first."""
    drop(to)
    with server() as cursor:
        if (FILESTORE / name).is_dir():
            (FILESTORE / name).rename(FILESTORE / to)
        cursor.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(to)))


def drop(name: str) -> None:
    """Drops a database, whoever is connected, its files and its sandbox's state. One that is not there is no error."""
    with server() as cursor:
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
    shutil.rmtree(FILESTORE / name, ignore_errors=True)
    sandbox_state(name).unlink(missing_ok=True)


def sandbox_state(name: str) -> Path:
    """Where the sandbox beside a database keeps its objects and webhook addresses from one start to the next."""
    return DEV / "servers" / f"{name}.sandbox.json"


def check() -> str | None:
    """What is wrong with the server, in words that say what to do; None where it serves."""
    where = f"PGHOST={os.environ.get('PGHOST')} PGPORT={os.environ.get('PGPORT')} PGUSER={os.environ.get('PGUSER')}"
    try:
        with server() as cursor:
            cursor.execute("SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user")
            (may_create,) = cursor.fetchone()
            version = cursor.connection.server_version
    except psycopg2.OperationalError as error:
        return f"PostgreSQL does not answer ({where}):\n        {str(error).strip()}"
    if version < OLDEST_SERVER:
        return f"PostgreSQL {version // 10000} is too old for Odoo 19 ({where}): version 13 or newer is needed"
    if not may_create:
        return f"the PostgreSQL role may not create databases ({where}): ALTER ROLE … CREATEDB"
    if os.environ.get("PGUSER") == "postgres":
        return "Odoo refuses the role `postgres`: set PGUSER to another one that may create databases"
    return None


def stop_if_unused() -> None:
    """Stops the private PostgreSQL where it was found stopped (HUB_STOP_POSTGRES) and nobody else uses it now."""
    if not os.environ.get("HUB_STOP_POSTGRES"):
        return
    with server() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        (others,) = cursor.fetchone()
    if not others:
        subprocess.run([ROOT / "scripts" / "pg", "stop"], check=True)


def main(arguments: list[str]) -> int:
    match arguments:
        case ["check"]:
            if problem := check():
                print(f"set-up: {problem}", file=sys.stderr)
                return 1
        case ["list"]:
            for name, comment in sorted(databases().items()):
                print(name, comment)
        case ["name", purpose]:
            print(name_of(purpose))
        case ["clone", template, name]:
            clone(template, name)
        case ["drop", *names] if names:
            for name in names:
                drop(name)
        case ["drop-all"]:
            for name in databases():
                drop(name)
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
