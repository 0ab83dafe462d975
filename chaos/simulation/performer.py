# Part of Integration Hub. License LGPL-3.0 or later.
"""Performer: what each step of the drain does to the model, as `engine/perform.py` does it to PostgreSQL.

Beside each method stands the file of the engine whose rule it is. A step is one transaction, and so one call here;
those that are more (an effect's snapshot and its commit, a look and an insert) are generators, between whose steps
others act.
"""

from .invariants import Violation, check_claim, check_effect, check_order
from .log import Log
from .policy import ASIDE, DELAY, FATAL, MAX_ATTEMPTS, RACES, SET_ASIDE_AFTER, SLOWDOWN, UNDER_WAY
from .production import protocol
from .tables import ACTIVE, DEAD, DONE, HELD, IGNORED, PENDING, RETRY, RUNNABLE, SUSPENDED

Failure, Halt, Ready, Tried, Work = (
    protocol.Failure,
    protocol.Halt,
    protocol.Ready,
    protocol.Tried,
    protocol.Work,
)

NOTHING = Work(False)
SOMETHING = Work(True)
SETTLED_ANSWER = {state: Tried(state) for state in (PENDING, RETRY, HELD, DONE, DEAD, IGNORED)}


class Killed(BaseException):
    """The process dies of what it works on."""


class UnitLost(Exception):
    """engine/claim.py: the claim is somebody else's."""


class LostConnection(Exception):
    """The connection broke: whether the transaction was committed, nobody here knows."""


class Performer(Log):
    """What a drain does with the tables."""

    def __init__(self, randomness, clock):
        super().__init__(randomness, clock)
        self.perform = {
            protocol.Lock: self.lock,
            protocol.Bury: self.bury,
            protocol.Halted: self.halted,
            protocol.Claim: self.claim,
            protocol.Load: self.load,
            protocol.Begin: self.begin,
            protocol.Send: self.send,
            protocol.End: self.end,
            protocol.Fail: self.fail,
            protocol.Release: self.release,
            protocol.Look: self.look,
        }

    # --- the unit: engine/guard.py, engine/claim.py ---

    def lock(self, me, step):
        """FOR UPDATE SKIP LOCKED."""
        unit = step.unit
        if unit.holder is not None:
            return False
        if unit.inside is not None:
            raise Violation("one-drain", f"{me} locks {unit}, and {unit.inside} is inside")
        unit.holder = unit.inside = me
        return True

    def bury(self, me, step):
        """engine/burial.py; engine/claim.py: take_over. Fails where the connection that held the lock is gone."""
        unit = step.unit
        if unit.holder is not me:
            raise LostConnection
        left = unit.claim
        unit.claim, unit.claimed_by = [], me
        if not left:
            return 0
        events = [event for event in left if event.state in RUNNABLE]
        for event in self.suspects(events):
            event.deaths += 1
            event.in_doubt |= event.started
            event.cause = "worker-died"
            self.record(event, *self.verdict_of_deaths(event))
        return len(events)

    def verdict_of_deaths(self, event):
        """The state that a death leaves an event in, and until when."""
        if event.deaths >= FATAL:
            return DEAD, None
        if event.deaths >= SET_ASIDE_AFTER:
            return RETRY, self.clock.now() + ASIDE
        if event.started:
            return RETRY, self.clock.now() + UNDER_WAY
        return PENDING, None

    def suspects(self, events):
        """Of what a dead worker had in hand, what it may have died of."""
        return [event for event in events if event.started] or (events if len(events) == 1 else ())

    def halted(self, me, step):
        """models/handler.py: halted."""
        endpoint = step.unit.endpoint
        if endpoint.state != ACTIVE:
            return Halt(endpoint.state)
        if endpoint.slow_until is not None and endpoint.slow_until > self.clock.now():
            return Halt("slow", endpoint.slow_until)
        me.paused_claims = 0
        return None

    def claim(self, me, step):
        """engine/claim.py: claim. One whose worker died before is claimed alone."""
        unit = step.unit
        batch = self.runnable(unit, step.limit)
        for place, event in enumerate(batch):
            if event.deaths:
                batch = batch[: place or 1]
                break
        if batch:
            self.check_owned(me, unit)
            self.check_claimed(me, unit, batch)
            unit.claim = list(batch)
        return batch

    def check_claimed(self, me, unit, batch):
        check_claim(batch, self.clock.now())
        if unit.endpoint.state != ACTIVE:
            me.paused_claims += 1
            if me.paused_claims > 1:
                raise Violation("pause", f"{me} claims {batch} after {unit.endpoint} was {unit.endpoint.state}")

    def check_owned(self, me, unit):
        """The fence: a drain that lost its lock without its knowledge finds the claim another's."""
        if unit.claimed_by is not me:
            raise UnitLost

    def put_down(self, me, events):
        """Take events out of the claim, in the transaction that writes what became of them; comes first in it."""
        unit = events[0].unit
        self.check_owned(me, unit)
        unit.claim = [event for event in unit.claim if event not in events]

    def release(self, me, step):
        unit = step.unit
        if unit.holder is not me:
            raise LostConnection
        if unit.claimed_by is me:
            unit.claim, unit.claimed_by = [], None
        unit.holder = unit.inside = None

    def look(self, me, step):
        unit = step.unit
        if self.runnable(unit, 1):
            return SOMETHING
        due = None
        for event in unit.open:
            if event.state == RETRY and (due is None or event.next_try < due):
                due = event.next_try
        return NOTHING if due is None else Work(False, due)

    # --- inbound: engine/perform.py, models/handler_inbound.py ---

    def load(self, me, step):
        return step.events

    def apply(self, me, step):
        """REPEATABLE READ: a snapshot, then the commit, which fails where another committed first."""
        events = step.events
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
        if self.flow_on:
            for event in events:
                if event.state in RUNNABLE and event.fails:
                    return Failure(event.message.failure)
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
            tries.append(SETTLED_ANSWER[DONE if event.state == DONE else IGNORED])
        self.after_commit(after)
        return tries

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
        event = step.event
        self.check_owned(me, event.unit)
        if event.state in RUNNABLE:
            if event.message.given_up is not None:
                raise Violation("given-up", f"{event} was given up, and is begun")
            if self.flow_on and event.fails:
                return Failure(event.message.failure)
            if self.flow_on:
                event.started = True
                return Ready((event, event.partition_key.version, event.in_doubt), event.attempts + 1)
        self.put_down(me, [event])
        if event.state in RUNNABLE:
            self.record(event, IGNORED)
        return SETTLED_ANSWER[IGNORED]

    def send(self, me, step):
        """The other side, in an instant: it has made the effect, or it never will."""
        event, version, in_doubt = step.call
        message = event.message
        if message.poison:
            raise Killed
        if in_doubt and event.unit.endpoint.connector == "hold":
            return Failure("in-doubt")  # connectors/rest/repetition.py: nothing was sent
        outcome = message.calls.pop() if message.calls else "works"
        if outcome == "refuses":
            return Failure("retry")
        if outcome == "is busy":
            return Failure("slow")
        if outcome == "is not reached":
            return Failure("retry", in_doubt=True)
        self.receive(event, version, in_doubt)
        return Failure("retry", in_doubt=True) if outcome == "loses the answer" else outcome

    def receive(self, event, version, in_doubt):
        """What the vendor does with a call."""
        message, key, connector = event.message, event.partition_key, event.unit.endpoint.connector
        if message.effects and (connector == "idempotent" or (connector == "look-up" and in_doubt)):
            return
        message.effects += 1
        if message.effects > 1 and not message.released:
            raise Violation("vendor-once", f"{event} was made {message.effects} times at a {connector} vendor")
        check_order(message, self.step)
        if version < key.vendor_version:
            raise Violation("told", f"{event} tells version {version} after {key.vendor_version}")
        key.vendor_version = version

    def end(self, me, step):
        event = step.event
        self.put_down(me, [event])
        event.in_doubt = False
        self.record(event, DONE)
        return SETTLED_ANSWER[DONE]

    # --- outcomes: engine/outcome.py, models/handler.py: explain ---

    def fail(self, me, step):
        event, failure = step.event, step.failure
        self.put_down(me, [event])
        kind = failure.error
        if event.state in RUNNABLE:
            event.in_doubt |= failure.in_doubt
            event.cause = kind
            self.record(event, *self.verdict(event, kind))
            state = event.state
        else:
            event.started = False  # given up meanwhile: the attempt is closed, and nothing else
            state = IGNORED
        endpoint = event.unit.endpoint
        if kind == "slow":  # _told, after the commit
            endpoint.slow_until = max(endpoint.slow_until or 0, self.clock.now() + SLOWDOWN)
        if kind == "stop":
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
