# Part of Integration Hub. License LGPL-3.0 or later.
"""The wheels hold what they must and nothing else, say what they need, and work where they are installed."""

import ast
import os
import subprocess
import tomllib
import zipfile
from collections.abc import Callable
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import ports
from helpers import run
from packaging.requirements import Requirement

PACKAGE = "odoo/addons/integration_hub/"
# Every entry of the repository's root is in one of these two lists: a new one fails a test until somebody decides.
IN_THE_ADDON = {
    "README.rst", "__init__.py", "__manifest__.py", "cli", "connectors", "controllers", "data", "demo", "engine",
    "hooks.py", "i18n", "migrations", "models", "security", "static", "views", "wizards",
}  # fmt: skip
NOT_IN_THE_ADDON = {
    ".ci", ".gitignore", ".importlinter", ".pre-commit-config.yaml", "CHANGELOG.md", "LICENSE", "Makefile", "bench",
    "chaos", "docs", "newsfragments", "pyproject.toml", "readme", "requirements", "requirements.txt", "scripts",
    "tests",
}  # fmt: skip
NEVER = {"tests", "fixtures", "cassettes", "__pycache__", "bench", "docs", "scripts", ".dev", "node_modules"}


def names(wheel: Path) -> set[str]:
    """The files of a wheel but for its metadata."""
    return {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}


def metadata(wheel: Path) -> Message:
    """A wheel's METADATA."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return message_from_bytes(archive.read(name))


def requirements(lines: list[str]) -> dict[str, str]:
    """Normalised names and version ranges, without those that belong to an extra."""
    parsed = [Requirement(line) for line in lines]
    return {r.name.lower().replace("_", "-"): str(r.specifier) for r in parsed if "extra" not in str(r.marker)}


def own_requirements(root: Path) -> dict[str, str]:
    """What requirements.txt names."""
    lines = (line.partition("#")[0].strip() for line in (root / "requirements.txt").read_text().splitlines())
    return requirements([line for line in lines if line])


def tracked(root: Path, folder: str = ".") -> set[str]:
    """The repository's files, committed or about to be, that exist."""
    listed = run(
        "git", "-C", root, "ls-files", "--cached", "--others", "--exclude-standard", "--", folder
    ).stdout.splitlines()
    return {name for name in listed if (root / name).is_file()}


def test_every_entry_of_the_repository_is_decided(root: Path) -> None:
    entries = {name.partition("/")[0] for name in tracked(root)}
    assert entries <= IN_THE_ADDON | NOT_IN_THE_ADDON, "in the addon's wheel or not?"
    listed = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"][
        "only-include"
    ]
    assert set(listed) == IN_THE_ADDON


def test_addon_wheel_holds_the_addon_and_nothing_else(root: Path, wheels: dict[str, Path]) -> None:
    left_out = (
        *("connectors/tests/", "connectors/scaffold/acme", "connectors/pyproject.toml", "connectors/README.md"),
        "static/tests/",
    )
    wanted = {
        PACKAGE + name
        for name in tracked(root)
        if name.partition("/")[0] in IN_THE_ADDON
        and not name.startswith(left_out)
        and not {"fixtures", "cassettes"} & set(Path(name).parts)
    }
    assert names(wheels["addon"]) == wanted


def test_library_wheel_holds_the_library_and_nothing_else(root: Path, wheels: dict[str, Path]) -> None:
    wanted = {
        name.replace("connectors/", "integration_hub_connectors/", 1)
        for name in tracked(root, "connectors")
        if not name.startswith(("connectors/tests/", "connectors/scaffold/acme"))
        and not {"fixtures", "cassettes"} & set(Path(name).parts)
        and Path(name).suffix not in {".toml", ".md"}
    }
    assert names(wheels["connectors"]) == wanted


def test_no_tests_benches_or_fixtures_in_either(wheels: dict[str, Path]) -> None:
    for wheel in wheels.values():
        assert names(wheel)
        assert not [name for name in names(wheel) if NEVER & set(Path(name).parts)]


def test_what_the_manifest_names_is_in_the_wheel(root: Path, wheels: dict[str, Path]) -> None:
    manifest = ast.literal_eval((root / "__manifest__.py").read_text())
    held = names(wheels["addon"])
    missing = [name for key in ("data", "demo") for name in manifest.get(key, []) if PACKAGE + name not in held]
    assert manifest["data"]
    assert not missing


def test_addon_metadata(root: Path, wheels: dict[str, Path]) -> None:
    manifest = ast.literal_eval((root / "__manifest__.py").read_text())
    said = metadata(wheels["addon"])
    assert said["Name"] == "odoo-addon-integration_hub"
    assert said["Version"] == manifest["version"]
    assert wheels["addon"].name == f"odoo_addon_integration_hub-{manifest['version']}-py3-none-any.whl"
    needed = requirements(said.get_all("Requires-Dist"))
    assert needed.pop("odoo") == "==19.0.*"
    assert needed.pop("odoo-addon-queue-job") == "==19.0.*"
    assert needed == own_requirements(root)
    assert set(manifest["depends"]) == {"base", "mail", "queue_job"}, (
        "an addon that is not Odoo's needs a Requires-Dist"
    )


def test_library_metadata(root: Path, wheels: dict[str, Path]) -> None:
    manifest = ast.literal_eval((root / "__manifest__.py").read_text())
    said = metadata(wheels["connectors"])
    assert said["Name"] == "integration-hub-connectors"
    assert "19.0." + said["Version"] == manifest["version"]
    needed = own_requirements(root)
    del needed["prometheus-client"]  # the addon's alone
    assert requirements(said.get_all("Requires-Dist")) == needed
    assert set(said.get_all("Provides-Extra")) == {"sandbox", "testing"}


def test_every_dependency_has_its_reason(root: Path) -> None:
    """A line each in docs/DEPENDENCIES.md; what Odoo imports, and the benchmarks' peers, are explained together."""
    reasons = (root / "docs/DEPENDENCIES.md").read_text().lower().replace("_", "-")
    named = own_requirements(root)
    for group in ("addons", "library", "lint", "sandbox", "test"):
        text = (root / "requirements" / f"{group}.txt").read_text()
        lines = (line.partition("#")[0].strip() for line in text.splitlines())
        named |= requirements([line for line in lines if line and not line.startswith("-r")])
    missing = [name for name in named if not name.startswith("types-") and name not in reasons]
    assert not missing


def test_the_manifest_asks_for_what_the_addon_imports(root: Path) -> None:
    """Odoo refuses to install an addon whose external dependencies are missing, and says which."""
    manifest = ast.literal_eval((root / "__manifest__.py").read_text())
    odoos_own = {"requests", "urllib3"}
    asked = {name.lower().replace("_", "-") for name in manifest["external_dependencies"]["python"]}
    assert asked == set(own_requirements(root)) - odoos_own


def test_library_works_alone(wheels: dict[str, Path], make_venv: Callable[[str], Path], tmp_path: Path) -> None:
    programs = make_venv("alone")
    run(
        programs / "python",
        "-m",
        "pip",
        "install",
        "-q",
        "--disable-pip-version-check",
        f"{wheels['connectors']}[sandbox]",
    )
    listed = run(programs / "hub", "connectors", cwd=tmp_path).stdout
    assert "shopify" in listed
    assert "hubspot" in listed
    port = ports.free_port()
    with subprocess.Popen([programs / "hub", "sandbox", "--port", str(port)], cwd=tmp_path) as sandbox:
        try:
            assert ports.wait_for(f"http://127.0.0.1:{port}/", 30), "the sandbox did not answer"
        finally:
            sandbox.terminate()


def test_addon_installs_into_odoo_from_the_wheel(
    root: Path, wheels: dict[str, Path], make_venv: Callable[[str], Path], tmp_path: Path
) -> None:
    """In a venv that sees Odoo and not the source tree, on a database that has never seen the addon."""
    programs = make_venv("beside-odoo")
    python = programs / "python"
    (odoo_site,) = (root / ".venv/lib").glob("python*/site-packages")
    (site,) = (programs.parent / "lib").glob("python*/site-packages")
    (site / "odoo-and-its-requirements.pth").write_text(f"import site; site.addsitedir({str(odoo_site)!r})\n")
    run(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps", wheels["addon"])

    config = (root / ".dev/odoo.conf").read_text()
    own = tmp_path / "odoo.conf"
    own.write_text(config.replace(f"{root}/.dev/addons", "").replace(",\n", "\n"))
    finder = (
        "from odoo.tools import config; config.parse_config(['-c', {!r}]); from odoo.modules.module import Manifest;"
    )
    finder += "print(Manifest.for_addon('integration_hub').path)"
    found = run(python, "-c", finder.format(str(own)), cwd=tmp_path).stdout.splitlines()[-1]
    assert found == str(site / "odoo/addons/integration_hub")

    devdb = [root / ".venv/bin/python", root / "scripts/devdb.py"]
    database, template = (run(*devdb, "name", purpose).stdout.strip() for purpose in (f"test_{os.getpid()}", "base"))
    run(*devdb, "clone", template, database)
    try:
        options = ("--workers=0", "--no-http", "--max-cron-threads=0", "--stop-after-init", "--with-demo")
        done = run(
            python, root / ".dev/odoo-bin", "-c", own, "-d", database, "-i", "integration_hub", *options, cwd=tmp_path
        )
        assert " ERROR " not in done.stderr, done.stderr
        assert "Module integration_hub loaded" in done.stderr
    finally:
        run(*devdb, "drop", database)
