# Part of Integration Hub. License LGPL-3.0 or later.
"""Protocol: how a unit is drained, and after it the others of its endpoint, as pure generators.

    Lock ─▶ Bury ─▶ (Halted ─▶ Claim ─▶ tries)… ─▶ Release ─▶ Halted ─▶ Look ─▶ Wake | Timer | Return ─▶ Next ─▶ Lock …
     │ taken                                        ▲ in new snapshots: what came while the lock was held

Each ``yield`` is one *step*: exactly one transaction, committed when it is answered, or calls to the other side with no
transaction open. Between any two the process may die, another may do what it likes, and nothing is lost, doubled or
reordered. `perform.py` takes the steps with PostgreSQL and a handler; the simulation takes the same generators through
millions of interleavings with a model of both. What each step promises stands in `steps.py`.
"""

from collections.abc import Callable, Generator, Hashable, Sequence
from typing import Any

from .calls import REFILL, WINDOW, Calls
from .steps import (
    Admit,
    Apply,
    Begin,
    Bury,
    Claim,
    End,
    Fail,
    Failure,
    Gather,
    Halt,
    Halted,
    HandOn,
    Load,
    Lock,
    Look,
    Next,
    Others,
    Ready,
    Release,
    Return,
    Send,
    Timer,
    Tried,
    Wake,
    blocked,
    stops,
)

BATCH = 100
TURN = 2.0  # seconds after which a drain asks whether somebody else waits for its worker
BUDGET = 20.0  # seconds a job works before it hands over to the next
BUSY, MORE = "busy", "more"

Steps = Generator[Any, Any, Any]


def alone(_event: Any) -> Hashable:
    """The default of `together`: every event has a transaction of its own."""
    return None


class Turn:
    """How long a worker stays: until its budget is used up, and past `TURN` only while nobody else waits for it.

    :param clock: has ``monotonic()``
    """

    def __init__(self, clock: Any, budget: float = BUDGET):
        self.clock = clock
        self.ends = clock.monotonic() + budget
        self.asks = clock.monotonic() + TURN

    def is_over(self) -> bool:
        """Tell whether the worker is to go."""
        return self.clock.monotonic() >= self.ends

    def over(self, unit: Any) -> Steps:
        """The same, having asked who else waits, now and then."""
        now = self.clock.monotonic()
        if self.asks <= now < self.ends:
            self.asks = now + TURN
            if (yield Others(unit)):
                self.ends = now
        return self.is_over()


def walk(unit: Any, turn: Turn, together: Callable[[Any], Hashable] = alone) -> Steps:
    """Drain the unit, then the others of its endpoint that have something to do, while it is our turn.

    Returns what the drain of the first one does.
    """
    first = result = yield from Drain(unit, turn, together).steps()
    while not isinstance(result, Halt):
        if (yield from turn.over(unit)):
            yield HandOn(unit)
            break
        unit = yield Next(unit)
        if unit is None:
            break
        result = yield from Drain(unit, turn, together).steps()
    return first


class Drain:
    """The drain of one unit. Its methods are generators of steps; a subclass is another protocol.

    :param together: inbound events that follow one another and have the same value, other than ``None``, share a
        transaction
    """

    def __init__(self, unit: Any, turn: Turn, together: Callable[[Any], Hashable] = alone):
        self.unit, self.turn, self.together = unit, turn, together
        self.halt: Halt | None = None  # met while something was to be called

    def steps(self) -> Steps:
        """Drain; returns ``busy``, ``more`` (a drain is waiting), a Halt, when the next one is due, or ``None``."""
        if not (yield Lock(self.unit)):
            return BUSY  # whoever has it looks again when it is free
        yield from self.work_off()
        yield Release(self.unit)
        return (yield from self.look_again())

    def work_off(self) -> Steps:
        """Claim and try, until nothing may run, the endpoint halts, or it is somebody else's turn."""
        yield Bury(self.unit)
        while not (yield from self.turn.over(self.unit)) and not (yield Halted(self.unit)):
            batch = yield Claim(self.unit, BATCH)
            if not batch:
                return
            go_on = yield from self.outbound(batch) if batch[0].direction == "outbound" else self.inbound(batch)
            if not go_on:
                return

    # --- inbound ---

    def inbound(self, batch: Sequence[Any]) -> Steps:
        """Try what was claimed; of a key whose event does not settle the rest is left for a later claim.

        Returns whether the drain goes on.
        """
        stuck: set[Any] = set()
        groups = self.groups(batch)
        while groups:
            group = [event for event in groups.pop(0) if event.partition_key not in stuck]
            if not group:
                continue
            if (yield from self.turn.over(self.unit)):
                return False
            if group[0].operation == "read":
                group, rest = yield from self.admitted(group)
                if not group:
                    return False
                groups[:0] = [rest] if rest else []
            tries = yield from self.take_in(group)
            if stops(tries):
                return False
            stuck |= blocked(tries)
        return True

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

    def take_in(self, events: Sequence[Any]) -> Steps:
        """Get the documents, and apply those that are there; returns pairs of an event and Tried.

        Of a key, what comes after a document that is not there waits, and what comes before it goes first.
        """
        loaded, failed, stuck = [], [], set()
        for event, answer in zip(events, (yield Load(events)), strict=True):
            if event.partition_key in stuck:
                continue
            if not isinstance(answer, Failure):
                loaded.append((event, answer))
                continue
            failed.append((event, answer))
            if event.partition_key:
                stuck.add(event.partition_key)
        tries = (yield from halving(loaded, Apply)) if loaded else []
        for event, failure in failed:
            if stops(tries):
                break
            if event.partition_key not in blocked(tries):
                tries.append((event, (yield Fail(event, failure))))
        return tries

    # --- outbound ---

    def outbound(self, batch: Sequence[Any]) -> Steps:
        """Keep calls under way, of each key one at a time, in order; returns whether the drain goes on."""
        calls = Calls(batch)
        while True:
            if (yield from self.turn.over(self.unit)):
                calls.begin_no_more()
            chosen = calls.startable()
            if chosen:
                chosen, _later = yield from self.admitted(chosen)
            if chosen:
                calls.begun((yield from self.begin(calls.take(chosen))))
            elif calls.under_way:
                calls.ended((yield from self.end((yield Gather(min(REFILL, len(calls.under_way)))))))
            else:
                return not calls.stopped and self.halt is None

    def begin(self, events: Sequence[Any]) -> Steps:
        """Commit that they are tried, and call; returns pairs of an event and Tried, or Ready while it is under way."""
        begun = yield from halving([(event,) for event in events], Begin)
        if ready := [answer for _event, answer in begun if isinstance(answer, Ready)]:
            yield Send(ready)
        return begun

    def end(self, answers: Sequence[tuple[Ready, Any]]) -> Steps:
        """Write down what came of calls; returns pairs of an event and Tried."""
        good = [(ready.event, ready, answer) for ready, answer in answers if not isinstance(answer, Failure)]
        tries = (yield from halving(good, _end, every=True)) if good else []
        for ready, answer in answers:
            if isinstance(answer, Failure):
                tries.append((ready.event, (yield Fail(ready.event, answer, ready.attempt))))
        return tries

    # --- both ---

    def admitted(self, events: list[Any]) -> Steps:
        """Split into those whose calls may be made now and the rest; remembers why, where that is none."""
        admission = yield Admit(self.unit, min(len(events), WINDOW))
        self.halt = admission.halt
        return events[: admission.count], events[admission.count :]

    def look_again(self) -> Steps:
        """See to it that somebody comes for what is left.

        Who arrived while the unit was locked found it taken and went away; only a snapshot that is taken after the
        release shows what they left.
        """
        halt = self.halt or (yield Halted(self.unit))
        if halt:
            if halt.until:
                yield Return(self.unit, halt.until)
                work = yield Look(self.unit)
                if work.due and work.due > halt.until:  # who walks by then has no reason to come here
                    yield Timer(self.unit, work.due)
            return halt
        work = yield Look(self.unit)
        if work.now:
            yield Wake(self.unit)
            return MORE
        if work.due:
            yield Timer(self.unit, work.due)
        return work.due


def halving(items: Sequence[tuple[Any, ...]], step: Callable[..., Any], every: bool = False) -> Steps:
    """Take a step for all; when that fails it is gone as a whole, and each half has one of its own.

    Never by savepoints: what was to happen after the commit outlives a savepoint's rollback. What fails alone is
    written down as failed. The second half leaves out the keys that do not go on, and all of it when the endpoint was
    stopped, unless `every` one has happened already. Returns pairs of an event and the step's answer, or Tried.

    :param items: tuples that begin with the event
    """
    answer = yield step(*zip(*items, strict=True))
    if not isinstance(answer, Failure):
        return [(item[0], one) for item, one in zip(items, answer, strict=True)]
    if len(items) == 1:
        return [(items[0][0], (yield _fail(*items[0], failure=answer)))]
    half = len(items) // 2
    tries = yield from halving(items[:half], step, every)
    ended = [(event, tried) for event, tried in tries if isinstance(tried, Tried)]
    stuck = blocked(ended)
    rest = [item for item in items[half:] if item[0].partition_key not in stuck]
    if rest and (every or not stops(ended)):
        tries += yield from halving(rest, step, every)
    return tries


def _end(_events: Sequence[Any], calls: Sequence[Ready], answers: Sequence[Any]) -> End:
    return End(list(zip(calls, answers, strict=True)))


def _fail(event: Any, subject: Any = None, _answer: Any = None, *, failure: Failure) -> Fail:
    """What failed alone; a call that was made did take effect there, and here nothing says so."""
    if isinstance(subject, Ready):
        return Fail(event, failure._replace(in_doubt=True), subject.attempt)
    return Fail(event, failure)
