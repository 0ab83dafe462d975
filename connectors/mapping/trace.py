# Part of Integration Hub. License LGPL-3.0 or later.
"""What every line did with a document: for the person who edits the mapping beside a real payload.

Interprets the lines one by one with the same rules as the closures, keeping every value on the way.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ..paths.closures import is_true
from .closures import scoped, step_call
from .errors import Problem, TransformError
from .outcomes import constant_copy
from .problems import locate, not_nested, refused_problem, required_problem
from .spec import UNSET, Line
from .state import Exhausted, State


@dataclass(slots=True)
class TraceEntry:
    """One line's work on one item.

    `line`: as in Problem. `target`: the field filled, with item indexes ("lines[0].sku"). `raw`: what the source
    gave. `steps`: each transform run and its result. `outcome`: set, constant, default, cleared (null), missing
    (left out), skipped (refused and left out), off (its condition is not true), problem. `final`: the value of
    the field when the outcome gives it one. `problem`: why a value was refused, even where that is no failure.
    `depth`: 0 for the mapping's own lines, 1 for their sub-lines, which follow them.
    """

    line: str
    source: str
    target: str
    raw: Any = None
    steps: list[tuple[str, Any]] = field(default_factory=list)
    outcome: str = "off"
    final: Any = None
    problem: Problem | None = None
    depth: int = 0

    @property
    def fills(self) -> bool:
        """Whether the field got a value (null included)."""
        return self.outcome in ("set", "constant", "default", "cleared")

    @property
    def is_warning(self) -> bool:
        """Whether a value was refused and the document goes on without it."""
        return self.problem is not None and self.outcome != "problem"


def trace_lines(lines: Iterable[Line], state: State) -> list[TraceEntry]:
    """The entries of all lines, each followed by those of its sub-lines."""
    entries: list[TraceEntry] = []
    try:
        for line in lines:
            _trace(line, state.root, state, "", entries)
    except Exhausted as stop:
        entry = next(entry for entry in reversed(entries) if entry.line == stop.problem.line)
        entry.outcome, entry.problem, entry.final = "problem", stop.problem, None
    return entries


def _trace(line: Line, item: Any, state: State, prefix: str, entries: list[TraceEntry]) -> TraceEntry:
    entry = TraceEntry(locate(line, state.at), line.source_text, prefix + ".".join(line.target), depth=len(state.at))
    entries.append(entry)
    if line.when:
        try:
            if not is_true(scoped(line.when, line)(item, state)):
                return entry
        except TransformError as exc:
            return _refuse(line, state, entry, exc, state.root if line.when.from_root else item, "")
    if line.source is None:
        entry.outcome, entry.final = "constant", constant_copy(line.value)()
        return entry
    value, name = state.root if line.source.from_root else item, ""
    try:
        value = entry.raw = scoped(line.source, line)(item, state)
        for step in line.steps:
            if value is None and not step.transform.null_tolerant:
                continue
            name = step.transform.name
            value = step_call(step)(value, state)
            entry.steps.append((name, value))
    except TransformError as exc:
        return _refuse(line, state, entry, exc, value, name)
    if value is None:
        return _miss(line, state, entry)
    if line.lines is None:
        entry.outcome, entry.final = "set", value
        return entry
    error = not_nested(line, value)
    if error:
        return _refuse(line, state, entry, error, value, "")
    entry.outcome, entry.final = "set", _trace_nested(line, value, state, entry, entries)
    return entry


def _trace_nested(
    above: Line,
    value: Any,
    state: State,
    parent: TraceEntry,
    entries: list[TraceEntry],
) -> Any:
    lines = above.lines or ()
    if isinstance(value, dict):
        state.at.append(None)
        result = filled([_trace(line, value, state, f"{parent.target}.", entries) for line in lines], parent.target)
        state.at.pop()
        return result
    results = []
    state.spend(len(value) * above.weight, above)
    for index, item in enumerate(value):
        state.at.append(index)
        base = f"{parent.target}[{index}]"
        results.append(filled([_trace(line, item, state, f"{base}.", entries) for line in lines], base))
        state.at.pop()
    return results


def filled(entries: Iterable[TraceEntry], base: str = "") -> dict[str, Any]:
    """The object that entries of one level (all with targets below `base`) make together."""
    result: dict[str, Any] = {}
    for entry in entries:
        if entry.fills:
            *above, last = entry.target[len(base) :].removeprefix(".").split(".")
            inner = result
            for key in above:
                inner = inner.setdefault(key, {})
            inner[last] = entry.final
    return result


def _refuse(line: Line, state: State, entry: TraceEntry, error: TransformError, value: Any, name: str) -> TraceEntry:
    entry.problem = refused_problem(line, state.at, error, value, name)
    if line.on_error == "default":
        entry.outcome, entry.final = "default", constant_copy(line.default)()
    else:
        left_out = line.on_error == "skip" or (state.lenient and not line.required)
        entry.outcome = "skipped" if left_out else "problem"
    return entry


def _miss(line: Line, state: State, entry: TraceEntry) -> TraceEntry:
    if line.default is not UNSET:
        entry.outcome, entry.final = "default", constant_copy(line.default)()
    elif line.required:
        entry.outcome, entry.problem = "problem", required_problem(line, state.at)
    else:
        entry.outcome = "cleared" if line.empty == "clear" else "missing"
    return entry
