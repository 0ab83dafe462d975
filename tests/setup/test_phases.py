# Part of Integration Hub. License LGPL-3.0 or later.
"""A run of the tests is green only where tests ran, and in CI only where none was skipped."""

import subprocess
import sys
from pathlib import Path

import phases
import pytest

PASSES = "def test_passes(): assert 1 + 1 == 2\n"
SKIPS = "import pytest\n@pytest.mark.skip(reason='no browser here')\ndef test_browser(): pass\n"


def report(folder: Path, *tests: str) -> Path:
    """The junit report of a real pytest run of these test files' contents."""
    for number, text in enumerate(tests):
        (folder / f"test_{number}.py").write_text(text)
    path = folder / "junit.xml"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            f"--rootdir={folder}",
            f"--junitxml={path}",
            folder,
        ],
        capture_output=True,
        check=False,
    )
    return path


@pytest.mark.parametrize("ci", ["", "true"])
def test_a_report_without_tests_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ci: str) -> None:
    monkeypatch.setenv("CI", ci)
    assert phases.judge(report(tmp_path)) == ["not a single test ran"]


@pytest.mark.parametrize("ci", ["true", "1"])
def test_a_skipped_test_is_a_problem_in_ci(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ci: str) -> None:
    monkeypatch.setenv("CI", ci)
    (problem,) = phases.judge(report(tmp_path, PASSES, SKIPS))
    assert "test_browser" in problem
    assert "no browser here" in problem


def test_a_skipped_test_is_none_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "")
    assert phases.judge(report(tmp_path, PASSES, SKIPS)) == []


def test_green_in_ci(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    assert phases.judge(report(tmp_path, PASSES)) == []


def test_an_unknown_phase_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert phases.main(["unheard"]) == 2
    assert "no such phase: unheard" in capsys.readouterr().err


def test_the_library_phase_has_no_odoo() -> None:
    found = "import importlib.util, sys; sys.exit(importlib.util.find_spec('odoo') is not None)"
    assert subprocess.run([phases.PHASES["library"].python, "-c", found], check=False).returncode == 0
