# Part of Integration Hub. License LGPL-3.0 or later.
"""Intake, wake-ups and what people do, with one rule wrong."""

from ..scenario import STALL
from ..schedule import Schedule
from ..tables import ACTIVE, DEAD, ENQUEUED, WAITING
from .registry import mutation


@mutation
class AcknowledgedBeforeCommit(Schedule):
    """The answer leaves before the commit."""

    def insert(self, me, message):
        self.acknowledge(message)
        return (yield from super().insert(me, message))


@mutation
class DedupeBeforeInsert(Schedule):
    """Whether a message is known is asked in one transaction, and it is inserted in the next."""

    def insert(self, me, message):
        known = message.dedupe
        yield "looks whether it is known:", message
        if known is None:
            message.dedupe = None
        return (yield from super().insert(me, message))


@mutation
class WokenBeforeCommit(Schedule):
    """The wake-up is sent before the event is visible."""

    @classmethod
    def scene(cls, scenario):
        return scenario._replace(faults=())

    def insert(self, me, message):
        yield from super().wake_after_intake(me, [message.unit])
        return (yield from super().insert(me, message))

    def wake_after_intake(self, me, units):
        yield from ()


@mutation
class WokenByOldState(Schedule):
    """Whether intake wakes is decided by what the endpoint's state was before the commit."""

    @classmethod
    def scene(cls, scenario):
        return scenario._replace(actions=("pause", "resume") * 2, faults=(STALL,))

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.ran = {}

    def insert(self, me, message):
        self.ran[me] = message.unit.endpoint.state == ACTIVE
        return (yield from super().insert(me, message))

    def wake_after_intake(self, me, units):
        if self.ran[me]:
            yield from super().wake_after_intake(me, units)


@mutation
class ResumedByLook(Schedule):
    """Who lets an endpoint run again wakes what may run at that moment; what is due later has lost its timer."""

    @classmethod
    def scene(cls, scenario):
        inbound = [plan._replace(failure="retry", fails=1, poison=False) for plan in scenario.inbound[:3]]
        return scenario._replace(inbound=tuple(inbound), outbound=(), actions=("pause", "resume") * 2, faults=())

    def waiting(self, endpoints):
        return [unit for unit in super().waiting(endpoints) if self.runnable(unit, 1)]


@mutation
class OneKeyForTimerAndWake(Schedule):
    """A drain that is due later swallows the one that is due now."""

    @classmethod
    def scene(cls, scenario):
        inbound = tuple(plan._replace(failure="retry", fails=9, poison=False) for plan in scenario.inbound)
        return scenario._replace(inbound=inbound, outbound=(), actions=(), faults=(), limit=0) if inbound else None

    def is_waiting(self, kind, place, eta=None):
        return any(job.place is place and job.state in (WAITING, ENQUEUED) for job in self.jobs)


@mutation
class StartedJobCounts(Schedule):
    """A drain that has started counts as one that waits."""

    def is_waiting(self, kind, place, eta=None):
        return any(job.kind == kind and job.place is place and job.eta == eta for job in self.jobs)


@mutation
class NoTimer(Schedule):
    """Nobody is called for when a retry is due."""

    def set_timer(self, unit, due):
        yield "sets no timer for", unit


@mutation
class RedeliveryWithoutLook(Schedule):
    """A redelivered event is made pending whatever became of it since it was found dead."""

    @classmethod
    def scene(cls, scenario):
        inbound = [plan._replace(failure="business", fails=1, again=2, poison=False) for plan in scenario.inbound]
        return scenario._replace(inbound=tuple(inbound), outbound=(), actions=(), faults=(STALL,) * 12)

    def retry_dead(self, event):
        if event.state != DEAD:
            return []
        yield "finds it dead:", event
        self.requeue(event, fresh=False)
        yield "retries", event
        return [event.unit]
