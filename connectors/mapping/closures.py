# Part of Integration Hub. License LGPL-3.0 or later.
"""Turn checked lines into closures `run(item, out, state)`.

There are several variants of one behaviour because mapping is on the path of every event: a line without transforms
should cost little more than `out["x"] = item.get("x")`. `trace.py` interprets the same lines one by one, and a
property test holds the two together.
"""

from collections.abc import Callable
from typing import Any

from ..paths import Path
from ..paths.closures import is_true
from .errors import TransformError
from .outcomes import CompileLines, Out, Run, Store, constant_copy, missing_of, refused_of, set_of, store_of, where_text
from .spec import Line, Step
from .state import Exhausted, State


def compile_line(line: Line, compile_lines: CompileLines) -> Run:
    """The closure that runs this line; `compile_lines` makes those of its sub-lines."""
    if line.source is None:
        run = _constant(line)
    else:
        store = store_of(line, compile_lines)
        run = _direct(line, store) if not line.steps and line.source.simple else _chain(line, store)
        if line.source.from_root:
            run = _on_root(run, line)
    return _guarded(line, run) if line.when else run


def scoped(path: Path, line: Line) -> Callable[[Any, State], Any]:
    """Read a path of this line, given the item and the state: below the item, or from $root."""
    if not path.from_root:
        return lambda item, state: path.read(item)
    if len(line.number) == 1:
        return lambda item, state: path.read(state.root)
    return lambda item, state: state.read_root(path, line)


def _on_root(run: Run, line: Line) -> Run:
    """Run on the whole document; in sub-lines on the state, which reads a path once for all items (`_reader`)."""
    if len(line.number) == 1:
        return lambda item, out, state: run(state.root, out, state)
    return lambda item, out, state: run(state, out, state)


def _reader(line: Line) -> Callable[[Any], Any]:
    path = line.source
    assert path
    if path.from_root and len(line.number) > 1:
        return lambda state: state.read_root(path, line)
    return path.read


def step_call(step: Step) -> Callable[[Any, State], Any]:
    """The transform as a function of the value and the state."""
    fn = step.bound.fn
    if step.bound.root_reads:
        return lambda value, state: fn(value, state.root)
    if step.transform.context:
        return lambda value, state: fn(value, state.context)
    return lambda value, state: fn(value)


def _guarded(line: Line, run: Run) -> Run:
    assert line.when
    read, refused, from_root = scoped(line.when, line), refused_of(line), line.when.from_root

    def guarded(item: Any, out: Out, state: State) -> None:
        try:
            applies = is_true(read(item, state))
        except TransformError as exc:
            refused(out, state, exc, state.root if from_root else item, None)
        else:
            if applies:
                run(item, out, state)

    return guarded


def _constant(line: Line) -> Run:
    store, make = set_of(line), constant_copy(line.value)

    def constant(item: Any, out: Out, state: State) -> None:
        store(out, make(), state)

    return constant


def _direct(line: Line, store: Store) -> Run:
    """A simple path and no transforms: reading cannot fail."""
    read, missing = _reader(line), missing_of(line)
    if line.lines is None and len(line.target) == 1:
        (key,) = line.target

        def direct(item: Any, out: Out, state: State) -> None:
            value = read(item)
            if value is not None:
                out[key] = value
            elif missing:
                missing(out, state)

        return direct

    def stored(item: Any, out: Out, state: State) -> None:
        value = read(item)
        if value is not None:
            store(out, value, state)
        elif missing:
            missing(out, state)

    return stored


def _chain(line: Line, store: Store) -> Run:  # noqa: C901  # a call an item costs more than a branch a line
    assert line.source
    read, missing, refused = _reader(line), missing_of(line), refused_of(line)
    if any(is_special(step) for step in line.steps):
        apply_steps = tuple((step.bound.fn, step_call(step), step.transform.null_tolerant) for step in line.steps)
    elif len(line.steps) == 1 and line.source.simple:
        return _single(line, store)
    else:
        apply_steps = None
    functions = tuple(step.bound.fn for step in line.steps)

    def chain(item: Any, out: Out, state: State) -> None:
        value, fn = item, None
        try:
            value = read(item)
            if apply_steps:
                for fn, call, tolerant in apply_steps:  # noqa: B007  # `fn` names the step that refuses
                    if value is not None or tolerant:
                        value = call(value, state)
            elif value is not None:
                for fn in functions:
                    value = fn(value)
                    if value is None:
                        break
        except TransformError as exc:
            refused(out, state, exc, state.root if value is state else value, fn)
            return
        except Exhausted:
            raise
        except Exception as exc:
            exc.add_note(where_text(line, fn))
            raise
        if value is not None:
            store(out, value, state)
        elif missing:
            missing(out, state)

    return chain


def is_special(step: Step) -> bool:
    """Whether it wants more than a value that is there."""
    return bool(step.transform.null_tolerant or step.transform.context or step.bound.root_reads)


def _single(line: Line, store: Store) -> Run:
    """The commonest line with a transform: a simple path and one transform."""
    read, missing, refused = _reader(line), missing_of(line), refused_of(line)
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
                exc.add_note(where_text(line, fn))
                raise
        if value is not None:
            store(out, value, state)
        elif missing:
            missing(out, state)

    return single
