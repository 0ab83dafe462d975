# Part of Integration Hub. License LGPL-3.0 or later.
"""Recording: what a message's call said and was answered, and the trace that it belongs to (docs/adr/0044).

Calls of many messages are under way at once over one client, each on a thread of its own: so whose an exchange is, is
what its thread says. A call that is no message's (a poll, a trial) is not recorded, and begins a trace of its own.
"""

import contextlib
from contextvars import ContextVar

from ..connectors.http.exchanges import shown
from ..connectors.http.trace import TraceContext
from ..engine.observe import place

MOST = 10  # exchanges of one call: a search, a token, a second try; the last ones say most
_CALL = ContextVar("integration_hub_call", default=None)


class Recording:
    """The exchanges of one call of a message that belongs to a correlation."""

    def __init__(self, correlation):
        self._trace = TraceContext.new()
        if correlation:
            self._trace = TraceContext(correlation, self._trace.span_id)
        self._exchanges = []

    @contextlib.contextmanager
    def on(self):
        """Record what this thread exchanges in the block; an error takes the recording along."""
        token = _CALL.set(self)
        try:
            yield
        except Exception as error:
            error.recording = self
            raise
        finally:
            _CALL.reset(token)

    def told(self, *, bodies):
        """Return what may be kept of it, ``None`` where nobody was called.

        :param bodies: whether something went wrong, and a person wants to see what was said
        """
        return [shown(*exchange, bodies=bodies) for exchange in self._exchanges[-MOST:]] or None


class _Here(TraceContext):
    """The span that is open: whoever is called from it is told of this one."""

    def child(self, **_given):
        return self


def trace():
    """Return the trace that the request which this thread is about to make belongs to; ``None``: one of its own."""
    if here := place():
        return _Here(*here)
    recording = _CALL.get()
    return recording and recording._trace


def record(*exchange):
    """Keep an exchange of this thread, where its call is recorded."""
    if recording := _CALL.get():
        recording._exchanges.append(exchange)
