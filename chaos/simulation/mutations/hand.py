# Part of Integration Hub. License LGPL-3.0 or later.
"""What is in hand, and whose it is, with one rule wrong."""

from ..scenario import LOSE_LOCK, STALL
from ..schedule import Schedule
from ..tables import DEAD, RUNNABLE
from .registry import mutation


class LostLock(Schedule):
    """Where a call may be doubled after a lock was lost."""

    @classmethod
    def scene(cls, scenario):
        if len(scenario.outbound) < 2:
            return None
        return scenario._replace(connector="hold", faults=(STALL, LOSE_LOCK) * 2)


@mutation
class NoBurial(Schedule):
    """What a dead worker had in hand is thrown away unread."""

    def bury(self, me, step):
        step.unit.claim, step.unit.claimed_by = [], me


@mutation
class NeverAlone(Schedule):
    """What was in hand at a death is claimed as a whole again."""

    def bury(self, me, step):
        left = step.unit.claim
        super().bury(me, step)
        for event in left:
            event.death_count = event.death_count or None


@mutation
class ClaimNotCommitted(Schedule):
    """What is in hand is not written down before it is tried."""

    def claim(self, me, step):
        batch = super().claim(me, step)
        step.unit.claim = []
        return batch


@mutation
class ClaimOverwritten(LostLock):
    """A drain that lost its lock takes the claim of the one that has it."""

    def claim(self, me, step):
        step.unit.claimed_by = me
        return super().claim(me, step)


@mutation
class NotFenced(LostLock):
    """A drain that lost its lock goes on though the claim is another's."""

    def check_owned(self, me, unit):
        pass


@mutation
class BeginNotFenced(LostLock):
    """A drain that lost its lock begins a call though the claim is another's."""

    def begin(self, me, step):
        unit = step.events[0].unit
        owner, unit.claimed_by = unit.claimed_by, me
        try:
            return super().begin(me, step)
        finally:
            unit.claimed_by = owner


@mutation
class OneDeathIsFatal(Schedule):
    """A message that was alone in hand when its worker died is what killed it."""

    def verdict_of_deaths(self, event):
        return DEAD, None


@mutation
class DeathWithoutCause(Schedule):
    """What killed its workers is dead of what it failed of last."""

    def bury(self, me, step):
        causes = [(event, event.cause) for event in step.unit.claim]
        super().bury(me, step)
        for event, cause in causes:
            event.cause = cause


@mutation
class ClaimKept(Schedule):
    """A release frees the unit, and what was not tried stays in hand."""

    def release(self, me, step):
        left = step.unit.claim
        super().release(me, step)
        step.unit.claim = left


@mutation
class AloneInOneDrain(Schedule):
    """Only the drain that buries takes in hand one by one what was in hand at a death; a halt, and it is forgotten."""

    def bury(self, me, step):
        left = [event for event in step.unit.claim if event.state in RUNNABLE]
        super().bury(me, step)
        me.suspects = len(left)
        for event in left:
            event.death_count = event.death_count or None

    def claim(self, me, step):
        if me.suspects > 0:
            step = step._replace(limit=1)
        batch = super().claim(me, step)
        me.suspects -= len(batch)
        return batch
