# Part of Integration Hub. License LGPL-3.0 or later.
"""Scenario: what is to happen in one schedule, drawn from its seed. Small and dense, so that races are met often."""

from typing import NamedTuple


class Plan(NamedTuple):
    """One message or one edit of a record."""

    key: int
    unit: int
    actor: int  # who sends it, or edits the record
    failure: str = ""
    fails: int = 0
    stage: str = ""  # where it fails: while it is loaded, or applied and begun
    poison: bool = False
    calls: tuple[str, ...] = ()
    together: bool = False
    again: int = 0  # how many senders more deliver it
    commits: bool = True
    loose: bool = False  # it names no key
    kind: str = "state"
    operation: str = "upsert"
    about: int = 0  # which of the records that share the key
    version: int = 0  # of the other side; 0: it does not say


class Scenario(NamedTuple):
    """The estate, the work and the weather."""

    directions: tuple[str, ...]  # of the units; those of one direction belong to one endpoint
    keys: tuple[int, ...]  # their units
    inbound: tuple[Plan, ...]
    outbound: tuple[Plan, ...]  # edits of records that a flow listens to
    edits: tuple[Plan, ...]  # of records that inbound messages are about
    workers: int = 1
    batch: int = 50
    window: int = 16  # calls under way
    limit: int = 0  # calls a period; 0: as many as one likes
    skips: bool = False  # a dead head lets its key go on
    connector: str = "idempotent"
    actions: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()  # in their order

    @property
    def is_harmed(self):
        """Whether somebody dies: only then has the sweeper anything to find."""
        return any(fault not in (JUMP, STALL) for fault in self.faults) or any(
            p.poison for p in (*self.inbound, *self.outbound)
        )


KILL, DISCONNECT, LOSE_LOCK = "kill", "disconnect", "lose lock"
JUMP, STALL = "jump", "stall"  # of the wall clock; of a process, which goes on much later


DIRECTIONS = (
    ("inbound",), ("inbound",), ("outbound",), ("inbound", "inbound"), ("inbound", "outbound"),
    ("outbound", "outbound"), ("inbound", "inbound", "outbound"), ("inbound", "outbound", "outbound"),
    ("outbound", "outbound", "outbound"), ("inbound", "inbound", "inbound"),
)  # fmt: skip
CONNECTORS = ("idempotent", "look-up", "hold")
AGAIN = ((0,), (0, 0, 0, 1), (0, 2))  # what a vendor redelivers
FAULTS = (KILL, KILL, DISCONNECT, LOSE_LOCK, STALL)
CALLS = ("refuses", "loses the answer", "is not reached", "is busy", "stops", "works, and that cannot be written")
ACTIONS = (
    ("retry",), ("retry", "retry"), ("ignore", "ignore"), ("pause", "resume"), ("pause", "resume", "pause", "resume"),
    ("pause",), ("resume",), ("find", "send_again"), ("send_again", "find"), ("switch_off",),
    ("stand_by", "resume"), ("stand_by", "retry"),
)  # fmt: skip


def draw(random):
    """Draw a scenario; `random` returns floats from 0 to 1."""

    def one(things):
        return things[int(random() * len(things))]

    directions = one(DIRECTIONS)
    keys = tuple(int(random() * len(directions)) for _key in range(1 + int(random() * 4)))
    again = one(AGAIN)
    trouble, crowd = random() * 0.6, 1 + int(random() * 3)
    inbound, outbound, edits = [], [], []
    alike, numbered = random() * 1.2, random() < 0.5  # most say what a record is like, or few do
    for number in range(3 + int(random() * random() * 10)):
        key = int(random() * len(keys))
        unit = keys[key]
        plan = Plan(key, unit, int(random() * crowd), poison=random() < 0.05, commits=random() < 0.85)
        if random() > alike:
            plan = plan._replace(kind="command")
        elif random() < 0.3:
            plan = plan._replace(operation=one(("delete", "read")), about=int(random() * 2))
        if not plan.poison and random() < trouble:
            failure, fails = one(("retry", "retry", "business", "stop")), (1, 1, 2, 9)[int(random() * 4)]
            plan = plan._replace(failure=failure, fails=fails)
        if directions[unit] == "outbound":
            if random() < trouble:
                calls = (one(CALLS),) if random() < 0.7 else (one(CALLS), one(CALLS))
                plan = plan._replace(calls=calls)
            operation = "upsert" if plan.operation == "read" else plan.operation
            outbound.append(plan._replace(operation=operation, loose=random() < 0.1))
        else:
            version = number + (1, 1, 1, 4)[int(random() * 4)] if numbered and random() < 0.8 else 0
            inbound.append(
                plan._replace(
                    loose=random() < 0.15, together=random() < 0.6, again=one(again), version=version,
                    stage=one(("", "load")),
                )
            )  # fmt: skip
            if random() < 0.1:
                edits.append(Plan(key, unit, 0, commits=random() < 0.7))
    connector = one(CONNECTORS)
    faults = [one(FAULTS) for _fault in range(int(random() * 6))] if random() < 0.5 else []
    if connector == "look-up":  # docs/SIMULATION.md: who lost its lock may call after another has looked
        faults = [fault for fault in faults if fault != LOSE_LOCK]
    if random() < 0.4:
        faults.insert(0, JUMP if random() < 0.3 else STALL)
    return Scenario(
        directions, keys, tuple(inbound), tuple(outbound), tuple(edits),
        workers=1 + int(random() * 3),
        batch=(2, 3, 50)[int(random() * 3)],
        window=one((2, 3, 16)),
        limit=one((0, 0, 0, 1, 2)),
        skips=random() < 0.4,
        connector=connector,
        actions=one(ACTIONS) + one(ACTIONS) if random() < 0.4 else (),
        faults=tuple(faults),
    )  # fmt: skip
