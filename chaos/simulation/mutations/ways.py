# Part of Integration Hub. License LGPL-3.0 or later.
"""The way through an endpoint's units, with one step wrong."""

from ..production import protocol, steps
from ..schedule import Schedule
from .registry import mutation


def busy(scenario):
    """An endpoint of three units, each with a key, whose other side asks for pauses."""
    outbound = tuple(
        plan._replace(key=place % 3, unit=place % 3, actor=place % 3, poison=False, failure="", calls=("is busy",))
        for place, plan in enumerate(scenario.outbound)
    )
    return scenario._replace(keys=(0, 1, 2), outbound=outbound, faults=(), actions=(), limit=0)


class Walks(Schedule):
    """Where one endpoint has several units, and nobody dies."""

    @classmethod
    def scene(cls, scenario):
        alike = len(scenario.directions) > len(set(scenario.directions))
        return scenario._replace(faults=()) if alike else None


@mutation
class WalkWithoutHandOn(Walks):
    """Whose turn is over goes, and leaves it to nobody to walk on."""

    @classmethod
    def scene(cls, scenario):
        return busy(scenario) if scenario.directions == ("outbound",) * 3 else None

    @staticmethod
    def walk(unit, turn, together):
        walk = protocol.walk(unit, turn, together)
        answer = None
        while True:
            try:
                step = walk.send(answer)
            except StopIteration:
                return
            answer = None if isinstance(step, steps.HandOn) else (yield step)


@mutation
class NextGoesElsewhere(Walks):
    """The job that waited for the next unit is called off, and the drain goes to the one after that."""

    def next_unit(self, unit):
        following = yield from super().next_unit(unit)
        return None if following is None else (yield from super().next_unit(following))


@mutation
class NoReturn(Walks):
    """Nobody is called for when an endpoint that halts may go on."""

    def set_return(self, unit, until):
        yield "sets no return to", unit.endpoint


@mutation
class ReturnWithoutTimer(Walks):
    """A unit whose endpoint halts sets no timer of its own: what is due after the endpoint's return is forgotten."""

    @classmethod
    def scene(cls, scenario):
        return busy(scenario) if scenario.directions == ("outbound",) * 3 else None

    class Drain(protocol.Drain):
        def look_again(self):
            halt = self.halt or (yield steps.Halted(self.unit))
            if not halt:
                return (yield from super().look_again())
            if halt.until:
                yield steps.Return(self.unit, halt.until)
            return halt


@mutation
class WalkEndsAtOne(Walks):
    """One who returns to an endpoint drains its own unit only, though the others' drains have found it halted."""

    @staticmethod
    def walk(unit, turn, together):
        return protocol.Drain(unit, turn, together).steps()
