# Part of Integration Hub. License LGPL-3.0 or later.
"""Drain: work a unit off, in order, in short transactions of its own.

    guard ──▶ claim ──▶ one event after the other ──▶ release ──▶ look again ──▶ (wake | timer | end)

The *handler* knows what an event means; the engine knows when it runs and what is written about it:

- ``suspended(endpoint_id)`` → why the endpoint does not run now, or ``""``
- ``settings(cr, event)`` → ``(RetryPolicy, on_dead)``
- ``load(event)`` → the document of an inbound event, with no transaction open
- ``apply(cr, event, document)`` → :class:`Outcome` of an inbound event, its effect in *cr*
- ``prepare(cr, event)`` → a call to make, or an :class:`Outcome` when there is none to make
- ``send(call)`` → a result; no transaction is open while the other side is waited for
- ``finish(cr, event, call, result)`` → :class:`Outcome` of an outbound event
- ``explain(error)`` → :class:`Outcome` of an exception
- ``stop(endpoint_id, state, reason)`` → stops an endpoint, in a transaction of its own
"""

import os
import platform

from .claim import Withdrawn, abandoned, claim, has_work, next_due, take
from .guard import guard
from .outcome import Outcome, record, record_lost, start_attempt
from .races import lost_race, unlogged_statements

BATCH = 50
BUDGET = 20.0  # seconds a job works before it hands over to the next
RACES = 5


def drain(db, unit, handler, budget=BUDGET):
    """Work the unit off within the budget; returns ``busy``, ``more``, ``(waits until)`` a datetime, or ``None``.

    ``busy``: another drain has it, and will look again when it ends. ``more``: there is work left to enqueue for.
    """
    with guard(db, unit) as mine:
        if not mine:
            return "busy"
        _bury(db, unit)
        deadline = db.clock.monotonic() + budget
        while db.clock.monotonic() < deadline and not handler.suspended(unit.endpoint_id):
            batch = claim(db, unit, BATCH)
            if not batch:
                break
            _run_batch(db, batch, handler, deadline)
            abandoned(db, unit)
    # The lock is free: whoever came meanwhile found it taken and went away, so look again with new eyes.
    if handler.suspended(unit.endpoint_id):
        return None
    return "more" if has_work(db, unit) else next_due(db, unit)


def _bury(db, unit):
    lost = abandoned(db, unit)
    if lost:
        with db.read_committed() as cr:
            record_lost(cr, lost, db.now())


def _run_batch(db, batch, handler, deadline):
    stuck = set()
    for event in batch:
        if event.partition_key in stuck:
            continue
        if db.clock.monotonic() >= deadline:
            return
        state, stopped = run(db, event, handler)
        if stopped:
            return
        if event.partition_key and state in ("retry", "dead", "pending"):
            stuck.add(event.partition_key)  # the next claim knows from the block whether the key goes on


def run(db, event, handler):
    """Try one event once; returns the state it is left in, and whether its endpoint was stopped."""
    try:
        outcome, kept = (_run_inbound if event.direction == "inbound" else _run_outbound)(db, event, handler)
    except Withdrawn:
        return "ignored", False
    if outcome.stop:
        handler.stop(event.endpoint_id, outcome.stop, outcome.message)
    return kept, bool(outcome.stop)


def _write(cr, db, event, handler, outcome, started_at, attempt_id=None):
    policy, on_dead = handler.settings(cr, event)
    return record(
        cr,
        db,
        event,
        outcome,
        started_at=started_at,
        worker=worker_name(),
        attempt_id=attempt_id,
        policy=policy,
        on_dead=on_dead,
    )


def _in_place(db, work):
    """Run ``work(cr)`` in a transaction; one that lost a race is done again here, it is no failure of the message."""
    race = 0
    while True:
        try:
            with unlogged_statements(), db.transaction() as cr:
                result = work(cr)
                cr.flush()
                return result
        except Exception as error:
            race += 1
            if race == RACES or not lost_race(error):
                raise
            db.clock.sleep(0.01 * 2**race * (0.5 + db.random()))


def _run_inbound(db, event, handler):
    started_at = db.now()

    def work(cr):
        take(cr, event)
        outcome = handler.apply(cr, event, document)
        return outcome, _write(cr, db, event, handler, outcome, started_at)

    try:
        document = handler.load(event)
        return _in_place(db, work)
    except Withdrawn:
        raise
    except Exception as error:  # noqa: BLE001 - every end of a try is an outcome somebody can read
        return _write_failure(db, event, handler, error, started_at)


def _run_outbound(db, event, handler):
    started_at, attempt_id = db.now(), None

    def begin(cr):
        take(cr, event)
        call = handler.prepare(cr, event)
        if isinstance(call, Outcome):
            return call, _write(cr, db, event, handler, call, started_at)
        return call, start_attempt(cr, event, started_at, worker_name())

    def end(cr):
        outcome = handler.finish(cr, event, call, result)
        return outcome, _write(cr, db, event, handler, outcome, started_at, attempt_id)

    try:
        call, begun = _in_place(db, begin)
        if isinstance(call, Outcome):
            return call, begun
        attempt_id = begun
        result = handler.send(call)
        return _in_place(db, end)
    except Withdrawn:
        raise
    except Exception as error:  # noqa: BLE001 - as above
        return _write_failure(db, event, handler, error, started_at, attempt_id)


def _write_failure(db, event, handler, error, started_at, attempt_id=None):
    outcome = handler.explain(error)
    with db.read_committed() as cr:
        return outcome, _write(cr, db, event, handler, outcome, started_at, attempt_id)


def worker_name():
    """Return what an attempt says of who made it."""
    return f"{platform.node()}:{os.getpid()}"
