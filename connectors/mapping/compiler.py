# Part of Integration Hub. License LGPL-3.0 or later.
"""Compile a mapping once, run it on many documents."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from ..paths.reads import longest, unread
from .batches import compile_lines
from .errors import Problem, mapping_error
from .registry import DEFAULT, Registry
from .spec import MODES, Line, Spec
from .spec_parser import parse_spec
from .state import Exhausted, State
from .trace import TraceEntry, trace_lines


class Mapped(NamedTuple):
    """A mapped document. `warnings`: values that were refused and left out, or replaced by their default."""

    document: dict[str, Any]
    warnings: tuple[Problem, ...]


class CompiledMapping:
    """A mapping ready to run; immutable, and safe to share between threads.

    `sources`: dotted paths of the fields it reads, lists left out ("line_items.sku"), for reading a record at
    once. `targets`: dotted paths of the fields it may fill, likewise.
    """

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.name = spec.name
        self.title = spec.title
        self.source = spec.source
        self.target = spec.target
        self.sources = tuple(sorted(".".join(chain) for chain in longest(_sources(spec.lines, ())) if chain))
        self.targets = tuple(dict.fromkeys(_targets(spec.lines)))
        self._runs = compile_lines(spec.lines)
        self._lenient = spec.mode == "lenient"
        self._narrower: dict[frozenset[str], CompiledMapping] = {}

    def __repr__(self) -> str:
        return f"<CompiledMapping {self.name}: {len(self.targets)} targets>"

    def apply(self, document: Any, context: Any = None, mode: str | None = None) -> dict[str, Any]:
        """The mapped document; raises MappingError with all its problems.

        `document` is a JSON value and is not changed, but what no transform touches is shared with the result.
        `context` is handed to the transforms that ask for it. `mode`: strict or lenient, the mapping's own if None.
        """
        return self._run(document, context, mode)[0]

    def run(self, document: Any, context: Any = None, mode: str | None = None) -> Mapped:
        """As `apply`, with the warnings."""
        out, state = self._run(document, context, mode)
        return Mapped(out, tuple(state.warnings))

    def without(self, sources: Iterable[str]) -> "CompiledMapping":
        """The mapping without the lines that take their value from one of these paths, or from what is below it.

        So a field is left as it is at the other side, where an empty source would clear it. Cheap to ask for again.
        """
        key = frozenset(sources)
        if not key:
            return self
        if key not in self._narrower:
            chains = {tuple(path.split(".")) for path in key}
            self._narrower[key] = CompiledMapping(replace(self.spec, lines=_others(self.spec.lines, (), chains)))
        return self._narrower[key]

    def _run(self, document: Any, context: Any, mode: str | None) -> tuple[dict[str, Any], State]:
        state = State(document, context, self._lenient if mode is None else self._is_lenient(mode))
        out: dict[str, Any] = {}
        try:
            for run in self._runs:
                run(document, out, state)
        except Exhausted as stop:
            state.problems.append(stop.problem)
        if state.problems:
            raise mapping_error(self.name, state.problems)
        return out, state

    def trace(self, document: Any, context: Any = None, mode: str | None = None) -> list[TraceEntry]:
        """What every line did with the document, in order; problems are in the entries, not raised."""
        return trace_lines(self.spec.lines, State(document, context, self._is_lenient(mode)))

    def unmapped(self, document: Any) -> list[str]:
        """The dotted paths of the document's fields that no line reads, lists left out, in the document's order."""
        return unread(document, self.sources)

    def _is_lenient(self, mode: str | None) -> bool:
        if mode is not None and mode not in MODES:
            raise ValueError(f"mode must be one of {', '.join(MODES)}, not {mode!r}")
        return self._lenient if mode is None else mode == "lenient"


def compile_mapping(spec: Mapping[str, Any], transforms: Registry = DEFAULT) -> CompiledMapping:
    """Compile a mapping (format in spec.py); raises MappingSpecError at the first mistake in it."""
    return CompiledMapping(parse_spec(spec, transforms))


def _sources(lines: Iterable[Line], base: tuple[str, ...]) -> set[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    for line in lines:
        for path in (line.source, line.when):
            if path:
                found |= _below(() if path.from_root else base, path.reads)
        if not line.source:
            continue
        for chain in _below(() if line.source.from_root else base, line.source.stands_for):
            for step in line.steps:
                found |= _below(chain, step.bound.reads) | step.bound.root_reads
            found |= _sources(line.lines or (), chain)
    return found


def _others(lines: Iterable[Line], base: tuple[str, ...], chains: set[tuple[str, ...]]) -> tuple[Line, ...]:
    """The lines whose values do not come from these chains of fields; of nested ones, those below them.

    Of lines that fill the same target all or none: what one of them alone would make of it is not the mapping's value.
    """
    kept, left = [], set()
    for line in lines:
        if line.lines is not None and line.source:
            below = line.lines
            for chain in _below(() if line.source.from_root else base, line.source.stands_for):
                below = _others(below, chain, chains)
            if below:
                kept.append(replace(line, lines=below))
        elif any(_meet(chain, read) for read in _sources((replace(line, when=None),), base) for chain in chains):
            left.add(line.target)
        else:
            kept.append(line)
    return tuple(line for line in kept if line.target not in left)


def _meet(chain: tuple[str, ...], read: tuple[str, ...]) -> bool:
    """Tell whether one of two paths lies within the other; what reads a whole document lies in none."""
    return bool(read) and chain[: len(read)] == read[: len(chain)]


def _below(base: tuple[str, ...], chains: Iterable[tuple[str, ...]]) -> set[tuple[str, ...]]:
    return {base + chain for chain in chains}


def _targets(lines: Iterable[Line]) -> Iterable[str]:
    for line in lines:
        if line.lines:
            yield from _targets(line.lines)
        else:
            yield line.full_target
