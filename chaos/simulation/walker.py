# Part of Integration Hub. License LGPL-3.0 or later.
"""Walker: where a drain's job goes on when its unit is done, as `engine/turns.py` has it."""

from .performer import Performer
from .production import steps


class Walker(Performer):
    """Turns, and the way through an endpoint's units."""

    def __init__(self, randomness, clock):
        super().__init__(randomness, clock)
        self.perform[steps.Others] = self.others
        self.perform_long.update(
            {
                steps.Wake: lambda me, step: self.wake([step.unit]),
                steps.Timer: lambda me, step: self.set_timer(step.unit, step.due),
                steps.Return: lambda me, step: self.set_return(step.unit, step.until),
                steps.Next: lambda me, step: self.next_unit(step.unit),
                steps.HandOn: lambda me, step: self.hand_on(step.unit),
            }
        )

    def others(self, me, step):
        """engine/turns.py: others_wait. Those of other modules have no jobs here."""
        return self.random() < 0.1 or self.others_are_due(step.unit.endpoint)

    def next_unit(self, unit):
        """engine/turns.py: next_unit. Its row is locked for a moment: who comes then finds it busy."""
        place = self.units.index(unit)
        for following in self.units[place + 1 :] + self.units[:place]:
            if following.endpoint is unit.endpoint and following.holder is None and self.runnable(following, 1):
                break
        else:
            return None
        following.holder = "a look"
        try:
            yield "looks at", following
        finally:
            following.holder = None
        self.cancel(following)
        return following

    def hand_on(self, unit):
        """engine/perform.py: _handon."""
        waits = self.drain_waits(unit.endpoint)
        yield "looks for drains of", unit.endpoint
        if not waits:
            following = yield from self.next_unit(unit)
            if following is not None:
                yield from self.wake([following])
