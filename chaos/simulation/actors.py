# Part of Integration Hub. License LGPL-3.0 or later.
"""Actors: the processes, each a generator that yields after every transaction.

At a ``yield`` anybody else may act, and the process may die (it is closed: its ``finally`` is PostgreSQL's rollback of
what a vanished connection held) or lose its connection (:class:`LostConnection` is thrown into it: whether its last
transaction was committed does not change, only it does not learn of it). What is yielded are the words of the trace.
"""

from .invariants import Violation
from .production import calls, protocol
from .tables import ACTIVE, DEAD, HELD, PAUSED, PENDING, RETRY, RUNNABLE, STARTED
from .units import LostConnection, UnitLost
from .walker import Walker

MAX_STEPS = 600  # of one job


class Process:
    """A generator with a name. Of one that `is_outside`, only the `request` that the hub serves can die."""

    __slots__ = (
        "covers", "flights", "is_outside", "is_person", "job", "name", "next", "paused_claims", "request", "steps",
        "suspects", "taken", "turn", "unit", "was_stopped",
    )  # fmt: skip

    def __init__(self, name, is_person=False, is_outside=False):
        self.name, self.is_person, self.is_outside = name, is_person, is_outside
        self.job = self.request = self.turn = None
        self.unit = None  # that it drains, or did when it died
        self.paused_claims, self.was_stopped = 0, False
        self.taken, self.flights, self.covers = (), [], {}

    def run(self, steps):
        self.steps = steps
        self.next = steps.__next__
        return self

    def __repr__(self):
        return self.name


class Actors(Walker):
    """The processes of one estate."""

    Drain, Calls = protocol.Drain, calls.Calls
    walk = staticmethod(protocol.walk)

    # --- a job worker: queue_job, models/integration_handler.py, engine/perform.py: drain ---

    def worker(self, me, job):
        """Run one job: the production protocol, step by step."""
        job.state, job.worker = STARTED, me
        yield "starts", job
        try:
            yield from self.drain(me, job.unit)
            yield "has done", job
        except UnitLost:
            yield "lost its unit to another drain", me.unit
        except LostConnection:
            self.disconnect(me)
            yield "fails, its connection is gone:", job
        finally:
            self.disconnect(me)
        self.jobs.remove(job)  # done or failed: nobody comes back to it

    def disconnect(self, me):
        """PostgreSQL's end of a connection: its locks are free. Its calls are left to themselves."""
        for event in me.taken:
            event.locker = None
        me.taken = ()
        self.orphan(me.flights)
        me.flights = []
        unit = me.unit
        if unit is not None:
            if unit.holder is me:
                unit.holder = None
            if unit.inside is me:
                unit.inside = None

    def drain(self, me, unit):
        """Take the steps of the protocol."""
        me.turn = protocol.Turn(self.clock)
        steps = self.walk(unit, me.turn, self.together)
        perform, perform_long = self.perform, self.perform_long
        answer = None
        for _step in range(MAX_STEPS):
            try:
                step = steps.send(answer)
            except StopIteration:
                return
            kind = type(step)
            if kind in perform:
                answer = perform[kind](me, step)
            else:
                answer = yield from perform_long[kind](me, step)
            yield step, answer
        raise Violation("ends", f"{me} has made {MAX_STEPS} steps")

    @staticmethod
    def together(event):
        """Return with whom an event shares a transaction."""
        return event.together

    # --- a web worker: models/intake.py ---

    def sender(self, me, messages):
        """Another system: delivers each message until it is acknowledged, and then the next one."""
        for message in messages:
            answered = None
            while not answered:
                me.request = self.intake(me, message)
                answered = yield from me.request
                me.request = None
                if not answered:
                    yield "had no answer for", message

    def intake(self, me, message):
        """One delivery; returns whether it was acknowledged."""
        event = yield from self.insert(me, message)
        if event is None:
            units = yield from self.retry_dead(message.dedupe)
        else:
            units = [event.unit] if event.state == PENDING else []
        yield from self.wake_after_intake(me, units)
        self.acknowledge(message)
        yield "acknowledges", message
        return True

    def insert(self, me, message):
        """engine/store.py: one statement; of two at once, the second waits for the first. ``None``: it is known."""
        arrived = self.step
        while message.locker is not None:
            yield "waits for another delivery of", message
        if message.dedupe is not None:
            yield "meets a duplicate of", message.dedupe
            return None
        event_id = self.take_id()
        message.locker = me
        try:
            yield "writes", message
        finally:
            message.locker = None
        message.dedupe = event = self.store(message, event_id, arrived)
        yield "commits", event
        return event

    def wake_after_intake(self, me, units):
        """Whether the endpoint runs is read after the commit: who resumes it meanwhile looks before, or we see it."""
        units = [unit for unit in units if unit.endpoint.state == ACTIVE]
        if units:
            yield from self.wake(units)

    def retry_dead(self, event):
        """models/integration_event.py: _retry_dead."""
        if event.state != DEAD:
            return []
        yield "finds it dead:", event
        if event.state != DEAD:  # the UPDATE says so, too
            return []
        self.requeue(event, fresh=False)
        yield "retries", event
        return [event.unit]

    def acknowledge(self, message):
        """The answer leaves."""
        if message.stored != 1:
            raise Violation("accepted", f"{message} is acknowledged, and in the log {message.stored} times")
        if message.acknowledged is None:
            message.acknowledged = self.step

    # --- a user's transaction: models/capture.py, engine/outbox.py ---

    def writer(self, me, edits):
        """Edits records; where a flow listens, the event is written in the same transaction. Some roll back."""
        for key, message, commits in edits:
            while key.locker is not None:
                yield "waits for the writer of", key
            key.locker = me
            arrived = self.step
            try:
                yield "writes", key
                if message is not None:
                    event_id = self.take_id()
                    yield "captures", message
                if commits:
                    key.version += 1
                    if message is not None:
                        self.store(message, event_id, arrived)
                        message.acknowledged = self.step
            finally:
                key.locker = None
            yield ("commits" if commits else "rolls back"), message or key
            if commits and message is not None:
                yield from self.wake([message.unit])

    # --- people: models/integration_event.py, models/integration_endpoint.py ---

    def operator(self, me, actions):
        """Does one thing after the other."""
        for action in actions:
            yield from getattr(self, action)()

    def stand_by(self):
        for _moment in range(int(self.random() * 30)):
            yield "waits for", "something to do"

    def pause(self):
        endpoint = self.choose(self.endpoints)
        if endpoint.state == ACTIVE:
            endpoint.state = PAUSED
            yield "pauses", endpoint

    def resume(self):
        stopped = [endpoint for endpoint in self.endpoints if endpoint.state != ACTIVE or endpoint.slow_until]
        if stopped:
            for endpoint in stopped:
                endpoint.state, endpoint.slow_until = ACTIVE, None
            yield "resumes", stopped
            yield from self.wake(self.waiting(stopped))

    def waiting(self, endpoints):
        """Units with events that wait, due or not: their timers may have ended while the endpoint did not run."""
        return [unit for unit in self.units if unit.open and unit.endpoint in endpoints and self.running(unit.endpoint)]

    def retry(self):
        yield from self.decide((DEAD, RETRY), self.requeue, "retries")

    def ignore(self):
        yield from self.decide((*RUNNABLE, DEAD, HELD), self.give_up, "gives up")

    def send_again(self):
        yield from self.decide((HELD,), self.send_it_again, "sends again")

    def find(self):
        yield from self.decide((HELD,), self.resolve, "looked there for")

    def decide(self, states, decision, words):
        """Decide about an event, whose row is locked for that."""
        events = [message.event for message in self.messages if message.event and message.event.state in states]
        if not events:
            return
        event = self.choose(events)
        while event.locker is not None:
            yield "waits for", event
        self.settle_calls_of(event)
        if event.state in states:  # else: REPEATABLE READ fails, and the request sees it anew
            decision(event)
            yield words, event
            yield from self.wake([event.unit])

    def switch_off(self):
        """The flow, for good: what comes is ignored."""
        self.flow_on = False
        yield "switches off", "the flow"

    def choose(self, things):
        return things[int(self.random() * len(things))]

    # --- the net under it: engine/sweep.py ---

    def forgotten(self):
        """Units with work that nobody holds. They are locked for a moment: who comes then finds them busy."""
        units = [
            unit
            for unit in self.units
            if unit.holder is None and self.running(unit.endpoint) and (unit.claim or self.runnable(unit, 1))
        ]
        for unit in units:
            unit.holder = "a look"
        try:
            yield "finds", units
        finally:
            for unit in units:
                unit.holder = None
        return units

    def sweeper(self, me):
        units = yield from self.forgotten()
        yield from self.wake(units)
