# Part of Integration Hub. License LGPL-3.0 or later.
"""A job's life: turns and pages, deaths, waits, errors, and what a person does with it."""

from datetime import timedelta
from functools import cached_property, partial
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..engine.database import Database
from ..engine.pages import Page, counted, pace, percent, seconds_left
from ..models import integration_sync_job_poll, sync_run
from ..models.sync_run import SyncRun
from .common import faults, requests_to
from .sync_cases import Meeting, SyncCase, customer, seed

PAGES = 3  # of fifty customers, the last with twenty
COUNT = 120


@tagged("post_install", "-at_install")
class TestTurns(SyncCase):
    def setUp(self):
        super().setUp()
        seed(*(customer(number) for number in range(COUNT)))

    def assert_complete(self, job):
        self.assertEqual((job.state, *self.counts(job)), ("done", COUNT, COUNT, 0, 0))
        self.assertEqual(len(set(self.messages().mapped("external_id"))), COUNT)
        self.assertEqual(len(self.messages()), COUNT)

    def test_page_by_page(self):
        job = self.poll()
        self.assert_complete(job)
        self.assertEqual(job.page_count, PAGES)
        self.assertTrue(job.started_at and job.page_at and job.ended_at)

    def test_a_list_that_a_vendor_ends_early_is_asked_for_again(self):
        """From its last change on; what is read again with that is known."""
        seed(*(customer(number, at=number - 300) for number in range(COUNT)))
        with patch.object(integration_sync_job_poll, "LONG", COUNT):
            job = self.poll()
        self.assertEqual((job.state, *self.counts(job)), ("done", COUNT + 1, COUNT, 1, 0))
        self.assertEqual(job.page_count, PAGES + 1)

    def test_a_page_that_another_took_is_not_taken_again(self):
        """Two turns at once, as after a network partition: each page is taken by one of them."""
        job = self.flow._poll()
        self.turn(job, run=partial(Meeting, read=lambda page_count: self.turn_inside(job)))
        self.assert_complete(job)

    def turn_inside(self, job):
        SyncRun(Database(self.env.cr.dbname, self.clock), job.id).turn()

    def test_a_turn_ends(self):
        job = self.flow._poll()
        self.finish_jobs()
        self.turn(job, run=partial(Meeting, after=lambda: self.clock.sleep(sync_run.TURN)))
        self.assertEqual((job.state, job.page_count), ("running", 1))
        self.assertEqual(len(self.jobs_waiting(job)), 1, "the next turn waits")
        self.turn(job)
        self.assert_complete(job)

    def test_a_turn_is_enqueued_once_in_the_bulk_lane(self):
        job = self.flow._poll()
        job._enqueue()
        self.assertEqual(self.jobs_waiting(job), [job._key()])
        queued = self.env["queue.job"].search([("identity_key", "=", job._key())])
        lane = self.env.ref("integration_hub.integration_lane_bulk")
        self.assertEqual((queued.channel, queued.method_name), (lane.channel_id.complete_name, "_take_pages"))

    def test_who_comes_by_finds_a_job_that_nobody_runs(self):
        job = self.flow._poll()
        Job = self.env["integration.sync.job"]
        with self.engine_mode():
            db = Database(self.env.cr.dbname, self.clock)
            Job._see_to_jobs(db)
            self.assertEqual(self.jobs_waiting(job), [job._key()], "somebody is on the way")
            self.finish_jobs()
            Job._see_to_jobs(db)
        self.assertEqual(self.jobs_waiting(job), [job._key()])
        job.next_try_at = fields.Datetime.now() + timedelta(hours=1)
        self.finish_jobs()
        with self.engine_mode():
            Job._see_to_jobs(db)
        self.assertFalse(self.jobs_waiting(job), "it is not due")

    def test_where_nobody_runs_jobs_the_cron_does(self):
        job = self.flow._poll()
        with self.engine_mode():
            self.env["integration.sync.job"]._see_to_jobs(Database(self.env.cr.dbname, self.clock), in_place=True)
        self.assert_complete(job)

    # --- a person ---

    @cached_property
    def job(self):
        return self.flow._poll()

    @property
    def as_operator(self):
        return self.job.with_user(self.operator)

    def test_pause_and_resume(self):
        self.turn(self.job, run=partial(Meeting, after=lambda: self.meanwhile(self.as_operator.action_pause)))
        self.assertEqual((self.job.state, self.job.page_count), ("paused", 1))
        self.assertIn(self.operator.name, self.job.state_reason)
        self.turn(self.job)
        self.assertEqual(self.job.page_count, 1, "a turn that was on its way takes nothing")
        self.finish_jobs()
        self.as_operator.action_resume()
        self.assertEqual(len(self.jobs_waiting(self.job)), 1)
        self.turn(self.job)
        self.assertEqual((self.job.state, self.job.done_count), ("done", COUNT))

    def test_paused_while_a_page_is_read(self):
        """The page is not taken; it is read again when the job goes on."""
        self.turn(self.job, run=partial(Meeting, read=lambda _: self.meanwhile(self.as_operator.action_pause)))
        self.assertEqual((self.job.state, self.job.page_count, self.job.read_count), ("paused", 0, 0))

    def test_cancel(self):
        self.as_operator.action_cancel()
        self.turn(self.job)
        self.assertEqual((self.job.state, self.job.read_count), ("cancelled", 0))
        for action in ("action_pause", "action_resume", "action_cancel"):
            with self.subTest(action), self.assertRaisesRegex(UserError, "not possible any more"):
                getattr(self.as_operator, action)()

    def test_who_may(self):
        for group in ("user", "consultant", "approver", "auditor"):
            user = self.user(group)
            for action in ("action_pause", "action_resume", "action_cancel", "action_retry_failed"):
                with self.subTest(f"{group} {action}"), self.assertRaises(AccessError):
                    getattr(self.job.with_user(user), action)()

    def test_what_is_under_way_is_not_deleted(self):
        with self.assertRaisesRegex(UserError, "Cancel it first"):
            self.job.unlink()


@tagged("post_install", "-at_install")
class TestWaits(SyncCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(faults)
        seed(customer(1))
        self.job = self.flow._poll()
        self.finish_jobs()

    def fault(self, **values):
        faults({"vendor": "shopify", "kind": "status", **values})

    def test_a_server_that_is_down(self):
        """Tried again by the endpoint's policy, later each time; then the job stops with the cause, and Resume."""
        self.api.sudo().retry_max_attempts = 3
        self.fault(status=503)
        waits = []
        for tries in (1, 2):
            self.turn(self.job)
            self.assertEqual((self.job.state, self.job.try_count), ("running", tries))
            self.assertIn("503", self.job.state_reason)
            self.assertEqual(len(self.jobs_waiting(self.job)), tries, "a timer for each try")
            waits.append(self.job.next_try_at - fields.Datetime.from_string(self.now()))
            self.turn(self.job)
            self.assertEqual(self.job.try_count, tries, "it is not due yet")
            self.clock.advance(waits[-1].total_seconds() + 1)
        self.assertGreater(waits[1], waits[0])
        self.turn(self.job)
        self.assertEqual((self.job.state, self.job.next_try_at), ("failed", False))
        self.assertIn("503", self.job.error_message)
        self.assertTrue(self.job.error_hint)
        self.assertIn("503", self.flow.activity_ids.summary)
        faults()
        self.job.with_user(self.operator).action_resume()
        self.turn(self.job)
        self.assertEqual((self.job.state, self.job.done_count, self.job.error_message), ("done", 1, False))
        self.assertFalse(self.flow.activity_ids)

    def now(self):
        return Database(self.env.cr.dbname, self.clock).now().isoformat(" ", "seconds")

    def test_an_answer_forgives_the_failures_before(self):
        self.fault(status=503)
        self.turn(self.job)
        faults()
        self.clock.advance(60)
        self.turn(self.job)
        self.assertEqual((self.job.state, self.job.try_count, self.job.failing_since), ("done", 0, False))

    def test_the_pause_that_it_asks_for(self):
        self.fault(status=429, retry_after=40)
        self.turn(self.job)
        self.assertEqual((self.job.state, self.job.try_count), ("running", 0), "that is no failure")
        wait = (self.job.next_try_at - fields.Datetime.from_string(self.now())).total_seconds()
        self.assertTrue(39 <= wait <= 42, wait)
        faults()
        before = len(requests_to("shopify"))
        self.turn(self.job)
        self.assertEqual(len(requests_to("shopify")), before, "nobody calls in the meantime")

    def test_the_quota_of_the_endpoint(self):
        """It leaves a part of it to those who come before; what it may not call waits, and is no failure."""
        self.api.sudo().write({"rate_calls": 3, "rate_period": "3600", "rate_burst": 3})
        seed(*(customer(number) for number in range(COUNT)))
        self.turn(self.job)
        self.assertEqual((self.job.state, self.job.page_count, self.job.try_count), ("running", PAGES - 1, 0))
        self.assertGreater(self.job.next_try_at, fields.Datetime.now() + timedelta(minutes=1))
        self.assertIn("limit", self.job.state_reason)

    def test_a_key_that_is_refused(self):
        """The endpoint stops, the job waits for it; a new key lets both go on."""
        self.fault(status=401)
        self.turn(self.job)
        self.assertEqual((self.api.state, self.job.state), ("suspended", "running"))
        self.assertTrue(self.job.state_reason)
        faults()
        self.finish_jobs()
        self.api.with_user(self.operator).action_resume()
        self.assertFalse(self.job.next_try_at)
        self.assertEqual(len(self.jobs_waiting(self.job)), 1)
        self.turn(self.job)
        self.assertEqual(self.job.state, "done")

    def test_an_endpoint_that_a_person_paused(self):
        for endpoint in (self.api, self.hook):
            with self.subTest(endpoint.name):
                endpoint.with_user(self.operator).action_pause("inventory")
                self.job.next_try_at = False
                self.turn(self.job)
                self.assertEqual((self.job.state, self.job.read_count), ("running", 0))
                self.assertIn("inventory", self.job.state_reason)
                endpoint.with_user(self.operator).action_resume()

    def test_drain_mode(self):
        mode = self.env["integration.maintenance"].create({"reason": "Upgrade"})
        self.turn(self.job)
        self.assertEqual((self.job.read_count, self.job.state_reason), (0, "Upgrade"))
        mode.action_end()

    def test_no_room(self):
        """As many messages wait as may wait: nothing is read until some are worked off."""
        endpoint = self.shop._bulk_endpoint()
        endpoint.sudo().backlog_limit = 5
        self.env.cr.execute(
            """INSERT INTO integration_backlog (endpoint_id, waiting, measured_at)
               VALUES (%s, 5, now() AT TIME ZONE 'utc')""",
            [endpoint.id],
        )
        before = len(requests_to("shopify"))
        self.turn(self.job)
        self.assertEqual((self.job.read_count, len(requests_to("shopify"))), (0, before))
        self.assertIn("wait as may wait", self.job.state_reason)
        self.env.cr.execute("DELETE FROM integration_backlog")
        self.clock.advance(20)
        self.turn(self.job)
        self.assertEqual(self.job.state, "done")

    def test_no_api_endpoint(self):
        self.api.active = False
        self.turn(self.job)
        self.assertEqual(self.job.state, "failed")
        self.assertIn("has no API endpoint", self.job.error_message)

    @mute_logger("odoo.addons.integration_hub.models.sync_run")
    def test_a_mistake_of_ours_is_seen(self):
        class Broken(SyncRun):
            def _source(self, cr):
                raise ZeroDivisionError

        self.turn(self.job, run=Broken)
        self.assertEqual((self.job.state, self.job.error_code), ("failed", "internal-error"))
        self.assertIn("ZeroDivisionError", self.job.error_technical)

    def test_a_source_that_is_still_preparing(self):
        """A page without items, after which the source is where it was, frees the worker."""

        class Preparing(SyncRun):
            def _source(self, cr):
                job = self._job(cr)
                return job, iter([Page([], None, True)] if job.cursor else [Page([], {"cursor": "x"})] * 2)

        self.turn(self.job, run=Preparing)
        self.assertEqual((self.job.state, self.job.cursor, self.job.page_count), ("running", {"cursor": "x"}, 2))
        self.assertTrue(self.job.next_try_at)
        self.clock.advance(10)
        self.turn(self.job, run=Preparing)
        self.assertEqual((self.job.state, self.job.error_technical), ("done", False))

    # --- progress ---

    def test_in_words(self):
        job = self.job
        job.write({"expected": 1000, "read_count": 250, "rate": 10.0})
        self.assertEqual((job.progress, job.remaining), (25.0, "1 min left"))
        self.assertTrue(job.eta)
        job.read_count = 999
        self.assertEqual((job.progress, job.remaining), (99.0, "1 s left"))
        job.state = "paused"
        self.assertFalse(job.remaining or job.eta)

    def test_pure(self):
        self.assertEqual(pace(0, 50, 5), 10)
        self.assertEqual(pace(10, 50, 0), 10, "no time, no pace")
        self.assertTrue(10 < pace(10, 200, 5) < 40, "between what was and what is")
        self.assertAlmostEqual(pace(10, 4000, 1000), 4, 6, "what was long ago counts nothing")
        self.assertEqual((percent(0, 5, False), percent(10, 5, False), percent(10, 12, False)), (0.0, 50.0, 99.0))
        self.assertEqual(percent(0, 0, True), 100.0)
        self.assertEqual(
            (seconds_left(100, 50, 10), seconds_left(0, 50, 10), seconds_left(100, 50, 0)), (5, None, None)
        )
        self.assertEqual(counted({"done": 2}), {"done": 2, "skipped": 0, "failed": 0})
        with self.assertRaisesRegex(ValueError, "not lost"):
            counted({"lost": 1})
