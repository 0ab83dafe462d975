# Part of Integration Hub. License LGPL-3.0 or later.
"""Poison: a message that kills whoever tries it is found, set aside and failed, and nobody else for it."""

from collections import Counter

from odoo.tests import tagged

from ..engine.burial import ASIDE, FATAL
from ..engine.claim import claim, take_over
from ..engine.database import Database
from ..engine.perform import drain
from ..engine.steps import Halt
from ..models.handler import Handler
from .common import HubCase
from .deaths import DeathsCase, Exchange, Worker


@tagged("post_install", "-at_install")
class TestPoison(DeathsCase):
    """A message that kills whoever tries it: found, set aside, failed; and nobody else for it."""

    def aside(self, direction="inbound"):
        """Bring a poison to where it is set aside; returns it, its key's follower and the innocents."""
        ids = self.messages(direction=direction)
        poison = ids[0]
        for _death in range(3 if direction == "inbound" else 2):  # in a batch nobody is blamed; a call says who it was
            self.die_of(poison)
        left = self.heir(Exchange(deadly=[poison])).left
        self.assertEqual((self.states()[poison], self.deaths()[poison]), ("retry", 2))
        self.assertEqual(left, self.until(poison))
        return poison, ids[2], [ids[1], *ids[3:]]

    def until(self, event_id):
        return self.rows(
            "SELECT next_try_at FROM integration_event WHERE endpoint_id = %s AND id = %s", event_id
        )[0][0]  # fmt: skip

    def test_set_aside_so_that_all_others_pass(self):
        for direction in ("inbound", "outbound"):
            with self.subTest(direction):
                self._forget_all()
                poison, follower, innocents = self.aside(direction)
                rest = (self.until(poison) - self.db.now()).total_seconds()
                self.assertAlmostEqual(rest, ASIDE[2], delta=1)
                expected = {poison: "retry", follower: "pending"} | dict.fromkeys(innocents, "done")
                self.assertEqual(self.states(), expected)
                self.assertEqual(self.effects(), {poison: 0, follower: 0} | dict.fromkeys(innocents, 1))
                self.assertEqual(
                    self.rows("SELECT event_id FROM integration_blocked_key WHERE endpoint_id = %s"), [(poison,)]
                )

    def test_failed_when_it_goes_on_to_kill(self):
        for direction in ("inbound", "outbound"):
            with self.subTest(direction):
                self._forget_all()
                poison, follower, innocents = self.aside(direction)
                new = []
                for deaths, rest in ASIDE.items():
                    self.assertEqual((self.states()[poison], self.deaths()[poison]), ("retry", deaths))
                    self.clock.advance(rest + 1)
                    new += self.messages((None, None), direction)
                    dying = Worker(self.db, Exchange(deadly=[poison]), "dead:7")
                    self.assertEqual(dying.drain(self.unit), "died")
                    self.assertEqual(dying.claims, [[poison]], "tried alone, whoever waits besides")
                    self.heir()
                self.assertEqual(
                    self.states(), {poison: "dead", follower: "pending"} | dict.fromkeys(innocents + new, "done")
                )
                self.assertEqual(
                    self.attempts(poison), [(poison, number, "lost", "dead:7") for number in range(1, FATAL + 1)]
                )
                self.assertEqual({event for event, deaths in self.deaths().items() if deaths > 1}, {poison})
                ((code, message, hint, doubt),) = self.rows(
                    """SELECT error_code, error_message, error_hint, in_doubt FROM integration_event
                        WHERE endpoint_id = %s AND id = %s""",
                    poison,
                )
                self.assertEqual((code, doubt), ("worker-died", True if direction == "outbound" else None))
                self.assertIn(f"killed its worker {FATAL} times", message)
                self.assertIn("log", hint)

    def test_not_deadly_any_more(self):
        """It was not the message after all: it is done, and whoever waited for it follows."""
        poison, follower, _innocents = self.aside()
        self.clock.advance(ASIDE[2] + 1)
        self.heir()
        self.assertEqual(set(self.states().values()), {"done"})
        self.assertEqual(set(self.effects().values()), {1})
        done = [event for event, _number, outcome, _worker in self.attempts() if outcome == "done"]
        self.assertLess(done.index(poison), done.index(follower))
        self.assertEqual(self.rows("SELECT 1 FROM integration_blocked_key WHERE endpoint_id = %s"), [])

    def test_several_among_many(self):
        """Three of twenty kill: each fails for itself, and no innocent is blamed or tried twice."""
        keys = [f"k{number % 7}" for number in range(20)]
        ids = self.messages(keys)
        poisons = {ids[2], ids[3], ids[19]}
        handler = Exchange(deadly=poisons)
        drains = 0
        while {"pending", "retry"} & {self.states()[poison] for poison in poisons}:
            Worker(self.db, handler, "dead:7").drain(self.unit)
            self.clock.advance(max(ASIDE.values()) / 2)
            drains += 1
            self.assertLess(drains, 50)
        behind = {event for event, key in zip(ids, keys, strict=True) if key in (keys[2], keys[3]) and event > ids[3]}
        waiting = dict.fromkeys(behind | {ids[16] if keys[16] in (keys[2], keys[3]) else ids[2]}, "pending")
        expected = dict.fromkeys(ids, "done") | waiting | dict.fromkeys(poisons, "dead")
        self.assertEqual(self.states(), expected)
        self.assertEqual(self.deaths(), dict.fromkeys(poisons, FATAL))
        lost = Counter(event for event, _number, outcome, _worker in self.attempts() if outcome == "lost")
        self.assertEqual(lost, dict.fromkeys(poisons, FATAL))
        self.assertEqual(set(self.effects().values()), {0, 1})


@tagged("post_install", "-at_install")
class TestPerson(HubCase):
    """What a person and a sender can do about a message that killed."""

    @classmethod
    def set_up_hub(cls):
        cls.operator = cls.user("operator")
        cls.shop = cls.connect_shopify(wanted=("customers_in",))

    def setUp(self):
        super().setUp()
        document = {"id": 1, "email": "p@example.com", "updated_at": "2026-01-01T00:00:00Z"}
        self.arrive = lambda: self.receive(self.shop, document, topic="customers/update", webhook_id="one")
        self.event = self.arrive()
        self.event.flush_recordset()
        self.env.cr.execute(
            "UPDATE integration_event SET state = 'dead', death_count = %s WHERE id = %s", [FATAL, self.event.id]
        )
        self.event.invalidate_recordset()

    def die(self):
        """Leave what a worker leaves that dies with the message in hand; the next drain buries, and does no more."""
        (unit,) = self.event._units()
        with self.engine_mode():
            db = Database(self.env.cr.dbname, randomness=lambda: 0.5)
            with db.read_committed() as cr:
                take_over(cr, unit, "dead:7:0", db.now())
                claim(cr, unit, 1, "dead:7:0", db.now())
            handler = Handler(db)
            handler.halted = lambda endpoint_id: Halt("The test says so")
            drain(db, unit, handler)

    def test_retry_is_a_fresh_start(self):
        self.event.with_user(self.operator).action_retry()
        self.assertEqual((self.event.state, self.event.death_count), ("pending", 0))
        self.die()
        self.assertEqual((self.event.state, self.event.death_count), ("pending", 1))
        self.drain()
        self.assertEqual(self.event.state, "done")

    def test_a_sender_that_delivers_it_again_gets_it_one_more_try(self):
        """Nobody has mended anything: should it kill once more, it fails at once."""
        self.assertEqual(self.arrive(), self.event)
        self.assertEqual((self.event.state, self.event.death_count), ("pending", FATAL))
        self.die()
        self.assertEqual((self.event.state, self.event.death_count), ("dead", FATAL + 1))
        self.assertIn(f"{FATAL + 1} times", self.event.error_message)
