# Part of Integration Hub. License LGPL-3.0 or later.
"""What one run of a mapping carries from line to line, and how much it may still do."""

from typing import Any

from ..paths import Path
from ..paths.limits import json_values
from .errors import Problem, TransformError
from .problems import work_problem
from .spec import UNSET, Line

#: Units of work for one document: a line run on an item of a list, a value that an item reads from $root. An order of
#: 10 000 lines takes half of it; about half a second of one processor's time.
MAX_WORK = 500_000


class Exhausted(Exception):
    """The document reached its budget. Not a refusal of one value: the run ends."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class State:
    """The document, the caller's context, what was found so far.

    `at`: for each level of sub-lines entered, the index of the item (None in a nested object). `lenient`: see spec.py.
    """

    __slots__ = ("_roots", "at", "context", "lenient", "problems", "root", "warnings", "work")

    def __init__(self, root: Any, context: Any, lenient: bool) -> None:
        self.root = root
        self.context = context
        self.lenient = lenient
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self.at: list[int | None] = []
        self.work = MAX_WORK
        self._roots: dict[str, tuple[Any, int]] = {}

    def spend(self, units: int, line: Line) -> None:
        """Count work; raises Exhausted."""
        self.work -= units
        if self.work < 0:
            raise Exhausted(work_problem(line, self.at))

    def read_root(self, path: Path, line: Line) -> Any:
        """What a path from $root finds: evaluated once for all items, paid for by each, since each works on it."""
        found, size = self._roots.get(path.expression, (UNSET, 0))
        if found is UNSET:
            try:
                found = path.read(self.root)
            except TransformError as exc:
                found = exc
            size = _size(found)
            self._roots[path.expression] = found, size
        self.spend(size, line)
        if isinstance(found, TransformError):
            raise found
        return found


def _size(value: Any) -> int:
    """How many values it holds, long texts counting more."""
    return sum(1 + (len(item) // 8 if isinstance(item, str) else 0) for item in json_values(value))
