# Part of Integration Hub. License LGPL-3.0 or later.
"""Campaign: many schedules, on all processors, until one of them breaks an invariant."""

import time
from collections.abc import Iterator
from multiprocessing import Pool
from typing import NamedTuple

from .invariants import Violation
from .mutations import MUTATIONS
from .schedule import Schedule

CHUNK = 2000  # schedules a process takes at a time


class Found(NamedTuple):
    """The first seed of a chunk whose schedule breaks an invariant."""

    seed: int
    invariant: str
    detail: str


class Chunk(NamedTuple):
    """What became of some schedules."""

    schedules: int
    steps: int
    found: Found | None


def protocol_of(name: str) -> type[Schedule]:
    """Return the schedules of a mutation, or of the protocol as it is, whose name is empty."""
    return MUTATIONS[name] if name else Schedule


def run_chunk(task: tuple[str, int, int]) -> Chunk:
    """Run the schedules of the seeds from `first` to `last`, until one breaks an invariant."""
    name, first, last = task
    kind, steps = protocol_of(name), 0
    for seed in range(first, last):
        try:
            steps += kind.of_seed(seed).run()
        except Violation as violation:
            return Chunk(seed - first + 1, steps, Found(seed, violation.invariant, violation.detail))
        except Exception as error:
            raise RuntimeError(f"seed {seed} of {name or 'the protocol'}: {error!r}") from error
    return Chunk(last - first, steps, None)


def run_chunks(name: str, first: int, count: int, jobs: int) -> Iterator[Chunk]:
    """Run `count` schedules from seed `first` on, in their order; ends after the chunk that found something."""
    tasks = [(name, start, min(start + CHUNK, first + count)) for start in range(first, first + count, CHUNK)]
    with Pool(jobs) as pool:
        for chunk in pool.imap(run_chunk, tasks):
            yield chunk
            if chunk.found:
                return


class Result(NamedTuple):
    """A campaign's end."""

    name: str
    schedules: int
    steps: int
    seconds: float
    found: Found | None


def run(name: str, first: int, count: int, jobs: int, progress=lambda schedules, seconds: None) -> Result:
    """Run a campaign; `progress` is told after each chunk."""
    began = time.monotonic()
    schedules = steps = 0
    found = None
    for chunk in run_chunks(name, first, count, jobs):
        schedules, steps, found = schedules + chunk.schedules, steps + chunk.steps, chunk.found
        progress(schedules, time.monotonic() - began)
    return Result(name, schedules, steps, time.monotonic() - began, found)
