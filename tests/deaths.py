# Part of Integration Hub. License LGPL-3.0 or later.
"""What tests of deaths share: workers that die at a point, messages that kill, and what is left of it.

A death is an exception that nothing catches: what was open is rolled back and closed, as PostgreSQL does for a process
that is gone, and no further step is taken.
"""

import time
from datetime import timedelta
from operator import attrgetter

from odoo.tests.common import get_db_name

from ..connectors.clock import ManualClock
from ..engine.burial import UNDER_WAY
from ..engine.database import Database
from ..engine.outcome import Outcome
from ..engine.perform import Performer
from ..engine.protocol import Drain, Turn
from ..engine.slots import Unit
from .connections import ConnectionsCase, Recorder

KEYS = ("a", "b", "a", None, "b")  # of the five messages of most tests


class Died(BaseException):
    """The worker is gone."""


class Worker(Performer):
    """Takes the steps of one drain, and dies *when* (``before`` or ``after``) it takes a step for the *nth* time."""

    def __init__(self, db, handler, name="heir:1", when=None, step=None, nth=1):
        super().__init__(db, handler)
        self.worker, self.claimed_by = name, f"{name}:{id(self):x}"
        self.fate, self.nth = (when, step), nth
        self.claims = []  # the ids of each
        self.between = {}  # step name → what happens once before it

    def perform(self, step):
        name = type(step).__name__
        self.between.pop(name, lambda: None)()
        self._meet("before", name)
        answer = super().perform(step)
        self._meet("after", name)
        if name == "Claim":
            self.claims.append([event.id for event in answer])
        return answer

    def _meet(self, *point):
        if point == self.fate:
            self.nth -= 1
            if not self.nth:
                raise Died

    def drain(self, unit):
        """Drain; tells what came of it: what the drain returns, or ``died``."""
        try:
            return self.run(Drain(unit, Turn(self.db.clock), attrgetter("together")).steps())
        except Died:
            return "died"

    def backend(self):
        """Return the process id of the connection that holds the unit."""
        return self._guard.connection.info.backend_pid


class Exchange(Recorder):
    """A handler for both directions. Its effect in Odoo counts itself on the event, and `sent` is the other side.

    :param deadly: ids of messages that kill whoever applies or sends them
    """

    def __init__(self, effect=None, deadly=()):
        super().__init__(effect)
        self.deadly = set(deadly)
        self.sent = []

    def apply_one(self, cr, event):
        count(cr, event)
        outcome = super().apply_one(cr, event)
        if event.id in self.deadly:
            raise Died
        return outcome

    def prepare(self, cr, events):
        return [event.id for event in events]

    def send(self, call):
        self.sent.append(call)
        if call in self.deadly:
            raise Died
        return "taken"

    def finish(self, cr, answers):
        for event, _call, _result in answers:
            count(cr, event)
        return [Outcome("done") for _answer in answers]


def count(cr, event):
    """Take effect, once more."""
    cr.execute("UPDATE integration_event SET res_id = coalesce(res_id, 0) + 1 WHERE id = %s", [event.id])


class DeathsCase(ConnectionsCase):
    def setUp(self):
        super().setUp()
        self.clock = ManualClock(time.time())
        self.db = Database(get_db_name(), self.clock, randomness=lambda: 0.5)

    def messages(self, keys=KEYS, direction="inbound"):
        """Commit runnable messages with these keys, all of one unit; returns their ids."""
        self.unit = Unit(self.endpoint_id, direction, 0)
        ids = [self.committed() for _key in keys]
        with self.db.read_committed() as cr:
            for event_id, key in zip(ids, keys, strict=True):
                cr.execute(
                    "UPDATE integration_event SET partition_key = %s, direction = %s WHERE id = %s",
                    [key, direction, event_id],
                )
        return ids

    def die(self, when, step, nth=1, handler=None):
        """Let a worker die at this point, and be sure that it does."""
        worker = Worker(self.db, handler or Exchange(), "dead:7", when, step, nth)
        self.assertEqual(worker.drain(self.unit), "died", f"{when} {step} {nth}")
        return worker

    def die_of(self, event_id):
        """Let a worker die of a message, if need be when the call that another died of is over."""
        for _time in range(2):
            if Worker(self.db, Exchange(deadly=[event_id]), "dead:7").drain(self.unit) == "died":
                return
            self.clock.advance(UNDER_WAY)
        self.fail(f"nobody died of {event_id}")

    def heir(self, handler=None):
        """Let the next worker drain the unit, and once more when a call that was under way is over; returns it."""
        worker = Worker(self.db, handler or Exchange())
        worker.left = worker.drain(self.unit)
        under_way = self.rows(
            """SELECT 1 FROM integration_event WHERE endpoint_id = %s AND error_code = 'worker-died' AND in_doubt
                  AND next_try_at <= %s""",
            self.db.now() + timedelta(seconds=UNDER_WAY),
        )
        if under_way:
            self.clock.advance(UNDER_WAY)
            worker.left = worker.drain(self.unit)
        return worker

    def rows(self, query, *given):
        with self.registry.cursor() as cr:
            cr.execute(query, [self.endpoint_id, *given])
            return cr.fetchall()

    def effects(self):
        """Return how often each message took effect in Odoo."""
        return dict(self.rows("SELECT id, coalesce(res_id, 0) FROM integration_event WHERE endpoint_id = %s"))

    def deaths(self):
        """Return ``{id: death_count}`` where one was counted."""
        return dict(
            self.rows("SELECT id, death_count FROM integration_event WHERE endpoint_id = %s AND death_count > 0")
        )

    def in_doubt(self):
        return [row[0] for row in self.rows("SELECT id FROM integration_event WHERE endpoint_id = %s AND in_doubt")]

    def attempts(self, event_id=None):
        """Return ``(event id, number, outcome, worker)`` of the tries, in order."""
        return self.rows(
            """SELECT a.event_id, a.number, a.outcome, a.worker FROM integration_event_attempt a
                 JOIN integration_event e ON e.id = a.event_id
                WHERE e.endpoint_id = %s AND (%s IS NULL OR e.id = %s) ORDER BY a.id""",
            event_id,
            event_id,
        )

    def claimed(self):
        """Return the ids that somebody has in hand."""
        found = self.rows("SELECT event_ids FROM integration_claim WHERE endpoint_id = %s")
        return found[0][0] if found else None

    def assert_once_and_in_order(self, ids, keys=KEYS):
        self.assertEqual(self.states(), dict.fromkeys(ids, "done"))
        self.assertEqual(self.effects(), dict.fromkeys(ids, 1))
        done = [event for event, _number, outcome, _worker in self.attempts() if outcome == "done"]
        for key in filter(None, set(keys)):
            of_key = {event for event, its in zip(ids, keys, strict=True) if its == key}
            self.assertEqual([event for event in done if event in of_key], sorted(of_key), key)
