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


BRANCHES = "def sign(n):\n    if n < 0:\n        return -1\n    return 1\n"


def coverage(folder: Path, *calls: str) -> Path:
    """coverage.py's own JSON report on a function with two ways through it, of which these calls take some."""
    (folder / "two.py").write_text(BRANCHES)
    (folder / "main.py").write_text("import two\n" + "\n".join(calls))
    config = folder / "coverage.ini"
    config.write_text("[run]\nbranch = True\nsource_pkgs = two\n")
    for arguments in (["run", f"--rcfile={config}", "main.py"], ["json", "-q", f"--rcfile={config}"]):
        subprocess.run([sys.executable, "-m", "coverage", *arguments], cwd=folder, check=True)
    return folder / "coverage.json"


def test_a_way_that_no_test_takes_is_a_problem(tmp_path: Path) -> None:
    problems = phases.judge_coverage(coverage(tmp_path, "two.sign(1)"))
    assert [problem.partition(" are ")[0] for problem in problems[:2]] == [
        "of the branches 50.0 %",
        "of the statements 75.0 %",
    ]
    assert problems[2] == "  two.py: never went from line 2 to 3"


def test_enough_coverage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert phases.judge_coverage(coverage(tmp_path, "two.sign(1)", "two.sign(-1)")) == []
    assert capsys.readouterr().out == "branches covered: 100.0 %, statements covered: 100.0 %\n"


def test_an_unknown_phase_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert phases.main(["unheard"]) == 2
    assert "no such phase: unheard" in capsys.readouterr().err


def test_the_library_phase_has_no_odoo() -> None:
    found = "import importlib.util, sys; sys.exit(importlib.util.find_spec('odoo') is not None)"
    assert subprocess.run([phases.PHASES["library"].python, "-c", found], check=False).returncode == 0
