# Part of Integration Hub. License LGPL-3.0 or later.
"""Lines led back, one level at a time: which are derived, which are in each other's way, what becomes of each."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..paths import compile_path
from .inversion_steps import check_known_values, never_false, steps_back
from .registry import NotInvertible, Registry
from .spec import UNSET, Line

Chain = tuple[str, ...]
Json = dict[str, Any]
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
#: What two lines have in common that derive the same from one source.
_ALIKE = ("transforms", "lines", "when", "default", "on_error", "empty", "direction")


@dataclass(frozen=True, slots=True)
class Blocker:
    """A line that has no inverse. `line`: as a person counts, "7.2" is line 2 below line 7."""

    line: str
    source: str
    target: str
    reason: str


@dataclass(slots=True)
class Work:
    """What inverting one mapping carries from level to level.

    `restored`: the chains of fields from $root that come back exactly as they were.
    """

    transforms: Registry
    restored: frozenset[Chain] = frozenset()
    blockers: list[Blocker] = field(default_factory=list)


@dataclass(slots=True)
class _Entry:
    """One line of a level; lines that only group others are opened, so `target` may be longer than the line's own.

    `chain`: the fields that its source names. `others`: those it reads where that has no value (`chain || others`).
    `forward`, `back`: what became of it; `siblings`: where `forward` goes.
    """

    given: Json
    line: Line
    target: Chain
    siblings: list[Json]
    chain: Chain | None = None
    others: tuple[Chain, ...] = ()
    forward: Json | None = None
    back: Json | None = None

    @property
    def is_plain(self) -> bool:
        """Whether it takes its source over as it is."""
        line = self.line
        bare = not line.steps and line.lines is None and line.when is None and line.default is UNSET
        return bare and self.chain is not None and not self.others


def go_back(
    given: Sequence[Mapping[str, Any]], lines: Iterable[Line], work: Work, *, is_top: bool = True
) -> tuple[list[Json], list[Json]]:
    """(the inverse lines, the lines that they invert) of one level. Blockers are noted in `work`."""
    forward: list[Json] = []
    entries = list(_entries(given, lines, (), forward))
    filled = [entry.target for entry in entries]
    sole = [entry for entry in entries if filled.count(entry.target) == 1]
    restored = frozenset(entry.chain for entry in sole if entry.is_plain and entry.chain)
    if is_top:
        work.restored = restored
    taken: list[_Entry] = []
    # Plain lines first, since others are derived from them; then objects and lists, which hold the most.
    for entry in sorted(entries, key=lambda found: (not found.is_plain, found.line.lines is None)):
        try:
            _lead_back(entry, taken, entry in sole, restored, work)
        except NotInvertible as reason:
            line = entry.line
            work.blockers.append(Blocker(".".join(line.number), line.source_text, line.full_target, str(reason)))
    for entry in entries:
        if entry.forward is not None:
            entry.siblings.append(entry.forward)
    _drop_empty_groups(forward)
    out = [{key: item for key, item in line.items() if key != "direction"} for line in _out(given)]
    return [entry.back for entry in entries if entry.back] + out, forward


def _entries(
    given: Sequence[Mapping[str, Any]], lines: Iterable[Line], above: Chain, siblings: list[Json]
) -> Iterable[_Entry]:
    by_number = {line.number[-1]: line for line in lines}
    for index, item in enumerate(given, 1):
        line = by_number.get(str(index))
        if line is None or item.get("direction") == "in":
            continue
        if line.lines is not None and _is_group(line):
            group: Json = {**item, "lines": []}
            siblings.append(group)
            yield from _entries(item["lines"], line.lines, above + line.target, group["lines"])
        else:
            yield _Entry(dict(item), line, above + line.target, siblings, *_named_fields(line))


def _is_group(line: Line) -> bool:
    """Whether it only groups fields of the same object."""
    path = line.source
    return path is not None and path.expression.strip() == "@" and not line.steps and not line.when


def _out(given: Sequence[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    return (item for item in given if item.get("direction") == "out")


def _drop_empty_groups(lines: list[Json]) -> None:
    for line in lines:
        _drop_empty_groups(line.get("lines", []))
    lines[:] = [line for line in lines if line.get("lines", True)]


def _named_fields(line: Line) -> tuple[Chain | None, tuple[Chain, ...]]:
    """The fields a source names: ("a", "b") for `a.b` and for `a.b[]`; the first, and the others, of `a || b`."""
    path = line.source
    if path is None or (path.from_root and len(line.number) > 1):
        return None, ()
    text = path.expression.strip()
    if path.from_root:
        text = text.removeprefix("$root").removeprefix(".")
    if line.lines is not None:
        text = text.removesuffix("[]").removesuffix("[*]")
    if not text:
        return None, ()
    keys = [compile_path(part).keys for part in (text.split("||") if "`" not in text and "'" not in text else [text])]
    chains = [chain for chain in keys if chain]
    return (chains[0], tuple(chains[1:])) if len(chains) == len(keys) else (None, ())


def _lead_back(entry: _Entry, taken: list[_Entry], is_sole: bool, restored: frozenset[Chain], work: Work) -> None:
    """Fill `forward`, and `back` unless nothing is needed. Raises NotInvertible."""
    line = entry.line
    twin = next((other for other in taken if _is_twin(entry, other)), None)
    if twin or _is_derived(entry, taken, restored, work.restored):
        entry.forward = entry.given
        if twin and twin.forward and "lines" in twin.forward:
            entry.forward = {**entry.given, "lines": twin.forward["lines"]}
        return
    if line.when and not _covers(line.when.reads, work.restored if line.when.from_root else restored):
        raise NotInvertible("its condition reads fields that do not come back as they were")
    if line.source is None:
        entry.forward = entry.given
        return
    if not is_sole:
        raise NotInvertible("several lines fill its target")
    _check_source(entry, taken, work.transforms)
    back: Json = {"source": _expression(entry.target)}
    forward = dict(entry.given)
    if line.lines is not None:
        back["lines"], forward["lines"] = go_back(entry.given["lines"], line.lines, work, is_top=False)
        if not back["lines"]:
            raise NotInvertible("none of its lines leads back")
    elif steps := steps_back(entry.given.get("transforms", []), work.transforms):
        back["transforms"] = steps
    assert entry.chain
    back["target"] = ".".join(entry.chain)
    if line.required and not line.when and line.default is UNSET:
        back["required"] = True
    if line.on_error == "skip":
        back["on_error"] = "skip"
    if line.empty == "clear":
        back["empty"] = "clear"
    known = {**forward, "target": ".".join(entry.target)}
    entry.back, entry.forward = check_known_values(known, back, work.transforms), forward
    taken.append(entry)


def _check_source(entry: _Entry, taken: list[_Entry], registry: Registry) -> None:
    line, path = entry.line, entry.line.source
    assert path
    if entry.chain is None:
        if path.from_root and len(line.number) > 1:
            raise NotInvertible("it reads $root from inside of sub-lines")
        raise NotInvertible(f"“{path.expression}” is more than the name of a field")
    if any(not key or key != key.strip() or "." in key or "[" in key for key in entry.chain):
        raise NotInvertible(f"a field named as in “{path.expression}” cannot be a target")
    if entry.others and not never_false(entry.given.get("transforms", []), registry):
        raise NotInvertible(f"“{path.expression}” may come from several fields")
    if line.lines is not None and line.steps:
        raise NotInvertible("its transforms run before its sub-lines")
    for other in taken:
        where = ".".join(other.line.number)
        assert other.chain
        if _overlap(entry.chain, other.chain):
            raise NotInvertible(f"line {where} leads back to the same field, or to one inside of the other")
        for one, two in ((entry, other), (other, entry)):
            if any(_overlap(chain, leaf) for chain in one.others for leaf in _leaves(two)):
                raise NotInvertible(f"with line {where}, “{one.line.source_text}” would find another field first")


def _expression(chain: Chain) -> str:
    """The path of these fields; a name that is no identifier stands in quotes."""
    return ".".join(key if _IDENTIFIER.fullmatch(key) else json.dumps(key, ensure_ascii=False) for key in chain)


def _leaves(entry: _Entry) -> Iterable[Chain]:
    """The fields that its inverse fills."""
    lines = (entry.back or {}).get("lines")
    assert entry.chain
    return _below(entry.chain, lines) if lines else [entry.chain]


def _below(above: Chain, lines: Iterable[Json]) -> Iterable[Chain]:
    for line in lines:
        chain = (*above, *line["target"].split("."))
        yield from _below(chain, line["lines"]) if "lines" in line else [chain]


def _is_twin(entry: _Entry, other: _Entry) -> bool:
    same_source = entry.given.get("source") == other.given.get("source")
    return same_source and all(entry.given.get(key) == other.given.get(key) for key in _ALIKE)


def _is_derived(entry: _Entry, taken: list[_Entry], restored: frozenset[Chain], from_root: frozenset[Chain]) -> bool:
    if entry.is_plain:
        assert entry.chain
        return any(other.is_plain and other.chain and _covers([entry.chain], {other.chain}) for other in taken)
    return _reads_only(entry.line, restored, from_root)


def _reads_only(line: Line, restored: frozenset[Chain], from_root: frozenset[Chain]) -> bool:
    """Whether all that the line reads comes back as it was. What is below something restored is restored."""
    if line.source is None:
        return False
    for path in (line.source, line.when):
        if path and not _covers(path.reads, from_root if path.from_root else restored):
            return False
    if not all(_covers(step.bound.root_reads, from_root) for step in line.steps):
        return False
    everything: frozenset[Chain] = frozenset({()})
    return all(sub.source is None or _reads_only(sub, everything, from_root) for sub in line.lines or ())


def _covers(reads: Iterable[Chain], restored: Iterable[Chain]) -> bool:
    known = set(restored)
    return all(any(chain[:size] in known for size in range(len(chain) + 1)) for chain in reads)


def _overlap(one: Chain, other: Chain) -> bool:
    size = min(len(one), len(other))
    return one[:size] == other[:size]
