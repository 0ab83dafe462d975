# Part of Integration Hub. License LGPL-3.0 or later.
"""Runs the tests in phases, library first; a phase that fails fails the run, and the later ones still run.

    phases.py [PHASE…]        called by scripts/test, which does the set-up

library   connectors/tests in a venv that has no Odoo
coverage  what of the library these tests reach, which has a bar; without those whose examples are random
simulation tests/simulation: a slice of the histories that the engine's protocol is tried with; no Odoo, no database
odoo      tests: inside Odoo (TransactionCase, HttpCase), on fresh copies of the template database
e2e       tests/e2e: against a real prefork server with real workers and the sandbox
tours     tests/test_*tour*.py: people's screens in a real browser
upgrade   tests/upgrade: from the release before to this tree, while messages wait and arrive
setup     tests/setup: the wheels, the boundaries, the set-up's own parts; no Odoo in the process

In a run of all phases each of the library's tests runs once: those with random examples first, the others covered.
Phases that keep less than a core busy come last, three at a time, the longest first; what they print is shown at their
end.

A phase without a single test fails. In CI (CI=true) a skipped test fails the run too: there, nothing may be missing.
With ARGS, which choose among the tests, nothing is said about coverage.
"""

import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import IO

Ended = subprocess.CompletedProcess

ROOT = Path(__file__).resolve().parent.parent
DEV = ROOT / ".dev"
VENV = ROOT / ".venv/bin/python"
LIBRARY_VENV = DEV / "venv-lib/bin/python"


@dataclass(frozen=True)
class Phase:
    """One run of pytest: with which Python, in which folder, on what."""

    title: str
    python: Path
    folder: Path
    arguments: tuple[str, ...]
    needs_database: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    covered: bool = False
    one_core: bool = False  # it does one thing after another, or mostly waits: another such phase may run beside it


AT_ONCE = 3
"""Phases that run beside each other, on two cores: those with real workers mostly wait until a death is noticed."""

COVERAGE = DEV / "log/coverage.json"
COVERAGE_BAR = 95.0
"""Per cent of the library's branches, and of its statements, that its own tests must reach."""

HYPOTHESIS = {"HYPOTHESIS_STORAGE_DIRECTORY": str(DEV / "hypothesis")}
"""Its cache is not left beside the tests."""

NOT_IN_ODOO = ("setup", "simulation", "e2e", "upgrade")
"""Parts of tests that are phases of their own, in processes without Odoo."""

TOURS = "test_*tour*.py"

# no channel: otherwise queue_job's runner would start in the test's own server, and run what a test commits
IN_ODOO = {"ODOO_RC": str(DEV / "odoo.conf"), "ODOO_QUEUE_JOB_CHANNELS": "root:0"}

PHASES = {
    "library": Phase(
        "Library, without Odoo",
        LIBRARY_VENV,
        ROOT / "connectors/tests",
        ("-n", "auto", "--maxprocesses=4"),
        environment=HYPOTHESIS,
    ),
    # apart, since watching every line costs as much again as the tests; what is reached must not depend on chance
    "coverage": Phase(
        "Library, without Odoo: the others, covered",
        LIBRARY_VENV,
        ROOT / "connectors/tests",
        ("-n", "auto", "--maxprocesses=4", "-m", "not hypothesis"),
        environment={"COVERAGE_FILE": str(DEV / "log/.coverage"), **HYPOTHESIS},
        covered=True,
    ),
    "simulation": Phase(
        "Simulation of the protocol", LIBRARY_VENV, ROOT / "tests/simulation", ("-n", "auto", "--maxprocesses=4")
    ),
    "odoo": Phase(
        "Inside Odoo",
        VENV,
        DEV / "addons",
        # two files at a time, each process on a copy of the database of its own
        (
            "integration_hub/tests",
            *(f"--ignore=integration_hub/tests/{part}" for part in NOT_IN_ODOO),
            f"--ignore-glob=*/{TOURS}",
            *("-n", "2", "--dist", "loadfile"),
        ),
        needs_database=True,
        environment=IN_ODOO,
    ),
    # pytest-odoo would load a registry into the test's own process
    "e2e": Phase(
        "End to end, with real workers",
        VENV,
        ROOT / "tests/e2e",
        # two files at a time, each with servers of its own: mostly they wait until a death is noticed
        ("-p", "no:odoo", "-n", "2", "--dist", "loadfile"),
        environment={"PYTHONPATH": str(ROOT / "scripts")},
        one_core=True,
    ),
    # one at a time: the copies share their files, the web client's scripts among them
    "tours": Phase(
        "Screens, in Chromium",
        VENV,
        DEV / "addons",
        tuple(f"integration_hub/tests/{file.name}" for file in sorted((ROOT / "tests").glob(TOURS))),
        needs_database=True,
        environment=IN_ODOO,
        one_core=True,
    ),
    "upgrade": Phase(
        "Upgrade from the release before",
        VENV,
        ROOT / "tests/upgrade",
        ("-p", "no:odoo"),
        environment={"PYTHONPATH": str(ROOT / "scripts")},
        one_core=True,
    ),
    "setup": Phase("Packaging and set-up", LIBRARY_VENV, ROOT / "tests/setup", (), one_core=True),
}

_LIBRARY = PHASES["library"]
NOT_COVERED = replace(
    _LIBRARY, title=f"{_LIBRARY.title}: random examples", arguments=(*_LIBRARY.arguments, "-m", "hypothesis")
)


def run(name: str, phase: Phase, out: IO[str] | None = None) -> list[str]:
    """Runs one phase and returns what is wrong with it, nothing when it is green.

    Its output goes through, or to `out`.
    """
    report = DEV / "log" / f"junit-{name}.xml"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    command = [
        str(phase.python),
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        f"--junitxml={report}",
        *phase.arguments,
    ]
    chosen = shlex.split(os.environ.get("ARGS", ""))
    covered = phase.covered and not chosen
    if covered:
        COVERAGE.unlink(missing_ok=True)
        command += ["--cov", f"--cov-config={ROOT / 'pyproject.toml'}", f"--cov-report=json:{COVERAGE}"]
    command += chosen
    environment = os.environ | phase.environment
    if not phase.folder.is_dir():
        return [f"{phase.folder.relative_to(ROOT)} does not exist"]
    start = partial(subprocess.run, cwd=phase.folder, env=environment, stdout=out, stderr=out and subprocess.STDOUT)
    status = (_on_fresh_database(command, start) if phase.needs_database else start(command)).returncode
    problems = [] if status == 0 else [f"pytest ended with status {status}"]
    if not report.exists():
        return problems or ["pytest left no report"]
    problems += judge(report)
    if covered and not problems:
        problems += judge_coverage(COVERAGE)
    return problems


def _on_fresh_database(command: list[str], start: Callable[..., Ended]) -> Ended:
    import devdb  # needs psycopg2, which the library's venv has not

    for name in devdb.databases():
        purpose, _, owner = name.removeprefix(devdb.PREFIX).partition("_")
        if purpose in ("test", "e2e", "upgrade") and owner.isdigit() and not Path(f"/proc/{owner}").exists():
            devdb.drop(name)  # left behind by a run that was killed
    database = devdb.name_of(f"test_{os.getpid()}")
    devdb.clone(devdb.name_of("addon"), database)
    try:
        return start([*command, f"--odoo-database={database}"])
    finally:
        devdb.drop(database)


def judge(report: Path) -> list[str]:
    """What a junit report says that pytest's status does not: no test at all, and in CI tests that were skipped."""
    cases = list(ElementTree.parse(report).iter("testcase"))  # noqa: S314
    if not cases:
        return ["not a single test ran"]
    if os.environ.get("CI", "").lower() not in ("true", "1"):
        return []
    skipped = [(case, case.find("skipped")) for case in cases]
    return [
        f"skipped, which CI does not allow: {case.get('classname')}.{case.get('name')}: {reason.get('message')}"
        for case, reason in skipped
        if reason is not None
    ]


def judge_coverage(report: Path) -> list[str]:
    """Where coverage.py's JSON report is below the bar: branches and statements each by itself, the worst files."""
    measured = json.loads(report.read_text())
    reached = _reached(measured["totals"])
    print(", ".join(f"{kind} covered: {share:.1f} %" for kind, share in reached.items()))
    if all(share >= COVERAGE_BAR for share in reached.values()):
        return []
    files = measured["files"].items()
    worst = sorted(files, key=lambda file: file[1]["summary"]["covered_branches"] - file[1]["summary"]["num_branches"])
    return [
        f"of the {kind} {share:.1f} % are covered, {COVERAGE_BAR:g} % is the bar"
        for kind, share in reached.items()
        if share < COVERAGE_BAR
    ] + [f"  {name.removeprefix(f'{ROOT}/')}: {_missing(file)}" for name, file in worst[:10]]


def _reached(summary: Mapping[str, int]) -> dict[str, float]:
    counts = {
        "branches": (summary["covered_branches"], summary["num_branches"]),
        "statements": (summary["covered_lines"], summary["num_statements"]),
    }
    return {kind: 100 * covered / total if total else 100.0 for kind, (covered, total) in counts.items()}


def _missing(file: Mapping[str, list[list[int]]]) -> str:
    ways = [f"{start} to {'the end' if end < 0 else end}" for start, end in file["missing_branches"]]
    more = f" and {len(ways) - 8} ways more" if len(ways) > 8 else ""
    return f"never went from line {', '.join(ways[:8])}{more}" if ways else f"lines {file['missing_lines']} never ran"


def _told(name: str, phase: Phase, out: IO[str] | None = None) -> tuple[str, float, list[str]]:
    """Runs one phase under its title; returns the title, how many seconds it took, and what is wrong."""
    print(f"\n\033[1m=== {phase.title}\033[0m", flush=True, file=out)
    start = time.monotonic()
    problems = run(name, phase, out)
    return phase.title, time.monotonic() - start, problems


def _told_at_its_end(name: str, phase: Phase) -> tuple[str, tuple[str, float, list[str]]]:
    with tempfile.TemporaryFile("w+") as out:
        result = _told(name, phase, out)
        out.seek(0)
        return out.read(), result


def main(names: list[str]) -> int:
    unknown = set(names) - set(PHASES)
    if unknown:
        print(f"no such phase: {', '.join(sorted(unknown))}; there are {', '.join(PHASES)}", file=sys.stderr)
        return 2
    phases = {name: PHASES[name] for name in names} if names else {**PHASES, "library": NOT_COVERED}
    one_core = {name: phase for name, phase in phases.items() if phase.one_core}
    beside = one_core if len(one_core) > 1 else {}
    results = [_told(name, phase) for name, phase in phases.items() if name not in beside]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for ended in as_completed([pool.submit(_told_at_its_end, *named) for named in beside.items()]):
            output, result = ended.result()
            results.append(result)
            print(output, end="", flush=True)
    print("\n\033[1m=== All phases\033[0m")
    for title, seconds, problems in results:
        print(f"{'FAILED' if problems else 'passed':7} {seconds:6.0f} s  {title}")
        for problem in problems:
            print(f"                  {problem}")
    return int(any(problems for _, _, problems in results))


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    finally:
        if os.environ.get("HUB_STOP_POSTGRES") and "PGHOST" in os.environ:
            import devdb

            devdb.stop_if_unused()
