# Part of Integration Hub. License LGPL-3.0 or later.
"""Back-pressure: who brings messages is asked to wait only where nothing is lost, and people are told before."""

from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..connectors.clock import ManualClock
from ..engine import backlog, tally
from ..engine.database import Database
from ..models import intake_load
from .common import SHOPIFY_SECRET, HubHttpCase


@tagged("post_install", "-at_install")
class TestBacklog(HubHttpCase):
    @classmethod
    def set_up_hub(cls):
        cls.shop = cls.connect_shopify()
        cls.hook = cls.shop._endpoint("inbound")
        cls.lane = cls.hook.lane_id
        cls.owner = cls.user("operator")
        cls.shop.technical_owner_id = cls.owner

    def setUp(self):
        super().setUp()
        self.db = Database(self.env.cr.dbname)

    def wait(self, count, endpoint=None, state="pending"):
        """Have so many messages of an endpoint wait."""
        endpoint = endpoint or self.hook
        self.env.cr.execute(
            """INSERT INTO integration_event (direction, state, endpoint_id, company_id, slot, arrived_at)
               SELECT %s, %s, %s, 1, n %% 64, now() AT TIME ZONE 'utc' - interval '2 hours'
                 FROM generate_series(1, %s) n""",
            [endpoint.direction, state, endpoint.id, count],
        )

    def done(self, endpoint=None):
        self.env.cr.execute(
            "UPDATE integration_event SET state = 'done' WHERE endpoint_id = %s", [(endpoint or self.hook).id]
        )

    def come_by(self, seconds=60):
        """The sweeper comes by, that much later."""
        self.env.cr.flush()
        self.env.cr.execute(
            "UPDATE integration_backlog SET measured_at = measured_at - %s", [timedelta(seconds=seconds)]
        )
        self.env["integration.endpoint"]._see_to_backlogs(self.db)
        self.env.invalidate_all()
        intake_load.rooms.forget()

    def room(self, endpoint=None):
        self.env.cr.flush()
        return backlog.room(self.env.cr, (endpoint or self.hook).id, self.db.now())

    def deliver_one(self, **options):
        return self.deliver(self.hook, {"id": 7}, topic="customers/create", **options)

    def alerts(self, endpoint=None):
        kind = self.env.ref("integration_hub.activity_backlog")
        return (endpoint or self.hook).activity_ids.filtered(lambda activity: activity.activity_type_id == kind)

    # --- how much room there is ---

    def test_room_is_what_the_nearer_limit_leaves(self):
        self.lane.backlog_limit = 0
        self.assertIsNone(self.room(), "no limit")
        self.hook.backlog_limit = 10
        self.assertEqual(self.room(), 10)
        self.wait(4)
        self.assertEqual(self.room(), 10, "nobody has counted")
        self.come_by()
        self.assertEqual(self.room(), 6)
        self.lane.backlog_limit = 5
        self.assertEqual(self.room(), 1)
        self.hook.backlog_limit = 0
        self.assertEqual(self.room(), 1)

    def test_what_ended_or_is_held_does_not_wait(self):
        self.hook.backlog_limit = 10
        self.wait(3, state="done")
        self.wait(3, state="held")
        self.wait(2, state="retry")
        self.come_by()
        self.assertEqual(self.room(), 8)

    def test_a_lane_is_filled_by_all_of_its_endpoints(self):
        other = self.connect_shopify()._endpoint("inbound")
        self.lane.backlog_limit = 10
        self.wait(3)
        self.wait(4, other)
        self.come_by()
        self.assertEqual((self.room(), self.room(other)), (3, 3))

    def test_no_more_than_the_limit_is_counted(self):
        self.hook.backlog_limit, self.lane.backlog_limit = 5, 8
        self.wait(20)
        self.come_by()
        self.env.cr.execute("SELECT waiting FROM integration_backlog WHERE endpoint_id = %s", [self.hook.id])
        self.assertEqual(self.env.cr.fetchone(), (8,))

    def test_a_limit_is_counted_up_to_however_high_it_is(self):
        self.lane.backlog_limit = 4
        self.wait(5)
        with patch.object(backlog, "MOST", 2):
            self.come_by()
        self.assertEqual(self.room(), 0)

    def test_what_was_counted_long_ago_holds_nobody_up(self):
        self.hook.backlog_limit = 5
        self.wait(5)
        self.come_by()
        self.assertEqual(self.room(), 0)
        later = self.db.now() + timedelta(seconds=backlog.VALID + 2)
        self.assertEqual(backlog.room(self.env.cr, self.hook.id, later), 5)

    def test_much_is_counted_more_seldom(self):
        self.hook.backlog_limit = 10
        self.wait(4)
        self.come_by()
        self.env.cr.execute("UPDATE integration_backlog SET waiting = 8 * %s", [backlog.COUNTED_PER_SECOND])
        self.come_by(seconds=5)
        self.assertEqual(self.room(), 0, "as it was")
        self.come_by(seconds=5)
        self.assertEqual(self.room(), 6)

    def test_the_oldest(self):
        self.wait(2)
        self.come_by()
        found = {each.endpoint_id: each for each in backlog.backlogs(self.env.cr, self.db.now())}[self.hook.id]
        self.assertAlmostEqual((self.db.now() - found.oldest).total_seconds(), 7200, delta=60)

    # --- what a process knows of it ---

    def test_a_process_counts_what_it_brings(self):
        self.hook.backlog_limit = 5
        self.wait(3)
        self.come_by()
        clock = ManualClock()
        db = Database(self.env.cr.dbname, clock)
        db.now = self.db.now
        rooms = backlog.Rooms()
        self.assertTrue(rooms.has_room(db, self.hook.id))
        rooms.bring(db, self.hook.id, 2)
        self.assertFalse(rooms.has_room(db, self.hook.id))
        clock.sleep(backlog.READ_EVERY + 1)
        self.assertFalse(rooms.has_room(db, self.hook.id), "nobody has counted since")
        self.come_by()
        clock.sleep(backlog.READ_EVERY + 1)
        self.assertTrue(rooms.has_room(db, self.hook.id), "counted anew")

    # --- people are told ---

    def test_people_are_told_before_anybody_is_refused_and_once(self):
        self.hook.backlog_limit = 100
        self.wait(79)
        self.come_by()
        self.assertFalse(self.alerts())
        self.wait(1)
        self.come_by()
        alert = self.alerts()
        self.assertEqual(alert.user_id, self.owner)
        self.assertIn("80 of at most 100", alert.summary)
        self.assertTrue(self.hook.backlog_since)
        self.assertEqual(self.deliver_one().status_code, 202, "told, and nobody refused yet")
        self.come_by()
        self.assertEqual(self.alerts(), alert)

    def test_it_is_over_below_half(self):
        self.hook.backlog_limit = 10
        self.wait(8)
        self.come_by()
        self.done()
        self.wait(5)
        self.come_by()
        self.assertTrue(self.alerts(), "half is no end")
        self.done()
        self.wait(4)
        self.come_by()
        self.assertFalse(self.alerts())
        self.assertFalse(self.hook.backlog_since)
        self.done()
        self.wait(9)
        self.come_by()
        self.assertEqual(len(self.alerts()), 1, "another time")

    def test_of_a_full_lane_the_owner_of_the_largest_is_told(self):
        other = self.connect_shopify()._endpoint("inbound")
        self.lane.backlog_limit = 10
        self.wait(3)
        self.wait(6, other)
        self.come_by()
        self.assertEqual((len(self.alerts()), len(self.alerts(other))), (0, 1))

    def test_a_screen_says_how_much_waits(self):
        self.hook.backlog_limit = 2000
        self.wait(1234)
        self.come_by()
        self.assertIn("1,234 of at most 2,000", self.hook.backlog_summary)
        self.hook.backlog_limit, self.lane.backlog_limit = 0, 0
        self.assertTrue(self.hook.backlog_summary.startswith("1,234, the first since"))

    # --- who is asked to come later ---

    def full(self):
        self.hook.backlog_limit = 3
        self.wait(3)
        self.come_by()

    def test_who_delivers_again_is_asked_to_come_later(self):
        self.full()
        response = self.deliver_one()
        self.assert_problem(response, 429, "backlog-full")
        self.assertEqual(response.headers["Retry-After"], "60")
        self.done()
        self.come_by()
        self.assertEqual(self.deliver_one().status_code, 202)

    def test_who_does_not_is_accepted(self):
        self.full()
        self.hook.scheme = "woocommerce"
        headers = {"X-Shopify-Topic": "customers/create"}
        response = self.deliver(self.hook, {"id": 7}, secret=SHOPIFY_SECRET, headers=headers)
        self.assertEqual(response.status_code, 202)
        self.assertEqual(self.counts(), {"accepted": 1, "beyond:backlog-full": 1})

    def test_who_fetches_is_asked_to_wait(self):
        self.full()
        flow = self.shop.flow_ids.filtered(lambda flow: flow.direction == "inbound")[:1]
        wizard = self.env["integration.fetch"].create({"flow_id": flow.id, "external_id": "1"})
        with self.assertRaisesRegex(UserError, "Fetch it again when some of them are done"):
            wizard.action_fetch()

    def test_too_many_a_second(self):
        self.hook.intake_rate = 1
        statuses = [self.deliver_one().status_code for _number in range(intake_load.BURST_SECONDS + 5)]
        self.assertEqual(set(statuses[: intake_load.BURST_SECONDS]), {202})
        self.assertIn(429, statuses)
        refused = next(each for _number in range(20) if (each := self.deliver_one()).status_code == 429)
        self.assert_problem(refused, 429, "too-many-deliveries")
        self.assertGreaterEqual(int(refused.headers["Retry-After"]), 1)
        self.hook.intake_rate = 0
        self.assertEqual(self.deliver_one().status_code, 202, "no limit")

    def counts(self):
        intake_load.tally.tell(self.db, every=0)
        return {name: count for (_id, name), count in tally.counts(self.env.cr, self.hook.ids).items()}

    def test_what_is_counted(self):
        for number in (1, 1, 2):
            self.deliver_one(webhook_id=f"w-{number}")
        self.deliver(self.hook, b"{", topic="customers/create")
        counted = self.counts()
        self.assertEqual(counted, {"accepted": 2, "duplicate": 1, "refused:invalid-json": 1})
        tally.fold(self.db)
        self.assertEqual(self.counts(), counted, "folded, it is the same")
        self.env.cr.execute("SELECT count(*) FROM integration_counter_delta")
        self.assertEqual(self.env.cr.fetchone(), (0,))
        self.deliver_one()
        self.assertEqual(self.counts()["accepted"], 3)

    # --- what is counted ---

    def rows(self):
        self.env.cr.execute("SELECT name, count FROM integration_counter_delta ORDER BY name, count")
        return self.env.cr.fetchall()

    def test_a_process_inserts_now_and_then(self):
        clock = ManualClock()
        db, counts = Database(self.env.cr.dbname, clock), tally.Tally()
        for _second in range(25):
            counts.count(db, self.hook.id, "accepted")
            counts.tell(db)
            clock.sleep(1)
        self.assertEqual(self.rows(), [("accepted", 1), ("accepted", 10), ("accepted", 10)])

    def test_what_could_not_be_inserted_is_kept(self):
        class Away(Database):
            def statements(self):
                raise tally.Error

        counts = tally.Tally()
        away = Away(self.env.cr.dbname)
        counts.count(away, self.hook.id, "accepted", 3)
        with self.assertLogs("odoo.addons.integration_hub.engine.tally", "ERROR"):
            counts.tell(away, every=0)
        counts.count(away, self.hook.id, "accepted", 2)
        counts.tell(self.db, every=0)
        self.assertEqual(self.rows(), [("accepted", 5)])
