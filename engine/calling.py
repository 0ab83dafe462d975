# Part of Integration Hub. License LGPL-3.0 or later.
"""Calling: several calls at once, each on a thread of its own, while the drain's thread goes on."""

import contextvars
import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

from .calls import WINDOW
from .steps import Failure

GRACE = 0.02  # seconds in which further answers are waited for once the first is there: they share a transaction


class Line:
    """Calls that are under way. Its own methods are for one thread; what it calls must be for many."""

    def __init__(self):
        self._pool = None
        self._under_way = {}

    def __len__(self):
        return len(self._under_way)

    def start(self, function, items):
        """Call the function with each of the items."""
        if self._pool is None:
            database = getattr(threading.current_thread(), "dbname", None)  # what a line of Odoo's log names
            self._pool = ThreadPoolExecutor(WINDOW, "call", initializer=_name_database, initargs=(database,))
        for item in items:
            call = contextvars.copy_context().run  # who observes sees whose work the call is
            self._under_way[self._pool.submit(call, answer, function, item)] = item

    def gather(self, wanted):
        """Return ``(item, result or Failure)`` of calls that are over; waits for one, and a moment for `wanted`."""
        over, open_ = wait(self._under_way, return_when=FIRST_COMPLETED)
        if len(over) < wanted and open_:
            over, _open = wait(self._under_way, timeout=GRACE)
        return [(self._under_way.pop(call), call.result()) for call in over]

    def close(self):
        """Make no more calls; what is under way is left to itself."""
        if self._pool:
            self._pool.shutdown(wait=False, cancel_futures=True)


def answer(function, item):
    """Return the result, or the Failure that is left of the call."""
    try:
        return function(item)
    except Exception as error:  # noqa: BLE001 - every end of a try is an outcome somebody can read
        return Failure(error)


def _name_database(name):
    threading.current_thread().dbname = name
