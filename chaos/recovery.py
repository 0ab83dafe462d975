# Part of Integration Hub. License LGPL-3.0 or later.
"""Recovery: for how long work stood still after a death. Pure functions.

A killed process may have been draining units. The death is recovered from when in each of them that held work the next
try has ended; the slowest unit counts. Where it drained none, or nothing waited there: when the first message that came
after the death has ended, of whatever unit. All times are of one clock, the machine's.
"""

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

WAITING, BLOCKING = "pending", ("retry", "held", "dead")
FINAL = ("done", "ignored", "dead")


class Trace(NamedTuple):
    """A message came (its first trace), or a try of it ended; in order of time."""

    at: float
    event: int
    unit: str
    state: str
    key: str | None = None


def recoveries(deaths: Iterable[Mapping[str, Any]], traces: Sequence[Trace]) -> list[float]:
    """Seconds of each death `{"at", "units"}` until it was recovered from; infinite where it never was."""
    history = _History(traces)
    return [history.recovery(death["at"], death["units"]) for death in deaths]


class _History:
    def __init__(self, traces: Sequence[Trace]) -> None:
        self.by_unit: dict[str, list[Trace]] = defaultdict(list)
        self.came: dict[int, float] = {}
        self.ends: list[tuple[float, float]] = []  # when a message came, when it ended
        for trace in traces:
            self.by_unit[trace.unit].append(trace)
            if trace.event not in self.came:
                self.came[trace.event] = trace.at
            elif trace.state in FINAL:
                self.ends.append((self.came[trace.event], trace.at))
        self.ends.sort()

    def recovery(self, at: float, units: Iterable[str]) -> float:
        found = [seconds for unit in units if (seconds := self._unit(at, self.by_unit.get(unit, []))) is not None]
        return max(found) if found else self._anything(at)

    def _unit(self, at: float, traces: Sequence[Trace]) -> float | None:
        """Seconds until the unit's next try ended; None where nothing waited but for an earlier message of its key."""
        place = bisect_right(traces, at, key=lambda trace: trace.at)
        last = {trace.event: trace for trace in traces[:place]}
        blocked = {trace.key for trace in last.values() if trace.key and trace.state in BLOCKING}
        if not any(trace.state == WAITING and trace.key not in blocked for trace in last.values()):
            return None
        ends = (trace.at - at for trace in traces[place:] if trace.at > self.came[trace.event])
        return next(ends, math.inf)

    def _anything(self, at: float) -> float:
        later = self.ends[bisect_right(self.ends, (at, math.inf)) :]
        return min((ended - at for _came, ended in later), default=0.0)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values do not exceed; 0 without any."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0
