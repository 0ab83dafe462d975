# Part of Integration Hub. License LGPL-3.0 or later.
"""Turn checked lines into closures `run(item, out, state)`.

There are several variants of one behaviour because mapping is on the path of every event: a line without transforms
should cost little more than `out["x"] = item.get("x")`. `trace.py` interprets the same lines one by one, and a
property test holds the two together.
"""

import copy
from collections.abc import Callable
from typing import Any

from .errors import Problem, TransformError
from .path_closures import is_true
from .problems import not_nested, refused_problem, required_problem
from .spec import UNSET, Line

Out = dict[str, Any]


class State:
    """What one run carries: the document, the caller's context, the problems so far.

    `at`: for each level of sub-lines entered, the index of the item (None in a nested object).
    """

    __slots__ = ("at", "context", "problems", "root")

    def __init__(self, root: Any, context: Any) -> None:
        self.root = root
        self.context = context
        self.problems: list[Problem] = []
        self.at: list[int | None] = []


Run = Callable[[Any, Out, State], None]
Store = Callable[[Out, Any, State], None]
Missing = Callable[[Out, State], None]
Refused = Callable[[Out, State, TransformError, Any, Any], None]


def compile_line(line: Line) -> Run:
    """The closure that runs this line and its sub-lines."""
    if line.source is None:
        run = _constant(line)
    else:
        run = _direct(line) if not line.steps and line.source.simple else _chain(line)
        if line.source.from_root:
            run = _on_root(run)
    return _guarded(line, run) if line.when else run


def constant_copy(value: Any) -> Callable[[], Any]:
    """Gives the mapping's constant; a list or object is a new one each time, so nobody can change the mapping."""
    if isinstance(value, (dict, list)):
        return lambda: copy.deepcopy(value)
    return lambda: value


def _on_root(run: Run) -> Run:
    def on_root(item: Any, out: Out, state: State) -> None:
        run(state.root, out, state)

    return on_root


def _guarded(line: Line, run: Run) -> Run:
    when, refused = line.when, _refused(line)
    assert when
    read, from_root = when.read, when.from_root

    def guarded(item: Any, out: Out, state: State) -> None:
        value = state.root if from_root else item
        try:
            applies = is_true(read(value))
        except TransformError as exc:
            refused(out, state, exc, value, None)
        else:
            if applies:
                run(item, out, state)

    return guarded


def _constant(line: Line) -> Run:
    store, make = _set(line), constant_copy(line.value)

    def constant(item: Any, out: Out, state: State) -> None:
        store(out, make(), state)

    return constant


def _direct(line: Line) -> Run:
    """A simple path and no transforms: reading cannot fail."""
    assert line.source
    read, missing = line.source.read, _missing(line)
    if line.lines is None and len(line.target) == 1:
        (key,) = line.target

        def direct(item: Any, out: Out, state: State) -> None:
            value = read(item)
            if value is not None:
                out[key] = value
            elif missing:
                missing(out, state)

        return direct
    store = _store(line)

    def stored(item: Any, out: Out, state: State) -> None:
        value = read(item)
        if value is not None:
            store(out, value, state)
        elif missing:
            missing(out, state)

    return stored


def _chain(line: Line) -> Run:  # noqa: C901  # a call an item costs more than a branch a line
    assert line.source
    read, missing, refused, store = line.source.read, _missing(line), _refused(line), _store(line)
    if any(step.transform.null_tolerant or step.transform.context for step in line.steps):
        apply_steps = _general_steps(line)
    elif len(line.steps) == 1 and line.source.simple:
        return _single(line)
    else:
        apply_steps = None
    functions = tuple(step.bound.fn for step in line.steps)

    def chain(item: Any, out: Out, state: State) -> None:
        value, fn = item, None
        try:
            value = read(item)
            if apply_steps:
                for fn, tolerant, wants_context in apply_steps:
                    if value is not None or tolerant:
                        value = fn(value, state.context) if wants_context else fn(value)
            elif value is not None:
                for fn in functions:
                    value = fn(value)
                    if value is None:
                        break
        except TransformError as exc:
            refused(out, state, exc, value, fn)
            return
        except Exception as exc:
            exc.add_note(_where(line, fn))
            raise
        if value is not None:
            store(out, value, state)
        elif missing:
            missing(out, state)

    return chain


def _general_steps(line: Line) -> tuple[tuple[Callable[..., Any], bool, bool], ...]:
    return tuple((step.bound.fn, step.transform.null_tolerant, step.transform.context) for step in line.steps)


def _single(line: Line) -> Run:
    """The commonest line with a transform: a simple path and one transform."""
    assert line.source
    read, missing, refused, store = line.source.read, _missing(line), _refused(line), _store(line)
    fn = line.steps[0].bound.fn

    def single(item: Any, out: Out, state: State) -> None:
        value = read(item)
        if value is not None:
            try:
                value = fn(value)
            except TransformError as exc:
                refused(out, state, exc, value, fn)
                return
            except Exception as exc:
                exc.add_note(_where(line, fn))
                raise
        if value is not None:
            store(out, value, state)
        elif missing:
            missing(out, state)

    return single


def _where(line: Line, fn: Any) -> str:
    return f"in mapping line {'.'.join(line.number)}, transform “{_step_name(line, fn)}”"


def _step_name(line: Line, fn: Any) -> str:
    return next((step.transform.name for step in line.steps if step.bound.fn is fn), "")


# --- what happens to a value, to a missing one, to a refused one ---


def _set(line: Line) -> Store:
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


def _store(line: Line) -> Store:
    store = _set(line)
    if line.lines is None:
        return store
    refused = _refused(line)
    runs = tuple(compile_line(sub) for sub in line.lines)

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


def _missing(line: Line) -> Missing | None:
    store = _set(line)
    if line.default is not UNSET:
        make = constant_copy(line.default)
        return lambda out, state: store(out, make(), state)
    if line.required:
        return lambda out, state: state.problems.append(required_problem(line, state.at))
    if line.empty == "clear":
        return lambda out, state: store(out, None, state)
    return None


def _refused(line: Line) -> Refused:
    if line.on_error == "skip":
        return lambda out, state, error, value, fn: None
    if line.on_error == "default":
        store, make = _set(line), constant_copy(line.default)
        return lambda out, state, error, value, fn: store(out, make(), state)

    def refused(out: Out, state: State, error: TransformError, value: Any, fn: Any) -> None:
        state.problems.append(refused_problem(line, state.at, error, value, _step_name(line, fn)))

    return refused
