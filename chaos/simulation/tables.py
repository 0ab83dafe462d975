# Part of Integration Hub. License LGPL-3.0 or later.
"""Tables: what is committed in the model's database, as objects.

A step of the simulation is one transaction, so nothing here needs versions: whoever reads sees what is committed at
that moment, which is READ COMMITTED. What a transaction holds open across steps (a row's lock, an id that it took, the
versions its snapshot saw) stands in the generator that is the process, and goes with it when it dies.
"""

PENDING, RETRY, HELD, DONE, DEAD, IGNORED = "pending", "retry", "held", "done", "dead", "ignored"
RUNNABLE = (PENDING, RETRY)
WAITING, ENQUEUED, STARTED = "pending", "enqueued", "started"  # of a job
ACTIVE, PAUSED, SUSPENDED = "active", "paused", "suspended"  # of an endpoint


class Clock:
    """Time in whole seconds; the wall clock is set back and forth, the monotonic one never."""

    __slots__ = ("elapsed", "offset")

    def __init__(self):
        self.elapsed = 1000  # no time is 0, which is false
        self.offset = 0

    def monotonic(self):
        return self.elapsed

    def now(self):
        return self.elapsed + self.offset


class Endpoint:
    """integration_endpoint, and its row of integration_slowdown."""

    __slots__ = ("connector", "name", "skips", "slow_until", "state")

    def __init__(self, name, skips, connector):
        self.name, self.skips, self.connector = name, skips, connector
        self.state = ACTIVE
        self.slow_until = None

    def __repr__(self):
        return self.name


class Unit:
    """integration_slot and what hangs on it: who locks the row, the claim, the events that are not settled, by id."""

    __slots__ = ("claim", "claimed_by", "direction", "endpoint", "holder", "inside", "mark", "name", "open")

    def __init__(self, name, endpoint, direction):
        self.name, self.endpoint, self.direction = name, endpoint, direction
        self.holder = None  # the process that has the row's lock
        self.inside = None  # the drain that believes so
        self.claim = []  # events in hand
        self.claimed_by = None
        self.open = []
        self.mark = 0  # of the mutation "id order", as is `Event.is_below`

    def __repr__(self):
        return self.name


class Key:
    """A partition key: its row of integration_blocked_key, and the business record that its messages are about."""

    __slots__ = ("blocker", "locker", "messages", "name", "unit", "until", "vendor_version", "version")

    def __init__(self, name, unit):
        self.name, self.unit = name, unit
        self.blocker = None  # the event that alone may run
        self.until = None  # and from when on; None: when a person says so
        self.version = 0  # of the record, as committed
        self.locker = None  # who has written it and not committed yet
        self.vendor_version = 0  # what the other side was told last
        self.messages = []

    def __repr__(self):
        return self.name


class Event:
    """integration_event, with its attempt that is `started`, if any. The protocol reads direction and partition_key."""

    __slots__ = (
        "attempts",
        "cause",
        "deaths",
        "direction",
        "id",
        "in_doubt",
        "is_below",
        "locker",
        "message",
        "next_try",
        "partition_key",
        "started",
        "state",
        "together",
        "unit",
    )

    def __init__(self, id, message, state):
        self.id, self.message, self.state = id, message, state
        self.unit = message.unit
        self.direction = message.unit.direction
        self.partition_key = message.key
        self.together = message.together
        self.next_try = None
        self.attempts = 0
        self.deaths = 0
        self.in_doubt = False
        self.started = False  # an attempt of it says so
        self.cause = ""
        self.locker = None  # whose transaction has taken it

    @property
    def fails(self):
        """Whether the script lets this try fail."""
        return self.message.failure and self.attempts < self.message.fails

    def __repr__(self):
        return f"{self.message.name}#{self.id}"


class Job:
    """queue_job: a drain of a unit, not to start before `eta`."""

    __slots__ = ("eta", "kind", "number", "state", "unit", "worker")

    def __init__(self, number, kind, unit, eta):
        self.number, self.kind, self.unit, self.eta = number, kind, unit, eta
        self.state = WAITING
        self.worker = None

    def __repr__(self):
        return f"{self.kind}:{self.unit}" + (f":{self.eta}" if self.eta is not None else "")


class Message:
    """What somebody wants to come true, how it will go (the script), and what is seen of it (the ledger)."""

    __slots__ = (
        "acknowledged",
        "arrived",
        "calls",
        "dedupe",
        "effects",
        "event",
        "fails",
        "failure",
        "given_up",
        "key",
        "kills",
        "locker",
        "name",
        "poison",
        "released",
        "side_effects",
        "stored",
        "together",
        "unit",
        "was_dead",
    )

    def __init__(self, name, unit, key, failure="", fails=0, poison=False, calls=(), together=None):
        self.name, self.unit, self.key = name, unit, key
        self.failure, self.fails, self.poison, self.together = failure, fails, poison, together
        self.calls = list(calls)  # what becomes of its calls, one after the other; then they work
        self.event = None
        self.dedupe = None  # integration_dedupe: the event it became
        self.locker = None  # the transaction that has written that row and is not committed
        # the ledger
        self.arrived = self.acknowledged = self.given_up = None  # steps
        self.stored = self.effects = self.side_effects = self.kills = 0
        self.was_dead = self.released = False

    def __repr__(self):
        return self.name
