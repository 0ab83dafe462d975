# Part of Integration Hub. License LGPL-3.0 or later.
"""Time as an argument: nothing in the library asks the machine what time it is."""

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time and waits."""

    def now(self) -> float:
        """Unix time in seconds."""

    def monotonic(self) -> float:
        """Seconds that never go back; only differences mean something."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """Unix time in seconds."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since an arbitrary moment."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait for real."""
        time.sleep(max(0.0, seconds))


class ManualClock:
    """A clock that moves only when told to; sleeping moves it. For tests and simulations."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self._now = now
        self._elapsed = 0.0
        self.slept: list[float] = []

    def now(self) -> float:
        """Unix time in seconds."""
        return self._now

    def monotonic(self) -> float:
        """Seconds this clock was moved by."""
        return self._elapsed

    def sleep(self, seconds: float) -> None:
        """Move on at once, and remember having slept."""
        self.slept.append(seconds)
        self.advance(max(0.0, seconds))

    def advance(self, seconds: float) -> None:
        """Let time pass; raises ValueError for a negative amount."""
        if seconds < 0:
            raise ValueError("time does not go back")
        self._now += seconds
        self._elapsed += seconds
