# Part of Integration Hub. License LGPL-3.0 or later.
"""The command: scripts/simulate."""

import argparse
import os
import sys
import time

from . import campaign
from .campaign import Result, protocol_of
from .invariants import INVARIANTS
from .mutations import MUTATIONS
from .shrink import Failing, history, shrink


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts/simulate", description="Simulate the engine's protocol.")
    parser.add_argument("--schedules", type=int, default=1_000_000, help="how many; of each mutation, at the most")
    parser.add_argument("--seed", type=int, default=0, help="of the first schedule; the next has the next")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--mutation", choices=[*MUTATIONS, "all"], default="", help="what to do wrong")
    parser.add_argument("--replay", type=int, metavar="SEED", help="show one schedule, step by step")
    parser.add_argument("--no-shrink", action="store_true", help="show what breaks an invariant as it was found")
    given = parser.parse_args(arguments)
    if given.mutation == "all":
        return run_mutations(given)
    if given.replay is not None:
        return replay(given.mutation, given.replay)
    return run(given)


def run(given: argparse.Namespace) -> int:
    """Run the protocol, or one mutation; returns the exit status."""
    result = campaign.run(given.mutation, given.seed, given.schedules, given.jobs, progress(given.schedules))
    print(HEAD, row(result), sep="\n")
    if not result.found:
        return 0
    failing = replayed(given.mutation, result.found.seed)
    print(f"\nSeed {result.found.seed}: scripts/simulate --replay {result.found.seed}{option(given.mutation)}")
    if not given.no_shrink:
        failing = shrink(protocol_of(given.mutation), failing)
    show(failing)
    return 1


def run_mutations(given: argparse.Namespace) -> int:
    """Run every mutation until it is caught; one that is not is what fails here."""
    missed = 0
    print(HEAD)
    for name in MUTATIONS:
        result = campaign.run(name, given.seed, given.schedules, given.jobs)
        print(row(result), flush=True)
        missed += result.found is None
    return int(missed > 0)


def replay(name: str, seed: int) -> int:
    """Show the history of one seed; returns the exit status."""
    kind = protocol_of(name)
    schedule = kind.of_seed(seed, trace := [])
    failing = history(kind, schedule.scenario, seed + 1)
    if failing:
        show(failing)
        return 1
    schedule.run()
    print(*trace, sep="\n")
    return 0


def replayed(name: str, seed: int) -> Failing:
    kind = protocol_of(name)
    failing = history(kind, kind.of_seed(seed).scenario, seed + 1)
    if failing is None:
        raise RuntimeError(f"seed {seed} does not fail again: the simulation is not deterministic")
    return failing


def show(failing: Failing) -> None:
    """Print a history that breaks an invariant."""
    print(f"\n{failing.scenario}\n")
    print(*failing.trace, sep="\n")
    print(f"\n{failing.violation}\n{INVARIANTS[failing.violation.invariant]}")


def option(name: str) -> str:
    return f' --mutation "{name}"' if name else ""


def progress(total: int):
    """Return what prints how far a campaign is, every few seconds."""
    last = time.monotonic()

    def tell(schedules: int, seconds: float) -> None:
        nonlocal last
        if time.monotonic() - last > 5:
            last = time.monotonic()
            print(f"{schedules:>9} of {total} schedules, {schedules / seconds:.0f} a second", flush=True)

    return tell


HEAD = f"{'protocol':28} {'schedules':>9} {'steps':>11} {'seconds':>7}  ended by"


def row(result: Result) -> str:
    """One line of the table."""
    end = f"{result.found.invariant}, seed {result.found.seed}: {result.found.detail}" if result.found else "-"
    return f"{result.name or 'as it is':28} {result.schedules:>9} {result.steps:>11} {result.seconds:>7.1f}  {end}"


if __name__ == "__main__":
    sys.exit(main())
