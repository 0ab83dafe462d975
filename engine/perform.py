# Part of Integration Hub. License LGPL-3.0 or later.
"""Perform: takes the steps of `protocol.py` with PostgreSQL and a handler.

The *handler* knows what an event means; the engine knows when it runs and what is written about it:

- ``halted(endpoint_id)`` → :class:`~.protocol.Halt` when the endpoint does not run now, else ``None``
- ``together(cr, flow_ids)`` → those of the flows whose inbound events may share a transaction
- ``settings(cr, event)`` → ``(RetryPolicy, on_dead)``
- ``load(events)`` → the documents of inbound events, with no transaction open
- ``apply(cr, event, document)`` → :class:`Outcome` of an inbound event, its effect in *cr*
- ``prepare(cr, event)`` → a call to make, or an :class:`Outcome` when there is none to make
- ``send(call)`` → a result; no transaction is open while the other side is waited for
- ``finish(cr, event, call, result)`` → :class:`Outcome` of an outbound event
- ``explain(error)`` → :class:`Outcome` of an exception
- ``stop(endpoint_id, state, reason)`` → stops an endpoint, in a transaction of its own
- ``slow_down(endpoint_id, seconds, reason)`` → lets an endpoint rest, in a transaction of its own
"""

import contextlib
import os
import platform
import uuid
from operator import attrgetter

from .burial import WITHOUT_CAPS, bury
from .claim import UnitLost, claim, has_work, keep, next_due, put_down, take
from .database import CONNECTION_LOST
from .guard import guard
from .outcome import Outcome, record, record_attempt, start_attempt
from .protocol import BUDGET, BUSY, SETTLED, Drain, Failure, Ready, Tried, Work
from .races import lost_race, unlogged_statements
from .settle import settle
from .slots import Unit
from .stopping import WorkingHours
from .wake import set_timer, wake

RACES = 5


def drain(db, unit, handler, budget=BUDGET):
    """Work the unit off within the budget; returns ``busy``, ``more``, when it goes on, or ``None``.

    ``busy``: another drain has it, and will look again when it ends. ``more``: work is left, and a drain is waiting.
    """
    return Performer(db, handler).run(Drain(unit, WorkingHours(db.clock), attrgetter("together"), budget).steps())


def worker_name():
    """Return what an attempt says of who made it."""
    return f"{platform.node()}:{os.getpid()}"


class Unsettled(Exception):
    """One of several events that share a transaction is to be tried alone."""


class Performer:
    """Takes the steps of one drain."""

    def __init__(self, db, handler):
        self.db, self.handler = db, handler
        self.worker = worker_name()
        self.claimed_by = f"{self.worker}:{uuid.uuid4().hex[:8]}"
        self._held = contextlib.ExitStack()
        self._guard = None
        self._since = None  # when the try under way began

    def run(self, steps):
        """Take all steps; returns what the drain returns."""
        answer = None
        with self._held:
            try:
                while True:
                    answer = self.perform(steps.send(answer))
            except StopIteration as end:
                return end.value
            except UnitLost:
                with contextlib.suppress(*CONNECTION_LOST):  # it is by that connection that the unit was lost
                    self._held.close()
                return BUSY

    def perform(self, step):
        """Take one step; returns its answer."""
        return getattr(self, f"_{type(step).__name__.lower()}")(*step)

    # --- the unit ---

    def _lock(self, unit):
        self._guard = self._held.enter_context(guard(self.db, unit))
        return self._guard is not None

    def _bury(self, unit):
        def write(event, outcome, left, attempt_id):
            record(
                cr,
                self.db,
                event,
                outcome,
                started_at=left.claimed_at,
                worker=(left.claimed_by or "").rpartition(":")[0],
                attempt_id=attempt_id,
                policy=WITHOUT_CAPS,
                on_dead=self.handler.settings(cr, event)[1],
                attempt="lost",
            )

        with self.db.read_committed() as cr:
            in_hand = bury(cr, unit, self.claimed_by, self.db.now(), write)
            self._guard.execute("SELECT 1")  # the unit is still ours, so nobody else's claim was taken over
            return in_hand

    def _halted(self, unit):
        return self.handler.halted(unit.endpoint_id)

    def _release(self, unit):
        self._guard.execute(
            """DELETE FROM integration_claim
                WHERE endpoint_id = %s AND direction = %s AND slot = %s AND claimed_by = %s""",
            [*unit, self.claimed_by],
        )
        self._held.close()

    def _look(self, unit):
        with self.db.read_committed() as cr:
            return Work(True) if has_work(cr, unit, self.db.now()) else Work(False, next_due(cr, unit))

    def _wake(self, unit):
        wake(self.db, [unit])

    def _timer(self, unit, due):
        set_timer(self.db, unit, due)

    # --- events ---

    def _claim(self, unit, limit):
        with self.db.read_committed() as cr:
            events = claim(cr, unit, limit, self.claimed_by, self.db.now())
            sharing = unit.direction == "inbound" and len(events) > 1
            shared = self.handler.together(cr, {event.flow_id for event in events}) if sharing else ()
        return [
            event._replace(together=event.flow_id if event.flow_id in shared and event.operation != "read" else None)
            for event in events
        ]

    def _load(self, events):
        self._since = self.db.now()
        try:
            return self.handler.load(events)
        except Exception as error:  # noqa: BLE001 - every end of a try is an outcome somebody can read
            return Failure(error)

    def _apply(self, events, documents):
        def work(cr):
            self._put_down(cr, events)
            outcomes = []
            for event, document in zip(events, documents, strict=True):
                outcome = self.handler.apply(cr, event, document) if take(cr, event) else None
                if outcome and outcome.state not in SETTLED and len(events) > 1:
                    raise Unsettled
                outcomes.append(outcome)
            return list(zip(outcomes, self._record_all(cr, events, outcomes), strict=True))

        outcomes = self._transaction(work)
        if isinstance(outcomes, Failure):
            return outcomes
        return [self._told(event, *outcome) for event, outcome in zip(events, outcomes, strict=True)]

    def _begin(self, event):
        self._since = self.db.now()

        def work(cr):
            keep(cr, _unit_of(event), self.claimed_by)
            if not take(cr, event):
                self._put_down(cr, [event])
                return None, "ignored"
            call = self.handler.prepare(cr, event)
            if not isinstance(call, Outcome):
                return Ready(call, start_attempt(cr, event, self._since, self.worker))
            state = self._record(cr, event, call)
            self._put_down(cr, [event])
            return call, state

        begun = self._transaction(work)
        return begun if isinstance(begun, (Ready, Failure)) else self._told(event, *begun)

    def _send(self, call):
        try:
            return self.handler.send(call)
        except Exception as error:  # noqa: BLE001 - as above
            return Failure(error)

    def _end(self, event, ready, result):
        def work(cr):
            self._put_down(cr, [event])
            outcome = self.handler.finish(cr, event, ready.call, result)
            return outcome, self._record(cr, event, outcome, ready.attempt)

        ended = self._transaction(work)
        return ended if isinstance(ended, Failure) else self._told(event, *ended)

    def _fail(self, event, failure, attempt=None):
        outcome = self.handler.explain(failure.error)
        if failure.in_doubt:
            outcome = outcome._replace(in_doubt=True)
        with self.db.read_committed() as cr:
            self._put_down(cr, [event])
            state = "ignored"
            if take(cr, event):
                state = self._record(cr, event, outcome, attempt)
            elif attempt:
                record_attempt(cr, event, outcome, state, self._since, self.db.now(), self.worker, attempt)
        return self._told(event, outcome, state)

    # --- how ---

    def _transaction(self, work):
        """Run ``work(cr)`` in a transaction; one that lost a race is done again here, it is no failure of the message.

        Returns its result, or the Failure that is left of it.
        """
        race = 0
        while True:
            try:
                with unlogged_statements(), self.db.transaction() as cr:
                    result = work(cr)
                    cr.flush()
                    return result
            except UnitLost:
                raise
            except Exception as error:  # noqa: BLE001 - as above
                race += 1
                if race == RACES or not lost_race(error):
                    return Failure(error)
                self.db.clock.sleep(0.01 * 2**race * (0.5 + self.db.random()))

    def _record(self, cr, event, outcome, attempt_id=None):
        policy, on_dead = self.handler.settings(cr, event)
        return record(
            cr,
            self.db,
            event,
            outcome,
            started_at=self._since,
            worker=self.worker,
            attempt_id=attempt_id,
            policy=policy,
            on_dead=on_dead,
        )

    def _record_all(self, cr, events, outcomes):
        """Record the outcomes of a transaction, ``None`` where nothing was tried; returns the states."""
        tries = [(event, outcome) for event, outcome in zip(events, outcomes, strict=True) if outcome]
        if any(outcome.state not in SETTLED for _event, outcome in tries):
            return [self._record(cr, *tries[0])]  # alone
        if tries:
            settle(cr, tries, started_at=self._since, now=self.db.now(), worker=self.worker)
        return [outcome.state if outcome else "ignored" for outcome in outcomes]

    def _put_down(self, cr, events):
        """Comes first in a transaction, as whoever takes the unit over takes the claim first: no deadlock."""
        put_down(cr, _unit_of(events[0]), [event.id for event in events], self.claimed_by)

    def _told(self, event, outcome, state):
        """Do what an outcome asks for besides, once it is committed."""
        if outcome is None:
            return Tried(state)
        if outcome.slows and outcome.retry_after:
            self.handler.slow_down(event.endpoint_id, outcome.retry_after, outcome.message)
        if outcome.stop:
            self.handler.stop(event.endpoint_id, outcome.stop, outcome.message)
        return Tried(state, bool(outcome.stop))


def _unit_of(event):
    return Unit(event.endpoint_id, event.direction, event.slot)
