# Part of Integration Hub. License LGPL-3.0 or later.
"""The drain: order per key, retries, blocks, stops; with real connectors against the sandbox."""

import time
from datetime import UTC, datetime, timedelta

from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..connectors.clock import ManualClock
from ..engine.claim import take_over
from ..engine.database import Database
from ..engine.perform import Performer, drain
from ..engine.protocol import Apply, Claim, Load, Tried
from ..engine.slots import SLOTS, Unit, slot_of
from ..engine.wake import set_timer, wake
from ..models.handler import Handler
from .common import HubCase, crm_objects, faults, requests_to, sandbox

DOWN = {"vendor": "hubspot", "kind": "status", "status": 503, "match": {"path": "/crm/"}}
STATES = {"pending", "retry", "held", "done", "dead", "ignored"}


class DrainCase(HubCase):
    """A shop whose customers come in, a CRM that gets contacts. What fails is decided by the sandbox and by data."""

    @classmethod
    def set_up_hub(cls):
        cls.operator = cls.user("operator")  # first: a user is a contact too
        cls.shop = cls.connect_shopify(wanted=("customers_in",))
        cls.hook = cls.shop._endpoint("inbound")
        cls.crm = cls.connect_hubspot(wanted=("contacts_out", "contacts_in"))
        cls.api = cls.crm._endpoint("outbound")

    def setUp(self):
        super().setUp()
        self.clock = ManualClock(time.time())

    def customer(self, number, *, country="US", minute=0, **values):
        """Take in one customer; ``country`` QQ is one that Odoo does not know, so that the message is dead."""
        document = {
            "id": number,
            "email": f"c{number}@example.com",
            "first_name": "C",
            "last_name": str(number),
            "updated_at": f"2026-01-01T00:{minute:02}:00Z",
            "default_address": {"address1": f"Road {minute}", "country_code": country},
        }
        return self.receive(self.shop, document | values, topic="customers/update")

    def contact(self, name="Ada Arden", **values):
        """Create a contact in Odoo, as a person does, and return it with its event."""
        partner = self.env["res.partner"].create(
            {"name": name, "email": f"{name.split()[0].lower()}@x.example"} | values
        )
        self.commit()
        return partner, self.events(self.api, ("res_id", "=", partner.id))

    def claim(self, db, unit):
        """Claim as a drain does that got the unit; returns it, and what it has in hand."""
        worker = Performer(db, Handler(db))
        with db.read_committed() as cr:
            take_over(cr, unit, worker.claimed_by, db.now())
        return worker, worker.perform(Claim(unit, 10))

    def moment(self):
        return datetime.fromtimestamp(self.clock.now(), UTC).replace(tzinfo=None)


@tagged("post_install", "-at_install")
class TestOrder(DrainCase):
    """Order per key; everything else goes on."""

    def setUp(self):
        super().setUp()
        self.env["res.country"].search([("code", "=", "XK")]).code = "QX"

    def test_order_per_key_is_order_of_arrival(self):
        for minute, city in enumerate(("A", "B", "C")):
            self.customer(1, minute=minute, default_address={"address1": "Road 1", "city": city, "country_code": "US"})
        self.drain()
        events = self.events(self.hook)
        self.assertEqual(events.mapped("state"), ["done"] * 3)
        self.assertEqual(events.mapped("res_id"), events[:1].mapped("res_id") * 3)
        self.assertEqual(self.env["res.partner"].browse(events[0].res_id).city, "C")
        self.assertEqual(events.attempt_ids.sorted("id").event_id, events)

    def test_a_slot_is_for_ever(self):
        self.assertEqual((slot_of("customer:gid://shopify/Customer/1"), slot_of("x"), SLOTS), (6, 3, 64))

    def test_dead_head_blocks_its_key_only(self):
        head = self.customer(2, country="XK")
        follower = self.customer(2, minute=1)
        other = self.customer(3)
        self.drain()
        self.assertEqual((head.state, follower.state, other.state), ("dead", "pending", "done"))
        self.assertEqual(follower.attempt_count, 0)
        self.assertEqual(self.blocked_keys(self.hook), {head.partition_key: head.id})
        self.assertIn(head.display_name, follower.waiting_reason)
        self.assertFalse(head.waiting_reason)

    def test_retry_goes_first_then_its_followers(self):
        head = self.customer(4, country="XK")
        followers = [self.customer(4, minute=minute) for minute in (1, 2)]
        self.drain()
        self.env["res.country"].search([("code", "=", "QX")]).code = "XK"
        head.with_user(self.operator).action_retry()
        self.drain()
        self.assertEqual([event.state for event in (head, *followers)], ["done", "done", "done"])
        attempts = self.events(self.hook).attempt_ids.sorted("id")
        self.assertEqual(
            [attempt.event_id.id for attempt in attempts], [head.id, head.id, *[event.id for event in followers]]
        )
        self.assertEqual(self.blocked_keys(self.hook), {})

    def test_retry_that_fails_again_keeps_blocking(self):
        head, follower = self.customer(5, country="XK"), None
        follower = self.customer(5, minute=1)
        self.drain()
        head.with_user(self.operator).action_retry()
        self.drain()
        self.assertEqual((head.state, head.attempt_count, follower.state), ("dead", 2, "pending"))
        self.assertEqual(self.blocked_keys(self.hook), {head.partition_key: head.id})

    def test_skip(self):
        self.shop.flow_ids.on_dead = "skip"
        head, follower = self.customer(6, country="XK"), None
        follower = self.customer(6, minute=1)
        self.drain()
        self.assertEqual((head.state, follower.state), ("dead", "done"))
        self.assertEqual(self.blocked_keys(self.hook), {})

    def test_giving_up_lets_the_followers_go(self):
        head = self.customer(7, country="XK")
        follower = self.customer(7, minute=1)
        self.drain()
        self.finish_jobs()
        head.with_user(self.operator).action_ignore()
        self.commit()
        self.assertIn(f"wake:{self.hook.id}:inbound:{head.slot}", self.waiting_jobs())
        self.drain()
        self.assertEqual((head.state, follower.state), ("ignored", "done"))
        self.assertIn(self.operator.name, head.error_hint)

    def test_a_given_up_follower_does_not_free_the_key(self):
        head = self.customer(8, country="XK")
        followers = [self.customer(8, minute=minute) for minute in (1, 2)]
        self.drain()
        followers[0].with_user(self.operator).action_ignore()
        self.drain()
        self.assertEqual([event.state for event in (head, *followers)], ["dead", "ignored", "pending"])

    def test_given_up_between_claim_and_try(self):
        event = self.customer(9)
        with self.engine_mode():
            db = Database(self.env.cr.dbname)
            unit = Unit(self.hook.id, "inbound", event.slot)
            worker, claimed = self.claim(db, unit)
        self.assertEqual([each.id for each in claimed], [event.id])
        event.with_user(self.operator).action_ignore()
        with self.engine_mode():
            self.assertEqual(worker.perform(Apply(claimed, worker.perform(Load(claimed)))), [Tried("ignored")])
        self.assertEqual((event.state, event.attempt_count, event.attempt_ids.ids), ("ignored", 0, []))

    def test_only_operators(self):
        head = self.customer(10, country="XK")
        self.drain()
        for user in (self.user("user"), self.user("consultant"), self.user("auditor"), self.user("approver")):
            for action in ("action_retry", "action_ignore"):
                with self.assertRaisesRegex(UserError, "Only integration operators"):
                    getattr(head.with_user(user), action)()
        self.assertEqual(head.state, "dead")

    def test_what_is_done_is_not_retried(self):
        event = self.customer(11)
        self.drain()
        with self.assertRaisesRegex(UserError, "Only messages that failed"):
            event.with_user(self.operator).action_retry()
        event.with_user(self.operator).action_ignore()
        self.assertEqual(self.events(self.hook).state, "done", "nor given up")

    def test_retry_acts_on_the_selection(self):
        failed = self.customer(12, country="XK") | self.customer(13, country="XK")
        fine = self.customer(14)
        self.drain()
        answer = (failed[:1] | fine).with_user(self.operator).action_retry()
        self.assertIn("1 ", answer["params"]["message"])
        self.assertEqual(self.events(self.hook).mapped("state"), ["pending", "dead", "done"])

    def test_failures_of_one_cause_share_a_fingerprint(self):
        failed = self.customer(15, country="XK") | self.customer(16, country="XK")
        other = self.customer(17, email=None, first_name=None, last_name=None, default_address=None)
        self.drain()
        self.assertEqual(len(set(failed.mapped("fingerprint"))), 1)
        self.assertEqual(other.state, "dead", other.error_message)
        self.assertNotEqual(other.fingerprint, failed[0].fingerprint)
        self.assertEqual(failed[0].attempt_ids.mapped("message"), [failed[0].error_message])


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
            due = drain(db, unit, Handler(db))
        self.assertEqual((first.state, other.state, other.attempt_count), ("retry", "pending", 0))
        self.assertIn("asked for a pause", other.waiting_reason)
        self.assertEqual(requests_to("hubspot", "POST")[1:], [], "nobody asks again before the time")
        self.assertAlmostEqual((due - self.moment()).total_seconds(), 120, delta=1)
        self.assertIn(f"timer:{unit}:{due:%Y%m%d%H%M%S}", self.waiting_jobs(), "and then somebody comes")
        self.clock.advance(121)
        self.drain(self.clock)
        self.assertEqual((first.state, other.state), ("done", "done"))

    def test_a_person_ends_the_pause(self):
        faults(DOWN | {"status": 503, "retry_after": 3600})
        self.contact("Ada Arden")
        self.drain(self.clock)
        faults()
        other = self.contact("Bob Bright")[1]
        self.drain(self.clock)
        self.assertEqual(other.state, "pending")
        self.api.with_user(self.operator).action_pause()
        self.api.with_user(self.operator).action_resume()
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

    def test_garbage_is_dead_at_once(self):
        faults({"vendor": "hubspot", "kind": "garbage_200"})
        event = self.contact()[1]
        self.drain(self.clock)
        self.assertEqual((event.state, event.attempt_count), ("dead", 1))
        self.assertTrue(event.error_message)

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
class TestStops(DrainCase):
    """The other side refuses the credential: the endpoint stops, its messages wait, a person is told."""

    def refuse(self, status=401):
        faults({"vendor": "hubspot", "kind": "status", "status": status, "match": {"path": "/crm/"}})

    def test_401_stops_the_endpoint(self):
        self.refuse()
        events = self.contact("Ada Arden")[1] | self.contact("Bob Bright")[1]
        self.drain(self.clock)
        self.assertEqual(self.api.state, "suspended")
        self.assertTrue(self.api.state_reason)
        self.assertEqual(set(events.mapped("state")), {"pending"}, "nothing is wrong with them")
        self.assertEqual(sum(events.mapped("attempt_count")), 1, "the second was not even tried")
        self.assertEqual(events[1].waiting_reason, self.api.state_reason)
        activity = self.api.activity_ids
        self.assertEqual((len(activity), activity.summary), (1, self.api.state_reason))
        self.assertEqual(activity.user_id, self.crm.technical_owner_id)
        before = len(requests_to("hubspot"))
        self.drain(self.clock)
        self.assertEqual(len(requests_to("hubspot")), before, "a stopped endpoint calls nobody")

    def test_goes_on_with_a_new_secret(self):
        self.refuse()
        event = self.contact()[1]
        self.drain(self.clock)
        faults()
        self.finish_jobs()
        self.api.credential_id.secret = "pat-sandbox"
        self.commit()
        self.assertEqual((self.api.state, self.api.state_reason), ("active", False))
        self.assertEqual(self.waiting_jobs(), [f"wake:{self.api.id}:outbound:{event.slot}"])
        self.drain(self.clock)
        self.assertEqual((event.state, event.attempt_ids.mapped("outcome")), ("done", ["pending", "done"]))

    def test_a_wrong_token_for_real(self):
        self.api.credential_id.secret = "pat-wrong"
        self.api.credential_id.action_retire_previous()
        event = self.contact()[1]
        self.drain(self.clock)
        self.assertEqual((event.state, self.api.state, event.attempt_ids.status_code), ("pending", "suspended", 401))

    def test_a_person_who_paused_is_not_overruled(self):
        self.api.action_pause()
        self.api.credential_id.secret = "pat-sandbox"
        self.commit()
        self.assertEqual(self.api.state, "paused")

    def test_410_switches_off(self):
        self.refuse(410)
        event = self.contact()[1]
        self.drain(self.clock)
        self.assertEqual((self.api.state, event.state), ("disabled", "pending"))
        self.assertEqual(len(self.api.activity_ids), 1)

    def test_refused_read_stops_the_api_endpoint_not_the_webhook(self):
        self.refuse()
        hook = self.crm._endpoint("inbound")
        entry = {"eventId": 1, "objectId": int(crm_objects()[0]["id"]), "subscriptionType": "contact.creation"}
        event = self.receive(self.crm, [entry], topic=None)
        self.drain(self.clock)
        self.assertEqual((self.api.state, hook.state), ("suspended", "active"))
        self.assertIn(event.state, ("retry", "pending"))
        before = len(requests_to("hubspot"))
        self.clock.advance(30)
        self.drain(self.clock)
        self.assertEqual(len(requests_to("hubspot")), before)
        self.assertEqual(event.state, "retry")
        self.assertEqual(event.error_code, "api-endpoint-stopped")

    def test_what_waits_to_be_read_goes_on_with_a_new_key_and_no_try_is_counted(self):
        self.refuse()
        entry = {"eventId": 1, "objectId": int(crm_objects()[0]["id"]), "subscriptionType": "contact.creation"}
        event = self.receive(self.crm, [entry], topic=None)
        for _look in range(3):
            self.drain(self.clock)
            self.clock.advance(3600)
        self.assertEqual((event.state, event.attempt_count, len(event.attempt_ids)), ("retry", 0, 0))
        faults()
        self.api.credential_id.secret = "pat-sandbox"
        self.commit()
        self.assertEqual((event.state, self.api.state), ("pending", "active"))
        self.drain(self.clock)
        self.assertEqual(event.state, "done")

    def test_a_constraint_of_odoo_is_no_fault_of_the_hub(self):
        values = {"name": "Twice", "code": "xx_XX", "url_code": "xx"}
        self.env["res.lang"].create(values)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError) as caught, self.env.cr.savepoint():
            self.env["res.lang"].create(values | {"name": "Other"})
        with self.engine_mode():
            outcome = Handler(Database(self.env.cr.dbname)).explain(caught.exception)
        self.assertEqual((outcome.state, outcome.code), ("dead", "refused-by-odoo"))
        self.assertIn("unique", outcome.message)

    def test_pausing_is_derived(self):
        event = self.contact()[1]
        self.api.with_user(self.operator).action_pause()
        self.drain(self.clock)
        self.assertEqual((event.state, event.attempt_count), ("pending", 0))
        self.assertIn(self.operator.name, event.waiting_reason)
        self.api.with_user(self.operator).action_resume()
        self.drain(self.clock)
        self.assertEqual(event.state, "done")

    def test_another_environments_endpoint_does_nothing(self):
        event = self.contact()[1]
        self.api.environment_id = self.env.ref("integration_hub.integration_environment_production")
        with self.engine_mode():
            self.env["integration.handler"]._drain_unit(self.api.id, "outbound", event.slot)
        self.assertEqual((event.state, event.attempt_count), ("pending", 0))
        self.assertEqual(requests_to("hubspot"), [])


@tagged("post_install", "-at_install")
class TestWake(DrainCase):
    """Who comes, and when."""

    def jobs(self, prefix):
        return [key for key in self.waiting_jobs() if key.startswith(prefix)]

    def test_one_wake_up_a_unit(self):
        self.finish_jobs()
        unit, other = Unit(self.api.id, "outbound", 3), Unit(self.api.id, "outbound", 4)
        with self.engine_mode():
            db = Database(self.env.cr.dbname)
            wake(db, [unit, unit, other])
            wake(db, [unit])
        self.assertEqual(self.jobs("wake:"), [f"wake:{unit}", f"wake:{other}"])
        job = self.env["queue.job"].search([("identity_key", "=", f"wake:{unit}")])
        self.assertEqual((job.channel, job.method_name, job.max_retries), (
            "root.integration.standard", "_drain", 0))  # fmt: skip
        self.finish_jobs()
        with self.engine_mode():
            wake(db, [unit])
        self.assertEqual(self.jobs("wake:"), [f"wake:{unit}"], "one that is over does not count")

    def test_a_timer_does_not_swallow_a_wake_up(self):
        self.finish_jobs()
        faults(DOWN)
        partner, event = self.contact()
        self.finish_jobs()
        unit = Unit(self.api.id, "outbound", event.slot)
        with self.engine_mode():
            self.env["integration.handler"]._drain_unit(*unit)
        self.assertEqual(event.state, "retry")
        self.assertEqual(self.jobs("timer:"), [f"timer:{unit}:{event.next_try_at:%Y%m%d%H%M%S}"])
        timer = self.env["queue.job"].search([("identity_key", "=like", f"timer:{unit}:%")])
        self.assertAlmostEqual(timer.eta, event.next_try_at, delta=timedelta(seconds=2))
        self.assertEqual(self.jobs("wake:"), [])
        partner.function = "Pilot"
        self.commit()
        self.assertEqual(self.jobs("wake:"), [f"wake:{unit}"])
        with self.engine_mode():
            set_timer(Database(self.env.cr.dbname), unit, event.next_try_at)
        self.assertEqual(len(self.jobs("timer:")), 1, "nor is it doubled")

    def test_lane_is_channel_and_priority(self):
        self.finish_jobs()
        self.api.lane_id = self.env.ref("integration_hub.integration_lane_critical")
        with self.engine_mode():
            wake(Database(self.env.cr.dbname), [Unit(self.api.id, "outbound", 1)])
        job = self.env["queue.job"].search([("identity_key", "=", f"wake:{self.api.id}:outbound:1")])
        self.assertEqual((job.channel, job.priority), ("root.integration.critical", 5))

    def test_budget_leaves_the_rest_for_the_next_job(self):
        self.patch(type(self.env["integration.target.res.partner"]), "_is_plain", False)
        events = [self.customer(20, minute=minute) for minute in range(3)]
        self.finish_jobs()
        unit = Unit(self.hook.id, "inbound", events[0].slot)
        with self.engine_mode():
            db = Database(self.env.cr.dbname, self.clock)
            handler = Handler(db)
            apply = handler.apply

            def slow(cr, event, document):
                self.clock.advance(15)
                return apply(cr, event, document)

            handler.apply = slow
            self.assertEqual(drain(db, unit, handler, budget=20), "more")
        self.assertEqual([event.state for event in events], ["done", "done", "pending"])


@tagged("post_install", "-at_install")
class TestOutcomes(DrainCase):
    def test_our_own_bug_ends_as_a_visible_attempt(self):
        target = type(self.env["integration.target.res.partner"])

        def broken(self, arrival):
            raise ZeroDivisionError("of ours")

        self.patch(target, "_match_domains", broken)
        event = self.customer(30)
        self.drain()
        self.assertEqual((event.state, event.error_code), ("dead", "internal-error"))
        self.assertIn("ZeroDivisionError", event.error_message)
        self.assertIn("Traceback", event.attempt_ids.technical)
        self.assertNotIn("Traceback", event.error_message + event.error_hint)

    def test_what_odoo_refuses_is_said_in_its_words(self):
        partner = type(self.env["res.partner"])

        def refusing(self, vals_list):
            raise UserError(self.env._("Not on Sundays."))

        event = self.customer(31)
        self.patch(partner, "create", refusing)
        self.drain()
        self.assertEqual((event.state, event.error_code, event.error_message), (
            "dead", "refused-by-odoo", "Not on Sundays."))  # fmt: skip

    def test_missing_right_is_a_dead_message_that_names_it(self):
        event = self.customer(32)
        self.hook.service_user_id.group_ids = self.env.ref("base.group_user")
        self.drain()
        self.assertEqual((event.state, event.error_code), ("dead", "access"))
        self.assertIn("service user", event.error_hint)

    def test_states_are_the_documented_ones(self):
        self.assertEqual(set(dict(self.env["integration.event"]._fields["state"].selection)), STATES)

    def test_flow_switched_off_meanwhile(self):
        inbound, outbound = self.customer(33), self.contact()[1]
        (self.shop | self.crm).flow_ids.action_switch_off()
        self.drain()
        self.assertEqual((inbound.state, outbound.state), ("ignored", "ignored"))
        self.assertEqual((inbound.error_code, outbound.error_code), ("no-flow", "no-flow"))

    def test_record_deleted_meanwhile(self):
        partner, event = self.contact()
        partner.unlink()
        self.commit()
        self.drain()
        self.assertEqual((event.state, event.error_code), ("ignored", "record-gone"))
        self.assertEqual(requests_to("hubspot"), [])
