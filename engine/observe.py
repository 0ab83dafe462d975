# Part of Integration Hub. License LGPL-3.0 or later.
"""Observing: what is worked on just now, for log lines (`logs.py`) and for spans (`tracing.py`).

Where the server's configuration wants neither, each place that is observed costs the question whether it does.
"""

import contextlib
from contextvars import ContextVar
from typing import Any, NamedTuple

from . import causation, steps

_ABOUT = ContextVar("integration_hub_about", default=None)
_CORRELATIONS = ContextVar("integration_hub_correlations", default=None)
_NOTHING = contextlib.nullcontext()
STEPS = (steps.Load, steps.Apply, steps.Begin, steps.Send, steps.End, steps.Fail)  # in which messages are worked on


class _Wanted(NamedTuple):
    any: bool = False
    span: Any = None  # ``span(name, said, events)`` → a context in which it is open
    place: Any = None  # ``place()`` → where the one is that is open


_wanted = _Wanted()


def switch_on(span=None, place=None):
    """Observe from now on, in this process and those that it forks.

    :param span: opens spans
    :param place: says which one is open
    """
    global _wanted
    _wanted = _Wanted(True, span or _wanted.span, place or _wanted.place)


def switch_off():
    """Observe nothing any more."""
    global _wanted
    _wanted = _Wanted()


def wanted():
    """Tell whether anybody wants to know."""
    return _wanted.any


def place():
    """Return ``(trace id, span id, is recorded)`` of the span that is open; ``None`` where there is none."""
    return _wanted.place() if _wanted.place else None


def about():
    """Return what is said of the work of this thread: ``message_id``, ``endpoint_id``, ``correlation_id``…"""
    said = _ABOUT.get()
    return {} if said is None else said


def observed(name, *events, **said):
    """Return a context: what happens in it is work on these events. It gives a dictionary for more, ``None`` if off."""
    return _observing(name, events, said) if _wanted.any else _NOTHING


def of_step(step, correlations):
    """Return the same for a step of a drain; *correlations* are those of what the drain has in hand."""
    if not _wanted.any or not isinstance(step, STEPS):
        return _NOTHING
    return _step(type(step).__name__.lower(), _events_of(step), correlations)


def correlations(cr, events):
    """Return ``{event id: correlation id}`` of these events, as other systems are told it; nothing where it is off."""
    if not _wanted.any or not events:
        return {}
    cr.execute("SELECT value FROM ir_config_parameter WHERE key = 'database.uuid'")
    return causation.correlations(cr, cr.fetchone()[0], [event.id for event in events])


@contextlib.contextmanager
def _step(name, events, known):
    token = _CORRELATIONS.set(known)
    try:
        with _observing(name, events, {}):
            yield
    finally:
        _CORRELATIONS.reset(token)


@contextlib.contextmanager
def _observing(name, events, said):
    said = {**about(), **_described(events), **said}
    token = _ABOUT.set(said)
    try:
        with _wanted.span(name, said, events) if _wanted.span else _NOTHING:
            yield said
    finally:
        _ABOUT.reset(token)


def _described(events):
    if not events:
        return {}
    first = events[0]
    said = {"endpoint_id": first.endpoint_id, "direction": first.direction}
    if len(events) > 1:
        return said | {"message_ids": [event.id for event in events]}
    known = (_CORRELATIONS.get() or {}).get(first.id)
    said |= {"message_id": first.id, "flow_id": first.flow_id, "correlation_id": known, "message_ids": None}
    return {name: value for name, value in said.items() if value or name == "message_ids"}


def _events_of(step):
    match step:
        case steps.Send(calls):
            return [ready.event for ready in calls]
        case steps.End(answers):
            return [ready.event for ready, _answer in answers]
        case steps.Fail():
            return [step.event]
    return step.events
