# Part of Integration Hub. License LGPL-3.0 or later.
"""Stopping: whether Odoo has asked this worker to end, so that a drain ends at its next step instead of its budget.

An Odoo worker hears SIGINT when its server stops; its handler only clears the worker's ``alive``, and what it works on
has until ``limit_time_real``.
"""

import math
import signal


def is_stopping():
    """Tell whether the worker that this process is was asked to end; never where it is no worker."""
    worker = getattr(signal.getsignal(signal.SIGINT), "__self__", None)
    return getattr(worker, "alive", True) is False


class WorkingHours:
    """A clock whose time is over when the worker is to end: whoever works until a deadline then stops in order."""

    def __init__(self, clock):
        self._clock = clock

    def monotonic(self):
        """Return the clock's own, or infinity."""
        return math.inf if is_stopping() else self._clock.monotonic()
