# Part of Integration Hub. License LGPL-3.0 or later.
"""How fast to go on when a quota runs low, so that it never runs out. Pure."""

from ..retry_after import MAX_SECONDS, MIN_SECONDS
from .quota import Quota

RESERVE = 0.2
"""The share of a quota that is kept back: other apps use it too, and what a header says is already old."""

UNKNOWN_WINDOW = 60.0
"""Seconds, where the peer does not say when its quota comes back."""

LOOK_AGAIN = 300.0
"""Seconds after which one more request asks, where only the window's length is known: a new day may have begun."""


def pace(quota: Quota, reserve: float = RESERVE) -> tuple[float, float]:
    """Requests (or points) a second, and for how many seconds to keep to that.

    A bucket that refills: slower the less is left, until the reserve is there again. A window: what is left, spread
    evenly over the time that is left, so that its last request comes when the next window begins.
    """
    if quota.restore > 0:
        missing = quota.limit * reserve - quota.remaining
        per_second = quota.restore * min(1.0, quota.share / reserve) if reserve > 0 else quota.restore
        return per_second, _clamp(missing / quota.restore)
    if quota.reset is not None:
        seconds = _clamp(quota.reset)
        return quota.remaining / seconds, seconds
    seconds = _clamp(quota.window or UNKNOWN_WINDOW)
    return quota.remaining / seconds, min(seconds, LOOK_AGAIN)


def _clamp(seconds: float) -> float:
    """Within what a Retry-After is obeyed in: a reset in ten years is a slip."""
    return min(max(seconds, MIN_SECONDS), MAX_SECONDS)
