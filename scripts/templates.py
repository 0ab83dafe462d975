# Part of Integration Hub. License LGPL-3.0 or later.
"""Builds the template databases where they are missing or out of date; says nothing where they are right.

    templates.py base|addon

`base`: Odoo's apps with demo data, rebuilt when Odoo's version or the list of apps changes (about a minute).
`addon`: a copy of it with this addon installed, rebuilt when a file that reaches a database changes (seconds).
"""

import hashlib
import subprocess
import sys
from pathlib import Path

import devdb

APPS = "sale_management,stock,stock_delivery,account,crm,project,hr_timesheet,purchase,contacts,queue_job"
# What of the addon can change a database that it is installed in. Tests, benches, documents and scripts cannot.
PARTS = (
    "models",
    "engine",
    "connectors",
    "controllers",
    "wizards",
    "views",
    "security",
    "data",
    "demo",
    "i18n",
    "migrations",
)
SUFFIXES = {".py", ".xml", ".csv", ".json", ".po", ".sql"}


def addon_files() -> list[Path]:
    """The files that `addon_key` is made from."""
    found = [
        path for part in PARTS for path in (devdb.ROOT / part).rglob("*") if path.suffix in SUFFIXES and path.is_file()
    ]
    kept = sorted(path for path in found if "tests" not in path.relative_to(devdb.ROOT).parts)
    return [devdb.ROOT / "__manifest__.py", devdb.ROOT / "__init__.py", devdb.ROOT / "hooks.py", *kept]


def addon_key() -> str:
    """One hash of everything in the addon that reaches a database."""
    digest = hashlib.sha256()
    for path in addon_files():
        digest.update(f"{path.relative_to(devdb.ROOT)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def base_key() -> str:
    """What the base template is made from: Odoo's version and source, the list of apps, the queue's version."""
    from importlib.metadata import version

    import odoo.release

    words = [odoo.release.version, str(Path(odoo.release.__file__).parent), APPS, version("odoo-addon-queue-job")]
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:16]


def addon_version() -> str:
    """What a database with the addon as it is now was made from: its comment, once it is finished."""
    return f"{base_key()} {addon_key()}"


def odoo(database: str, *arguments: str, log: str) -> None:
    """Runs Odoo's command once on a database and ends with it; on failure shows the log's end and exits."""
    path = devdb.DEV / "log" / f"{log}.log"
    command = [sys.executable, devdb.DEV / "odoo-bin", "-c", devdb.DEV / "odoo.conf", "-d", database]
    command += ["--workers", "0", "--no-http", "--max-cron-threads", "0", "--stop-after-init", *arguments]
    with path.open("wb") as out:
        status = subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL).returncode
    said = path.read_text(errors="replace")
    # A module whose data is broken can leave Odoo with status 0 and an ERROR in its log.
    if status or " ERROR " in said or " CRITICAL " in said:
        print(*said.splitlines()[-40:], sep="\n", file=sys.stderr)
        sys.exit(f"set-up: Odoo failed on {database} ({' '.join(arguments)}); all of its output is in {path}")


def build(purpose: str, key: str, template: str | None, *arguments: str) -> None:
    """Makes the template `purpose` from nothing or from another one, under another name until it is finished."""
    print(f"\033[1m==>\033[0m building the {purpose} template database", file=sys.stderr)
    unfinished = devdb.name_of(f"{purpose}_part")
    if template:
        devdb.clone(template, unfinished)
    else:
        devdb.drop(unfinished)
    odoo(unfinished, "--with-demo", *arguments, log=f"template-{purpose}")
    devdb.comment(unfinished, key)
    devdb.rename(unfinished, devdb.name_of(purpose))


def ensure(purpose: str) -> None:
    """Makes the template `base`, or `addon` with what it stands on, unless it is there and up to date."""
    existing = devdb.databases()
    base, addon = devdb.name_of("base"), devdb.name_of("addon")
    wanted = base_key()
    if existing.get(base) != wanted:
        build("base", wanted, None, "-i", APPS)
        existing.pop(addon, None)
    wanted = addon_version()
    if purpose == "addon" and existing.get(addon) != wanted:
        build("addon", wanted, base, "-i", "integration_hub")


if __name__ == "__main__":
    ensure(sys.argv[1])
