# Part of Integration Hub. License LGPL-3.0 or later.
"""Steps: what a drain asks for, one transaction each, or calls with none open; and the answers that have a shape."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

SETTLED = ("done", "ignored")  # with any other state the key does not go on within the batch


class Lock(NamedTuple):
    """→ bool: the unit is ours until `Release` or our death. Taken before anything of the work is looked at."""

    unit: Any


class Bury(NamedTuple):
    """→ ``None``: what can be said of the tries of a drain that died is written down.

    What it had in hand is claimed one by one from then on: only so is the one found that kills its worker.
    """

    unit: Any


class Halted(NamedTuple):
    """→ :class:`Halt` where the endpoint does not run now, seen anew each time; else ``None``."""

    unit: Any


class Halt(NamedTuple):
    """Why an endpoint does not run, and until when; ``None``: until somebody has dealt with it."""

    reason: str
    until: datetime | None = None


class Claim(NamedTuple):
    """→ the events that may run now, at most `limit`, in order; they are committed as being in hand.

    Of those, what a later one of its key makes needless is left out. It is closed in the transaction in which that one
    is tried: a person may give that one up before, and what belongs in between may become visible.
    """

    unit: Any
    limit: int


class Admit(NamedTuple):
    """→ :class:`Admission`: how many of `wanted` calls to the unit's other side may be begun now."""

    unit: Any
    wanted: int


class Admission(NamedTuple):
    """Of a count of 0, the halt says why."""

    count: int
    halt: Halt | None = None


class Load(NamedTuple):
    """→ the document of each inbound event, read at the other side where a message only named it; or its Failure."""

    events: Sequence[Any]


class Apply(NamedTuple):
    """→ :class:`Tried` of each event, effects and outcomes in one transaction; or a Failure, and no trace of any."""

    events: Sequence[Any]
    documents: Sequence[Any]


class Begin(NamedTuple):
    """→ of each event :class:`Ready`, or Tried where there is nothing to call; or a Failure, and no trace of any.

    In one transaction, which also commits the attempts of those that are ready as started.
    """

    events: Sequence[Any]


class Ready(NamedTuple):
    """A call that is ready to be made."""

    event: Any
    call: Any
    attempt: Any


class Send(NamedTuple):
    """→ ``None``: these calls are under way. No transaction is open."""

    calls: Sequence[Ready]


class Gather(NamedTuple):
    """→ ``(Ready, answer or Failure)`` of calls that came back: of one at least, of `wanted` at best."""

    wanted: int


class End(NamedTuple):
    """→ Tried of each ``(Ready, answer)``, effects, attempts and outcomes in one transaction; or a Failure of all."""

    answers: Sequence[tuple[Ready, Any]]


class Fail(NamedTuple):
    """→ Tried: a failed try is written down."""

    event: Any
    failure: "Failure"
    attempt: Any = None


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


class Return(NamedTuple):
    """→ ``None``: a drain of the unit is waiting, not to start before `until`, when its endpoint goes on.

    One is enough for all units of the endpoint: it walks on to the others.
    """

    unit: Any
    until: datetime


class Others(NamedTuple):
    """→ bool: somebody else, or something more urgent, waits for this worker."""

    unit: Any


class Next(NamedTuple):
    """→ another unit of the endpoint with something to do, or ``None``; the drain that waited for it is called off."""

    unit: Any


class HandOn(NamedTuple):
    """→ ``None``: where other units of the endpoint have something to do, a drain of one of them is waiting."""

    unit: Any


class Tried(NamedTuple):
    """The state an event is left in; `stops`: its endpoint was stopped, nothing more of it runs."""

    state: str
    stops: bool = False


class Failure(NamedTuple):
    """A step that raised; `in_doubt`: the other side may have done what it was asked for."""

    error: BaseException
    in_doubt: bool = False


def blocked(tries: Sequence[tuple[Any, Tried]]) -> set[Any]:
    """Return the keys that do not go on now."""
    return {event.partition_key for event, tried in tries if event.partition_key and tried.state not in SETTLED}


def stops(tries: Sequence[tuple[Any, Tried]]) -> bool:
    """Tell whether one of these stopped the endpoint."""
    return any(tried.stops for _event, tried in tries)
