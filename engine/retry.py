# Part of Integration Hub. License LGPL-3.0 or later.
"""When the next try is: exponential with full jitter, capped in count and age. Pure."""

from typing import NamedTuple

LEAST, MOST = 1.0, 4 * 3600.0


class RetryPolicy(NamedTuple):
    """How long a failing message is tried. Seconds throughout."""

    base: float = 5.0
    cap: float = 3600.0
    max_attempts: int = 12
    max_age: float = 48 * 3600.0


def next_delay(policy, attempts, age, random, retry_after=None):
    """Return the seconds to wait after the *attempts*-th failure, or ``None`` when no further try is due.

    :param age: seconds since the message arrived
    :param random: a function returning a float in [0, 1)
    :param retry_after: what the other side asked for; obeyed within 1 s and 4 h
    """
    if attempts >= policy.max_attempts or age >= policy.max_age:
        return None
    if retry_after is not None:
        return min(max(float(retry_after), LEAST), MOST)
    ceiling = min(policy.cap, policy.base * 2 ** min(attempts - 1, 30))
    return max(LEAST, ceiling * (0.5 + 0.5 * random()))
