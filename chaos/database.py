# Part of Integration Hub. License LGPL-3.0 or later.
"""The database of the run: a copy of the addon's template with the observer in it, on a PostgreSQL of the run's own.

The server is a private one that nothing else uses, so it may be stopped, with durability as PostgreSQL has it: on.
Where PGHOST names a server of somebody else's, that one is used and never stopped.
"""

import hashlib
import os
import subprocess
import time
from pathlib import Path

import devdb
import templates
from psycopg2 import sql

ADDONS = Path(__file__).resolve().parent / "addons"
ADDONS_PATH = f"{devdb.DEV / 'addons'},{ADDONS}"
START_TIMEOUT = 60.0  # seconds
OWN = "HUB_CHAOS_TEMPLATES_HOST" in os.environ
"""Whether the server is the run's own; the variable says where the templates' server is."""


def template() -> str:
    """The database to copy; built where it is missing or of another version."""
    addon = devdb.name_of("addon")
    digest = hashlib.sha256(_comment_of(addon).encode())
    for path in sorted((ADDONS / "hub_chaos").glob("*.*")):
        digest.update(path.read_bytes())
    wanted, name = digest.hexdigest()[:16], devdb.name_of("chaos")
    if devdb.databases().get(name) != wanted:
        unfinished = devdb.name_of("chaos_part")
        _copy(addon, unfinished)
        templates.odoo(
            unfinished, "--db_host", os.environ["PGHOST"], "--addons-path", ADDONS_PATH, "-i", "hub_chaos",
            log="template-chaos",
        )  # fmt: skip
        devdb.comment(unfinished, wanted)
        devdb.rename(unfinished, name)
    return name


def _comment_of(name: str) -> str:
    here = os.environ["PGHOST"]
    os.environ["PGHOST"] = os.environ.get("HUB_CHAOS_TEMPLATES_HOST", here)
    try:
        return devdb.databases()[name]
    finally:
        os.environ["PGHOST"] = here


def _copy(name: str, to: str) -> None:
    if not OWN:
        devdb.clone(name, to)
        return
    devdb.drop(to)
    files = devdb.FILESTORE / name
    if files.is_dir():
        subprocess.run(["cp", "-al", files, devdb.FILESTORE / to], check=True)
    with devdb.server() as cursor:
        cursor.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(to)))
    bindir = Path(os.environ["HUB_POSTGRES_BIN"])
    dump = [bindir / "pg_dump", "-h", os.environ["HUB_CHAOS_TEMPLATES_HOST"], "-Fc", "-Z0", name]
    with subprocess.Popen(dump, stdout=subprocess.PIPE) as source:
        subprocess.run([bindir / "pg_restore", "--no-owner", "-d", to], stdin=source.stdout, check=True)
    if source.returncode:
        raise RuntimeError(f"pg_dump of {name} ended with status {source.returncode}")


def stop(mode: str) -> None:
    """Stops the run's own PostgreSQL server: `fast` breaks sessions off, `immediate` is as if the power failed."""
    subprocess.run([devdb.ROOT / "scripts/pg", "stop", mode], check=True, stdout=subprocess.DEVNULL)


def start() -> None:
    """Starts it again, and returns when it answers; after `immediate` it recovers first."""
    subprocess.run([devdb.ROOT / "scripts/pg", "start"], check=True, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + START_TIMEOUT
    while problem := devdb.check():
        if time.monotonic() > deadline:
            raise RuntimeError(problem)
        time.sleep(0.1)
