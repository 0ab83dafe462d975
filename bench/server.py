# Part of Integration Hub. License LGPL-3.0 or later.
"""One Odoo server with the hub and its peers in the demo database.

The database is a copy of the addon's template with the peers installed, kept until the addon or the peers change; every
run gets a copy of its own.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import devdb
import templates
from devserver import DevServer

ADDONS = Path(__file__).resolve().parent / "addons"
ADDONS_PATH = f"{devdb.DEV / 'addons'},{ADDONS}"

TEMPLATES = {"hub_bench_peer": "bench", "hub_bench_pipeline": "bench_pipeline"}


@contextmanager
def bench_server(purpose: str, module: str = "hub_bench_peer", **options: object) -> Iterator[DevServer]:
    """A running server on a fresh copy of the database with the peers' module; dropped at the end.

    `options` are DevServer's.
    """
    settings = dict(options.pop("settings", {}))
    settings["options"] = {"addons_path": ADDONS_PATH, **settings.get("options", {})}
    database = devdb.name_of(f"bench_{purpose}_{os.getpid()}")
    with peers_importable():
        devdb.clone(template(TEMPLATES[module], "addon", module), database)
        try:
            with DevServer(database, sandbox=False, settings=settings, **options) as server:
                yield server
        finally:
            devdb.drop(database)


@contextmanager
def peers_importable() -> Iterator[None]:
    """While it lasts, Odoo processes find the peers."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.environ["HUB_BENCH_PEERS"]
    try:
        yield
    finally:
        os.environ.pop("PYTHONPATH")
        if before is not None:
            os.environ["PYTHONPATH"] = before


def template(purpose: str, base: str, module: str) -> str:
    """The database with one of the benchmarks' modules installed; built where it is missing or of another version."""
    existing = devdb.databases()
    digest = hashlib.sha256(existing[devdb.name_of(base)].encode())
    peers = Path(os.environ["HUB_BENCH_PEERS"])
    for path in sorted([*(ADDONS / module).rglob("*.py"), *peers.glob("odoo/addons/*/__manifest__.py")]):
        digest.update(path.read_bytes())
    wanted, name = digest.hexdigest()[:16], devdb.name_of(purpose)
    if existing.get(name) != wanted:
        templates.build(purpose, wanted, devdb.name_of(base), "--addons-path", ADDONS_PATH, "-i", module)
    return name
