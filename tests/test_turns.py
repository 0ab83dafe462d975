# Part of Integration Hub. License LGPL-3.0 or later.
"""Whose turn it is: a lane's jobs in the runner's own order, who waits for a drain's place, where a drain goes on."""

from datetime import timedelta

from odoo.addons.queue_job.jobrunner.channels import ChannelManager
from odoo.modules.migration import load_script
from odoo.tests import BaseCase, tagged

from ..engine import channels, turns
from ..engine.capacity import Capacities
from ..engine.database import Database
from ..engine.guard import guard
from ..engine.slots import Unit
from ..engine.wake import set_return, set_timer, wake
from .common import ROOT, HubCase
from .connections import ConnectionsCase


@tagged("post_install", "-at_install")
class TestStartTag(BaseCase):
    def test_tags_begin_anew_when_nobody_waits(self):
        self.assertEqual(turns.start_tag(None, None), 0)

    def test_who_is_new_starts_where_the_lane_is(self):
        self.assertEqual(turns.start_tag(17, None), 17)

    def test_who_has_waited_long_is_not_paid_for_it(self):
        self.assertEqual(turns.start_tag(17, 3), 17)

    def test_the_next_of_the_same_endpoint_is_one_turn_later(self):
        self.assertEqual(turns.start_tag(17, 40), 41)

    def test_lanes_do_not_overlap_and_a_lane_of_priority_10_begins_at_queue_jobs_own(self):
        self.assertEqual(turns.first(10), 10)
        for priority in range(-10, 31):
            self.assertGreater(turns.when_due(priority + 1), turns.first(priority) + turns.BAND - 2)
            self.assertTrue(-(2**31) < turns.first(priority) + turns.BAND < 2**31)


class TurnsCase(HubCase):
    """Two CRMs, and no job in the queue."""

    @classmethod
    def set_up_hub(cls):
        cls.many = cls.connect_hubspot(wanted=("contacts_out",))._endpoint("outbound")
        cls.one = cls.connect_hubspot(wanted=("contacts_out",))._endpoint("outbound")
        cls.lanes = {
            lane.code: lane for lane in cls.env["integration.lane"].search([("code", "!=", False)], order="sequence")
        }

    def setUp(self):
        super().setUp()
        self.db = Database(self.env.cr.dbname)
        self.finish_jobs()

    def wake(self, endpoint, *slots):
        with self.engine_mode():
            wake(self.db, [Unit(endpoint.id, "outbound", slot) for slot in slots])

    def others_wait(self, endpoint=None):
        return turns.others_wait(self.env.cr, Unit((endpoint or self.many).id, "outbound", 0))

    def configure(self, line):
        self.patch(channels, "_channels", lambda: line)

    def set_jobs(self, **values):
        self.env.flush_all()
        for name, value in values.items():
            self.env.cr.execute(f"UPDATE queue_job SET {name} = %s WHERE state <> 'done'", [value])


@tagged("post_install", "-at_install")
class TestOrder(TurnsCase):
    """Jobs as they are in the queue, in the order in which queue_job's own scheduler runs them, one at a time."""

    def setUp(self):
        super().setUp()
        self.runner = ChannelManager()
        self.runner.simple_configure("root:1")
        self.started = None
        self.clock = self.env.cr.now().timestamp()

    def run_next(self):
        """End the job under way, and start the next; returns its key."""
        self.env.cr.execute(
            """SELECT channel, uuid, id, date_created, priority, extract(epoch FROM eta)::float, state FROM queue_job
                WHERE state IN ('pending', 'started') ORDER BY id"""
        )
        for job in self.env.cr.fetchall():
            self.runner.notify("db", *job[:-1], "done" if job[1] == self.started else job[-1])
        self.env.cr.execute("UPDATE queue_job SET state = 'done' WHERE uuid = %s", [self.started])
        job = next(iter(self.runner.get_jobs_to_run(self.clock)), None)
        self.started = job and job.uuid
        self.env.cr.execute(
            "UPDATE queue_job SET state = 'started' WHERE uuid = %s RETURNING identity_key", [self.started]
        )
        row = self.env.cr.fetchone()
        self.env["queue.job"].invalidate_model()
        return row and row[0]

    def test_one_job_alternates_with_sixty_four(self):
        self.wake(self.many, *range(64))
        self.run_next()
        self.wake(self.one, 5)
        order = []
        for _turn in range(10):
            kind, endpoint, _direction, slot = self.run_next().split(":")
            order.append((kind, int(endpoint)))
            self.wake(self.env["integration.endpoint"].browse(int(endpoint)), int(slot))  # it is not done yet
        self.assertEqual(order, [("wake", self.many.id), ("wake", self.one.id)] * 5)

    def test_many_endpoints_each_get_their_turn(self):
        endpoints = self.many | self.one | self.connect_hubspot(wanted=("contacts_out",))._endpoint("outbound")
        for endpoint in endpoints:
            self.wake(endpoint, *range(8))
        order = [int(self.run_next().split(":")[1]) for _turn in range(24)]
        for first in range(0, 24, 3):
            self.assertEqual(set(order[first : first + 3]), set(endpoints.ids))

    def test_a_better_lane_goes_first_however_long_the_other_has_waited(self):
        self.many.lane_id = self.lanes["bulk"]
        self.wake(self.many, *range(8))
        self.run_next()
        self.wake(self.one, 1)
        self.assertEqual(self.run_next(), f"wake:{self.one.id}:outbound:1")

    def test_a_timer_that_is_due_goes_first_in_its_lane_only(self):
        self.wake(self.many, *range(8))
        with self.engine_mode():
            set_timer(self.db, Unit(self.one.id, "outbound", 3), self.db.now() - timedelta(hours=1))
        urgent = self.connect_hubspot(wanted=("contacts_out",))._endpoint("outbound")
        urgent.lane_id = self.lanes["critical"]
        self.wake(urgent, 7)
        self.clock += 3600  # its eta is now
        order = [self.run_next().split(":")[:2] for _turn in range(3)]
        self.assertEqual(order, [["wake", str(urgent.id)], ["timer", str(self.one.id)], ["wake", str(self.many.id)]])

    def test_a_lane_that_is_never_idle_stays_in_its_band(self):
        self.wake(self.many, 0)
        self.set_jobs(priority=turns.first(10) + turns.BAND - 2)
        self.wake(self.many, 1, 2)
        self.env.cr.execute("SELECT max(priority) FROM queue_job WHERE state = 'pending'")
        self.assertEqual(self.env.cr.fetchone()[0], turns.first(10) + turns.BAND - 2)


@tagged("post_install", "-at_install")
class TestOthersWait(TurnsCase):
    def setUp(self):
        super().setUp()
        self.configure("root:4,root.integration:3")

    def test_nobody(self):
        self.assertFalse(self.others_wait())

    def test_its_own_endpoints_units_are_no_others(self):
        self.wake(self.many, 1, 2, 3)
        self.assertFalse(self.others_wait())

    def test_another_endpoint_of_the_lane(self):
        self.wake(self.one, 1)
        self.assertTrue(self.others_wait())
        self.set_jobs(state="enqueued")
        self.assertTrue(self.others_wait())
        self.set_jobs(state="started")
        self.assertFalse(self.others_wait(), "it does not wait any more")

    def test_lanes(self):
        for mine, theirs, expected in (
            ("bulk", "standard", True),
            ("bulk", "critical", True),
            ("standard", "critical", True),
            ("standard", "bulk", False),
            ("critical", "standard", False),
        ):
            with self.subTest(mine=mine, theirs=theirs):
                self.finish_jobs()
                self.many.lane_id, self.one.lane_id = self.lanes[mine], self.lanes[theirs]
                self.wake(self.one, 1)
                self.assertEqual(self.others_wait(), expected)

    def test_what_is_not_due_does_not_wait(self):
        with self.engine_mode():
            set_timer(self.db, Unit(self.one.id, "outbound", 1), self.db.now() + timedelta(minutes=1))
        self.assertFalse(self.others_wait())
        self.set_jobs(eta=self.db.now() - timedelta(seconds=1))
        self.assertTrue(self.others_wait())

    def test_other_modules_jobs_where_drains_have_every_place(self):
        self.env["res.partner"].with_delay().name_search("Ada")
        self.assertFalse(self.others_wait(), "they have a place")
        self.wake(self.many, 0)
        self.env.cr.execute(
            "UPDATE queue_job SET state = 'started' WHERE identity_key LIKE 'wake:%' AND state = 'pending'"
        )
        self.assertFalse(self.others_wait())
        self.configure("root:1")
        self.assertTrue(self.others_wait())
        self.env.cr.execute("UPDATE queue_job SET state = 'done' WHERE state = 'pending'")
        self.assertFalse(self.others_wait())
        self.env["integration.sweeper"]._keep_beating()
        self.assertTrue(self.others_wait(), "the heartbeat's is one of them")

    def test_an_endpoint_that_was_deleted_meanwhile(self):
        self.wake(self.one, 1)
        self.assertFalse(turns.others_wait(self.env.cr, Unit(2**31 - 1, "outbound", 0)))


@tagged("post_install", "-at_install")
class TestReturn(TurnsCase):
    def test_one_timer_an_endpoint(self):
        until = self.db.now() + timedelta(minutes=5)
        with self.engine_mode():
            for slot in (3, 4):
                set_return(self.db, Unit(self.many.id, "outbound", slot), until)
            set_return(self.db, Unit(self.one.id, "outbound", 3), until)
        jobs = self.env["queue.job"].search([("state", "=", "pending"), ("eta", "!=", False)], order="id")
        self.assertEqual(
            jobs.mapped("identity_key"),
            [f"return:{endpoint.id}:outbound:{until:%Y%m%d%H%M%S}" for endpoint in (self.many, self.one)],
        )
        self.assertEqual(jobs.mapped("args"), [["outbound", 3]] * 2)
        self.assertEqual(set(jobs.mapped("priority")), {turns.when_due(10)})
        self.assertTrue(all(job.eta >= until for job in jobs))


@tagged("post_install", "-at_install")
class TestNextUnit(TurnsCase):
    def setUp(self):
        super().setUp()
        for number in range(12):
            self.env["res.partner"].create({"name": f"Contact {number}", "email": f"c{number}@turns.example"})
        self.commit()
        self.units = sorted({Unit(self.many.id, "outbound", event.slot) for event in self.events(self.many)})
        self.assertGreater(len(self.units), 3)

    def next_unit(self, unit):
        with self.engine_mode():
            return turns.next_unit(self.db, unit)

    def test_round_in_a_circle(self):
        unit, seen = self.units[0], []
        for _unit in self.units:
            unit = self.next_unit(unit)
            seen.append(unit)
        self.assertEqual(seen, self.units[1:] + self.units[:1])

    def test_its_job_is_cancelled_and_no_other(self):
        before = self.waiting_jobs()
        unit = self.next_unit(self.units[0])
        self.assertEqual(set(before) - set(self.waiting_jobs()), {f"wake:{unit}"})
        job = self.env["queue.job"].search([("identity_key", "=", f"wake:{unit}")], order="id desc", limit=1)
        self.assertEqual((job.state, bool(job.date_cancelled)), ("cancelled", True))
        self.wake(self.many, unit.slot)
        self.assertIn(f"wake:{unit}", self.waiting_jobs(), "who comes now is woken for")

    def test_a_job_that_the_runner_has_in_hand_comes(self):
        unit = self.units[1]
        self.env.cr.execute("UPDATE queue_job SET state = 'enqueued' WHERE identity_key = %s", [f"wake:{unit}"])
        self.assertEqual(self.next_unit(self.units[0]), unit)
        self.assertIn(f"wake:{unit}", self.waiting_jobs())

    def test_none_with_nothing_to_do(self):
        self.env.cr.execute("UPDATE integration_event SET state = 'done' WHERE endpoint_id = %s", [self.many.id])
        self.assertIsNone(self.next_unit(self.units[0]))

    def test_its_own_is_not_the_next(self):
        self.env.cr.execute(
            "UPDATE integration_event SET state = 'done' WHERE endpoint_id = %s AND slot <> %s",
            [self.many.id, self.units[0].slot],
        )
        self.assertIsNone(self.next_unit(self.units[0]))

    def test_what_is_not_due_or_blocked_is_nothing_to_do(self):
        self.env.cr.execute(
            "UPDATE integration_event SET state = 'retry', next_try_at = %s WHERE endpoint_id = %s AND slot = %s",
            [self.db.now() + timedelta(hours=1), self.many.id, self.units[1].slot],
        )
        self.assertEqual(self.next_unit(self.units[0]), self.units[2])


@tagged("post_install", "-at_install")
class TestRealConnections(ConnectionsCase):
    def test_a_unit_that_is_being_drained_is_passed_over(self):
        self.committed()
        before = self.unit._replace(slot=(self.unit.slot - 1) % 64)
        self.assertEqual(turns.next_unit(self.db, before), self.unit, "no drain has ever had it")
        with guard(self.db, self.unit) as mine:
            self.assertTrue(mine)
            self.assertIsNone(turns.next_unit(self.db, before))
        self.assertEqual(turns.next_unit(self.db, before), self.unit)
        with guard(self.db, self.unit) as mine:
            self.assertTrue(mine, "it keeps none")


@tagged("post_install", "-at_install")
class TestCapacities(BaseCase):
    def test_every_recommendation_holds_what_it_promises(self):
        for workers in range(4, 65):
            with self.subTest(workers):
                wanted = Capacities.recommended(workers)
                self.assertLessEqual(wanted.root, workers - 2)
                self.assertEqual(wanted.drains, wanted.root - 1, "the heartbeat's place")
                self.assertTrue(1 <= wanted.bulk <= wanted.standard <= wanted.drains)
                if workers > 4:
                    self.assertEqual(wanted.standard, wanted.drains - 1, "the critical lane's place")
                given = {
                    channel["name"].removeprefix("root."): channel["capacity"]
                    for channel in ChannelManager.parse_simple_config(wanted.line())
                }
                self.assertEqual(Capacities.of(given), wanted)

    def test_small_servers_run_one_job_at_a_time(self):
        for workers in (0, 1, 2, 3):
            self.assertEqual(Capacities.recommended(workers).line(), "root:1")

    def test_a_channel_has_no_more_than_its_parent(self):
        self.assertEqual(Capacities.of({"root": 2, "integration": 9}), (2, 2, 2, 2))
        self.assertEqual(Capacities.of({"root": 4, "integration": 3, "integration.standard.bulk": 1}), (4, 3, 3, 1))
        self.assertEqual(Capacities.of({}), (1, 1, 1, 1))
        self.assertEqual(Capacities.of({"root": 0}), (0, 0, 0, 0))


@tagged("post_install", "-at_install")
class TestUpgrade(TurnsCase):
    def test_bulk_moves_into_standard_with_the_jobs_in_it(self):
        bulk, standard = self.lanes["bulk"].channel_id, self.lanes["standard"].channel_id
        bulk.parent_id = self.env.ref("integration_hub.queue_channel_drains")
        self.many.lane_id = self.lanes["bulk"]
        self.wake(self.many, 1)
        job = self.env["queue.job"].search([("state", "=", "pending"), ("channel", "=", "root.integration.bulk")])
        self.assertEqual(job.identity_key, f"wake:{self.many.id}:outbound:1")
        script = load_script(str(ROOT / "migrations/19.0.1.2.0/post-lanes.py"), "post_lanes")
        for _time in range(2):
            with self.engine_mode():
                script.migrate(self.env.cr, "19.0.1.1.0")
            self.env.invalidate_all()
            self.assertEqual((bulk.parent_id, job.channel), (standard, "root.integration.standard.bulk"))
