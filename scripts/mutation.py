# Part of Integration Hub. License LGPL-3.0 or later.
"""How many small faults in the code do its tests notice?  mutation.py [PART...], called by scripts/mutation

Works on a copy of the library, so that the tree may change meanwhile. Prints each mutant that survives, writes
bench/results/mutation.json; exit status 1 below the bar. What cannot be noticed, since it changes nothing that anyone
sees, stands with its reason in mutation.toml, and counts for nothing.
"""

import fnmatch
import json
import os
import shutil
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mutants import Mutant, mutants
from mutation_tests import KILLED, SURVIVED, TIMEOUT, Suite, Trial

ROOT = Path(__file__).resolve().parent.parent
RESULT = ROOT / "bench/results/mutation.json"
BAR = 0.85
EQUIVALENT = "equivalent"

# By part: files of the library, and the tests that are about them, the likeliest to notice first. Globs; a file belongs
# to the first that fits.
PARTS: dict[str, dict[str, tuple[str, ...]]] = {
    "address-guard": {
        "http/addresses.py": ("test_http_addresses.py", "test_http_ssrf.py"),
        "http/url.py": ("test_http_url.py", "test_http_client.py", "test_http_redirects.py"),
        "http/redirects.py": ("test_http_redirects.py", "test_http_ssrf.py"),
        "http/connection.py": ("test_http_ssrf.py", "test_http_transport.py", "test_http_hostile.py"),
    },
    "signatures": {
        "signatures/jwt_*.py": ("test_signature_jwt.py", "test_signature_key_set.py"),
        "signatures/key_set.py": ("test_signature_key_set.py",),
        "signatures/certificate*.py": ("test_signature_certificates.py",),
        "signatures/bodies.py": ("test_signature_bodies.py", "test_signature_schemes.py"),
        "signatures/options.py": ("test_signature_options.py", "test_signature_commands.py"),
        "signatures/reference_page.py": ("test_signature_commands.py",),
        "signatures/vectors.py": ("test_signature_vectors.py", "test_signature_commands.py", "test_cli.py"),
        "signatures/basic_scheme.py": ("test_signature_basic.py", "test_signature_refusals.py"),
        "signatures/schemes/jwt.py": (
            "test_signature_jwt.py",
            "test_signature_commands.py",
            "test_signature_options.py",
        ),
        "signatures/schemes/mtls_header.py": ("test_signature_[co]*.py",),
        "signatures/schemes/hmac.py": (
            "test_signature_hmac.py",
            "test_signature_commands.py",
            "test_signature_options.py",
        ),
        "signatures/schemes/basic.py": (
            "test_signature_basic.py",
            "test_signature_commands.py",
            "test_signature_options.py",
        ),
        "signatures/schemes/*.py": (
            "test_signature_schemes.py",
            "test_signature_commands.py",
            "test_signature_[or]*.py",
            "test_signature_sdks.py",
        ),
        "signatures/*.py": (
            "test_signature_[hor]*.py",
            "test_signature_[bs]*.py",
            "test_signature_[ck]*.py",
            "test_signature_jwt.py",
        ),
    },
}


@dataclass(frozen=True)
class Choice:
    """Which mutants are tried: of the files that fit ``only``, every n-th, the first being number ``first``."""

    only: str
    every: int
    first: int

    def of(self, library: Path, files: str, done: set[str]) -> list[tuple[str, Mutant]]:
        """The files' mutants, without those of files that are done."""
        names = [str(path.relative_to(library)) for path in sorted(library.glob(files))]
        fresh = [name for name in names if name not in done and fnmatch.fnmatch(name, self.only)]
        every = ((name, mutant) for name in fresh for mutant in mutants((library / name).read_text()))
        return list(every)[self.first :: self.every]


def tried(
    part: Mapping[str, Sequence[str]], library: Path, choice: Choice, jobs: int
) -> Iterator[tuple[str, Mutant, str]]:
    """Each chosen mutant of a part, with what became of it."""
    done: set[str] = set()
    for files, globs in part.items():
        waiting = choice.of(library, files, done)[::-1]
        done |= {str(path.relative_to(library)) for path in library.glob(files)}
        if not waiting:
            continue
        suite = Suite(library, globs)
        running: dict[int, tuple[str, Mutant, Trial]] = {}
        while waiting or running:
            while waiting and len(running) < jobs:
                file, mutant = waiting.pop()
                trial = suite.start(file, mutant.source)
                running[trial.pid] = file, mutant, trial
            pid, status = os.wait()
            file, mutant, trial = running.pop(pid)
            yield file, mutant, suite.end(trial, status)


class Equivalents:
    """The mutants that change nothing anyone sees, as mutation.toml lists them: file, before, after, reason."""

    def __init__(self, entries: Sequence[dict[str, str]]) -> None:
        self._reasons = {(entry["file"], entry["before"], entry["after"]): entry["reason"] for entry in entries}
        self._met: set[tuple[str, str, str]] = set()

    def has(self, file: str, mutant: Mutant) -> bool:
        """Whether it is listed."""
        key = (file, mutant.before, mutant.after)
        self._met.add(key)
        return key in self._reasons

    def stale(self, files: set[str]) -> list[str]:
        """Entries about `files` that were met by no surviving mutant, and say nothing any more."""
        return [f"{key[0]}: {key[1]}" for key in self._reasons if key[0] in files and key not in self._met]


def measure(became: Iterable[tuple[str, Mutant, str]], equivalents: Equivalents) -> dict[str, Any]:
    """The row of one part; survivors are printed as they come."""
    files: dict[str, Counter[str]] = {}
    survivors = []
    for file, mutant, fate in became:
        if fate == SURVIVED and equivalents.has(file, mutant):
            fate = EQUIVALENT
        files.setdefault(file, Counter())[fate] += 1
        if fate in (SURVIVED, TIMEOUT):
            print(f"{fate}  {file}:{mutant}", flush=True)
            survivors.append({"file": file, "line": mutant.line, "before": mutant.before, "after": mutant.after})
    total = sum(files.values(), Counter())
    return {**row(total), "by_file": {file: row(counts) for file, counts in files.items()}, "survivors": survivors}


def row(counts: Counter[str]) -> dict[str, Any]:
    """Counts and score. A mutant that never ends is noticed, since `make test` would not end either."""
    noticed = counts[KILLED] + counts[TIMEOUT]
    score = noticed / (noticed + counts[SURVIVED]) if noticed + counts[SURVIVED] else 1.0
    return {
        "killed": counts[KILLED],
        "timeout": counts[TIMEOUT],
        "survived": counts[SURVIVED],
        "equivalent": counts[EQUIVALENT],
        "score": round(score, 4),
    }


def copied(folder: Path) -> Path:
    """The library, and what else its tests read, in a folder of their own; the copy is what imports find."""
    library = folder / "connectors"
    shutil.copytree(ROOT / "connectors", library, ignore=shutil.ignore_patterns(".hypothesis"))
    shutil.copytree(ROOT / "docs", folder / "docs")
    (folder / "lib").mkdir()
    (folder / "lib/integration_hub_connectors").symlink_to(library)
    sys.path.insert(0, str(folder / "lib"))
    os.environ.setdefault("HUB_FIXTURES", str(ROOT.parent / "shared"))
    return library


def main(names: list[str]) -> int:
    """Measure the named parts, or all."""
    if unknown := set(names) - set(PARTS):
        print(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    jobs, every, first = (
        int(os.environ.get(name) or usual) for name, usual in (("JOBS", 1), ("EVERY", 1), ("FROM", 0))
    )
    choice = Choice(os.environ.get("ONLY") or "*", every, first)
    equivalents = Equivalents(tomllib.loads((ROOT / "scripts/mutation.toml").read_text())["equivalent"])
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        library = copied(Path(folder))
        measured = {name: measure(tried(PARTS[name], library, choice, jobs), equivalents) for name in names or PARTS}
    sample = {"sample": every > 1, "every": every, "from": first}
    parts = {name: {**sample, **part} for name, part in measured.items()}
    for name, part in parts.items():
        show(name, part)
    if choice.only != "*":
        return 0
    write(parts)
    stale = [] if every > 1 else equivalents.stale({file for part in parts.values() for file in part["by_file"]})
    for entry in stale:
        print(f"mutation.toml lists what no mutant is any more: {entry}")
    return 1 if stale or any(part["score"] < BAR for part in parts.values()) else 0


def show(name: str, part: Mapping[str, Any]) -> None:
    """Print the scores of a part and its files."""
    for file, counts in {**part["by_file"], f"{name}, of {BAR:.0%}": part}.items():
        numbers = ", ".join(f"{counts[key]} {key}" for key in (KILLED, TIMEOUT, SURVIVED, EQUIVALENT))
        print(f"{counts['score']:7.1%}  {file:40}  {numbers}")


def write(parts: Mapping[str, Any]) -> None:
    """Put the rows into the result's file, in the place of those of the same parts."""
    before = json.loads(RESULT.read_text())["parts"] if RESULT.exists() else {}
    rows = {name: row for name, row in {**before, **parts}.items() if name in PARTS}
    ok = all(row["score"] >= BAR for row in rows.values())
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps({"name": "mutation", "bar": BAR, "ok": ok, "parts": rows}, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
