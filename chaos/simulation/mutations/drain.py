# Part of Integration Hub. License LGPL-3.0 or later.
"""The order of the drain's steps, with one of them wrong."""

from ..production import protocol, steps
from ..schedule import Schedule
from .registry import mutation


@mutation
class LockAfterSnapshot(Schedule):
    """What may run is looked up before the unit is locked, by which time another drain may have done it."""

    class Drain(protocol.Drain):
        def steps(self):
            yield steps.Look(self.unit)
            return (yield from super().steps())

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.seen = {}

    def look(self, me, step):
        if step.unit.inside is not me:
            self.seen[me] = self.runnable(step.unit, 50)
        return super().look(me, step)

    def runnable(self, unit, limit):
        old = self.seen.pop(unit.inside, None)
        return super().runnable(unit, limit) if old is None else old[:limit]


@mutation
class NoSecondLook(Schedule):
    """After the release nobody looks for what came while the unit was locked."""

    class Drain(protocol.Drain):
        def look_again(self):
            yield from ()


@mutation
class SecondLookBeforeRelease(Schedule):
    """The second look is taken while the unit is still locked."""

    class Drain(protocol.Drain):
        def steps(self):
            if not (yield steps.Lock(self.unit)):
                return protocol.BUSY
            yield from self.work_off()
            left = yield from self.look_again()
            yield steps.Release(self.unit)
            return left


@mutation
class ReleaseBeforeOutcome(Schedule):
    """The unit is free before what was claimed is tried and written down."""

    class Drain(protocol.Drain):
        def steps(self):
            if not (yield steps.Lock(self.unit)):
                return protocol.BUSY
            yield steps.Bury(self.unit)
            halt = yield steps.Halted(self.unit)
            batch = () if halt else (yield steps.Claim(self.unit, protocol.BATCH))
            yield steps.Release(self.unit)
            if batch:
                yield from self.outbound(batch) if batch[0].direction == "outbound" else self.inbound(batch)
            return (yield from self.look_again())

    def check_owned(self, me, unit):
        pass


@mutation
class HaltedAskedOnce(Schedule):
    """Whether the endpoint runs is asked at the beginning only."""

    class Drain(protocol.Drain):
        def work_off(self):
            yield steps.Bury(self.unit)
            if (yield steps.Halted(self.unit)):
                return
            while batch := (yield steps.Claim(self.unit, protocol.BATCH)):
                yield from self.outbound(batch) if batch[0].direction == "outbound" else self.inbound(batch)


@mutation
class KeyGoesOn(Schedule):
    """What follows a failed event of its key in the batch is tried all the same."""

    class Drain(protocol.Drain):
        def inbound(self, batch):
            for group in self.groups(batch):
                if steps.stops((yield from self.take_in(group))):
                    return False
            return True


@mutation
class HalvesGoOn(Schedule):
    """The second half of a failed group is tried whatever became of the first."""

    class Drain(protocol.Drain):
        def take_in(self, events):
            answer = yield steps.Apply(events, (yield steps.Load(events)))
            if not isinstance(answer, steps.Failure):
                return list(zip(events, answer, strict=True))
            if len(events) == 1:
                return [(events[0], (yield steps.Fail(events[0], answer)))]
            half = len(events) // 2
            tries = yield from self.take_in(events[:half])
            return tries + (yield from self.take_in(events[half:]))


@mutation
class FailedBeforeApplied(Schedule):
    """What cannot be read is written down as failed before what came before it is applied."""

    class Drain(protocol.Drain):
        def take_in(self, events):
            answers = list(zip(events, (yield steps.Load(events)), strict=True))
            tries = []
            for event, answer in answers:
                if isinstance(answer, steps.Failure):
                    tries.append((event, (yield steps.Fail(event, answer))))
            if steps.stops(tries):
                return tries
            stuck = steps.blocked(tries)
            loaded = [pair for pair in answers if not isinstance(pair[1], steps.Failure)]
            loaded = [pair for pair in loaded if pair[0].partition_key not in stuck]
            return tries + ((yield from protocol.halving(loaded, steps.Apply)) if loaded else [])


@mutation
class NoLock(Schedule):
    """Nobody asks whether the unit is locked."""

    def lock(self, me, step):
        step.unit.holder = None
        return super().lock(me, step)


@mutation
class WorksOnForEver(Schedule):
    """A drain that finds nothing to do looks again instead of ending."""

    class Drain(protocol.Drain):
        def work_off(self):
            while True:
                yield from super().work_off()
