# Part of Integration Hub. License LGPL-3.0 or later.
"""Rows of alike lines as one loop.

Most lines of a mapping read one field of an object, perhaps transform it, and fill one field. Calling
a closure for each costs more than the line's own work, so neighbours that read the same object share one.
"""

from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Any, NamedTuple

from .closures import compile_line, is_special
from .errors import TransformError
from .outcomes import Out, Refused, Run, missing_of, refused_of, where_text
from .spec import UNSET, Line
from .state import State

#: In place of what to do for a missing value: set the field to null.
_CLEAR: Any = object()


class _Row(NamedTuple):
    """One line: `fn` is None without transforms, `missing` where a missing value does nothing."""

    key: str
    target: str
    fn: Callable[[Any], Any] | None
    missing: Any
    refused: tuple[Refused, Line]


def compile_lines(lines: Iterable[Line]) -> tuple[Run, ...]:
    """The closures that run these lines, in their order."""
    runs: list[Run] = []
    for base, group in groupby(lines, _base):
        found = list(group)
        if base is None or len(found) == 1:
            runs.extend(compile_line(line, compile_lines) for line in found)
        else:
            runs.append(_batch(base, tuple(map(_row, found))))
    return tuple(runs)


def _base(line: Line) -> tuple[str, ...] | None:
    """The fields that lead to the object a line reads one field of; None for a line that does more than that."""
    path = line.source
    if path is None or path.keys is None or line.lines is not None or line.when or len(line.target) > 1:
        return None
    if (path.from_root and len(line.number) > 1) or any(map(is_special, line.steps)):
        return None
    return path.keys[:-1]


def _row(line: Line) -> _Row:
    assert line.source and line.source.keys
    is_cleared = line.empty == "clear" and line.default is UNSET and not line.required
    missing = _CLEAR if is_cleared else missing_of(line)
    return _Row(line.source.keys[-1], line.target[0], _one_function(line), missing, (refused_of(line), line))


def _one_function(line: Line) -> Callable[[Any], Any] | None:
    """All transforms of a line as one function; what refuses notes on its error which of them it was."""
    fns = tuple(step.bound.fn for step in line.steps)
    if len(fns) < 2:
        return fns[0] if fns else None

    def composed(value: Any) -> Any:
        fn = None
        try:
            for fn in fns:
                value = fn(value)
                if value is None:
                    break
        except Exception as exc:
            exc.refused = fn, value  # type: ignore[attr-defined]
            raise
        return value

    return composed


def _nothing(_key: str) -> None:
    return None


def _batch(base: tuple[str, ...], rows: tuple[_Row, ...]) -> Run:
    def batch(item: Any, out: Out, state: State) -> None:  # one loop without calls is its purpose
        for key in base:
            item = item.get(key) if isinstance(item, dict) else None
        get = item.get if isinstance(item, dict) else _nothing
        for key, target, fn, missing, (refused, line) in rows:
            value = get(key)
            if value is not None:
                if fn is not None:
                    try:
                        value = fn(value)
                    except TransformError as exc:
                        step, found = getattr(exc, "refused", (fn, value))
                        refused(out, state, exc, found, step)
                        continue
                    except Exception as exc:
                        exc.add_note(where_text(line, getattr(exc, "refused", (fn,))[0]))
                        raise
                if value is not None:
                    out[target] = value
                    continue
            if missing is _CLEAR:
                out[target] = None
            elif missing is not None:
                missing(out, state)

    return batch
