# Part of Integration Hub. License LGPL-3.0 or later.
"""docs/ADDING_A_CONNECTOR.md, followed word for word in a copy of the library."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from integration_hub_connectors.scaffold import make as scaffold

LIBRARY = Path(scaffold.__file__).resolve().parents[1]
PAGE = LIBRARY.parent / "docs" / "ADDING_A_CONNECTOR.md"
SET_UP = "scripts/setup library\n. .dev/venv-lib/bin/activate\n"
_FENCE = re.compile(r"(?:^`(?P<path>[\w./]+)`:\n\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


class Step(NamedTuple):
    """A block of the page: a command (`sh`), what it prints (`text`), or the content of the file at `path`."""

    kind: str
    text: str
    path: str


def steps() -> Iterator[Step]:
    for block in _FENCE.finditer(PAGE.read_text(encoding="utf-8")):
        yield Step(block["kind"], block["text"], block["path"] or "")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the source tree, with `hub` and `pytest` as the set-up makes them."""
    shutil.copytree(LIBRARY, tmp_path / "connectors", ignore=shutil.ignore_patterns("test_*.py"))
    for folder in ("lib", "bin"):
        (tmp_path / folder).mkdir()
    (tmp_path / "lib" / "integration_hub_connectors").symlink_to(tmp_path / "connectors")
    for program, module in (("hub", "integration_hub_connectors"), ("pytest", "pytest")):
        script = tmp_path / "bin" / program
        script.write_text(f'#!/bin/sh\nexec {sys.executable} -m {module} "$@"\n')
        script.chmod(0o755)
    return tmp_path


def run(root: Path, command: str) -> "subprocess.CompletedProcess[str]":
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}  # it is a copy
    environ |= {"PATH": f"{root / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(root / "lib")}
    environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # they cost a second each time, and nothing here needs one
    return subprocess.run(
        ["/bin/sh", "-c", command], cwd=root, env=environ, capture_output=True, text=True, timeout=300
    )


def squeezed(text: str) -> str:
    return " ".join(text.split())


def test_the_page_is_followed_word_for_word(root: Path) -> None:
    first, *rest = steps()
    assert (first.kind, first.text) == ("sh", SET_UP), "the set-up is what has made this run possible"
    printed, status, statuses = "", 0, {}
    for step in rest:
        if step.kind == "sh":
            done = run(root, step.text)
            printed, status = done.stdout + done.stderr, done.returncode
            statuses[step.text.strip()] = status
        elif step.kind == "text":
            for line in step.text.splitlines():
                assert squeezed(line) in squeezed(printed), f"{line!r} is not in:\n{printed}"
        else:
            assert step.path, f"the page does not say where this goes:\n{step.text}"
            (root / step.path).write_text(step.text, encoding="utf-8")
    assert statuses.pop("pytest connectors/tests/test_vendor_kite.py") == 0, run(
        root, "pytest connectors/tests/test_vendor_kite.py"
    ).stdout
    assert set(statuses.values()) == {0}, statuses
    kite = [path.read_text(encoding="utf-8") for path in (root / "connectors" / "vendors" / "kite").rglob("*.py")]
    assert sum(len(text.splitlines()) for text in kite) <= 150, "REST, a webhook and two mappings: 150 lines of Python"
    assert (root / "connectors" / "vendors" / "kite" / "mappings" / "customer_out.json").is_file()
    assert "TODO" not in "".join(kite)


def test_every_file_that_the_page_names_is_there() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for name in re.findall(r"`([\w/]+(?:/|\.py|\.json))`", text):
        if "kite" not in name and "<" not in name:
            places = (LIBRARY.parent / name, LIBRARY / name)
            assert any(place.exists() for place in places), name
    for target in re.findall(r"\]\(([\w/.]+\.md)\)", text):
        assert (PAGE.parent / target).is_file(), target
