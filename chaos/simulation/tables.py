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
VERSIONS = [f"2026-01-01T00:00:{second:02}Z" for second in range(60)]


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
    """integration_endpoint, its row of integration_slowdown, and its limits: `limit` calls a period."""

    __slots__ = ("connector", "full_until", "left", "limit", "name", "skips", "slow_until", "state")

    def __init__(self, name, skips, connector, limit):
        self.name, self.skips, self.connector, self.limit = name, skips, connector, limit
        self.state = ACTIVE
        self.slow_until = None
        self.left, self.full_until = limit, 0  # of the period's calls, and when the next period begins

    def is_full(self, now):
        """Whether no call may begin now."""
        return bool(self.limit) and not self.left and self.full_until > now

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

    __slots__ = ("blocker", "has_loose", "locker", "messages", "name", "unit", "until", "vendor_version", "version")

    def __init__(self, name, unit):
        self.name, self.unit = name, unit
        self.blocker = None  # the event that alone may run
        self.until = None  # and from when on; None: when a person says so
        self.version = 0  # of the record, as committed
        self.locker = None  # who has written it and not committed yet
        self.vendor_version = 0  # what the other side was told last
        self.messages = []
        self.has_loose = False  # messages about the record that name no key, and so have no order

    def __repr__(self):
        return self.name


class Event:
    """integration_event, with its attempt that is `started`, if any. The protocol reads what the engine's has, too."""

    __slots__ = (
        "attempts",
        "cause",
        "death_count",
        "direction",
        "external_id",
        "external_version",
        "id",
        "in_doubt",
        "is_below",
        "kind",
        "locker",
        "message",
        "newer",
        "next_try",
        "operation",
        "partition_key",
        "started",
        "state",
        "together",
        "unit",
    )
    flow_id = object_type = res_model = res_id = topic = None

    def __init__(self, id, message, state):
        self.id, self.message, self.state = id, message, state
        self.unit = message.unit
        self.direction = message.unit.direction
        self.partition_key = message.key
        self.together = message.together
        self.kind, self.operation, self.external_id = message.kind, message.operation, message.about
        self.external_version = VERSIONS[message.version] if message.version else None
        self.newer = None  # the event that made it needless
        self.next_try = None
        self.attempts = 0
        self.death_count = None  # 0: in hand at a death, among others
        self.in_doubt = False
        self.started = False  # an attempt of it says so
        self.cause = ""
        self.locker = None  # whose transaction has taken it

    def fails(self, stage=""):
        """Whether the script lets this try fail, there."""
        message = self.message
        return message.failure and self.attempts < message.fails and message.stage == stage

    def newest(self):
        """The event that stands for this one."""
        event = self
        while event.newer:
            event = event.newer
        return event

    def __repr__(self):
        return f"{self.message.name}#{self.id}"


class Flight:
    """A call that is under way, until its answer is gathered; an orphan's nobody waits for."""

    __slots__ = ("answer", "event", "in_doubt", "orphaned", "process", "ready", "version")

    def __init__(self, ready, process):
        self.ready, self.process = ready, process
        self.event, self.version, self.in_doubt = ready.call
        self.answer = None  # while it has not arrived there
        self.orphaned = None  # when the claim that it was begun under was somebody else's

    def __repr__(self):
        return f"the call of {self.event}"


class Job:
    """queue_job: a drain of a unit, not to start before `eta`. Kind, place and `eta` are its identity key."""

    __slots__ = ("eta", "kind", "number", "place", "state", "unit", "worker")

    def __init__(self, number, kind, place, eta, unit):
        self.number, self.kind, self.place, self.eta, self.unit = number, kind, place, eta, unit
        self.state = WAITING
        self.worker = None

    def __repr__(self):
        return f"{self.kind}:{self.unit}" + (f":{self.eta}" if self.eta is not None else "")


class Message:
    """What somebody wants to come true, how it will go (the script), and what is seen of it (the ledger)."""

    __slots__ = (
        "about",
        "acknowledged",
        "arrived",
        "calls",
        "dedupe",
        "effects",
        "event",
        "fails",
        "failure",
        "given_up",
        "in_air",
        "key",
        "kills",
        "kind",
        "locker",
        "name",
        "operation",
        "poison",
        "record",
        "released",
        "side_effects",
        "stage",
        "stored",
        "together",
        "unit",
        "version",
        "was_dead",
        "was_in_hand",
    )

    def __init__(self, name, unit, record, plan):
        self.name, self.unit, self.record = name, unit, record
        self.key = None if plan.loose else record
        self.failure, self.fails, self.stage, self.poison = plan.failure, plan.fails, plan.stage, plan.poison
        self.kind, self.operation, self.about, self.version = plan.kind, plan.operation, plan.about, plan.version
        self.together = ("alike", plan.operation == "read") if plan.together else None
        self.calls = list(plan.calls)  # what becomes of its calls, one after the other; then they work
        self.event = None
        self.dedupe = None  # integration_dedupe: the event it became
        self.locker = None  # the transaction that has written that row and is not committed
        # the ledger
        self.arrived = self.acknowledged = self.given_up = None  # steps
        self.stored = self.effects = self.side_effects = self.kills = self.in_air = 0
        self.was_dead = self.released = self.was_in_hand = False

    def __repr__(self):
        return self.name
