# Part of Integration Hub. License LGPL-3.0 or later.
"""Performer: what each step of the drain does to the model, as `engine/perform.py` does it to PostgreSQL.

Beside each method stands the file of the engine whose rule it is. A step is one transaction, and so one call here;
those that are more (an effect's snapshot and its commit, a look and an insert) are generators, between whose steps
others act.
"""

from .invariants import Violation, check_claim, check_effect, check_order, check_superseded
from .policy import ASIDE, DELAY, FATAL, MAX_ATTEMPTS, PERIOD, RACES, SET_ASIDE_AFTER, SLOWDOWNS, UNDER_WAY
from .production import steps, supersede
from .tables import ACTIVE, DEAD, DONE, HELD, IGNORED, PENDING, RETRY, RUNNABLE, SUSPENDED
from .vendor import UNWRITABLE, Killed, Vendor

Admission, Failure, Halt, Ready, Tried, Work = (
    steps.Admission,
    steps.Failure,
    steps.Halt,
    steps.Ready,
    steps.Tried,
    steps.Work,
)

NOTHING = Work(False)
SOMETHING = Work(True)
SETTLED_ANSWER = {state: Tried(state) for state in (PENDING, RETRY, HELD, DONE, DEAD, IGNORED)}


class UnitLost(Exception):
    """engine/claim.py: the claim is somebody else's."""


class LostConnection(Exception):
    """The connection broke: whether the transaction was committed, nobody here knows."""


class Performer(Vendor):
    """What a drain does with the tables."""

    superseded = staticmethod(supersede.superseded)

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

    # --- the unit: engine/guard.py, engine/claim.py ---

    def lock(self, me, step):
        """FOR UPDATE SKIP LOCKED."""
        unit = step.unit
        if unit.holder is not None:
            return False
        if unit.inside is not None:
            raise Violation("one-drain", f"{me} locks {unit}, and {unit.inside} is inside")
        unit.holder = unit.inside = me
        me.unit = unit
        return True

    def bury(self, me, step):
        """engine/burial.py; engine/claim.py: take_over. Fails where the connection that held the lock is gone."""
        unit = step.unit
        if unit.holder is not me:
            raise LostConnection
        left = unit.claim
        unit.claim, unit.claimed_by = [], me
        if not left:
            return
        self.orphan([flight for flight in self.air if flight.event in left])
        events = [event for event in left if event.state in RUNNABLE]
        suspects = self.suspects(events)
        for event in events:
            event.message.was_in_hand = True
            event.death_count = (event.death_count or 0) + (event in suspects)
        for event in suspects:
            event.in_doubt |= event.started
            event.cause = "worker-died"
            self.record(event, *self.verdict_of_deaths(event))
        for event in left:
            event.started = False  # of those that were given up: the attempt is closed, and nothing else

    def verdict_of_deaths(self, event):
        """The state that a death leaves an event in, and until when."""
        if event.death_count >= FATAL:
            return DEAD, None
        if event.death_count >= SET_ASIDE_AFTER:
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
        me.was_stopped = False
        return None

    def admit(self, me, step):
        """models/handler_limits.py: admit."""
        if me.turn.is_over():
            raise Violation("turn", f"{me} would call, and its turn is over")
        endpoint = step.unit.endpoint
        if not endpoint.limit:
            return Admission(step.wanted)
        now = self.clock.now()
        if endpoint.full_until <= now:
            endpoint.left, endpoint.full_until = endpoint.limit, now + PERIOD
        if not endpoint.left:
            return Admission(0, Halt("its limits", endpoint.full_until))
        count = min(step.wanted, endpoint.left)
        endpoint.left -= count
        return Admission(count)

    def claim(self, me, step):
        """engine/claim.py: claim. One that was in hand at a death is claimed alone; what is needless is left out."""
        unit = step.unit
        batch = self.runnable(unit, step.limit)
        for place, event in enumerate(batch):
            if event.death_count is not None:
                batch = batch[: place or 1]
                break
        if batch:
            self.check_owned(me, unit)
            self.check_claimed(me, unit, batch)
            me.covers = {}
            if len(batch) > 1 and (needless := self.superseded(batch)):
                check_superseded(batch, needless)
                for event in batch:
                    if event.id in needless:
                        me.covers.setdefault(needless[event.id], []).append(event)
                batch = [event for event in batch if event.id not in needless]
            unit.claim = list(batch)
        return batch

    def close_covered(self, me, events):
        """engine/claim.py: close_covered, in the transaction in which these are tried."""
        for event in events:
            for older in me.covers.get(event, ()):
                if older.state in RUNNABLE:
                    older.unit.open.remove(older)
                    older.state, older.next_try, older.newer = IGNORED, None, event

    def check_claimed(self, me, unit, batch):
        check_claim(batch, self.clock.now())
        if len(batch) > 1 and any(event.message.was_in_hand for event in batch):
            raise Violation("alone", f"{me} claims {batch}, of which a worker may have died")
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
        unit.holder = unit.inside = me.unit = None

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
        if self.flow_on:
            for event in events:
                if event.state in RUNNABLE and event.fails():
                    return Failure(event.message.failure)
        self.put_down(me, events)
        if me.covers:
            self.close_covered(me, [event for event in events if event.state in RUNNABLE])
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
        return [self.ready(event) if event in live else self.nothing_to_call(event) for event in events]

    def ready(self, event):
        event.started = True
        return Ready(event, (event, event.message.record.version, event.in_doubt), event.attempts + 1)

    def nothing_to_call(self, event):
        if event.state in RUNNABLE:
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
            state = IGNORED
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
