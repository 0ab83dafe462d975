# Part of Integration Hub. License LGPL-3.0 or later.
"""Performer: what each step of the drain does to the model, as `engine/perform.py` does it to PostgreSQL.

Beside each method stands the file of the engine whose rule it is. A step is one transaction, and so one call here;
those that are more (an effect's snapshot and its commit, a look and an insert) are generators, between whose steps
others act.
"""

from .invariants import Violation, check_effect, check_order
from .policy import DELAY, MAX_ATTEMPTS, RACES, SLOWDOWNS
from .production import steps
from .tables import ACTIVE, DEAD, DONE, HELD, IGNORED, PENDING, RETRY, RUNNABLE, SUSPENDED
from .units import LostConnection, Units
from .vendor import UNWRITABLE, Killed

Failure, Ready, Tried = steps.Failure, steps.Ready, steps.Tried
SETTLED_ANSWER = {state: Tried(state) for state in (PENDING, RETRY, HELD, DONE, DEAD, IGNORED)}


class Performer(Units):
    """What a drain does with the tables."""

    def __init__(self, randomness, clock):
        super().__init__(randomness, clock)
        self.perform = {
            steps.Lock: self.lock,
            steps.Bury: self.bury,
            steps.Halted: self.halted,
            steps.Claim: self.claim,
            steps.Admit: self.admit,
            steps.Load: self.load,
            steps.Begin: self.begin,
            steps.Send: self.send,
            steps.End: self.end,
            steps.Fail: self.fail,
            steps.Release: self.release,
            steps.Look: self.look,
        }
        self.perform_long = {steps.Apply: self.apply, steps.Gather: self.gather}  # with others in between

    # --- inbound: engine/perform.py, models/handler_inbound.py ---

    def load(self, me, step):
        """Its own document, or none, of each."""
        return [Failure(event.message.failure) if event.fails("load") else event for event in step.events]

    def check_stopped(self, me, events):
        if me.was_stopped:
            raise Violation("pause", f"{me} begins {events}, which stopped the endpoint itself")

    def apply(self, me, step):
        """REPEATABLE READ: a snapshot, then the commit, which fails where another committed first."""
        events = step.events
        self.check_stopped(me, events)
        for _race in range(RACES):
            for event in events:  # take
                while event.locker is not None:
                    yield "waits for", event
                event.locker = me
            me.taken = events
            seen = [event.partition_key.version if event.partition_key else 0 for event in events]
            yield "has a snapshot for", events
            while any(event.partition_key and event.partition_key.locker for event in events):
                yield "waits for the writer of", events
            answer = self.commit(me, events, seen)
            for event in events:
                event.locker = None
            me.taken = ()
            if answer is not None:
                return answer
            yield "lost a race for", events
        return Failure(LostConnection("lost a race five times"))

    def commit(self, me, events, seen):
        """All effects and outcomes, or a Failure; ``None``: another was first."""
        for event in events:
            if event.message.poison and event.state in RUNNABLE:
                raise Killed
        for event, version in zip(events, seen, strict=True):
            if event.partition_key and event.partition_key.version != version:
                return None
        if failure := self.failure(me, events):
            return failure
        self.check_owned(me, events[0].unit)
        if me.covers:
            self.close_covered(me, [event for event in events if event.state in RUNNABLE])
        self.put_down(me, events)
        tries, after = [], []
        for event in events:
            if event.state in RUNNABLE:
                if self.flow_on:
                    self.take_effect(event)
                    self.record(event, DONE)
                    after.append(event)
                else:
                    self.record(event, IGNORED)
                tries.append(SETTLED_ANSWER[event.state])
            else:
                tries.append(self.given_up(me, event))
        self.after_commit(after)
        return tries

    def failure(self, me, events):
        """Of one, of all."""
        for event in events:
            if event.state not in RUNNABLE:
                if event in me.covers and len(events) > 1:
                    return Failure("unsettled")
            elif self.flow_on and event.fails():
                return Failure(event.message.failure)
        return None

    def given_up(self, me, event):
        """engine/books.py: given_up. Those that it stood for are next of their key."""
        return SETTLED_ANSWER[PENDING if event in me.covers else IGNORED]

    def take_effect(self, event):
        message = event.message
        message.effects += 1
        check_effect(message)
        if message.key:
            message.key.version += 1
            check_order(message, self.step)

    def after_commit(self, events):
        """Postcommit hooks."""
        for event in events:
            message = event.message
            message.side_effects += 1
            if message.side_effects > message.effects:
                raise Violation("side-effects", f"something was told of {event}, which did not happen")

    # --- outbound: engine/perform.py, models/handler_outbound.py ---

    def begin(self, me, step):
        """All, or a Failure of all."""
        events = step.events
        self.check_owned(me, events[0].unit)
        self.check_stopped(me, events)
        live = [event for event in events if event.state in RUNNABLE]
        for event in live:
            if event.message.given_up is not None:
                raise Violation("given-up", f"{event} was given up, and is begun")
            if self.flow_on and event.fails():
                return Failure(event.message.failure)
        if me.covers:
            self.close_covered(me, live)
        if not self.flow_on:
            live = ()
        if none := [event for event in events if event not in live]:
            self.put_down(me, none)
        return [self.ready(event) if event in live else self.nothing_to_call(me, event) for event in events]

    def ready(self, event):
        event.started = True
        return Ready(event, (event, event.message.record.version, event.in_doubt), event.attempts + 1)

    def nothing_to_call(self, me, event):
        if event.state not in RUNNABLE:
            return self.given_up(me, event)
        self.record(event, IGNORED)
        return SETTLED_ANSWER[IGNORED]

    def end(self, me, step):
        """All, or a Failure of all."""
        events = [ready.event for ready, _answer in step.answers]
        self.check_owned(me, events[0].unit)
        if any(answer is UNWRITABLE for _ready, answer in step.answers):
            return Failure("retry")
        self.put_down(me, events)
        for event in events:
            event.in_doubt = False
            self.record(event, DONE)
        return [SETTLED_ANSWER[DONE]] * len(events)

    # --- outcomes: engine/outcome.py, models/handler.py: explain ---

    def fail(self, me, step):
        event, failure = step.event, step.failure
        self.put_down(me, [event])
        kind = failure.error
        if event.state in RUNNABLE:
            self.close_covered(me, (event,))
            event.in_doubt |= failure.in_doubt
            event.cause = kind
            self.record(event, *self.verdict(event, kind))
            state = event.state
        else:
            event.started = False  # given up meanwhile: the attempt is closed, and nothing else
            state = self.given_up(me, event).state
        endpoint = event.unit.endpoint
        if kind == "slow":  # _told, after the commit
            endpoint.slow_until = max(endpoint.slow_until or 0, self.clock.now() + SLOWDOWNS[self.random() < 0.5])
        if kind == "stop":
            me.was_stopped = True
            if endpoint.state == ACTIVE:
                endpoint.state = SUSPENDED
            return Tried(state, stops=True)
        return SETTLED_ANSWER[state]

    def verdict(self, event, kind):
        """The state that a failure leaves an event in, and until when."""
        if kind == "in-doubt":
            return HELD, None
        if kind == "stop":
            return PENDING, None
        if kind == "business" or event.attempts + 1 >= MAX_ATTEMPTS:
            return DEAD, None
        return RETRY, self.clock.now() + DELAY
