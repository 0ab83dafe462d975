# Part of Integration Hub. License LGPL-3.0 or later.
"""What a step does, with one rule wrong."""

from ..production import steps
from ..scenario import JUMP, KILL, STALL
from ..schedule import Schedule
from ..tables import DEAD, IGNORED, PENDING, RUNNABLE
from .registry import mutation


@mutation
class IdOrder(Schedule):
    """New events are looked for above the highest id that was claimed; a smaller one may become visible later."""

    def store(self, message, id, arrived):
        event = super().store(message, id, arrived)
        event.is_below = id < event.unit.mark
        return event

    def runnable(self, unit, limit):
        return [event for event in super().runnable(unit, 99) if not event.is_below][:limit]

    def claim(self, me, step):
        batch = super().claim(me, step)
        if batch:
            step.unit.mark = max(step.unit.mark, batch[-1].id)
        return batch


@mutation
class SavepointHalving(Schedule):
    """A failed group is halved by savepoints: what was to happen after the commit outlives their rollback."""

    def commit(self, me, events, seen):
        answer = super().commit(me, events, seen)
        if isinstance(answer, steps.Failure):
            failed = next(at for at, event in enumerate(events) if event.fails())
            self.after_commit(events[:failed])
        return answer


@mutation
class OutcomeAfterEffect(Schedule):
    """An effect is committed in one transaction and its outcome in the next."""

    def apply(self, me, step):
        for event in step.events:
            if event.state in RUNNABLE and not event.fails() and not event.message.poison:
                super().take_effect(event)
        yield "has committed the effects of", step.events
        return (yield from super().apply(me, step))

    def take_effect(self, event):
        pass


@mutation
class GivenUpAllTheSame(Schedule):
    """What a person gave up after it was claimed is tried all the same."""

    @classmethod
    def scene(cls, scenario):
        return scenario._replace(actions=("ignore",) * 4, faults=(STALL,))

    def commit(self, me, events, seen):
        for event in events:
            if event.state == IGNORED:
                self.reopen(event)
                event.state = PENDING
        return super().commit(me, events, seen)


@mutation
class BlockedKeyForgotten(Schedule):
    """A failed event does not block its key."""

    def block(self, event, state, until):
        pass


@mutation
class HeadBlockedToo(Schedule):
    """A blocked key blocks its head as well."""

    def may_go(self, key, event, now):
        return False


@mutation
class HeadBlockedByClock(Schedule):
    """A head that a person retries may go from that moment on, by a clock that may be set back."""

    @classmethod
    def scene(cls, scenario):
        inbound = [plan._replace(failure="business", fails=1, poison=False) for plan in scenario.inbound]
        return scenario._replace(inbound=tuple(inbound), actions=("retry",) * 4, faults=(JUMP,) * 2, skips=False)

    def may_go(self, key, event, now):
        return key.blocker is event and key.until is not None and key.until <= now


@mutation
class OneFailureIsFatal(Schedule):
    """What fails once is not tried again."""

    def verdict(self, event, kind):
        state, until = super().verdict(event, kind)
        return (DEAD, None) if until else (state, until)


@mutation
class CallBeforeAttempt(Schedule):
    """A call is made before it is committed that it will be."""

    @classmethod
    def scene(cls, scenario):
        return scenario._replace(connector="hold", faults=(KILL,) * 4)

    def begin(self, me, step):
        answer = super().begin(me, step)
        for event in step.events:
            event.started = False
        return answer


@mutation
class LostAnswerForgotten(Schedule):
    """A call whose answer was lost counts as one that was not made."""

    def fail(self, me, step):
        return super().fail(me, step._replace(failure=step.failure._replace(in_doubt=False)))


@mutation
class NewIdempotencyKey(Schedule):
    """Each try of a call has an idempotency key of its own."""

    def receive(self, event, version, in_doubt):
        key, event.unit.endpoint.connector = event.unit.endpoint.connector, "none"
        super().receive(event, version, in_doubt)
        event.unit.endpoint.connector = key


@mutation
class CoalescedWithOneInHand(Schedule):
    """A change makes no event where one of its record waits, though what that tells may be rendered already."""

    def store(self, message, id, arrived):
        event = super().store(message, id, arrived)
        if (
            message.key
            and event.direction == "outbound"
            and any(
                other.event and other.event.state in RUNNABLE for other in message.key.messages if other is not message
            )
        ):
            event.unit.open.remove(event)
            event.state = IGNORED
            event.newer = next(
                other.event for other in message.key.messages if other.event and other.event.state in RUNNABLE
            )
        return event
