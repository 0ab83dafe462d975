# Part of Integration Hub. License LGPL-3.0 or later.
"""The set-up says what is missing and what to do, leaves no half-made thing behind, and is quiet when all is there."""

import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers import run

NOBODY = 65534
TOOLS = (
    "sh cat chmod cmp cp cut dirname find grep head id ln ls mkdir mv printf pwd readlink rm sed sha256sum sort tail"
    " touch tr tty apt-get dpkg-query uname env"
)


@pytest.fixture
def checkout(root: Path) -> Iterator[Path]:
    """A checkout's scripts where any user may read and write, with nothing set up."""
    folder = Path(tempfile.mkdtemp(prefix="hub-steps-"))
    shutil.copytree(root / "scripts", folder / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "__manifest__.py", folder)
    for path in (folder, *folder.rglob("*")):
        path.chmod(
            path.stat().st_mode | stat.S_IRWXO if path.is_dir() else path.stat().st_mode | stat.S_IROTH | stat.S_IXOTH
        )
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def bare_path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PATH with the tools of a bare Debian and none of the programs that the set-up brings."""
    folder = Path(tempfile.mkdtemp(prefix="hub-bin-"))
    for tool in TOOLS.split():
        if found := shutil.which(tool):
            (folder / tool).symlink_to(found)
    folder.chmod(0o755)
    yield str(folder)
    shutil.rmtree(folder)


def step(
    checkout: Path, name: str, *, path: str | None = None, **environment: str
) -> "subprocess.CompletedProcess[str]":
    """Runs one step as an ordinary user."""
    command = [str(checkout / "scripts" / "steps" / name)]
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "ODOO_"))}
    user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.getuid() == 0 else {}
    environment = clean | {"PATH": path or os.environ["PATH"]} | environment
    return subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, check=False, **user)


def test_a_missing_program_is_named_with_the_command_that_installs_it(checkout: Path, bare_path: str) -> None:
    done = step(checkout, "15-programs", path=bare_path, PGHOST="db.example")
    assert done.returncode == 1
    assert "apt-get install -y --no-install-recommends chromium" in done.stderr
    assert "postgresql" not in done.stderr.partition("sudo")[2], "PGHOST names a server"


def test_off_debian_it_says_what_is_needed(checkout: Path, bare_path: str) -> None:
    (Path(bare_path) / "apt-get").unlink()
    done = step(checkout, "10-python", path=bare_path)
    assert done.returncode == 1
    assert "missing on this system: Python 3.11 or newer, with venv" in done.stderr


def test_an_odoo_src_without_odoo_is_refused(checkout: Path, tmp_path: Path) -> None:
    assert "ODOO_SRC=/nowhere is not a folder" in step(checkout, "20-odoo", ODOO_SRC="/nowhere").stderr
    assert "holds no odoo/addons/base" in step(checkout, "20-odoo", ODOO_SRC="/usr").stderr


def test_a_server_that_does_not_answer_is_named(root: Path) -> None:
    environment = os.environ | {"PGHOST": "127.0.0.1", "PGPORT": "1", "PGUSER": "hub"}
    done = run(root / ".venv/bin/python", root / "scripts/devdb.py", "check", check=False, env=environment)
    assert done.returncode == 1
    assert "PostgreSQL does not answer (PGHOST=127.0.0.1 PGPORT=1 PGUSER=hub)" in done.stderr


def test_a_failed_command_shows_the_end_of_its_log_and_stamps_nothing(checkout: Path) -> None:
    script = checkout / "scripts" / "steps" / "99-fails"
    script.write_text(
        '#!/bin/sh\n. "$(dirname "$0")/../lib.sh"\nstamped fails key && exit 0\n'
        "quiet fails sh -c 'echo the disk is full >&2; exit 3'\nstamp fails key\n"
    )
    script.chmod(0o755)
    done = step(checkout, "99-fails")
    assert done.returncode == 1
    assert "the disk is full" in done.stderr
    assert f"all of its output is in {checkout}/.dev/log/fails.log" in done.stderr
    assert step(checkout, "99-fails").returncode == 1, "it is tried again"


def test_a_test_suite_that_cannot_be_got_is_not_half_there(checkout: Path) -> None:
    venv = checkout / ".dev/venv-lib"
    (venv / "lib/python3/site-packages/jsonschema-4.99.0.dist-info").mkdir(parents=True)
    (venv / "bin").mkdir()
    (venv / "bin/python").write_text('#!/bin/sh\nfor last; do :; done; echo "no $last here" >&2; exit 1\n')
    for path in (checkout / ".dev", *(checkout / ".dev").rglob("*")):
        path.chmod(0o777)
    done = step(checkout, "38-json-schema-suite")
    assert done.returncode == 1
    assert "no jsonschema==4.99.0 here" in done.stderr
    assert not (checkout / ".dev/json-schema-suite").exists()
    assert not (checkout / ".dev/stamps/json-schema-suite").exists()


def test_the_cluster_is_put_where_a_socket_fits(root: Path, checkout: Path) -> None:
    deep = checkout / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    shutil.copytree(checkout / "scripts", deep / "scripts")
    shutil.copy(checkout / "__manifest__.py", deep)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    near = run(checkout / "scripts/pg", "env", env=environment).stdout
    far = run(deep / "scripts/pg", "env", env=environment).stdout
    assert f"PGHOST={checkout}/.dev/pg " in near
    assert "PGHOST=/var/tmp/integration_hub-" in far


def test_set_up_is_quiet_when_all_is_there(root: Path) -> None:
    """`make test` has just done it; doing it again says nothing. Once more first: somebody may be editing meanwhile."""
    run(root / "scripts/setup", "app", "library")
    done = run(root / "scripts/setup", "app", "library")
    assert (done.stdout, done.stderr) == ("", "")
