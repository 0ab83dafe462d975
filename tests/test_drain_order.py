# Part of Integration Hub. License LGPL-3.0 or later.
"""The drain's order: per key that of arrival, through failures, retries and what a person gives up."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..engine.database import Database
from ..engine.slots import SLOTS, Unit, slot_of
from ..engine.steps import Apply, Load, Tried
from .drain_cases import DrainCase


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
