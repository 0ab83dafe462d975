# Part of Integration Hub. License LGPL-3.0 or later.
"""Units: who has one, what is in hand, and whether its endpoint runs."""

from .invariants import Violation, check_claim, check_superseded
from .policy import ASIDE, FATAL, PERIOD, SET_ASIDE_AFTER, UNDER_WAY
from .production import steps, supersede
from .tables import ACTIVE, DEAD, IGNORED, PENDING, RETRY, RUNNABLE
from .vendor import Vendor

Admission, Halt, Work = steps.Admission, steps.Halt, steps.Work
NOTHING = Work(False)
SOMETHING = Work(True)


class UnitLost(Exception):
    """engine/claim.py: the claim is somebody else's."""


class LostConnection(Exception):
    """The connection broke: whether the transaction was committed, nobody here knows."""


class Units(Vendor):
    """What a drain does with its unit before and after all tries."""

    superseded = staticmethod(supersede.superseded)

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
