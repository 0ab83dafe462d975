# Part of Integration Hub. License LGPL-3.0 or later.
"""Who holds how much of something shared, and until when. Pure.

A lease is `[amount, until]` under its holder's name. Past `until` (unix seconds of the store's clock) it holds
nothing: what a dead worker had comes back by itself.
"""

from collections.abc import Mapping, Sequence

Leases = Mapping[str, Sequence[float]]


def live(leases: Leases, now: float) -> dict[str, list[float]]:
    """The leases that have not run out."""
    return {holder: [amount, until] for holder, (amount, until) in leases.items() if until > now}


def total(leases: Leases) -> float:
    """What all holders hold together."""
    return sum(amount for amount, _until in leases.values())


def first_end(leases: Leases, now: float) -> float:
    """Seconds until the first of the leases runs out; 0 when there is none."""
    return min((until - now for _amount, until in leases.values()), default=0.0)
