# Part of Integration Hub. License LGPL-3.0 or later.
"""A delivery is stored in one round trip, on a connection that the process keeps."""

import threading
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.tests import tagged

from ..connectors.connector import Notification
from ..engine import heartbeat, line
from ..engine.database import Database
from ..engine.store import take_in
from ..engine.wake import wake
from .connections import ConnectionsCase


@tagged("post_install", "-at_install")
class TestTakeIn(ConnectionsCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(line.close, self.db.name)
        self.request_db = Database(self.db.name)
        self.request_db.has_line = True  # as a request's
        with self.db.read_committed() as cr:
            cr.execute("DELETE FROM integration_heartbeat")
            heartbeat.beat(cr, heartbeat.RUNNER)

    def take_in(self, dedupe_key=None, key="customer:1", state="pending"):
        return take_in(
            self.request_db,
            endpoint_id=self.endpoint_id,
            company_id=1,
            flow_id=None,
            message=Notification("customers/update", "customer", "1", key, {}, True),
            dedupe_key=dedupe_key,
            headers={"a": "b"},
            body='{"id": 1}',
            now=self.db.now(),
            state=state,
        )

    def one(self, query, *parameters):
        with self.db.read_committed() as cr:
            cr.execute(query, parameters)
            return cr.fetchone()

    def test_of_many_at_once_with_one_key_one_is_new(self):
        barrier = threading.Barrier(8)

        def race(_number):
            barrier.wait(20)
            return self.take_in("the same")

        for _round in range(5):
            with ThreadPoolExecutor(8) as pool:
                accepted = list(pool.map(race, range(8)))
            self.assertEqual(len({each.event_id for each in accepted}), 1)
            self.assertEqual(len(self.states()), 1)
            self.assertEqual([each.duplicate for each in accepted].count(False), int(_round == 0))

    def test_a_key_that_was_forgotten_is_new(self):
        first = self.take_in("once")
        with self.db.read_committed() as cr:
            cr.execute("DELETE FROM integration_dedupe WHERE endpoint_id = %s", [self.endpoint_id])
        second = self.take_in("once")
        self.assertEqual((first.duplicate, second.duplicate), (False, False))
        self.assertNotEqual(first.event_id, second.event_id)

    def test_without_a_key_of_order_the_id_says_the_slot(self):
        accepted = self.take_in(key=None)
        stored = self.one("SELECT slot FROM integration_event WHERE id = %s", accepted.event_id)
        self.assertEqual((accepted.unit.slot,), stored)
        self.assertEqual(accepted.unit.slot, accepted.event_id % 64)

    def test_who_comes(self):
        first = self.take_in()
        self.assertFalse(first.awaited, "nobody was called")
        wake(self.db, [first.unit])
        self.assertTrue(self.take_in().awaited, "a drain of the unit waits")
        self.assertFalse(self.take_in(key="customer:2").awaited, "of another unit, none")
        self.assertTrue(self.take_in(key="customer:2", state="ignored").awaited, "nobody has to come")
        with self.db.read_committed() as cr:
            cr.execute("UPDATE queue_job SET state = 'started' WHERE identity_key = %s", [f"wake:{first.unit}"])
        self.assertFalse(self.take_in().awaited, "what has begun may have looked before")

    def test_where_nobody_runs_jobs_the_cron_must_have_been_called(self):
        wake(self.db, [self.take_in().unit])
        with self.db.read_committed() as cr:
            cr.execute("DELETE FROM integration_heartbeat")
            cr.execute("DELETE FROM ir_cron_trigger")
        late = self.take_in()
        self.assertFalse(late.awaited)
        wake(self.db, [late.unit])
        self.assertTrue(self.take_in().awaited)

    def test_it_is_committed_when_it_returns(self):
        with self.registry.cursor() as other:
            other.execute("SELECT 1")
            event_id = self.take_in().event_id
            other.rollback()
            other.execute("SELECT body FROM integration_event_payload WHERE event_id = %s", [event_id])
            self.assertEqual(other.fetchone(), ('{"id": 1}',))


@tagged("post_install", "-at_install")
class TestLine(ConnectionsCase):
    def setUp(self):
        super().setUp()
        line.close(self.db.name)
        self.addCleanup(line.close, self.db.name)

    def pid(self):
        return line.first_row(self.db.name, "SELECT pg_backend_pid()", [])[0]

    def test_one_is_used_again(self):
        self.assertEqual(self.pid(), self.pid())

    def test_two_at_once_have_one_each(self):
        barrier = threading.Barrier(2)

        def work(_number):
            barrier.wait(20)
            return line.first_row(self.db.name, "SELECT pg_backend_pid(), pg_sleep(0.2)", [])[0]

        with ThreadPoolExecutor(2) as pool:
            self.assertEqual(len(set(pool.map(work, range(2)))), 2)

    def test_one_that_broke_while_nobody_used_it_is_replaced(self):
        before = self.pid()
        with self.registry.cursor() as cr:
            cr.execute("SELECT pg_terminate_backend(%s)", [before])
        with patch.object(line, "TRUSTED", 0.0):
            self.assertNotEqual(self.pid(), before)

    def test_an_error_is_told_and_the_next_statement_has_another(self):
        before = self.pid()
        with self.assertRaises(psycopg2.errors.DivisionByZero):
            line.first_row(self.db.name, "SELECT 1/0", [])
        self.assertNotEqual(self.pid(), before)

    def test_a_process_keeps_lines_to_few_databases(self):
        self.pid()
        with patch.object(line, "DATABASES", 1):
            line.first_row("postgres", "SELECT 1", [])
            self.addCleanup(line.close, "postgres")
            self.assertEqual([database for _pid, database in line._idle], ["postgres"])


@tagged("post_install", "-at_install")
class TestRoutines(ConnectionsCase):
    def test_installing_again_changes_nothing_that_runs(self):
        with self.registry.cursor() as cr:
            api.Environment(cr, SUPERUSER_ID, {})["integration.event"].init()
            cr.execute("SELECT count(*) FROM pg_proc WHERE proname IN ('integration_store_1', 'integration_take_in_1')")
            self.assertEqual(cr.fetchone(), (2,))
