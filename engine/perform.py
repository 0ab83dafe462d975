# Part of Integration Hub. License LGPL-3.0 or later.
"""Perform: takes the steps of `protocol.py` with PostgreSQL and a handler.

The *handler* knows what an event means; the engine knows when it runs and what is written about it:

- ``halted(endpoint_id)`` → :class:`~.steps.Halt` when the endpoint does not run now, else ``None``
- ``admit(endpoint_id, wanted)`` → how many calls may begin now, and the Halt that says why where that is none
- ``together(cr, flow_ids)`` → those of the flows whose inbound events may share a transaction
- ``settings(cr, event)`` → ``(RetryPolicy, on_dead)``
- ``load(events)`` → the documents of inbound events, with no transaction open
- ``apply(cr, events, documents)`` → :class:`Outcome` of each inbound event, their effects in *cr*
- ``prepare(cr, events)`` → of each a call to make, or an :class:`Outcome` when there is none to make
- ``send(call)`` → a result, on a thread of its own; no transaction is open while the other side is waited for
- ``called(endpoint_id, answers)`` is told results and exceptions of calls
- ``finish(cr, [(event, call, result)])`` → :class:`Outcome` of each outbound event
- ``explain(error)`` → :class:`Outcome` of an exception
- ``stop(endpoint_id, state, reason)`` → stops an endpoint, in a transaction of its own
- ``slow_down(endpoint_id, seconds, reason)`` → lets an endpoint rest, in a transaction of its own
"""

import contextlib
import os
import platform
import uuid
from operator import attrgetter

from . import observe
from .books import Books, given_up, unit_of
from .burial import WITHOUT_CAPS, bury
from .calling import Line, answer
from .causation import begin
from .claim import UnitLost, claim, close_covered, has_work, keep, next_due, take
from .database import CONNECTION_LOST
from .guard import guard
from .outcome import LOST, Outcome, record, record_attempt, start_attempts
from .protocol import BUDGET, BUSY, Turn, walk
from .steps import SETTLED, Admission, Failure, Ready, Work
from .stopping import WorkingHours
from .turns import next_unit, others_wait
from .wake import drain_waits, set_return, set_timer, wake

PATIENCE = 1.0  # seconds; for so long a drain waits for its endpoint's limits itself


def drain(db, unit, handler, budget=BUDGET, line=None):
    """Work the unit off, and then its endpoint's other units, within the budget; returns what became of the first.

    ``busy``: another drain has it, and will look again when it ends. ``more``: work is left, and a drain is waiting.
    A Halt: its endpoint does not run now. Else when the next of its events is due, or ``None``.

    :param line: makes the calls
    """
    turn = Turn(WorkingHours(db.clock), budget)
    return Performer(db, handler, line).run(walk(unit, turn, attrgetter("together")))


def worker_name():
    """Return what an attempt says of who made it."""
    return f"{platform.node()}:{os.getpid()}"


class Unsettled(Exception):
    """One of several events that share a transaction is to be tried alone."""


class Performer(Books):
    """Takes the steps of one drain."""

    def __init__(self, db, handler, line=None):
        self.db, self.handler = db, handler
        self.worker = worker_name()
        self.claimed_by = f"{self.worker}:{uuid.uuid4().hex[:8]}"
        self._held = contextlib.ExitStack()
        self._guard = None
        self._line = Line() if line is None else line  # one with no calls under way is empty
        self._since = None  # when the try under way began
        self._belong = {}  # what is in hand to its correlations, where somebody observes

    def run(self, steps):
        """Take all steps; returns what the drain returns."""
        answer = None
        with self._held, contextlib.closing(self._line):
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
        with observe.of_step(step, self._belong):
            return getattr(self, f"_{type(step).__name__.lower()}")(*step)

    # --- the unit ---

    def _lock(self, unit):
        self._guard = self._held.enter_context(guard(self.db, unit))
        return self._guard is not None

    def _bury(self, unit):
        def write(event, outcome, left, begun):
            record(
                cr,
                self.db,
                event,
                outcome,
                started_at=left.claimed_at,
                worker=(left.claimed_by or "").rpartition(":")[0],
                begun=begun,
                policy=WITHOUT_CAPS,
                on_dead=self.handler.settings(cr, event)[1],
                attempt=LOST,
            )

        with self.db.read_committed() as cr:
            bury(cr, unit, self.claimed_by, self.db.now(), write)
            self._guard.execute("SELECT 1")  # the unit is still ours, so nobody else's claim was taken over

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

    def _return(self, unit, until):
        set_return(self.db, unit, until)

    # --- whose turn it is ---

    def _others(self, unit):
        with self.db.read_committed() as cr:
            return others_wait(cr, unit)

    def _next(self, unit):
        return next_unit(self.db, unit)

    def _handon(self, unit):
        """Units of an endpoint that halted have no drains of their own that wait: one walked on to the others."""
        if not drain_waits(self.db, unit) and (following := next_unit(self.db, unit)):
            wake(self.db, [following])

    # --- events that came in ---

    def _claim(self, unit, limit):
        with self.db.read_committed() as cr:
            events = claim(cr, unit, limit, self.claimed_by, self.db.now())
            self._belong = observe.correlations(cr, events)
            sharing = unit.direction == "inbound" and len(events) > 1
            shared = self.handler.together(cr, {event.flow_id for event in events}) if sharing else ()
        return [
            event._replace(together=(event.flow_id, event.operation == "read") if event.flow_id in shared else None)
            for event in events
        ]

    def _load(self, events):
        self._since = self.db.now()
        if events[0].operation == "read":
            self._line.start(self._load_one, events)
            answers = {}
            while len(self._line):
                answers |= {event.id: document for event, document in self._line.gather(len(events))}
            return [answers[event.id] for event in events]
        documents = answer(self.handler.load, events)
        if isinstance(documents, Failure):  # whose it is, shows when each is loaded alone
            return [answer(self._load_one, event) for event in events]
        return documents

    def _load_one(self, event):
        return self.handler.load([event])[0]

    def _apply(self, events, documents):
        def work(cr):
            self._put_down(cr, events)
            live = take(cr, [event.id for event in events])
            if len(events) > 1 and any(event.covers for event in events if event.id not in live):
                raise Unsettled
            taken = [pair for pair in zip(events, documents, strict=True) if pair[0].id in live]
            close_covered(cr, [event for event, _document in taken], self.db.now())
            begin(cr, [event for event, _document in taken])
            outcomes = self.handler.apply(cr, *zip(*taken, strict=True)) if taken else []
            if len(events) > 1 and any(outcome.state not in SETTLED for outcome in outcomes):
                raise Unsettled
            return self._record_all(cr, [(pair[0], outcome) for pair, outcome in zip(taken, outcomes, strict=True)])

        return self._told_all(events, self._transaction(work, None if events[0].together else events[0]))

    # --- events that go out ---

    def _admit(self, unit, wanted):
        """Wait for the endpoint's limits where that is short, and nothing else is to be waited for."""
        deadline = self.db.clock.monotonic() + PATIENCE
        while True:
            admission = Admission(*self.handler.admit(unit.endpoint_id, wanted))
            if admission.count or len(self._line) or not admission.halt.until:
                return admission
            wait = (admission.halt.until - self.db.now()).total_seconds()
            if self.db.clock.monotonic() + wait > deadline:
                return admission
            self.db.clock.sleep(max(wait, 0.01))

    def _begin(self, events):
        self._since = self.db.now()

        def work(cr):
            keep(cr, unit_of(events[0]), self.claimed_by)
            live = take(cr, [event.id for event in events])
            taken = [event for event in events if event.id in live]
            close_covered(cr, taken, self.db.now())
            calls = list(zip(taken, self.handler.prepare(cr, taken), strict=True)) if taken else []
            none = [(event, call) for event, call in calls if isinstance(call, Outcome)]
            calls = [(event, call) for event, call in calls if not isinstance(call, Outcome)]
            attempts = start_attempts(cr, [event for event, _call in calls], self._since, self.worker)
            ready = {
                event.id: Ready(event, call, attempt) for (event, call), attempt in zip(calls, attempts, strict=True)
            }
            self._put_down(cr, [event for event in events if event.id not in ready])
            return ready, self._record_all(cr, none)

        begun = self._transaction(work)
        if isinstance(begun, Failure):
            return begun
        ready, told = begun
        return [ready.get(event.id) or tried for event, tried in zip(events, self._told_all(events, told), strict=True)]

    def _send(self, calls):
        self._line.start(self._call, calls)

    def _call(self, ready):
        with observe.observed("send", ready.event):
            return self.handler.send(ready.call)

    def _gather(self, wanted):
        answers = self._line.gather(wanted)
        said = [answer.error if isinstance(answer, Failure) else answer for _ready, answer in answers]
        self.handler.called(answers[0][0].event.endpoint_id, said)
        return answers

    def _end(self, answers):
        events = [ready.event for ready, _answer in answers]
        attempts = {ready.event.id: ready.attempt for ready, _answer in answers}

        def work(cr):
            self._put_down(cr, events)
            begin(cr, events)
            outcomes = self.handler.finish(cr, [(ready.event, ready.call, answer) for ready, answer in answers])
            return self._record_all(cr, zip(events, outcomes, strict=True), attempts)

        return self._told_all(events, self._transaction(work))

    def _fail(self, event, failure, attempt=None):
        outcome = self.handler.explain(failure.error)
        if failure.in_doubt:
            outcome = outcome._replace(in_doubt=True)
        with self.db.read_committed() as cr:
            self._put_down(cr, [event])
            state = given_up(event)
            if take(cr, [event.id]):
                close_covered(cr, [event], self.db.now())
                state = self._record(cr, event, outcome, attempt)
            elif attempt:
                record_attempt(cr, event, outcome, state, self._since, self.db.now(), self.worker, attempt)
        return self._told(event, outcome, state)
