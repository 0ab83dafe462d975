# Part of Integration Hub. License LGPL-3.0 or later.
"""Protocol: how one unit is drained, as a pure generator.

    Lock ─▶ Bury ─▶ (Halted ─▶ Claim ─▶ tries)… ─▶ Release ─▶ Halted ─▶ Look ─▶ Wake | Timer | end
     │ taken: end                                   ▲ in new snapshots: what came while the lock was held

Each ``yield`` is one *step*: exactly one transaction, committed when it is answered, or one call to the other side with
no transaction open. Between any two the process may die, another may do what it likes, and nothing is lost, doubled or
reordered. `perform.py` takes the steps with PostgreSQL and a handler; the simulation takes the same generator through
millions of interleavings with a model of both. What each step promises is said beside it.
"""

from collections.abc import Callable, Generator, Hashable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

BATCH = 50
BUDGET = 20.0  # seconds a job works before it hands over to the next
BUSY, MORE = "busy", "more"
SETTLED = ("done", "ignored")  # with any other state the key does not go on within the batch


class Lock(NamedTuple):
    """→ bool: the unit is ours until `Release` or our death. Taken before anything of the work is looked at."""

    unit: Any


class Bury(NamedTuple):
    """→ int: how many events a drain that died had in hand; what can be said of their tries is written down."""

    unit: Any


class Halted(NamedTuple):
    """→ :class:`Halt` where the endpoint does not run now, seen anew each time; else ``None``."""

    unit: Any


class Halt(NamedTuple):
    """Why an endpoint does not run, and until when; ``None``: until somebody has dealt with it."""

    reason: str
    until: datetime | None = None


class Claim(NamedTuple):
    """→ the events that may run now, at most `limit`, in order; they are committed as being in hand."""

    unit: Any
    limit: int


class Load(NamedTuple):
    """→ the documents of inbound events, read at the other side where a message only named them; or a Failure."""

    events: Sequence[Any]


class Apply(NamedTuple):
    """→ :class:`Tried` of each event, effects and outcomes in one transaction; or a Failure, and no trace of any."""

    events: Sequence[Any]
    documents: Sequence[Any]


class Begin(NamedTuple):
    """→ :class:`Ready`, the attempt committed as started; Tried where there is nothing to call; or a Failure."""

    event: Any


class Ready(NamedTuple):
    """A call that is ready to be made."""

    call: Any
    attempt: int


class Send(NamedTuple):
    """→ what the other side answered, or a Failure. No transaction is open."""

    call: Any


class End(NamedTuple):
    """→ Tried: the answer's effect, the attempt and the outcome in one transaction; or a Failure, and no trace."""

    event: Any
    ready: Ready
    result: Any


class Fail(NamedTuple):
    """→ Tried: a failed try is written down."""

    event: Any
    failure: "Failure"
    attempt: int | None = None


class Release(NamedTuple):
    """→ ``None``: nothing is in hand any more, and the unit is free, both at once."""

    unit: Any


class Look(NamedTuple):
    """→ :class:`Work`, in a snapshot of its own."""

    unit: Any


class Work(NamedTuple):
    """What a unit holds: something that may run now, or when the next retry is due."""

    now: bool
    due: datetime | None = None


class Wake(NamedTuple):
    """→ ``None``: a drain of the unit is waiting in the job queue."""

    unit: Any


class Timer(NamedTuple):
    """→ ``None``: a drain of the unit is waiting, not to start before `due`."""

    unit: Any
    due: datetime


class Tried(NamedTuple):
    """The state an event is left in; `stops`: its endpoint was stopped, nothing more of it runs."""

    state: str
    stops: bool = False


class Failure(NamedTuple):
    """A step that raised; `in_doubt`: the other side may have done what it was asked for."""

    error: BaseException
    in_doubt: bool = False


Steps = Generator[Any, Any, Any]


def alone(_event: Any) -> Hashable:
    """The default of `together`: every event has a transaction of its own."""
    return None


class Drain:
    """The drain of one unit. Its methods are generators of steps; a subclass is another protocol.

    :param clock: has ``monotonic()``
    :param together: events that follow one another and have the same value, other than ``None``, share a transaction
    """

    def __init__(self, unit: Any, clock: Any, together: Callable[[Any], Hashable] = alone, budget: float = BUDGET):
        self.unit, self.clock, self.together, self.budget = unit, clock, together, budget

    def steps(self) -> Steps:
        """Drain; returns ``busy``, ``more`` (a drain is waiting), when the next one is due, or ``None``."""
        if not (yield Lock(self.unit)):
            return BUSY  # whoever has it looks again when it is free
        yield from self.work_off()
        yield Release(self.unit)
        return (yield from self.look_again())

    def work_off(self) -> Steps:
        """Claim and try, until nothing may run, the endpoint halts, or the budget is used up."""
        suspects = yield Bury(self.unit)
        deadline = self.clock.monotonic() + self.budget
        while self.clock.monotonic() < deadline and not (yield Halted(self.unit)):
            # What was in hand at a death runs one by one: only so is the one found that kills its worker.
            batch = yield Claim(self.unit, 1 if suspects > 0 else BATCH)
            if not batch:
                return
            suspects -= len(batch)
            yield from self.work(batch, deadline)

    def work(self, batch: Sequence[Any], deadline: float) -> Steps:
        """Try what was claimed; of a key whose event does not settle the rest is left for a later claim."""
        stuck: set[Any] = set()
        for group in self.groups(batch):
            group = [event for event in group if event.partition_key not in stuck]
            if group:
                if self.clock.monotonic() >= deadline:
                    return
                tries = yield from self.inbound(group) if group[0].direction == "inbound" else self.outbound(group[0])
                if any(tried.stops for _event, tried in tries):
                    return
                stuck |= blocked(tries)

    def groups(self, batch: Sequence[Any]) -> list[list[Any]]:
        """Split into the events that share a transaction, in order."""
        groups: list[list[Any]] = []
        last: Hashable = None
        for event in batch:
            kind = self.together(event)
            if kind is not None and kind == last:
                groups[-1].append(event)
            else:
                groups.append([event])
            last = kind
        return groups

    def inbound(self, events: Sequence[Any]) -> Steps:
        """Apply in one transaction; when that fails it is gone as a whole, and each half has one of its own.

        Never by savepoints: what was to happen after the commit outlives a savepoint's rollback.
        """
        answer = yield Load(events)
        if not isinstance(answer, Failure):
            answer = yield Apply(events, answer)
        if not isinstance(answer, Failure):
            return list(zip(events, answer, strict=True))
        if len(events) == 1:
            return [(events[0], (yield Fail(events[0], answer)))]
        half = len(events) // 2
        tries = yield from self.inbound(events[:half])
        stuck = blocked(tries)
        rest = [event for event in events[half:] if event.partition_key not in stuck]
        if rest and not any(tried.stops for _event, tried in tries):
            tries += yield from self.inbound(rest)
        return tries

    def outbound(self, event: Any) -> Steps:
        """Commit that it is tried, call, write down what came of it."""
        ready = yield Begin(event)
        if isinstance(ready, Tried):
            return [(event, ready)]
        if isinstance(ready, Failure):
            return [(event, (yield Fail(event, ready)))]
        result = yield Send(ready.call)
        if not isinstance(result, Failure):
            tried = yield End(event, ready, result)
            if not isinstance(tried, Failure):
                return [(event, tried)]
            result = tried._replace(in_doubt=True)  # it did take effect there; here nothing says so
        return [(event, (yield Fail(event, result, ready.attempt)))]

    def look_again(self) -> Steps:
        """See to it that somebody comes for what is left.

        Who arrived while the unit was locked found it taken and went away; only a snapshot that is taken after the
        release shows what they left.
        """
        halt = yield Halted(self.unit)
        work = Work(False, halt.until) if halt else (yield Look(self.unit))
        if work.now:
            yield Wake(self.unit)
            return MORE
        if work.due:
            yield Timer(self.unit, work.due)
        return work.due


def blocked(tries: Sequence[tuple[Any, Tried]]) -> set[Any]:
    """Return the keys that do not go on now."""
    return {event.partition_key for event, tried in tries if event.partition_key and tried.state not in SETTLED}
