# Part of Integration Hub. License LGPL-3.0 or later.
"""Trying one mutant: its tests in a forked process, the likeliest to fail first, up to the first that does.

The process is forked from one that has imported pytest, what the library uses, and the vendors' libraries that the
tests compare it with. What failed last is tried first the next time, since a line's mutants are noticed by the same
tests; then the quickest. Each glob of tests is a run of its own, so that the later ones are seldom even imported.
"""

import contextlib
import gc
import importlib
import importlib.util
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import IO, Any

PACKAGE = "integration_hub_connectors"
UNUSED = ("cacheprovider", "doctest", "junitxml", "unraisableexception", "warnings")
PYTEST = ("-q", "-x", "--tb=no", "--assert=plain", "--hypothesis-seed=0", "-p", "_hypothesis_pytestplugin")
WARM = (
    "_hypothesis_pytestplugin", "pytest", "hypothesis.strategies",
    "cryptography.x509", "joserfc.jwt", "jsonschema", "requests",
    "hubspot.utils.signature", "jwt", "slack_sdk.signature", "standardwebhooks", "stripe", "svix",
    "twilio.request_validator",
)  # fmt: skip
KILLED, SURVIVED, TIMEOUT = "killed", "survived", "timeout"


@dataclass(frozen=True)
class Trial:
    """A process that tries a mutant, and what it tells: a line for each test that matters."""

    pid: int
    told: IO[bytes]


class Suite:
    """The tests about some files, in the order in which they are best tried."""

    def __init__(self, library: Path, globs: Sequence[str]) -> None:
        self._library = library
        self._folder = library / "tests"
        self._runs = list(self._runs_of(globs))
        for module in WARM:
            importlib.import_module(module)
        self._order: list[str] = []
        self._order, seconds = self._baseline()
        self._limit = 10 + 4 * seconds

    def _runs_of(self, globs: Sequence[str]) -> Iterator[list[str]]:
        """The files of each glob, without those of the globs before it."""
        met = set[str]()
        for glob in globs:
            names = sorted(path.name for path in self._folder.glob(glob) if path.name not in met)
            met.update(names)
            if names:
                yield names

    def start(self, file: str, source: str) -> Trial:
        """Try the tests with this source in the place of a file's."""
        path = self._library / file
        parts = [part for part in Path(file).with_suffix("").parts if part != "__init__"]
        return self._fork(_Observer(self._order), _Loader(".".join((PACKAGE, *parts)), path, source), self._limit)

    def end(self, trial: Trial, status: int) -> str:
        """What a finished trial says about its mutant; the test that noticed it comes first from now on."""
        for line in _lines(trial):
            if line["failed"]:
                with contextlib.suppress(ValueError):  # a mutant may change the names of tests
                    self._order.remove(line["test"])
                self._order.insert(0, line["test"])
                self._runs.sort(key=lambda names: line["test"].partition("::")[0] not in names)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM:
            return TIMEOUT
        return SURVIVED if status == 0 else KILLED

    def _baseline(self) -> tuple[list[str], float]:
        """The tests, quickest first, and the seconds they take on the code as it is.

        Ends the run when they fail: every mutant would look killed.
        """
        started = time.monotonic()
        trial = self._fork(_Observer([], keep=True), None, 600)
        _pid, status = os.waitpid(trial.pid, 0)
        lines = _lines(trial)
        if status:
            failed = [line["test"] for line in lines if line["failed"]] or ["(none could be run)"]
            sys.exit(f"mutation: without any mutant the tests fail already: {' '.join(failed)}")
        return [line["test"] for line in sorted(lines, key=lambda line: line["seconds"])], time.monotonic() - started

    def _fork(self, observer: "_Observer", loader: "_Loader | None", limit: float) -> Trial:
        told = tempfile.TemporaryFile()  # noqa: SIM115 -- closed when the trial is read
        if pid := os.fork():
            return Trial(pid, told)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)  # which nobody can catch
        signal.setitimer(signal.ITIMER_REAL, limit)
        gc.disable()
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        os.chdir(self._folder)
        silence = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(silence, stream)
        if loader is not None:
            sys.meta_path.insert(0, loader)
        import pytest

        options = (*PYTEST, *(f"-pno:{name}" for name in UNUSED))
        runs = (pytest.main([*options, *names], plugins=[observer]) for names in self._runs)
        status = next((status for status in runs if status), 0)
        for line in observer.lines:
            told.write(json.dumps(line).encode() + b"\n")
        told.flush()
        os._exit(int(status))


class _Observer:
    """Puts pytest's tests in order, and keeps what they say: the failures, and each one's seconds with ``keep``."""

    def __init__(self, order: Sequence[str], *, keep: bool = False) -> None:
        self._place = {test: place for place, test in enumerate(order)}
        self._keep = keep
        self.lines: list[dict[str, Any]] = []

    def pytest_configure(self) -> None:
        """No failing example is made smaller: nobody reads it."""
        from hypothesis import Phase, settings

        settings.register_profile("mutation", settings.default, phases=(Phase.explicit, Phase.generate))
        settings.load_profile("mutation")

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """The order; what is new comes last."""
        items.sort(key=lambda item: self._place.get(item.nodeid, len(self._place)))

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Keep a line."""
        if report.failed or (self._keep and report.when == "call"):
            self.lines.append({"test": report.nodeid, "failed": report.failed, "seconds": report.duration})


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


def _lines(trial: Trial) -> list[dict[str, Any]]:
    """What a finished trial told."""
    with trial.told as told:
        told.seek(0)
        return [json.loads(line) for line in told]
