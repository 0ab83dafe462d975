# Part of Integration Hub. License LGPL-3.0 or later.
"""Invariants: what must hold after each step, and when all has come to rest. Each has a name and a sentence.

They are checked on a ledger that the messages carry (:class:`~simulation.tables.Message`) and that no rule of the model
reads: what was acknowledged, what took effect, who was killed.
"""

from .policy import MAX_ATTEMPTS
from .tables import ACTIVE, DEAD, DONE, HELD, IGNORED, PENDING, RETRY, RUNNABLE

INVARIANTS = {
    "one-drain": "At most one drain that holds its lock is inside a unit.",
    "claim": "What a drain claims may run: it is not settled, and no other event of its key is in its way.",
    "accepted": "What is acknowledged is in the log, exactly once.",
    "once": "A message takes effect at most once, and when its event says so.",
    "order": "What was acknowledged before another of its key arrived takes effect first, or is settled without.",
    "superseded": "Only what a later, not older message of its key says as well is closed: see `check_superseded`.",
    "one-call": "A drain has one call of a key under way at a time.",
    "given-up": "What a person gave up is not begun afterwards.",
    "vendor-once": "The other side makes each effect once; where it cannot know, nothing is repeated unasked.",
    "side-effects": "What happens after a commit happens for what was committed, and once.",
    "pause": "After a pause a drain claims once more at most; where it stopped the endpoint itself, it begins nothing.",
    "turn": "When its turn is over, a drain begins no more calls.",
    "ends": "A job ends.",
    "awake": "While nobody has died, nothing that may run waits for the sweeper.",
    "stuck": "In the end every event is settled, waits for a person, or belongs to an endpoint that does not run.",
    "alone": "What was in hand when a worker died is taken in hand alone, until a person retries it.",
    "poison": "A message that kills its worker ends dead with that cause, unless a person gave it up.",
    "innocent": "No other message ends so, unless three workers died with it in hand, the last two with it alone.",
    "outcome": "A message that works is done, one that never can is dead, one that is ignored has a reason.",
    "told": "When a record's changes are all sent or superseded, the other side has its last version.",
    "clean": "At rest no lock is held, nothing is in hand, no try is open, and no job is left.",
}


class Violation(Exception):
    """An invariant does not hold."""

    def __init__(self, invariant, detail):
        super().__init__(f"{invariant}: {detail}")
        self.invariant, self.detail = invariant, detail


# --- after each step ---


def check_order(message, step):
    """What was acknowledged before `message` arrived has taken effect, or never will before it."""
    arrived = message.arrived
    for earlier in message.key.messages:
        acknowledged = earlier.acknowledged
        if acknowledged is None or acknowledged >= arrived or earlier is message:
            continue
        event = earlier.event.newest()  # what is superseded takes effect with its successor
        state = event.state
        if state in (DONE, IGNORED) or event.message is message:
            continue
        if event.message.was_dead and message.unit.endpoint.skips:
            continue
        raise Violation("order", f"{message} takes effect while {earlier}, acknowledged before, is {state}")


def check_effect(message):
    """One inbound effect."""
    if message.effects > 1:
        raise Violation("once", f"{message} took effect {message.effects} times")
    if message.given_up is not None:
        raise Violation("given-up", f"{message} was given up, and took effect later")


def check_claim(batch, now):
    """What is claimed may run."""
    for event in batch:
        key = event.partition_key
        if event.state not in RUNNABLE:
            raise Violation("claim", f"{event} is claimed and is {event.state}")
        if event.state == RETRY and event.next_try > now:
            raise Violation("claim", f"{event} is claimed at {now}, and is to be tried at {event.next_try}")
        if key and key.blocker is not None and key.blocker is not event:
            raise Violation("claim", f"{event} is claimed while {key.blocker} is in its way")


def check_superseded(batch, needless):
    """Nothing is closed but for a reason; `needless` is ``{event id: newer event}``."""
    for place, event in enumerate(batch):
        newer = needless.get(event.id)
        if newer is None:
            continue
        message, later = event.message, newer.message
        following = next((one for one in batch[place + 1 :] if one.partition_key is event.partition_key), None)
        if event.partition_key is None or following is None or newer.id in needless:
            wrong = "nothing newer is tried"
        elif following is not newer and needless.get(following.id) is not newer:
            wrong = f"{following} stands between"
        elif message.kind == "command" or later.kind == "command":
            wrong = "a command is to be carried out"
        elif event.in_doubt or message.effects or message.in_air:
            wrong = "it may have taken effect"
        elif message.about != later.about or message.operation == "delete" or later.operation == "delete":
            wrong = "it says something else"
        elif later.operation != "read" and (message.operation == "read" or _is_older(later, message)):
            wrong = "that may be older"
        else:
            continue
        raise Violation("superseded", f"{event} is closed for {newer}: {wrong}")


def _is_older(later, message):
    return bool(later.version) != bool(message.version) or later.version < message.version


# --- at rest ---


def check_awake(units, world):
    """Nothing that may run waits with no job to come for it."""
    now = world.clock.now()
    for unit in units:
        endpoint = unit.endpoint
        if endpoint.is_full(now) and any(job.unit.endpoint is endpoint for job in world.jobs):
            continue  # one for all its units
        if world.running(endpoint) and world.runnable(unit, 1):
            raise Violation("awake", f"{world.runnable(unit, 9)} may run, and nobody comes")


def check_rest(world):
    """Everything has come to its end."""
    for unit in world.units:
        if unit.holder or (unit.claim and world.running(unit.endpoint)):
            raise Violation("clean", f"{unit} is held by {unit.holder}, in hand: {unit.claim}")
    if world.jobs:
        raise Violation("clean", f"jobs are left: {world.jobs}")
    for message in world.messages:
        if message.acknowledged is not None and message.stored != 1:
            raise Violation("accepted", f"{message} is in the log {message.stored} times")
        if message.event is not None:
            _check_end(message, message.event, world)
    for key in world.keys:
        _check_told(key)


def _check_end(message, event, world):
    state = event.state
    key = message.key
    if event.started and event not in event.unit.claim:
        raise Violation("clean", f"a try of {event} is open")
    if state == IGNORED and message.given_up is None and event.newer is None and world.flow_on:
        raise Violation("outcome", f"{event} is ignored for no reason")
    if state in (PENDING, RETRY):
        behind = key is not None and key.blocker is not None and key.blocker.state in (DEAD, HELD)
        if not behind and message.unit.endpoint.state == ACTIVE:
            raise Violation("stuck", f"{event} is {state}, and nothing will come for it")
        return
    if event.cause == "worker-died" and state == DEAD and not message.poison and message.kills < 3:
        raise Violation("innocent", f"{event} is dead of {event.cause}, after {message.kills} deaths alone in hand")
    if message.poison:
        if state == DONE or (state == DEAD and event.cause != "worker-died"):
            raise Violation("poison", f"{event} is {state} ({event.cause})")
    elif state == DEAD and event.cause != "worker-died" and not _is_spent(message, event):
        raise Violation("outcome", f"{event} is dead of {event.cause}")
    if state == DONE and message.effects != 1 and not message.released:
        raise Violation("once", f"{event} is done, with {message.effects} effects")
    if state in (DEAD, IGNORED, HELD) and message.effects and message.unit.direction == "inbound":
        raise Violation("once", f"{event} is {state} and took effect")


def _is_spent(message, event):
    """Tell whether an event has reason to be dead of its failures."""
    return event.cause == "business" == message.failure or event.attempts >= MAX_ATTEMPTS


def _check_told(key):
    events = [message.event for message in key.messages if message.event is not None]
    if key.unit.direction == "inbound" or not events or key.has_loose:
        return
    if any(event.newest().state != DONE for event in events):
        return
    if key.vendor_version != key.version:
        raise Violation("told", f"{key} is at {key.version}, the other side at {key.vendor_version}")
