# Part of Integration Hub. License LGPL-3.0 or later.
"""The journey of a value through two mappings: from the payload by way of the business object into the record.

Nobody thinks of a mapping in two halves. So each line of the first is shown with where its value goes in the second:

    for leg in journey(first, first.trace(document), second, second.trace(canonical)):
        leg.source, leg.value, [(arrival.target, arrival.value) for arrival in leg.arrivals]
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from .compiler import CompiledMapping
from .errors import Problem
from .spec import Line
from .trace import TraceEntry

Chain = tuple[str, ...]

#: Of a list's items the one that is shown: what is wrong comes first, what says nothing comes last.
_TELLING = ("problem", "skipped", "set", "constant", "default", "cleared", "missing", "off")


@dataclass(frozen=True, slots=True)
class Stop:
    """What a line did with a document, told for all items of the lists it is inside of.

    `number`: as in Problem, without items. `target`: dotted, from the top, lists left out. `base`: the fields that lead
    to what its path starts from. `reads`: all chains of fields it reads. `items`: how often it ran. `outcome`, `value`,
    `problem`: of the item that tells most. `nested`: it has sub-lines.
    """

    number: str
    depth: int
    source: str
    target: str
    base: Chain
    reads: frozenset[Chain]
    items: int
    outcome: str
    value: Any
    problem: Problem | None
    nested: bool


class Arrival(NamedTuple):
    """A line of the second mapping that reads what one of the first has filled.

    `beyond`: the fields below what it reads that lead to the value, when it takes an object as a whole.
    """

    stop: Stop
    beyond: Chain


class Leg(NamedTuple):
    """A line of the first mapping, and where its value arrives: those that take it as it is come first."""

    stop: Stop
    arrivals: tuple[Arrival, ...]


def journey(
    first: CompiledMapping, entries: Sequence[TraceEntry], second: CompiledMapping, onward: Sequence[TraceEntry]
) -> tuple[list[Leg], list[Stop]]:
    """The legs of all lines of the first mapping, and the lines of the second that none of them feeds."""
    ends = list(stops(second, onward))
    legs = [Leg(stop, _arrivals(stop, ends)) for stop in stops(first, entries)]
    fed = {arrival.stop.number for leg in legs for arrival in leg.arrivals}
    return legs, [end for end in ends if end.number not in fed and not end.nested]


def stops(mapping: CompiledMapping, entries: Sequence[TraceEntry]) -> Iterator[Stop]:
    """What each line of a mapping did, sub-lines after the line above them."""
    found: dict[str, list[TraceEntry]] = {}
    for entry in entries:
        found.setdefault(_without_items(entry.line), []).append(entry)
    for line, base in _lines(mapping.spec.lines, ()):
        number = ".".join(line.number)
        ran = found.get(number, [])
        best = min(ran, key=lambda entry: _TELLING.index(entry.outcome), default=None)
        yield Stop(
            number,
            len(line.number) - 1,
            line.source_text if line.source else "",
            line.full_target,
            base,
            _reads(line, base),
            len(ran),
            best.outcome if best else "off",
            best.final if best else None,
            best.problem if best else None,
            bool(line.lines),
        )


def _lines(lines: Iterable[Line], base: Chain) -> Iterator[tuple[Line, Chain]]:
    for line in lines:
        yield line, base
        if line.lines:
            yield from _lines(line.lines, _stands_for(line, base))


def _stands_for(line: Line, base: Chain) -> Chain:
    if line.source is None:
        return base
    return (() if line.source.from_root else base) + min(line.source.stands_for, default=())


def _reads(line: Line, base: Chain) -> frozenset[Chain]:
    found: set[Chain] = set()
    for path in (line.source, line.when):
        if path:
            found |= {(() if path.from_root else base) + chain for chain in path.reads}
    for step in line.steps:
        above = _stands_for(line, base)
        found |= {above + chain for chain in step.bound.reads} | step.bound.root_reads
    return frozenset(found)


def _arrivals(stop: Stop, ends: Sequence[Stop]) -> tuple[Arrival, ...]:
    """Those lines that read the field as it is; else those that read the object it is in, or fields below it."""
    place = tuple(stop.target.split("."))
    exact, around, below = [], [], []
    for end in ends:
        for chain in sorted(end.reads, key=len, reverse=True):
            if chain == place:
                exact.append(Arrival(end, ()))
            elif chain == place[: len(chain)] and chain and not end.nested:
                around.append(Arrival(end, place[len(chain) :]))
            elif place == chain[: len(place)] and not stop.nested:
                below.append(Arrival(end, ()))
            else:
                continue
            break
    if stop.nested:  # what only some of its lines' values go into is theirs, not the whole object's
        inside = [end for end in ends if any(place == chain[: len(place)] for chain in end.reads)]
        exact = [arrival for arrival in exact if arrival.stop.nested or len(inside) == 1]
    nearest = max((len(place) - len(arrival.beyond) for arrival in around), default=0)
    around = [arrival for arrival in around if len(place) - len(arrival.beyond) == nearest]
    exact.sort(key=lambda arrival: len(arrival.stop.reads))
    return tuple(exact or around or below)


def _without_items(number: str) -> str:
    return ".".join(part.partition("[")[0] for part in number.split("."))
