# Part of Integration Hub. License LGPL-3.0 or later.
"""Pages: what a batch job reads and takes one of at a time, and how fast it goes. Pure (docs/adr/0031)."""

import math
from typing import Any, NamedTuple

PACED_OVER = 20.0  # seconds: what was faster or slower longer ago counts little
COUNTS = ("done", "skipped", "failed")


class Page(NamedTuple):
    """Some items of a job's source, and where the source goes on after them.

    :param items: any values; none, of a page that is not the last: the source is still preparing them
    :param cursor: JSON, stored in the transaction that takes the page
    :param last: nothing follows
    """

    items: list
    cursor: Any
    last: bool = False


def counted(given):
    """Return ``{count: number}`` of all of :data:`COUNTS`. Raises ValueError on one that does not exist."""
    if unknown := given.keys() - set(COUNTS):
        raise ValueError(f"a page counts {', '.join(COUNTS)}, not {', '.join(sorted(unknown))}")
    return {name: given.get(name, 0) for name in COUNTS}


def pace(before, items, seconds):
    """Return items a second, after so many in so many seconds: a mean that forgets.

    :param before: what it was after the page before; 0 where there was none
    """
    if seconds <= 0:
        return before
    now = items / seconds
    if not before:
        return now
    return before + (now - before) * (1 - math.exp(-seconds / PACED_OVER))


def seconds_left(expected, read, rate):
    """Return how long it takes to read the rest at this rate; ``None`` where nobody can tell."""
    if not rate or expected <= read:
        return None
    return (expected - read) / rate


def percent(expected, read, over):
    """Return how much of a job is done: 100 when it is over, below that until then, 0 where nobody can tell."""
    if over:
        return 100.0
    return min(99.0, 100.0 * read / expected) if expected else 0.0
