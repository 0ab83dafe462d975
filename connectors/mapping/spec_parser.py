# Part of Integration Hub. License LGPL-3.0 or later.
"""Check a mapping's JSON and turn it into `Line` objects (spec.py); every mistake names its line and field."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from ..paths import Path, PathSyntaxError, compile_path
from .errors import MappingSpecError
from .registry import ANY, ArgumentError, Registry
from .spec import MODES, UNSET, Line, Spec, Step

FORMAT = 1
MAX_LINES = 2000
MAX_NESTING = 8
MAX_TARGET_DEPTH = 8
MAX_TRANSFORMS = 20
MAX_VALUE_DEPTH = 20

HEAD_KEYS = ("format", "name", "title", "source", "target", "mode", "lines", "note")
LINE_KEYS = (
    "source",
    "value",
    "transforms",
    "target",
    "lines",
    "when",
    "default",
    "required",
    "on_error",
    "empty",
    "direction",
    "note",
)
ON_ERROR = ("fail", "skip", "default")
EMPTY = ("skip", "clear")
DIRECTIONS = ("both", "in", "out")


def parse_spec(spec: Any, registry: Registry) -> Spec:
    """Check a mapping's JSON; raises MappingSpecError at the first mistake."""
    if not isinstance(spec, Mapping):
        raise MappingSpecError("a mapping is a JSON object")
    _known_keys(spec, HEAD_KEYS, "")
    if spec.get("format") != FORMAT or isinstance(spec["format"], bool):
        raise MappingSpecError(f"must be {FORMAT}", field="format")
    if not isinstance(spec.get("name"), str) or not spec["name"].strip():
        raise MappingSpecError("a mapping needs a name", field="name")
    for key in ("title", "source", "target", "note"):
        if not isinstance(spec.get(key, ""), str):
            raise MappingSpecError("must be a text", field=key)
    if spec.get("mode", MODES[0]) not in MODES:
        raise MappingSpecError(f"must be one of {', '.join(MODES)}", field="mode")
    lines = _Parser(registry).lines(spec.get("lines"), (), ())
    head = {key: spec.get(key, "") for key in ("title", "source", "target")}
    return Spec(name=spec["name"], mode=spec.get("mode", MODES[0]), lines=lines, **head)


def _reads_fields(path: Path | None) -> bool:
    return path is not None and not path.from_root and path.reads != {()}


def _known_keys(given: Mapping[str, Any], known: tuple[str, ...], line: str) -> None:
    for key in given:
        if key not in known:
            close = difflib.get_close_matches(str(key), known, n=1)
            hint = f"Did you mean “{close[0]}”?" if close else f"Known: {', '.join(known)}."
            raise MappingSpecError("is not a known key", line=line, field=str(key), hint=hint)


def _check_constant(value: Any, depth: int = 0) -> None:
    if depth > MAX_VALUE_DEPTH:
        raise ValueError(f"is nested deeper than {MAX_VALUE_DEPTH} levels")
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise ValueError("has a key that is not a text")
        for item in value.values():
            _check_constant(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check_constant(item, depth + 1)
    elif value is not None and not isinstance(value, (str, int, float, bool)):
        raise ValueError("must be a JSON value")


class _Parser:
    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.count = 0

    def lines(self, given: Any, above: tuple[str, ...], parent: tuple[str, ...]) -> tuple[Line, ...]:
        where = ".".join(above)
        if not isinstance(given, list) or not given:
            raise MappingSpecError("must be a list with at least one line", line=where, field="lines")
        if len(above) >= MAX_NESTING:
            raise MappingSpecError(f"lines are nested deeper than {MAX_NESTING} levels", line=where, field="lines")
        self.count += len(given)
        if self.count > MAX_LINES:
            raise MappingSpecError(f"has more than {MAX_LINES} lines", line=where, field="lines")
        every = [self.line(item, (*above, str(index)), parent) for index, item in enumerate(given, 1)]
        lines = tuple(line for line, item in zip(every, given, strict=True) if item.get("direction") != "out")
        if not lines:
            raise MappingSpecError("all have the direction “out”", line=where, field="lines")
        _check_targets(lines)
        return lines

    def line(self, given: Any, number: tuple[str, ...], parent: tuple[str, ...]) -> Line:
        where = ".".join(number)
        if not isinstance(given, Mapping):
            raise MappingSpecError("a line is a JSON object", line=where)
        _known_keys(given, LINE_KEYS, where)
        self._check_plain_keys(given, where)
        constant = "value" in given
        if not constant and not {"source", "transforms", "lines"} & set(given):
            raise MappingSpecError("needs a source or a value", line=where, field="source")
        if constant and (other := {"source", "transforms", "lines", "default", "required", "on_error"} & set(given)):
            raise MappingSpecError("a line with a value cannot have it", line=where, field=min(other))
        target = self.target(given.get("target"), where)
        lines = self.lines(given["lines"], number, parent + target) if "lines" in given else None
        return Line(
            number=number,
            source=None if constant else self.path(given.get("source", "@"), where, "source"),
            value=self.constant(given, "value", where),
            steps=self.steps(given.get("transforms", []), where),
            parent=parent,
            target=target,
            lines=lines,
            reads_items=any(_reads_fields(path) for line in lines or () for path in (line.source, line.when)),
            when=self.path(given["when"], where, "when") if "when" in given else None,
            default=self.constant(given, "default", where),
            required=given.get("required", False),
            on_error=given.get("on_error", "fail"),
            empty=given.get("empty", "skip"),
        )

    def _check_plain_keys(self, given: Mapping[str, Any], where: str) -> None:
        if not isinstance(given.get("note", ""), str):
            raise MappingSpecError("must be a text", line=where, field="note")
        if not isinstance(given.get("required", False), bool):
            raise MappingSpecError("must be true or false", line=where, field="required")
        for key, choices in (("on_error", ON_ERROR), ("empty", EMPTY), ("direction", DIRECTIONS)):
            if given.get(key, choices[0]) not in choices:
                raise MappingSpecError(f"must be one of {', '.join(choices)}", line=where, field=key)
        if given.get("on_error") == "default" and "default" not in given:
            raise MappingSpecError("“default” needs a default", line=where, field="on_error")
        if given.get("on_error") == "skip" and given.get("required"):
            raise MappingSpecError("a required field cannot be skipped", line=where, field="on_error")

    def path(self, given: Any, where: str, key: str) -> Path:
        try:
            return compile_path(given)
        except PathSyntaxError as exc:
            raise MappingSpecError(str(exc), line=where, field=key) from exc

    def constant(self, given: Mapping[str, Any], key: str, where: str) -> Any:
        if key not in given:
            return UNSET
        try:
            _check_constant(given[key])
        except ValueError as exc:
            raise MappingSpecError(str(exc), line=where, field=key) from exc
        return given[key]

    def target(self, given: Any, where: str) -> tuple[str, ...]:
        if not isinstance(given, str) or not given:
            raise MappingSpecError("a line needs a target field", line=where, field="target")
        parts = tuple(given.split("."))
        if any(not part or part != part.strip() or "[" in part for part in parts):
            raise MappingSpecError(
                "must be field names joined by dots, such as “customer.email”",
                line=where,
                field="target",
                hint="For the items of a list, use sub-lines.",
            )
        if len(parts) > MAX_TARGET_DEPTH:
            raise MappingSpecError(f"is deeper than {MAX_TARGET_DEPTH} levels", line=where, field="target")
        return parts

    def steps(self, given: Any, where: str) -> tuple[Step, ...]:
        if not isinstance(given, list):
            raise MappingSpecError("must be a list", line=where, field="transforms")
        if len(given) > MAX_TRANSFORMS:
            raise MappingSpecError(f"has more than {MAX_TRANSFORMS} transforms", line=where, field="transforms")
        return tuple(self.step(item, where) for item in given)

    def step(self, given: Any, where: str) -> Step:
        if isinstance(given, str):
            name, argument = given, ANY
        elif isinstance(given, Mapping) and len(given) == 1 and isinstance(next(iter(given)), str):
            ((name, argument),) = given.items()
        else:
            raise MappingSpecError(
                "a transform is a name, or an object with one name and its argument", line=where, field="transforms"
            )
        transform = self.registry.get(name)
        if transform is None:
            close = self.registry.suggest(name)
            hint = f"Did you mean “{close}”?" if close else "See the list of transforms."
            raise MappingSpecError(f"there is no transform “{name}”", line=where, field="transforms", hint=hint)
        try:
            return Step(transform, transform.bind(argument, lambda inner: self.steps(inner, where)))
        except ArgumentError as exc:
            raise MappingSpecError(
                f"transform “{name}”: {exc}",
                line=where,
                field="transforms",
                hint=f"It is used as {transform.signature}.",
            ) from exc


def _check_targets(lines: Iterable[Line]) -> None:
    """Refuse two lines that would overwrite each other."""
    taken: dict[tuple[str, ...], Line] = {}
    inner: dict[tuple[str, ...], Line] = {}
    for line in lines:
        where, above = ".".join(line.number), [line.target[:size] for size in range(1, len(line.target))]
        clash = next((taken[part] for part in above if part in taken), None) or inner.get(line.target)
        if clash:
            raise MappingSpecError(
                f"“{line.full_target}” conflicts with “{clash.full_target}” of line {'.'.join(clash.number)}",
                line=where,
                field="target",
                hint="A field holds either a value or other fields.",
            )
        if line.target in taken and not line.when:
            raise MappingSpecError(
                f"“{line.full_target}” is already filled by line {'.'.join(taken[line.target].number)}",
                line=where,
                field="target",
                hint="Give this line a condition (“when”), or remove one of the two.",
            )
        taken.setdefault(line.target, line)
        inner.update(dict.fromkeys(above, line))
