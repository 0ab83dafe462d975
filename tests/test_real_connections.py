# Part of Integration Hub. License LGPL-3.0 or later.
"""The protocol between real connections: each observation of the engine's design that has two sides, as a test."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

from psycopg2 import errors

from odoo import SUPERUSER_ID, api
from odoo.tests import tagged

from ..engine import perform as engine
from ..engine.guard import guard
from ..engine.outcome import Outcome
from ..engine.slots import Unit
from ..models import intake
from .common import SHOPIFY_SECRET
from .connections import ConnectionsCase, Recorder


@tagged("post_install", "-at_install")
class TestCachedRoute(ConnectionsCase):
    def scheme(self):
        """Return the scheme by which a delivery would be judged now, by another worker thread."""
        with self.registry.cursor() as cr:
            return intake.find_route(api.Environment(cr, SUPERUSER_ID, {}), self.slug).scheme

    def secrets(self):
        """Return how many secrets a delivery would be tried with now."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            credential = env["integration.endpoint"].browse(self.endpoint_id).credential_id
            return len(credential._stored(credential.id).versions)

    def test_what_is_read_while_a_change_is_on_its_way_is_forgotten_with_it(self):
        def put(name):
            with self.registry.cursor() as cr:
                api.Environment(cr, SUPERUSER_ID, {})["integration.endpoint"].browse(self.endpoint_id).scheme = name
                cr.flush()
                return self.scheme()  # a delivery arrives before the commit, and caches what it finds

        try:
            self.assertEqual(put("github"), "shopify")
            self.assertEqual(self.scheme(), "github")
        finally:
            put("shopify")

    def test_a_secret_that_is_retired_meanwhile_stays_retired(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            credential = env["integration.endpoint"].browse(self.endpoint_id).credential_id
            credential.secret = "another one"
        self.assertEqual(self.secrets(), 2)
        with self.registry.cursor() as cr:
            credential.with_env(api.Environment(cr, SUPERUSER_ID, {})).action_retire_previous()
            cr.flush()
            self.assertEqual(self.secrets(), 2)
        self.assertEqual(self.secrets(), 1)
        with self.registry.cursor() as cr:  # the other tests' deliveries are signed with the first
            credential.with_env(api.Environment(cr, SUPERUSER_ID, {})).secret = SHOPIFY_SECRET


@tagged("post_install", "-at_install")
class TestDoubledDelivery(ConnectionsCase):
    def test_the_second_waits_for_the_first(self):
        with ThreadPoolExecutor(1) as pool:
            with self.db.read_committed() as cr:
                first = self.insert(cr, dedupe_key="twice")
                second = pool.submit(self.deliver, "twice")
                with self.assertRaises(TimeoutError):
                    second.result(timeout=0.5)
            answer = second.result(timeout=20)
        self.assertEqual(answer, {"id": first.event_id, "status": "duplicate"})
        self.assertEqual(list(self.states()), [first.event_id])

    def test_the_first_gives_up_and_the_second_is_taken(self):
        with ThreadPoolExecutor(1) as pool:
            with contextlib.suppress(ZeroDivisionError), self.db.read_committed() as cr:
                self.insert(cr, dedupe_key="thrice")
                second = pool.submit(self.deliver, "thrice")
                with self.assertRaises(TimeoutError):
                    second.result(timeout=0.5)
                raise ZeroDivisionError
            answer = second.result(timeout=20)
        self.assertEqual(answer["status"], "accepted")
        self.assertEqual(list(self.states()), [answer["id"]])

    def test_many_at_once(self):
        barrier = threading.Barrier(6)

        def deliver(_number):
            barrier.wait(20)
            return self.deliver("many")

        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(deliver, range(6)))
        self.assertEqual(sorted(answer["status"] for answer in answers), ["accepted"] + ["duplicate"] * 5)
        self.assertEqual(len({answer["id"] for answer in answers}), 1)
        self.assertEqual(len(self.states()), 1)

    def test_why_it_is_read_committed(self):
        """The same under Odoo's own isolation is an error, which Odoo answers with sleeping and doing all again."""
        with self.registry.cursor() as late:
            late.execute("SELECT 1 FROM integration_dedupe LIMIT 1")
            self.committed(dedupe_key="late")
            with self.assertRaises(errors.SerializationFailure):
                self.insert(late, dedupe_key="late")
            late.rollback()


@tagged("post_install", "-at_install")
class TestDrains(ConnectionsCase):
    def test_one_drain_a_unit(self):
        event = self.committed()
        handler = Recorder()
        with guard(self.db, self.unit) as mine:
            self.assertTrue(mine)
            self.assertEqual(engine.drain(self.db, self.unit, handler), "busy")
            with guard(self.db, Unit(self.endpoint_id, "inbound", 1)) as other:
                self.assertTrue(other, "another unit is free")
        self.assertEqual((handler.applied, self.states()), ([], {event: "pending"}))
        self.assertIsNone(engine.drain(self.db, self.unit, handler))
        self.assertEqual((handler.applied, self.states()), ([event], {event: "done"}))

    def test_two_drains_do_each_event_once(self):
        ids = [self.committed() for _number in range(12)]
        handler, barrier = Recorder(), threading.Barrier(3)

        def work(_number):
            barrier.wait(20)
            return engine.drain(self.db, self.unit, handler)

        with ThreadPoolExecutor(3) as pool:
            left = list(pool.map(work, range(3)))
        self.assertEqual(handler.applied, ids, "each once, in order")
        self.assertIn(None, left)

    def test_lock_first_snapshot_after(self):
        """What was committed after the lock was asked for, and before the claim, is seen as it is."""
        done, fresh = self.committed(), None
        with guard(self.db, self.unit) as mine:
            self.assertTrue(mine)
            with self.registry.cursor() as cr:
                cr.execute("UPDATE integration_event SET state = 'done' WHERE id = %s", [done])
            fresh = self.committed()
            self.assertEqual([event.id for event in self.claim()], [fresh])

    def test_look_again_after_the_release(self):
        """An event arrives when the busy drain has looked for the last time, and its own wake-up found it busy."""
        first = self.committed()
        handler, late, real = Recorder(), [], engine.claim

        def claim_and_then(cr, *claimed):
            batch = real(cr, *claimed)
            if not batch and not late:
                late.append(self.committed())
                late.append(engine.drain(self.db, self.unit, handler))
            return batch

        with patch.object(engine, "claim", claim_and_then):
            left = engine.drain(self.db, self.unit, handler)
        self.assertEqual(late[1], "busy")
        self.assertEqual(left, "more", "somebody has to come for it")
        self.assertIsNone(engine.drain(self.db, self.unit, handler))
        self.assertEqual(handler.applied, [first, late[0]])

    def test_doubled_wake_ups_are_harmless(self):
        event = self.committed()
        handler = Recorder()
        for _time in range(2):
            self.assertIsNone(engine.drain(self.db, self.unit, handler))
        self.assertEqual(handler.applied, [event])

    def test_a_lost_race_is_done_again_in_place(self):
        """40001 is no failure of the message: no attempt is spent on it."""
        event = self.committed()

        def effect(cr, _event):
            cr.execute("SELECT color FROM integration_system WHERE id = %s", [self.system_id])
            if len(handler.applied) == 1:
                with self.registry.cursor() as other:
                    other.execute("UPDATE integration_system SET color = 1 WHERE id = %s", [self.system_id])
            cr.execute("UPDATE integration_system SET color = 2 WHERE id = %s", [self.system_id])

        handler = Recorder(effect)
        self.assertIsNone(engine.drain(self.db, self.unit, handler))
        self.assertEqual(handler.applied, [event, event])
        with self.registry.cursor() as cr:
            cr.execute(
                """SELECT e.state, e.attempt_count, count(a.id) FROM integration_event e
                     JOIN integration_event_attempt a ON a.event_id = e.id WHERE e.id = %s GROUP BY e.id""",
                [event],
            )
            self.assertEqual(cr.fetchone(), ("done", 1, 1))

    def test_effect_and_outcome_are_one_transaction(self):
        event = self.committed()

        def effect(cr, _event):
            cr.execute("UPDATE integration_system SET color = 7 WHERE id = %s", [self.system_id])
            raise ZeroDivisionError

        engine.drain(self.db, self.unit, Recorder(effect))
        with self.registry.cursor() as cr:
            cr.execute("SELECT color FROM integration_system WHERE id = %s", [self.system_id])
            self.assertNotEqual(cr.fetchone(), (7,))
        self.assertEqual(self.states(), {event: "dead"})

    def test_given_up_while_it_is_about_to_be_tried(self):
        """A person's click that is committed while the worker waits for the row wins."""
        event = self.committed()
        handler = Recorder()
        with ThreadPoolExecutor(1) as pool:
            with self.registry.cursor() as person:
                person.execute("UPDATE integration_event SET state = 'ignored' WHERE id = %s", [event])
                worker = pool.submit(engine.drain, self.db, self.unit, handler)
                with self.assertRaises(TimeoutError):
                    worker.result(timeout=0.5)
            worker.result(timeout=20)
        self.assertEqual((handler.applied, self.states()), ([], {event: "ignored"}))

    def test_a_claim_outlives_its_worker(self):
        """The ids in hand are committed before the work, so that whoever comes next knows what was under way."""
        event = self.committed()
        with guard(self.db, self.unit):
            self.claim()
            with self.registry.cursor() as other:
                other.execute(
                    "SELECT event_ids FROM integration_claim WHERE endpoint_id = %s AND slot = 0", [self.endpoint_id]
                )
                self.assertEqual(other.fetchone(), ([event],))
        handler = Recorder()
        engine.drain(self.db, self.unit, handler)
        self.assertEqual(handler.applied, [event])
        with self.registry.cursor() as cr:
            cr.execute("SELECT count(*) FROM integration_claim WHERE endpoint_id = %s", [self.endpoint_id])
            self.assertEqual(cr.fetchone(), (0,))

    def test_a_dead_head_blocks_until_it_is_retried(self):
        head, follower = self.committed(), self.committed()
        engine.drain(self.db, self.unit, Recorder(lambda cr, event: Outcome("dead", "x", "y")))
        self.assertEqual(self.states(), {head: "dead", follower: "pending"})
        with self.environment() as env:
            env["integration.event"].browse(head)._requeue()
        handler = Recorder()
        engine.drain(self.db, self.unit, handler)
        self.assertEqual((handler.applied, set(self.states().values())), ([head, follower], {"done"}))
