# Part of Integration Hub. License LGPL-3.0 or later.
"""Histograms: how often something took how long, in places whose bounds never change, so that any two can be added.

Pure. The bounds are those that people set limits at, about three to a power of ten: 10 ms to a day.
"""

from bisect import bisect_left
from itertools import pairwise

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
BOUNDS = (
    0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
    MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE,
    HOUR, 2 * HOUR, 6 * HOUR, 12 * HOUR, DAY,
)  # fmt: skip
PLACES = len(BOUNDS) + 1  # the last holds what took longer than all bounds


def empty():
    """Return a histogram of nothing."""
    return [0] * PLACES


def text(histogram):
    """Return it as PostgreSQL writes an array."""
    return f"{{{','.join(map(str, histogram))}}}"


def place(seconds):
    """Return the place of a duration: that of the first bound which is not below it."""
    return bisect_left(BOUNDS, seconds)


def added(histogram, other):
    """Return both in one."""
    return [mine + theirs for mine, theirs in zip(histogram, other, strict=True)]


def percentile(histogram, q):
    """Return below which duration the share *q* lies, taken as even within a place; ``None`` of nothing.

    What lies beyond the last bound is told as that bound: at least so long.
    """
    rank, seen = q * sum(histogram), 0
    if not any(histogram):
        return None
    for (low, high), count in zip(pairwise((0.0, *BOUNDS)), histogram, strict=False):
        if count and seen + count >= rank:
            return low + (high - low) * max(rank - seen, 0) / count
        seen += count
    return BOUNDS[-1]
