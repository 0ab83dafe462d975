# Part of Integration Hub. License LGPL-3.0 or later.
"""What becomes of a value that a line has found, of a missing one, of a refused one."""

import copy
from collections.abc import Callable, Iterable
from typing import Any

from .errors import TransformError
from .problems import not_nested, refused_problem, required_problem
from .spec import UNSET, Line
from .state import State

Out = dict[str, Any]
Run = Callable[[Any, Out, State], None]
Store = Callable[[Out, Any, State], None]
CompileLines = Callable[[Iterable[Line]], tuple[Run, ...]]
Missing = Callable[[Out, State], None]
Refused = Callable[[Out, State, TransformError, Any, Any], None]


def constant_copy(value: Any) -> Callable[[], Any]:
    """Gives the mapping's constant; a list or object is a new one each time, so nobody can change the mapping."""
    if isinstance(value, (dict, list)):
        return lambda: copy.deepcopy(value)
    return lambda: value


def set_of(line: Line) -> Store:
    """What puts a value into the line's target."""
    *above, last = line.target
    if not above:

        def set_one(out: Out, value: Any, state: State) -> None:
            out[last] = value

        return set_one
    if len(above) == 1:
        (first,) = above

        def set_two(out: Out, value: Any, state: State) -> None:
            inner = out.get(first)
            if inner is None:
                out[first] = {last: value}
            else:
                inner[last] = value

        return set_two

    def set_deep(out: Out, value: Any, state: State) -> None:
        for key in above:
            out = out.setdefault(key, {})
        out[last] = value

    return set_deep


def store_of(line: Line, compile_lines: CompileLines) -> Store:
    """What puts a value into the line's target, or what its sub-lines make of it."""
    store = set_of(line)
    if line.lines is None:
        return store
    refused = refused_of(line)
    runs, weight = compile_lines(line.lines), line.weight

    def nested(out: Out, value: Any, state: State) -> None:
        error = not_nested(line, value)
        if error:
            refused(out, state, error, value, None)
        elif isinstance(value, dict):
            state.at.append(None)
            result: Out = {}
            for run in runs:
                run(value, result, state)
            state.at.pop()
            store(out, result, state)
        else:
            at, results = state.at, []
            state.spend(len(value) * weight, line)
            at.append(0)
            for index, item in enumerate(value):
                at[-1] = index
                result = {}
                for run in runs:
                    run(item, result, state)
                results.append(result)
            at.pop()
            store(out, results, state)

    return nested


def missing_of(line: Line) -> Missing | None:
    """What is done where there is no value: None for nothing."""
    store = set_of(line)
    if line.default is not UNSET:
        make = constant_copy(line.default)
        return lambda out, state: store(out, make(), state)
    if line.required:
        return lambda out, state: state.problems.append(required_problem(line, state.at))
    if line.empty == "clear":
        return lambda out, state: store(out, None, state)
    return None


def refused_of(line: Line) -> Refused:
    """What is done where a transform, or the path, refuses a value."""
    skipped, is_warning = line.on_error != "fail", not line.required

    def refused(out: Out, state: State, error: TransformError, value: Any, fn: Any) -> None:
        problem = refused_problem(line, state.at, error, value, _step_name(line, fn))
        (state.warnings if skipped or (state.lenient and is_warning) else state.problems).append(problem)

    if line.on_error != "default":
        return refused
    store, make = set_of(line), constant_copy(line.default)

    def replaced(out: Out, state: State, error: TransformError, value: Any, fn: Any) -> None:
        refused(out, state, error, value, fn)
        store(out, make(), state)

    return replaced


def where_text(line: Line, fn: Any) -> str:
    """The place of a failure, for what is no refusal: a note on the exception."""
    return f"in mapping line {'.'.join(line.number)}, transform “{_step_name(line, fn)}”"


def _step_name(line: Line, fn: Any) -> str:
    return next((step.transform.name for step in line.steps if step.bound.fn is fn), "")
