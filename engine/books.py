# Part of Integration Hub. License LGPL-3.0 or later.
"""Books: a drain's transactions, and what is written in them of its tries."""

from . import contention
from .claim import UnitLost, put_down
from .outcome import record
from .races import lost_race, unlogged_statements
from .settle import settle
from .slots import Unit
from .steps import SETTLED, Failure, Tried

RACES = 5


class Books:
    """The part of a performer that opens transactions and records outcomes.

    Expects ``db``, ``handler``, ``worker``, ``claimed_by`` and ``_since``, when the tries under way began.
    """

    def _transaction(self, work, event=None):
        """Run ``work(cr)`` in a transaction; one that lost a race is done again here, it is no failure of the message.

        Returns its result, or the Failure that is left of it.

        :param event: whose business methods are called in it; such transactions take turns when they lose races
        """
        race = 0
        while True:
            try:
                with unlogged_statements(), contention.turn(self.db, event), self.db.transaction() as cr:
                    result = work(cr)
                    cr.flush()
                    return result
            except UnitLost:
                raise
            except Exception as error:  # noqa: BLE001 - as above
                race += 1
                if not lost_race(error):
                    return Failure(error)
                contention.lost(self.db, event)
                if race == RACES:
                    return Failure(error)
                self.db.clock.sleep(0.01 * 2**race * (0.5 + self.db.random()))

    def _record(self, cr, event, outcome, begun=None):
        policy, on_dead = self.handler.settings(cr, event)
        return record(
            cr,
            self.db,
            event,
            outcome,
            started_at=self._since,
            worker=self.worker,
            begun=begun,
            policy=policy,
            on_dead=on_dead,
        )

    def _record_all(self, cr, tries, attempts=None):
        """Record the outcomes of a transaction; returns ``{event id: (outcome, state)}``."""
        tries, attempts = list(tries), attempts or {}
        settled = [(event, outcome) for event, outcome in tries if outcome.state in SETTLED]
        told = {event.id: (outcome, outcome.state) for event, outcome in settled}
        if settled:
            rows = [(event, outcome, attempts.get(event.id)) for event, outcome in settled]
            settle(cr, rows, started_at=self._since, now=self.db.now(), worker=self.worker)
        for event, outcome in tries:
            if event.id not in told:
                told[event.id] = outcome, self._record(cr, event, outcome, attempts.get(event.id))
        return told

    def _put_down(self, cr, events):
        """Comes first in a transaction, as whoever takes the unit over takes the claim first: no deadlock."""
        if events:
            put_down(cr, unit_of(events[0]), [event.id for event in events], self.claimed_by)

    def _told_all(self, events, told):
        """Return Tried of each event, once the transaction is committed; or the Failure that is left of it."""
        if isinstance(told, Failure):
            return told
        return [self._told(event, *told.get(event.id, (None, given_up(event)))) for event in events]

    def _told(self, event, outcome, state):
        """Do what an outcome asks for besides, once it is committed."""
        if outcome is None:
            return Tried(state)
        if outcome.slows and outcome.retry_after:
            self.handler.slow_down(event.endpoint_id, outcome.retry_after, outcome.message)
        if outcome.stop:
            self.handler.stop(event.endpoint_id, outcome.stop, outcome.message)
        return Tried(state, bool(outcome.stop))


def unit_of(event):
    """Return the unit that an event belongs to."""
    return Unit(event.endpoint_id, event.direction, event.slot)


def given_up(event):
    """Return how the batch goes on after an event that was given up since it was claimed.

    As after one that waits, where it stood for older ones: they are next of their key.
    """
    return "pending" if event.covers else "ignored"
