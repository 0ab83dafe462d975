# Part of Integration Hub. License LGPL-3.0 or later.
"""What a newer message makes needless, with one rule wrong."""

from itertools import groupby

from ..performer import SETTLED_ANSWER
from ..production import supersede
from ..schedule import Schedule
from ..tables import IGNORED
from .registry import mutation


class Seen:
    """An event, seen differently."""

    def __init__(self, event, **changes):
        self.event = event
        self.__dict__.update(changes)

    def __getattr__(self, name):
        return getattr(self.event, name)


def superseded(events, **changes):
    """The rule, with events seen differently."""
    needless = supersede.superseded([Seen(event, **changes) for event in events])
    return {event_id: seen.event for event_id, seen in needless.items()}


@mutation
class SupersededCommand(Schedule):
    """Commands are superseded, too."""

    superseded = staticmethod(lambda events: superseded(events, kind="state"))


@mutation
class SupersededInDoubt(Schedule):
    """What may have taken effect already is superseded, too."""

    superseded = staticmethod(lambda events: superseded(events, in_doubt=False))

    @classmethod
    def scene(cls, scenario):
        """Its answer is lost, then the endpoint stops, and somebody resumes it: nothing blocks the key any more."""
        if len(scenario.outbound) < 2:
            return None
        plain = {"kind": "state", "operation": "upsert", "loose": False, "poison": False}
        outbound = tuple(plan._replace(calls=("stops", "loses the answer"), **plain) for plan in scenario.outbound)
        return scenario._replace(outbound=outbound, actions=("stand_by", "resume") * 6, faults=())


@mutation
class SupersededAcrossAnother(Schedule):
    """A message of another kind that stands between does not matter."""

    @staticmethod
    def superseded(events):
        def kind(event):
            return event.kind, event.operation, event.external_id

        needless = {}
        for _kind, alike in groupby(sorted(events, key=kind), kind):
            needless.update(supersede.superseded(list(alike)))
        return needless


@mutation
class SupersededByOlder(Schedule):
    """What came later counts as newer, whatever version it says it is of."""

    superseded = staticmethod(lambda events: superseded(events, external_version=None))


@mutation
class SupersededWhenClaimed(Schedule):
    """What is needless is closed when the newer one is claimed, which may be tried much later."""

    @classmethod
    def scene(cls, scenario):
        """Messages of one key become visible in another order, while limits halt drains between claim and try."""
        if len(scenario.inbound) < 4:
            return None
        inbound = tuple(
            plan._replace(
                actor=place % 3, key=0, unit=scenario.keys[0], loose=False, failure="", poison=False, again=0, about=0,
                operation="read", kind="command" if place == 2 else "state",
            )
            for place, plan in enumerate(scenario.inbound)
        )  # fmt: skip
        return scenario._replace(inbound=inbound, outbound=(), faults=(), limit=1, batch=50)

    def claim(self, me, step):
        batch = super().claim(me, step)
        self.close_covered(me, batch)
        return batch


@mutation
class GoesOnAfterGivenUp(Schedule):
    """What follows one that was given up goes on, though that one stood for older ones, which are still to be tried."""

    @classmethod
    def scene(cls, scenario):
        """Two that say the same, a command, and so on; people give up."""
        if len(scenario.inbound) < 3:
            return None
        plain = {"key": 0, "unit": scenario.keys[0], "loose": False, "failure": "", "poison": False, "about": 0}
        inbound = tuple(
            plan._replace(kind="command" if place % 3 == 2 else "state", operation="upsert", version=0, **plain)
            for place, plan in enumerate(scenario.inbound)
        )
        return scenario._replace(inbound=inbound, outbound=(), faults=(), actions=("stand_by", "ignore") * 6, limit=0)

    def given_up(self, me, event):
        return SETTLED_ANSWER[IGNORED]
