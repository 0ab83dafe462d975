# Part of Integration Hub. License LGPL-3.0 or later.
"""The end of an exchange, whatever the other side does to put it off.

A read timeout alone does not bound an exchange: a peer that sends one byte now and then resets it each time, in the
headers as well as in the body; one that reads slowly does the same to what we send; and a look-up of a name has no
timeout at all. So the time left is asked for before each of them.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from types import TracebackType
from typing import Self, TypeVar

from ..clock import Clock

T = TypeVar("T")
_here = threading.local()


class Deadline:
    """The end of an exchange, in force for the thread inside its `with` block.

    One that is made inside the block of another ends no later than that: so a call ends in time that is made of several
    exchanges, as one that has to get an access token first.
    """

    def __init__(self, clock: Clock, end: float, read: float) -> None:
        self._clock = clock
        self._outer = current()
        self._end: float = min(end, self._outer._end) if self._outer else end
        self._read = read

    def left(self) -> float:
        """Seconds until the end; raises TimeoutError once the total is used up."""
        left = self._end - self._clock.monotonic()
        if left <= 0:
            raise TimeoutError("total time used up")
        return left

    def check(self) -> float:
        """Seconds a single receive may take now; raises TimeoutError once the total is used up."""
        return min(self.left(), self._read)

    def __enter__(self) -> Self:
        _here.deadline = self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        _here.deadline = self._outer


def current() -> Deadline | None:
    """The deadline of the exchange that this thread is in; None outside of one."""
    found: Deadline | None = getattr(_here, "deadline", None)
    return found


def time_left(at_most: float = threading.TIMEOUT_MAX) -> float:
    """Seconds that may be waited now: `at_most`, or fewer where the exchange has no more."""
    deadline = current()
    return at_most if deadline is None else min(at_most, deadline.check())


def within(seconds: float, function: Callable[[], T]) -> T:
    """What a function returns or raises that cannot be told when to stop; TimeoutError after so many seconds.

    It runs in a thread of its own, which is left to itself then.
    """
    result: Future[T] = Future()

    def work() -> None:
        try:
            result.set_result(function())
        except BaseException as error:  # noqa: BLE001 - raised again by result()
            result.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    return result.result(seconds)
