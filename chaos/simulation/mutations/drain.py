# Part of Integration Hub. License LGPL-3.0 or later.
"""The order of the drain's steps, with one of them wrong."""

import math

from ..performer import Failure
from ..production import protocol
from ..schedule import Schedule
from .registry import mutation


@mutation
class LockAfterSnapshot(Schedule):
    """What may run is looked up before the unit is locked, by which time another drain may have done it."""

    class Drain(protocol.Drain):
        def steps(self):
            yield protocol.Look(self.unit)
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
            if not (yield protocol.Lock(self.unit)):
                return protocol.BUSY
            yield from self.work_off()
            left = yield from self.look_again()
            yield protocol.Release(self.unit)
            return left


@mutation
class ReleaseBeforeOutcome(Schedule):
    """The unit is free before what was claimed is tried and written down."""

    class Drain(protocol.Drain):
        def steps(self):
            if not (yield protocol.Lock(self.unit)):
                return protocol.BUSY
            yield protocol.Bury(self.unit)
            halt = yield protocol.Halted(self.unit)
            batch = () if halt else (yield protocol.Claim(self.unit, protocol.BATCH))
            yield protocol.Release(self.unit)
            yield from self.work(batch, math.inf)
            return (yield from self.look_again())

    def check_owned(self, me, unit):
        pass


@mutation
class HaltedAskedOnce(Schedule):
    """Whether the endpoint runs is asked at the beginning only."""

    class Drain(protocol.Drain):
        def work_off(self):
            suspects = yield protocol.Bury(self.unit)
            if (yield protocol.Halted(self.unit)):
                return
            while batch := (yield protocol.Claim(self.unit, 1 if suspects > 0 else protocol.BATCH)):
                suspects -= len(batch)
                yield from self.work(batch, math.inf)


@mutation
class KeyGoesOn(Schedule):
    """What follows a failed event of its key in the batch is tried all the same."""

    class Drain(protocol.Drain):
        def work(self, batch, deadline):
            for group in self.groups(batch):
                yield from self.inbound(group) if group[0].direction == "inbound" else self.outbound(group[0])


@mutation
class HalvesGoOn(Schedule):
    """The second half of a failed group is tried whatever became of the first."""

    class Drain(protocol.Drain):
        def inbound(self, events):
            answer = yield protocol.Apply(events, (yield protocol.Load(events)))
            if not isinstance(answer, Failure):
                return list(zip(events, answer, strict=True))
            if len(events) == 1:
                return [(events[0], (yield protocol.Fail(events[0], answer)))]
            half = len(events) // 2
            tries = yield from self.inbound(events[:half])
            return tries + (yield from self.inbound(events[half:]))


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
