# Part of Integration Hub. License LGPL-3.0 or later.
"""When a message is tried again, and who waits for it; with a real connector against the sandbox."""

import time
from datetime import timedelta

from odoo.tests import tagged

from ..connectors.clock import SystemClock
from ..engine import database
from ..engine.database import Database
from ..engine.perform import drain
from ..engine.slots import Unit
from ..models.handler import Handler
from .common import crm_objects, faults, requests_to, sandbox
from .drain_cases import DOWN, DrainCase


@tagged("post_install", "-at_install")
class TestRetry(DrainCase):
    """A remote failure is a result: recorded, and tried again when it is due."""

    def test_down_then_up(self):
        faults(DOWN)
        partner, event = self.contact()
        left = self.drain(self.clock)
        self.assertEqual((event.state, event.attempt_count), ("retry", 1), event.attempt_ids.mapped("technical"))
        self.assertEqual((event.error_code, event.attempt_ids.status_code), ("server-fault", 503))
        wait = (event.next_try_at - self.moment()).total_seconds()
        self.assertAlmostEqual(wait, 5 * 0.75, delta=0.1, msg="base 5 s, jitter one half")
        self.assertEqual(set(left.values()), {event.next_try_at}, "the drain says when to come back")
        self.assertEqual(self.blocked_keys(self.api), {event.partition_key: event.id})
        self.drain(self.clock)
        self.assertEqual(event.attempt_count, 1, "not before its time")
        faults()
        self.clock.advance(4)
        self.drain(self.clock)
        self.assertEqual((event.state, event.attempt_count, event.error_code), ("done", 2, False))
        self.assertEqual(event.attempt_ids.mapped("outcome"), ["retry", "done"])
        self.assertEqual(self.blocked_keys(self.api), {})
        self.assertEqual(len(requests_to("hubspot", "POST")), 2)
        self.assertTrue(self.env["integration.binding"]._of_record(self.crm, event.flow_id.entity_id, partner))

    def test_backoff_grows_and_ends(self):
        faults(DOWN)
        self.api.write({"retry_max_attempts": 4, "retry_base": 10, "retry_cap": 30})
        event = self.contact()[1]
        waits = []
        for _try in range(3):
            self.drain(self.clock)
            waits.append((event.next_try_at - self.moment()).total_seconds())
            self.clock.advance(waits[-1] + 0.01)
        self.drain(self.clock)
        for wait, expected in zip(waits, (7.5, 15, 22.5), strict=True):
            self.assertAlmostEqual(wait, expected, delta=0.1)
        self.assertEqual((event.state, event.attempt_count, event.next_try_at), ("dead", 4, False))
        self.assertEqual(event.attempt_ids.mapped("outcome"), ["retry", "retry", "retry", "dead"])

    def test_age_ends_it_too(self):
        faults(DOWN)
        event = self.contact()[1]
        self.api.retry_max_age_hours = 1
        self.clock.advance(3601)
        self.drain(self.clock)
        self.assertEqual((event.state, event.attempt_count), ("dead", 1))

    def test_retry_after_is_obeyed_within_limits(self):
        for number, (asked, wait) in enumerate(((120, 120), (0, 1), (999_999, 4 * 3600))):
            with self.subTest(asked):
                faults(DOWN | {"status": 429, "retry_after": asked})
                event = self.contact(f"N{number} N")[1]
                self.drain(self.clock)
                self.assertEqual((event.state, event.error_code), ("retry", "throttled"))
                self.assertAlmostEqual((event.next_try_at - self.moment()).total_seconds(), wait, delta=0.1)
                faults()
                self.clock.advance(5 * 3600)
                self.drain(self.clock)
                self.assertEqual(event.state, "done", "and the endpoint has rested")

    def test_retry_after_slows_the_whole_endpoint(self):
        faults(DOWN | {"status": 429, "retry_after": 120})
        first = self.contact("Ada Arden")[1]
        self.drain(self.clock)
        faults()
        other = self.contact("Bob Bright")[1]
        unit = Unit(self.api.id, "outbound", other.slot)
        with self.engine_mode():
            db = Database(self.env.cr.dbname, self.clock)
            due = drain(db, unit, Handler(db)).until
        self.assertEqual((first.state, other.state, other.attempt_count), ("retry", "pending", 0))
        self.assertIn("asked for a pause", other.waiting_reason)
        self.assertIn("429", self.api.rest_reason)
        self.env.invalidate_all()
        in_tokyo = due + timedelta(hours=9)
        self.assertIn(f"{in_tokyo:%H:%M:%S} JST", other.with_context(tz="Asia/Tokyo").waiting_reason)
        self.assertEqual(requests_to("hubspot", "POST")[1:], [], "nobody asks again before the time")
        self.assertAlmostEqual((due - self.moment()).total_seconds(), 120, delta=1)
        coming = f"return:{self.api.id}:outbound:{due:%Y%m%d%H%M%S}"
        self.assertTrue(self.env["queue.job"].search([("identity_key", "=", coming)]), "and then somebody comes")
        self.clock.advance(121)
        self.drain(self.clock)
        self.assertEqual((first.state, other.state), ("done", "done"))

    def test_a_worker_whose_clock_jumped_lets_nobody_rest_for_hours(self):
        faults(DOWN | {"status": 429, "retry_after": 120})
        self.contact()
        before = self.moment()
        self.clock.advance(3 * 3600)
        self.drain(self.clock)
        self.env.cr.execute("SELECT until FROM integration_slowdown WHERE endpoint_id = %s", [self.api.id])
        self.assertLess((self.env.cr.fetchone()[0] - before).total_seconds(), 600)

    def test_a_person_ends_the_pause(self):
        faults(DOWN | {"status": 503, "retry_after": 3600})
        self.contact("Ada Arden")
        self.drain(self.clock)
        faults()
        other = self.contact("Bob Bright")[1]
        self.drain(self.clock)
        self.assertEqual(other.state, "pending")
        self.api.with_user(self.operator).action_resume()
        self.env.invalidate_all()
        self.assertFalse(self.api.rest_reason)
        self.drain(self.clock)
        self.assertEqual(other.state, "done")

    def test_followers_wait_for_a_retrying_head_then_go(self):
        faults(DOWN)
        partner, head = self.contact()
        self.drain(self.clock)
        partner.function = "Pilot"
        self.commit()
        follower = self.events(self.api) - head
        other = self.contact("Bob Bright")[1]
        self.drain(self.clock)
        self.assertEqual((head.state, follower.state, follower.attempt_count), ("retry", "pending", 0))
        self.assertEqual(other.state, "retry", "another key is tried")
        faults()
        self.clock.advance(60)
        self.drain(self.clock)
        self.assertEqual((head.state, follower.state, other.state), ("done", "ignored", "done"))
        self.assertEqual(follower.error_code, "unchanged", "the head was rendered from the committed record")
        found = crm_objects()
        self.assertEqual(
            [each["properties"].get("jobtitle") for each in found if each["properties"]["email"] == "ada@x.example"],
            ["Pilot"],
        )

    def test_a_due_head_is_claimed_alone(self):
        faults(DOWN)
        partner, head = self.contact()
        self.drain(self.clock)
        partner.function = "Pilot"
        self.commit()
        self.clock.advance(60)
        with self.engine_mode():
            db = Database(self.env.cr.dbname, self.clock)
            _worker, claimed = self.claim(db, Unit(self.api.id, "outbound", head.slot))
        self.assertEqual([event.id for event in claimed], [head.id])

    def test_without_a_key_it_waits_too(self):
        faults(DOWN)
        event = self.contact()[1]
        self.env.cr.execute("UPDATE integration_event SET partition_key = NULL WHERE id = %s", [event.id])
        for _time in range(2):
            self.drain(self.clock)
        self.assertEqual((event.state, event.attempt_count), ("retry", 1))
        self.assertEqual(self.blocked_keys(self.api), {}, "nobody waits behind it")

    def test_unknown_outcome_is_repeated_without_a_double(self):
        """The other side did it, and its answer was lost: the second try finds it done."""
        faults({"vendor": "hubspot", "kind": "drop", "phase": "after", "count": 1, "match": {"method": "POST"}})
        partner, event = self.contact()
        self.drain(self.clock)
        self.assertEqual(event.state, "retry")
        self.clock.advance(60)
        self.drain(self.clock)
        self.assertEqual(event.state, "done")
        found = crm_objects()
        self.assertEqual(len([each for each in found if each["properties"]["email"] == partner.email]), 1)

    def test_an_error_page_passes(self):
        faults({"vendor": "hubspot", "kind": "garbage_200"})
        event = self.contact()[1]
        self.drain(self.clock)
        self.assertEqual((event.state, event.error_code), ("retry", "error-page"))
        faults()
        self.clock.advance(60)
        self.drain(self.clock)
        self.assertEqual(event.state, "done")

    def test_the_vendors_refusal_is_dead_at_once_with_its_words(self):
        faults({"vendor": "hubspot", "kind": "status", "status": 400})
        event = self.contact()[1]
        self.drain(self.clock)
        self.assertEqual((event.state, event.attempt_ids.status_code), ("dead", 400))

    def test_button_does_not_wait(self):
        faults(DOWN)
        self.api.retry_base = 3600
        event = self.contact()[1]
        self.drain()
        faults()
        self.drain()
        self.assertEqual(event.state, "retry")
        event.with_user(self.operator).action_retry()
        self.drain()
        self.assertEqual((event.state, event.attempt_count), ("done", 2))

    def test_read_that_fails_is_retried(self):
        """Inbound: the notification names the object, reading it fails."""
        hook, number = self.crm._endpoint("inbound"), int(crm_objects()[0]["id"])
        properties = {"country": "US"}  # as a word it would be left out, and told
        sandbox().control("PATCH", f"/hubspot/contacts/{number}", {"properties": properties, "webhook": False})
        faults(DOWN)
        entry = {"eventId": 1, "subscriptionId": 2, "objectId": number, "occurredAt": 1,
                 "subscriptionType": "contact.creation"}  # fmt: skip
        event = self.receive(self.crm, [entry], topic=None)
        self.drain(self.clock)
        self.assertEqual((event.state, event.error_code, event.endpoint_id), ("retry", "server-fault", hook))
        faults()
        self.clock.advance(60)
        self.drain(self.clock)
        self.assertEqual((event.state, event.error_message), ("done", False))


@tagged("post_install", "-at_install")
class TestWrongClock(DrainCase):
    """One worker's clock is wrong; when a message is due is the same for all."""

    def test_what_is_due_goes_by_the_servers_clock(self):
        faults(DOWN)
        event = self.contact()[1]
        for hours in (10, -10):
            wrong = type("WrongClock", (SystemClock,), {"now": lambda self, hours=hours: time.time() + 3600 * hours})
            self.patch(database, "SystemClock", wrong)
            with self.subTest(hours=hours):
                left = self.drain()
                self.assertEqual(set(left.values()), {event.next_try_at})
                self.env.cr.execute("SELECT clock_timestamp() AT TIME ZONE 'utc'")
                wait = (event.next_try_at - self.env.cr.fetchone()[0]).total_seconds()
                self.assertTrue(0 < wait <= 10, wait)
                event._requeue()
        self.assertEqual(event.attempt_count, 2)
