# Part of Integration Hub. License LGPL-3.0 or later.
"""The log: events, what blocks them, and what becomes of them; the rules that everybody's transactions share."""

from .invariants import Violation
from .queue import Queue
from .tables import ACTIVE, DEAD, DONE, HELD, IGNORED, PENDING, RETRY, RUNNABLE, Event

FINAL = (DONE, DEAD, IGNORED, HELD)  # is not in `Unit.open`


class Log(Queue):
    """integration_event and its neighbours."""

    def __init__(self, randomness, clock):
        super().__init__(randomness, clock)
        self.step = 0  # of the schedule: the ledger's time
        self.units, self.keys, self.messages, self.endpoints = [], [], [], []
        self.last_id = 0
        self.flow_on = True

    # --- an event is written: engine/store.py, engine/outbox.py ---

    def take_id(self):
        """nextval: before the commit, and never given back."""
        self.last_id += 1
        return self.last_id

    def store(self, message, id, arrived):
        """The commit that makes an event visible."""
        event = Event(id, message, PENDING if self.flow_on else IGNORED)
        message.event = event
        message.stored += 1
        message.arrived = arrived
        if message.stored > 1:
            raise Violation("accepted", f"{message} is in the log {message.stored} times")
        if event.state == PENDING:
            self.reopen(event)
        return event

    def reopen(self, event):
        """Into the index of what is not settled, by id."""
        waiting = event.unit.open
        at = len(waiting)
        while at and waiting[at - 1].id > event.id:
            at -= 1
        waiting.insert(at, event)

    # --- what may run: engine/claim.py, engine/sweep.py ---

    def running(self, endpoint):
        """engine/sweep.py: running_endpoints."""
        return endpoint.state == ACTIVE and not (
            endpoint.slow_until is not None and endpoint.slow_until > self.clock.now()
        )

    def runnable(self, unit, limit):
        """engine/claim.py: _RUNNABLE."""
        now = self.clock.elapsed + self.clock.offset
        batch = []
        for event in unit.open:
            if event.state == PENDING or event.next_try <= now:
                key = event.partition_key
                if key is not None and key.blocker is not None and not self.may_go(key, event, now):
                    continue
                batch.append(event)
                if len(batch) == limit:
                    break
        return batch

    def may_go(self, key, event, now):
        """Of a blocked key, only its head; from when on says the head itself."""
        return key.blocker is event

    # --- what became of it: engine/outcome.py ---

    def record(self, event, state, until=None):
        """engine/outcome.py: record, _record_block."""
        if state in FINAL and event.state in RUNNABLE:
            event.unit.open.remove(event)
            if state == DEAD:
                event.message.was_dead = True
        event.state, event.next_try = state, until
        event.attempts += 1
        event.started = False
        self.block(event, state, until)

    def block(self, event, state, until):
        key = event.partition_key
        if key is None:
            return
        if state in (RETRY, HELD) or (state == DEAD and not event.unit.endpoint.skips):
            key.blocker, key.until = event, until
        elif key.blocker is event:
            key.blocker = key.until = None

    # --- people's decisions: models/integration_event.py, models/integration_event_in_doubt.py ---

    def requeue(self, event, fresh=True):
        """models/integration_event.py: _requeue. `fresh`: a person says so, and its deaths do not count on."""
        if event.state not in RUNNABLE:
            self.reopen(event)
        event.state, event.next_try = PENDING, None
        if fresh:
            event.death_count, event.message.kills, event.message.was_in_hand = None, 0, False
        key = event.partition_key
        if key is not None and key.blocker is event:
            key.until = self.clock.now()

    def send_it_again(self, event):
        """models/integration_event_in_doubt.py: a person found out that it is not there, or does not mind."""
        event.message.released = True
        event.in_doubt = False
        self.requeue(event)

    def resolve(self, event):
        """models/integration_event_in_doubt.py: a person found it there, if it is."""
        if event.message.effects:
            event.state, event.in_doubt = DONE, False
            self.block(event, DONE, None)

    def give_up(self, event):
        """models/integration_event.py: action_ignore."""
        if event.state in RUNNABLE:
            event.unit.open.remove(event)
        event.state, event.next_try = IGNORED, None
        event.message.given_up = self.step  # and with it those that it stands for
        self.block(event, IGNORED, None)
