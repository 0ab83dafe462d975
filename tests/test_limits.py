# Part of Integration Hub. License LGPL-3.0 or later.
"""What an endpoint may be called: limits that hold over all workers, and who may change them."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..connectors.clock import SystemClock
from ..connectors.errors import ServerFault, Throttled
from ..connectors.resilience import ConcurrencyLimit, Held, Limit, RateLimiter
from ..connectors.testing.raw_server import serving
from ..engine.database import Database
from ..engine.limits import PostgresStore
from ..engine.perform import drain
from ..engine.slots import Unit
from ..models import connection, guards
from ..models.connection import connect, connector_facts
from ..models.handler import Handler
from .common import HUBSPOT_TOKEN, InTurn, requests_to
from .connections import ConnectionsCase, may_call_here
from .drain_cases import DrainCase

WORKERS = 8


@tagged("post_install", "-at_install")
class TestStore(ConnectionsCase):
    """Each worker has connections of its own, as processes have."""

    def setUp(self):
        super().setUp()
        self.key = f"test:{self.id()}"
        self.addCleanup(self.clear)

    def clear(self):
        with self.registry.cursor() as cr:
            cr.execute("DELETE FROM integration_limit WHERE key = %s", [self.key])

    def together(self, work):
        with ThreadPoolExecutor(WORKERS) as pool:
            return list(pool.map(work, range(WORKERS)))

    def test_no_change_is_lost_though_all_begin_at_once(self):
        def count(_worker):
            store = PostgresStore(self.db)
            for _time in range(20):
                store.update(self.key, lambda row, now: ({"n": (row or {"n": 0})["n"] + 1}, None))

        self.together(count)
        self.assertEqual(PostgresStore(self.db).update(self.key, lambda row, now: (row, row["n"])), 20 * WORKERS)

    def test_workers_never_spend_more_than_the_limit(self):
        limit = Limit(20, 0.001)

        def spend(worker):
            store = PostgresStore(self.db)
            limiter = RateLimiter(store, self.key, limit, clock=SystemClock(), holder=f"w{worker}", size=2, lifetime=60)
            return sum(limiter.acquire() == 0 for _time in range(10))

        self.assertEqual(sum(self.together(spend)), 20)

    def test_workers_never_take_more_places_than_there_are(self):
        def take(worker):
            store = PostgresStore(self.db)
            limit = ConcurrencyLimit(store, self.key, 5, clock=SystemClock(), holder=f"w{worker}", longest=60)
            return limit.ready(2)

        self.assertEqual(sum(self.together(take)), 5)

    def test_the_time_is_read_when_the_lock_is_had(self):
        store = PostgresStore(self.db)
        store.update(self.key, lambda row, now: ({}, None))
        with ThreadPoolExecutor(1) as pool:
            with self.registry.cursor() as cr:
                cr.execute("SELECT 1 FROM integration_limit WHERE key = %s FOR UPDATE", [self.key])
                late = pool.submit(store.update, self.key, lambda row, now: (row, now))
                self.wait_until_one_waits()
                cr.execute("SELECT extract(epoch FROM clock_timestamp())::float")
                (freed,) = cr.fetchone()
            self.assertGreater(late.result(30), freed)

    def test_a_change_that_fails_changes_nothing(self):
        store = PostgresStore(self.db)
        store.update(self.key, lambda row, now: ({"n": 1}, None))
        with self.assertRaises(ZeroDivisionError):
            store.update(self.key, lambda row, now: ({"n": 1 / 0}, None))
        self.assertEqual(store.update(self.key, lambda row, now: (row, row)), {"n": 1})


@tagged("post_install", "-at_install")
class TestSharedByWorkers(ConnectionsCase):
    """An endpoint that is called by two workers, each with guards of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        may_call_here(cls)
        cls.peer = cls.enterClassContext(serving())
        with cls.environment() as env:
            crm = env["integration.system"].create(
                {"name": "HubSpot", "connector": "hubspot", "settings": {"api_url": cls.peer.url}}
            )
            api = env["integration.endpoint"].create({"name": "API", "system_id": crm.id})
            api.credential_id = env["integration.credential"].create(
                {"name": "Key", "system_id": crm.id, "origins": api.secret_origins, "secret": HUBSPOT_TOKEN}
            )
            cls.crm_id, cls.api_id = crm.id, api.id
            cls.documented = api._limits()
        cls.addClassCleanup(cls.forget_crm)

    @classmethod
    def forget_crm(cls):
        with cls.environment() as env:
            env["integration.system"].browse(cls.crm_id).unlink()
            env.cr.execute("DELETE FROM integration_limit WHERE key LIKE %s", [f"%:{cls.api_id}"])

    def setUp(self):
        super().setUp()
        self.addCleanup(guards._guards.clear)
        self.peer.heads.clear()
        with self.registry.cursor() as cr:
            cr.execute("DELETE FROM integration_limit WHERE key LIKE %s", [f"%:{self.api_id}"])
        self.set(rate_calls=0, rate_period="1", calls_at_once=0, breaker_percent=0)

    def set(self, **values):
        with self.environment() as env:
            env["integration.endpoint"].browse(self.api_id)._change_limits(values, "a test")

    def worker(self, use="realtime"):
        """Return a connector as another process has it: with leases and counts of its own."""
        guards._guards.clear()
        with self.environment() as env:
            return connect(connector_facts(env["integration.endpoint"].browse(self.api_id), use))

    def held(self):
        """Return what the engine is told of the endpoint now."""
        return Handler(self.db).halted(self.api_id)

    def test_a_new_endpoint_keeps_to_what_the_vendor_documents(self):
        self.assertEqual((self.documented.calls, self.documented.seconds), (100, 10))

    def test_the_breaker_is_shared_probed_and_closed(self):
        self.set(breaker_percent=50, breaker_calls=4, breaker_pause=600)
        one, two = self.worker(), self.worker()
        self.peer.answer("500 Internal Server Error")
        for worker in (one, two, one, two):
            with self.assertRaises(ServerFault):
                worker.fetch("contact", "1")
        for worker in (one, two):
            with self.assertRaises(Held) as caught:
                worker.fetch("contact", "1")
            self.assertEqual(caught.exception.code, "breaker-open")
        self.assertEqual(len(self.peer.heads), 4)
        halt = self.held()
        self.assertIn("HubSpot does not answer; next try", halt.reason)
        self.assertTrue(halt.until)
        with self.environment() as env:
            endpoint = env["integration.endpoint"].browse(self.api_id)
            self.assertIn("4 of 4 calls failed", endpoint.limit_state)
            endpoint.action_try_now()
        self.assertIsNone(self.held())
        self.assertEqual(Handler(self.db).admit(self.api_id, 16), (1, None), "one probe, and it is a real message")
        self.peer.answer("404 Not Found")  # it answers: that is what counts
        for _probe in range(2):
            one.fetch("contact", "1")
        self.assertEqual(Handler(self.db).admit(self.api_id, 16), (16, None))
        self.assertEqual(len(self.peer.heads), 6)

    def test_without_a_breaker_nothing_is_said_of_one(self):
        with self.environment() as env:
            self.assertFalse(env["integration.endpoint"].browse(self.api_id).breaker_reason)

    def test_a_persons_test_says_nothing_to_the_breaker(self):
        self.set(breaker_percent=50, breaker_calls=1)
        self.peer.answer("500 Internal Server Error")
        for _time in range(3):
            with self.assertRaises(UserError), self.environment() as env:
                env["integration.endpoint"].browse(self.api_id).action_check()
        self.assertIsNone(self.held())

    def test_a_changed_limit_counts_without_a_restart(self):
        self.peer.answer("404 Not Found")
        handler = Handler(self.db)
        self.worker()
        self.assertEqual(handler.admit(self.api_id, 16), (16, None))
        self.set(rate_calls=3, rate_period="3600", rate_burst=3)
        deadline = time.monotonic() + 30
        while handler.admit(self.api_id, 16)[0] == 16 and time.monotonic() < deadline:
            time.sleep(0.05)
        handler.give_back()
        workers = [self.worker(), self.worker()]
        for worker in (*workers, workers[0]):
            worker.fetch("contact", "1")
        for worker in workers:
            with self.assertRaises(Held) as caught:
                worker.fetch("contact", "1")
            self.assertEqual(caught.exception.code, "rate-limited")
        count, halt = Handler(self.db).admit(self.api_id, 16)
        self.assertEqual(count, 0)
        self.assertRegex(halt.reason, r"HubSpot grants \(3 per hour\) are used up until \d\d:\d\d")
        self.set(rate_calls=0)
        self.assertEqual(Handler(self.db).admit(self.api_id, 16), (16, None))

    def test_real_time_comes_first_on_one_quota(self):
        self.set(rate_calls=8, rate_period="3600", rate_burst=8)
        self.peer.answer("404 Not Found")
        made = {}
        for use in ("bulk", "poll", "realtime"):
            worker, made[use] = self.worker(use), 0
            try:
                while made[use] < 20:
                    worker.fetch("contact", "1")
                    made[use] += 1
            except Held as held:
                self.assertEqual(held.code, "rate-limited")
            self.give_back(use)
        self.assertEqual(made, {"bulk": 4, "poll": 2, "realtime": 2})

    def test_messages_of_the_bulk_lane_leave_half_of_a_quota(self):
        self.set(rate_calls=8, rate_period="3600", rate_burst=8)
        for lane, calls in (("bulk", 4), ("standard", 4), ("standard", 0)):
            with self.environment() as env:
                lane_id = env.ref(f"integration_hub.integration_lane_{lane}").id
                env["integration.endpoint"].browse(self.api_id).lane_id = lane_id
            handler, made = Handler(self.db), 0
            while made < 20 and handler.admit(self.api_id, 1)[0]:
                _facts, connector = self.calling(handler)
                self.peer.answer("404 Not Found")
                connector.fetch("contact", "1")
                made += 1
            self.assertEqual(made, calls, lane)

    def calling(self, handler):
        """Return facts and connector as a drain of the API endpoint has them."""
        with self.environment() as env:
            return handler._connection(env["integration.endpoint"].browse(self.api_id))

    def give_back(self, use):
        with self.environment() as env:
            guarded = connection.guarded_by(env["integration.endpoint"].browse(self.api_id), use)
        connection.endpoint_guard(guarded).close()

    def test_a_429_holds_every_worker_until_a_person_goes_on(self):
        self.set(rate_calls=1000)
        one, two = self.worker(), self.worker()
        self.peer.answer("429 Too Many Requests", b"", "Retry-After: 900")
        with self.assertRaises(Throttled) as caught:
            one.fetch("contact", "1")
        self.assertEqual(caught.exception.retry_after, 900)
        with self.assertRaises(Held):
            two.fetch("contact", "1")
        with self.environment() as env:
            env["integration.endpoint"].browse(self.api_id).action_resume()
        self.peer.answer("404 Not Found")
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                two.fetch("contact", "1")
                break
            except Held as held:
                self.assertLess(held.retry_after, 1)


@tagged("post_install", "-at_install")
class TestDrainsAndLimits(DrainCase):
    """What becomes of messages where an endpoint may not be called."""

    def limit(self, **values):
        self.api.sudo().write(values)

    def test_what_the_quota_does_not_allow_waits_and_is_no_try(self):
        self.limit(rate_calls=1, rate_period="3600")
        events = self.contact("Ada Arden")[1] | self.contact("Bob Bright")[1]
        self.work_off(events)
        self.assertEqual(sorted(events.mapped("state")), ["done", "pending"])
        waiting = events.filtered(lambda event: event.state == "pending")
        self.assertEqual((waiting.attempt_count, waiting.attempt_ids.ids), (0, []))
        self.assertRegex(waiting.waiting_reason, r"grants \(1 per hour\) are used up until")
        self.assertEqual(len(requests_to("hubspot", "POST")), 1)

    def test_a_call_that_was_begun_and_held_is_no_try_either(self):
        self.limit(rate_calls=1, rate_period="3600")
        events = self.contact("Ada Arden")[1] | self.contact("Bob Bright")[1]
        with patch.object(Handler, "admit", lambda handler, endpoint_id, wanted: (wanted, None)):
            self.work_off(events)
        held = events.filtered(lambda event: event.state != "done")
        self.assertEqual((len(held), held.state, held.error_code), (1, "retry", "rate-limited"))
        self.assertEqual((held.attempt_count, held.attempt_ids.ids), (0, []))
        self.assertGreater(held.next_try_at, self.moment())

    def work_off(self, events):
        """Drain each message's unit once."""
        with self.engine_mode():
            for event in events:
                unit = Unit(self.api.id, "outbound", event.slot)
                drain(self.database(), unit, Handler(self.database()), line=InTurn())
        self.env.invalidate_all()

    def database(self):
        return Database(self.env.cr.dbname, self.clock)

    def see_to_pauses(self):
        with self.engine_mode():
            self.env["integration.endpoint"]._see_to_pauses(self.database())

    def test_drained_means_that_what_waits_is_finished_and_nothing_else_begun(self):
        before = self.contact("Ada Arden")[1]
        self.env.cr.execute("UPDATE integration_event SET arrived_at = arrived_at - interval '1 minute'")
        self.api.with_user(self.operator).action_drain("Maintenance of the vendor")
        after = self.contact("Bob Bright")[1]
        self.env.cr.execute(
            "UPDATE integration_event SET arrived_at = arrived_at + interval '1 minute' WHERE id = %s", [after.id]
        )
        self.env.invalidate_all()
        self.see_to_pauses()
        self.assertEqual(self.api.state, "active", "not before it has finished")
        self.drain(self.clock)
        self.assertEqual((before.state, after.state), ("done", "pending"))
        self.assertIn("finishes what came before", after.waiting_reason)
        self.see_to_pauses()
        self.assertEqual((self.api.state, self.api.draining_since), ("paused", False))
        self.assertIn("Maintenance of the vendor", self.api.state_reason)
        self.api.with_user(self.operator).action_resume()
        self.drain(self.clock)
        self.assertEqual(after.state, "done")

    def test_a_pause_ends_when_the_person_said_and_not_before(self):
        until = self.moment().replace(microsecond=0) + timedelta(hours=1)
        self.api.with_user(self.operator).action_pause("Stocktaking", f"{until}")
        self.clock.advance(3590)
        self.see_to_pauses()
        self.assertEqual(self.api.state, "paused")
        self.clock.advance(20)
        self.see_to_pauses()
        self.assertEqual((self.api.state, self.api.paused_until, self.api.state_reason), ("active", False, False))

    def test_a_pause_without_an_end_is_ended_by_nobody(self):
        self.api.with_user(self.operator).action_pause("Stocktaking")
        self.clock.advance(10 * 366 * 86400)
        self.see_to_pauses()
        self.assertEqual(self.api.state, "paused")


@tagged("post_install", "-at_install")
class TestPeople(DrainCase):
    """Who changes limits, and what stays of it."""

    def wizard(self, endpoints, user=None, **values):
        Wizard = self.env["integration.limits"].with_user(user or self.operator)
        context = {"active_model": "integration.endpoint", "active_ids": endpoints.ids}
        return Wizard.with_context(**context).create(values)

    def test_the_history_says_who_why_what_was_and_what_is(self):
        endpoints = self.api | self.shop._endpoint("outbound")
        self.env.cr.flush()
        before = endpoints.message_ids
        self.wizard(endpoints, what="rate", rate_calls=190, rate_period="10", reason="Bigger plan").action_change()
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.assertEqual(endpoints.mapped("rate_calls"), [190, 190])
        for endpoint in endpoints:
            (message,) = endpoint.message_ids - before
            self.assertEqual(message.author_id, self.operator.partner_id)
            self.assertIn("Bigger plan", message.body)
            values = {value.field_id.name: value for value in message.sudo().tracking_value_ids}
            self.assertEqual((values["rate_calls"].old_value_integer, values["rate_calls"].new_value_integer), (0, 190))

    def test_the_others_stay_as_they_are(self):
        self.wizard(self.api, what="at_once", calls_at_once=5, rate_calls=7, reason="x").action_change()
        self.assertEqual((self.api.calls_at_once, self.api.rate_calls), (5, 0))

    def test_no_change_without_a_reason_or_past_the_wizard(self):
        with self.assertRaisesRegex(UserError, "Say why"):
            self.api.with_user(self.operator)._change_limits({"rate_calls": 1}, " ")
        with self.assertRaisesRegex(UserError, "Change Limits"):
            self.api.with_user(self.user("admin")).write({"rate_calls": 1})

    def test_only_operators(self):
        for group in ("user", "consultant", "approver", "auditor"):
            user = self.user(group)
            with self.subTest(group):
                with self.assertRaises(AccessError):
                    self.api.with_user(user)._change_limits({"rate_calls": 1}, "why")
                for action in ("action_drain", "action_try_now"):
                    with self.assertRaises(AccessError):
                        getattr(self.api.with_user(user), action)()
                with self.assertRaises(AccessError):
                    self.api.with_user(user).write({"rate_calls": 1})

    @mute_logger("odoo.sql_db")
    def test_what_makes_no_sense_is_refused_in_words(self):
        with (
            self.assertRaisesRegex(ValidationError, "20 calls at a time are more than the 10"),
            self.env.cr.savepoint(),
        ):
            self.api.write({"rate_calls": 10, "rate_burst": 20})
        for values in ({"rate_calls": -1}, {"breaker_percent": 101}, {"breaker_percent": 50, "breaker_calls": 0}):
            with self.subTest(values), self.assertRaises(CheckViolation), self.env.cr.savepoint():
                self.api.write(values)
        with self.assertRaisesRegex(UserError, "over already"):
            self.api.action_pause("x", "2001-01-01 00:00:00")
        self.api.action_pause("x")
        with self.assertRaisesRegex(UserError, "only an endpoint that is on"):
            self.api.action_drain("x")

    def test_many_are_paused_by_one_update_each_and_no_message_is_touched(self):
        event = self.contact()[1]
        stored = self.stored(event)
        wizard = self.env["integration.pause"].with_user(self.operator)
        wizard = wizard.with_context(active_model="integration.endpoint", active_ids=self.crm.endpoint_ids.ids)
        wizard.create({"reason": "The vendor's maintenance"}).action_confirm()
        self.assertEqual(set(self.crm.endpoint_ids.mapped("state")), {"paused"})
        self.env.invalidate_all()
        self.assertEqual((event.state, self.stored(event)), ("pending", stored))
        self.assertIn("The vendor's maintenance", event.waiting_reason)

    def stored(self, event):
        """Return where the row's version lies: another place after each update."""
        self.env.cr.execute("SELECT ctid FROM integration_event WHERE id = %s", [event.id])
        return self.env.cr.fetchone()
