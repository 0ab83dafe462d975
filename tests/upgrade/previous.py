# Part of Integration Hub. License LGPL-3.0 or later.
"""The version before: a database made by it, and its server on that database."""

import tarfile
from pathlib import Path

import devdb
import templates
from devserver import ONLY_OUR_CRONS, DevServer

RELEASES = Path(__file__).parent / "releases"


def version() -> str:
    """Which version that is."""
    (archive,) = RELEASES.glob("integration_hub-*.tar.xz")
    return archive.name.removeprefix("integration_hub-").removesuffix(".tar.xz")


def install(database: str, folder: Path) -> DevServer:
    """Unpacks the release, installs it in a new database of Odoo's apps, and returns its server, not started."""
    with tarfile.open(RELEASES / f"integration_hub-{version()}.tar.xz") as archive:
        archive.extractall(folder)  # our own; Debian's Python knows no filter yet
    templates.ensure("base")
    devdb.clone(devdb.name_of("base"), database)
    templates.odoo(database, "--with-demo", "--addons-path", str(folder), "-i", "integration_hub", log="previous")
    devdb.execute(database, ONLY_OUR_CRONS)
    return DevServer(database, settings={"options": {"addons_path": str(folder)}})


def successor(old: DevServer) -> DevServer:
    """The same server with the code of this tree, at the same address, beside the same sandbox; not started."""
    return DevServer(old.database, http_port=old.http_port, sandbox_port=old.sandbox_port, sandbox=False)
