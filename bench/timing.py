# Part of Integration Hub. License LGPL-3.0 or later.
"""CPU time of one call, measured in turns with the peer's: a slow moment of the machine hits both."""

import statistics
import time
from collections.abc import Callable
from typing import Any


def microseconds(function: Callable[..., Any], *arguments: Any, calls: int) -> float:
    """CPU time of one call, in µs."""
    start = time.process_time_ns()
    for _ in range(calls):
        function(*arguments)
    return (time.process_time_ns() - start) / calls / 1000


def medians(pairs: list[tuple[float, float]]) -> tuple[float, float, float]:
    """The medians of ours, of the peer's, and of ours to the peer's."""
    ours, peer = (statistics.median(column) for column in zip(*pairs, strict=True))
    return ours, peer, statistics.median(one / other for one, other in pairs)
