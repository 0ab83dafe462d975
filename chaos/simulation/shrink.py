# Part of Integration Hub. License LGPL-3.0 or later.
"""Shrink: a smaller scenario that breaks the same invariant, with the shortest of its histories that do."""

from collections.abc import Iterator
from typing import NamedTuple

from .invariants import Violation
from .scenario import Scenario
from .schedule import Schedule

TRIES = 400  # histories of each smaller scenario


class Failing(NamedTuple):
    """A history that breaks an invariant: this scenario, this order."""

    scenario: Scenario
    seed: int
    violation: Violation
    trace: list[str]


def history(kind: type[Schedule], scenario: Scenario, seed: int) -> Failing | None:
    """Run one history with its trace; ``None``: nothing is wrong with it."""
    trace: list[str] = []
    try:
        kind(scenario, seed, trace).run()
    except Violation as violation:
        return Failing(scenario, seed, violation, trace)
    return None


def smaller(scenario: Scenario) -> Iterator[Scenario]:
    """Scenarios with one thing less."""
    for name in ("inbound", "outbound", "edits", "faults", "actions"):
        things = getattr(scenario, name)
        for place in range(len(things)):
            yield scenario._replace(**{name: things[:place] + things[place + 1 :]})
    if scenario.workers > 1:
        yield scenario._replace(workers=scenario.workers - 1)
    if scenario.limit:
        yield scenario._replace(limit=0)
    for name in ("inbound", "outbound"):
        plans = getattr(scenario, name)
        for place, plan in enumerate(plans):
            for change in (
                {"failure": "", "fails": 0}, {"poison": False}, {"calls": plan.calls[1:]}, {"again": 0},
                {"together": False}, {"loose": False}, {"stage": ""}, {"version": 0}, {"about": 0},
                {"operation": "upsert"}, {"kind": "state"},
            ):  # fmt: skip
                changed = plan._replace(**change)
                if changed != plan:
                    yield scenario._replace(**{name: (*plans[:place], changed, *plans[place + 1 :])})


def shrink(kind: type[Schedule], failing: Failing, tries: int = TRIES) -> Failing:
    """Return a failing history that is as small as trying makes it."""
    again = True
    while again:
        again = False
        for scenario in smaller(failing.scenario):
            found = _shortest(kind, scenario, failing.violation.invariant, range(tries))
            if found:
                failing, again = found, True
                break
    return _shortest(kind, failing.scenario, failing.violation.invariant, range(10 * tries)) or failing


def _shortest(kind: type[Schedule], scenario: Scenario, invariant: str, seeds: range) -> Failing | None:
    best = None
    for seed in seeds:
        found = history(kind, scenario, seed)
        if found and found.violation.invariant == invariant and (not best or len(found.trace) < len(best.trace)):
            best = found
    return best
