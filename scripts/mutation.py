# Part of Integration Hub. License LGPL-3.0 or later.
"""How many small faults in the code do its tests notice?  mutation.py [PART...], called by scripts/mutation

Each mutant is tried in a process of its own, forked from one that has imported pytest and what the library uses, so
that a try costs little more than the tests up to the first one that fails. The working tree is only read.

Prints each mutant that survives, writes bench/results/mutation.json; exit status 1 below the bar. What cannot be
noticed, since it changes nothing that anyone sees, stands with its reason in mutation.toml, and counts for nothing.
"""

import importlib
import importlib.util
import json
import os
import signal
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any

from mutants import Mutant, mutants

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = ROOT / "connectors"
PACKAGE = "integration_hub_connectors"
RESULT = ROOT / "bench/results/mutation.json"
BAR = 0.85
PYTEST = ("-q", "-x", "-p", "no:cacheprovider", "-p", "_hypothesis_pytestplugin", "--hypothesis-seed=0")
WARM = ("pytest", "hypothesis.strategies", "requests", "cryptography.x509", "joserfc.jwt", "jsonschema")
KILLED, SURVIVED, TIMEOUT, EQUIVALENT = "killed", "survived", "timeout", "equivalent"


# By part: files of the library, and the tests that are about them, the likeliest to notice first. Globs; a file
# belongs to the first that fits.
PARTS: dict[str, dict[str, tuple[str, ...]]] = {
    "address-guard": {
        "http/addresses.py": ("test_http_addresses.py", "test_http_ssrf.py"),
        "http/url.py": ("test_http_url.py", "test_http_client.py", "test_http_redirects.py"),
        "http/redirects.py": ("test_http_redirects.py", "test_http_ssrf.py"),
        "http/connection.py": ("test_http_ssrf.py", "test_http_transport.py", "test_http_hostile.py"),
    },
    "signatures": {
        "signatures/jwt_*.py": ("test_signature_jwt.py", "test_signature_key_set.py"),
        "signatures/key_set.py": ("test_signature_key_set.py", "test_signature_jwt.py"),
        "signatures/certificate*.py": ("test_signature_certificates.py",),
        "signatures/bodies.py": ("test_signature_bodies.py", "test_signature_schemes.py"),
        "signatures/options.py": ("test_signature_options.py", "test_signature_*.py"),
        "signatures/schemes/jwt.py": ("test_signature_jwt.py", "test_signature_options.py"),
        "signatures/schemes/mtls_header.py": ("test_signature_certificates.py", "test_signature_options.py"),
        "signatures/schemes/*.py": ("test_signature_schemes.py", "test_signature_*.py"),
        "signatures/*.py": ("test_signature_hmac.py", "test_signature_schemes.py", "test_signature_*.py"),
    },
}


class _Loader(SourceFileLoader):
    """Finds and loads one module from a changed source, all others as ever."""

    def __init__(self, name: str, path: Path, source: str) -> None:
        super().__init__(name, str(path))
        self._source = source

    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        """The module's spec when it is the changed one."""
        return importlib.util.spec_from_file_location(name, self.path, loader=self) if name == self.name else None

    def get_code(self, fullname: str) -> CodeType:
        """The changed code."""
        return compile(self._source, self.path, "exec", dont_inherit=True)


def name_of(path: Path) -> str:
    """The import name of one of the library's files."""
    parts = path.relative_to(LIBRARY).with_suffix("").parts
    return ".".join((PACKAGE, *(part for part in parts if part != "__init__")))


def found(folder: Path, globs: Iterable[str]) -> list[Path]:
    """The files that fit, in the order of the globs, each once."""
    return list(dict.fromkeys(path for glob in globs for path in sorted(folder.glob(glob))))


def start(tests: Sequence[str], limit: float, loader: _Loader | None = None) -> int:
    """Run the tests in a forked process; its id. The alarm that ends it after `limit` seconds nobody can catch."""
    if pid := os.fork():
        return pid
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, limit)
    silence = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silence, stream)
    if loader is not None:
        sys.meta_path.insert(0, loader)
    import pytest

    os._exit(int(pytest.main([*PYTEST, *tests])))


def outcome(status: int) -> str:
    """What a finished process says about its mutant."""
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM:
        return TIMEOUT
    return SURVIVED if status == 0 else KILLED


def baseline(tests: Sequence[str]) -> float:
    """Seconds that the tests take on the code as it is. Ends the run when they fail: every mutant would look killed."""
    started = time.monotonic()
    _pid, status = os.waitpid(start(tests, 600), 0)
    if status:
        sys.exit(f"mutation: without any mutant the tests fail already: {' '.join(tests)}")
    return time.monotonic() - started


def outcomes(part: Mapping[str, Iterable[str]], jobs: int, every: int) -> Iterator[tuple[Path, Mutant, str]]:
    """Each mutant of a part, or every n-th, with what became of it."""
    done: set[Path] = set()
    for files, globs in part.items():
        tests = [path.name for path in found(LIBRARY / "tests", globs)]
        limit = 10 + 4 * baseline(tests)
        paths = [path for path in found(LIBRARY, [files]) if path not in done]
        done |= set(paths)
        waiting = [(path, mutant) for path in paths for mutant in mutants(path.read_text())][::every]
        waiting.reverse()
        running: dict[int, tuple[Path, Mutant]] = {}
        while waiting or running:
            while waiting and len(running) < jobs:
                path, mutant = waiting.pop()
                running[start(tests, limit, _Loader(name_of(path), path, mutant.source))] = (path, mutant)
            pid, status = os.wait()
            yield *running.pop(pid), outcome(status)


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


def measure(part: Mapping[str, Iterable[str]], jobs: int, every: int, equivalents: Equivalents) -> dict[str, Any]:
    """The row of one part; survivors are printed as they come."""
    files: dict[str, Counter[str]] = {}
    survivors = []
    for path, mutant, became in outcomes(part, jobs, every):
        file = str(path.relative_to(LIBRARY))
        if became == SURVIVED and equivalents.has(file, mutant):
            became = EQUIVALENT
        files.setdefault(file, Counter())[became] += 1
        if became in (SURVIVED, TIMEOUT):
            print(f"{became}  {file}:{mutant}", flush=True)
            survivors.append({"file": file, "line": mutant.line, "before": mutant.before, "after": mutant.after})
    total = sum(files.values(), Counter())
    return {
        **row(total),
        "every": every,
        "by_file": {file: row(counts) for file, counts in files.items()},
        "survivors": survivors,
    }


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


def main(names: list[str]) -> int:
    """Measure the named parts, or all."""
    if unknown := set(names) - set(PARTS):
        print(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.chdir(LIBRARY / "tests")
    for module in WARM:
        importlib.import_module(module)
    equivalents = Equivalents(tomllib.loads((ROOT / "scripts/mutation.toml").read_text())["equivalent"])
    jobs, every = (int(os.environ.get(name) or 1) for name in ("JOBS", "EVERY"))
    parts = {name: measure(PARTS[name], jobs, every, equivalents) for name in names or PARTS}
    before = json.loads(RESULT.read_text())["parts"] if RESULT.exists() else {}
    parts = {name: part for name, part in (before | parts).items() if name in PARTS}
    ok = all(part["score"] >= BAR for part in parts.values())
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps({"name": "mutation", "bar": BAR, "ok": ok, "parts": parts}, indent=2) + "\n")
    for name, part in parts.items():
        print(f"{name:16} {part['score']:7.1%}  of {BAR:.0%}  " + ", ".join(f"{part[k]} {k}" for k in list(part)[:4]))
    stale = [] if every > 1 else equivalents.stale({file for name in names or PARTS for file in parts[name]["by_file"]})
    for entry in stale:
        print(f"mutation.toml lists what no mutant is any more: {entry}")
    return 0 if ok and not stale else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
