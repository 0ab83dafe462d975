# Part of Integration Hub. License LGPL-3.0 or later.
"""No message is ever below its unit's mark, whatever commits late or waits again; on real connections."""

import threading

from odoo.tests import tagged
from odoo.tools import SQL

from ..engine.claim import claim, has_work, take_over
from ..engine.mark import mark_of, raise_marks
from ..engine.sweep import waiting
from ..engine.turns import next_unit
from .connections import ConnectionsCase

ME = "me"


@tagged("post_install", "-at_install")
class TestMark(ConnectionsCase):
    def setUp(self):
        super().setUp()
        self.arrive()
        self.finish()
        with self.db.read_committed() as cr:
            cr.execute("INSERT INTO integration_slot VALUES (%s, %s, %s)", self.unit)
            cr.execute("UPDATE integration_horizon SET last_id = 0, writers = '{}'")
            take_over(cr, self.unit, ME, self.db.now())

    def arrive(self, **options):
        """A message of the unit that is there for all to see."""
        with self.db.read_committed() as cr:
            return self.insert(cr, **options)

    def finish(self, state="done"):
        """All that wait have ended."""
        with self.db.read_committed() as cr:
            cr.execute(
                "UPDATE integration_event SET state = %s WHERE endpoint_id = %s AND state = 'pending'",
                [state, self.endpoint_id],
            )

    def raised(self):
        """Somebody comes by; returns the unit's mark."""
        raise_marks(self.db, gain=1)
        return self.mark()

    def mark(self):
        with self.db.read_committed() as cr:
            cr.execute(SQL("SELECT %s", mark_of(*self.unit)))
            return cr.fetchone()[0]

    def found(self):
        """The messages that a drain finds."""
        with self.db.read_committed() as cr:
            events = claim(cr, self.unit, 100, ME, self.db.now())
            self.assertEqual(has_work(cr, self.unit, self.db.now()), bool(events))
        return [event.id for event in events]

    def test_it_rises_over_what_has_ended_and_stops_below_what_waits(self):
        done = self.arrive().event_id
        self.finish()
        later = self.arrive().event_id
        self.assertEqual(self.raised(), later - 1)
        self.assertGreaterEqual(self.mark(), done)
        self.assertEqual(self.found(), [later])

    def test_what_comes_later_is_above_it(self):
        self.assertGreater(self.raised(), 0)
        later = self.arrive().event_id
        self.assertEqual(self.found(), [later])

    def test_a_lower_id_that_is_committed_late_is_not_passed(self):
        with self.db.read_committed() as slow:
            late = self.insert(slow, key="customer:1").event_id
            self.arrive()
            self.finish()
            for _time in range(3):
                self.assertLess(self.raised(), late)
        self.assertEqual(self.found(), [late])
        self.assertEqual(self.raised(), late - 1, "it still waits")

    def test_who_writes_all_the_time_but_not_the_same_holds_up_nothing(self):
        """Transactions overlap without a pause: those that took ids are over at the second look at the latest."""
        with self.db.read_committed() as first:
            self.insert(first)
            self.raised()
            with self.db.read_committed() as second:
                self.insert(second)
                first.commit()
                self.finish()
                passed = self.raised()
        self.assertGreater(passed, 0)

    def test_a_delivery_that_waits_for_its_twin_has_its_id_and_is_not_passed(self):
        """Of two equal deliveries the first is rolled back after all, and the second stored with an older id."""
        stored, let_go, results = threading.Event(), threading.Event(), []

        def second():
            with self.db.read_committed() as cr:
                cr.execute("SELECT set_config('application_name', 'twin', true)")
                results.append(self.insert(cr, dedupe_key="twin"))
                stored.set()
                let_go.wait(30)

        with self.registry.cursor() as first:
            self.insert(first, dedupe_key="twin")
            twin = threading.Thread(target=second)
            twin.start()
            self.wait_until_it_waits("twin")
            self.raised()
            first.rollback()
        self.assertTrue(stored.wait(30))
        self.raised()
        let_go.set()
        twin.join()
        self.assertFalse(results[0].duplicate)
        self.assertEqual(self.found(), [results[0].event_id])

    def wait_until_it_waits(self, name):
        for _time in range(3000):
            with self.registry.cursor() as cr:
                cr.execute(
                    "SELECT pg_sleep(0.01), wait_event_type FROM pg_stat_activity WHERE application_name = %s", [name]
                )
                if [row[1] for row in cr.fetchall()] == ["Lock"]:
                    return
        self.fail("it did not wait")

    def test_a_failed_message_that_is_retried_is_found(self):
        failed = self.arrive().event_id
        self.finish("dead")
        self.assertGreaterEqual(self.raised(), failed)
        with self.environment() as env:
            env["integration.event"].browse(failed)._requeue()
        self.assertLess(self.mark(), failed)
        self.assertEqual(self.found(), [failed])
        self.finish()
        self.assertGreaterEqual(self.raised(), failed, "done again, and passed again")

    def test_a_retry_that_is_under_way_while_the_mark_rises_is_found(self):
        failed = self.arrive().event_id
        self.finish("dead")
        raise_marks(self.db, gain=10**9)  # only looks who writes
        with self.environment() as env:
            env["integration.event"].browse(failed)._requeue()
            self.assertGreaterEqual(self.raised(), failed, "nobody sees the retry yet")
        self.assertEqual(self.found(), [failed])
        self.assertEqual(self.raised(), failed - 1)

    def test_whoever_has_it_wait_again_takes_the_mark_back(self):
        """Also a node that runs the release before, and people with SQL."""
        for state in ("dead", "held", "ignored", "done"):
            for again in ("pending", "retry"):
                with self.subTest(state=state, again=again):
                    message = self.arrive().event_id
                    self.finish(state)
                    self.assertGreaterEqual(self.raised(), message)
                    with self.db.read_committed() as cr:
                        cr.execute(
                            "UPDATE integration_event SET state = %s, next_try_at = '2000-01-01' WHERE id = %s",
                            [again, message],
                        )
                    self.assertEqual(self.found(), [message])
                    with self.db.read_committed() as cr:
                        cr.execute("UPDATE integration_event SET state = 'done' WHERE id = %s", [message])

    def test_before_there_is_a_mark_a_retry_hides_nothing_older(self):
        older, failed = self.arrive(key="customer:1").event_id, self.arrive(key="customer:2").event_id
        with self.db.read_committed() as cr:
            for state in ("dead", "pending"):
                cr.execute("UPDATE integration_event SET state = %s WHERE id = %s", [state, failed])
        self.assertEqual(self.mark(), 0)
        self.assertEqual(self.found(), [older, failed])

    def test_it_is_raised_only_where_that_is_worth_a_row(self):
        self.assertEqual(raise_marks(self.db, gain=10**9), 0)
        with self.db.read_committed() as cr:
            cr.execute("SELECT count(*) FROM integration_mark WHERE endpoint_id = %s", [self.endpoint_id])
            self.assertEqual(cr.fetchone(), (0,))

    def test_two_that_come_by_at_once_do_not_wait_for_each_other(self):
        with self.db.read_committed() as other:
            other.execute("SELECT 1 FROM integration_horizon FOR UPDATE")
            self.assertEqual(raise_marks(self.db, gain=1), 0)

    def test_the_sweeper_finds_the_unit_of_a_message_that_waits_again(self):
        failed = self.arrive().event_id
        self.finish("dead")
        self.raised()
        self.assertEqual(waiting(self.db, [self.endpoint_id]), [])
        with self.environment() as env:
            env["integration.event"].browse(failed)._requeue()
        self.assertEqual(waiting(self.db, [self.endpoint_id]), [self.unit])

    def test_the_endpoints_other_units_are_found_above_their_marks(self):
        """The walk of a drain begins at them, too."""
        self.raised()
        self.assertIsNone(next_unit(self.db, self.unit._replace(slot=1)))
        self.arrive()
        self.assertEqual(next_unit(self.db, self.unit._replace(slot=1)), self.unit)
