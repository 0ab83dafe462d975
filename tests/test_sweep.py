# Part of Integration Hub. License LGPL-3.0 or later.
"""Who comes by when nobody was called: the sweep, the heartbeat, the cron; and that they take no unit from a drain."""

import itertools
import signal
from datetime import timedelta
from unittest.mock import patch

from odoo.tests import BaseCase, tagged
from odoo.tools import SQL

from ..connectors.clock import ManualClock
from ..engine import channels, heartbeat, turns
from ..engine.database import Database
from ..engine.guard import guard
from ..engine.slots import Unit
from ..engine.stopping import WorkingHours, is_stopping
from ..engine.sweep import forgotten
from ..engine.wake import wake
from ..models.integration_sweeper import BEAT, WATCHED
from .common import HubCase, crm_objects
from .connections import ConnectionsCase


class SweepCase(HubCase):
    """A CRM with one contact on its way, and no job in the queue."""

    @classmethod
    def set_up_hub(cls):
        cls.crm = cls.connect_hubspot(wanted=("contacts_out",))
        cls.api = cls.crm._endpoint("outbound")
        cls.sweeper = cls.env["integration.sweeper"]

    def setUp(self):
        super().setUp()
        self.db = Database(self.env.cr.dbname)
        self.event = self.contact("Ada")
        self.unit = Unit(self.api.id, "outbound", self.event.slot)
        self.finish_jobs()
        self.env.cr.execute("DELETE FROM integration_heartbeat")
        self.env["ir.cron.trigger"].search([]).unlink()

    def contact(self, name):
        partner = self.env["res.partner"].create({"name": name, "email": f"{name.lower()}@sweep.example"})
        self.commit()
        return self.events(self.api, ("res_id", "=", partner.id))

    def forgotten(self, **options):
        """The forgotten units of this test's endpoints."""
        with self.engine_mode():
            return [unit for unit in forgotten(self.db, **options) if unit.endpoint_id in self.crm.endpoint_ids.ids]

    def claim(self, *event_ids, unit=None):
        """Leave behind what a drain that died leaves behind."""
        self.env.cr.execute(
            "INSERT INTO integration_claim VALUES (%s, %s, %s, %s, %s, 'dead:1:0')",
            [*(unit or self.unit), list(event_ids), self.db.now()],
        )

    def runner(self, seconds_ago):
        """Let the job runner have come by last so many seconds ago."""
        with self.engine_mode():
            heartbeat.beat(self.env.cr, heartbeat.RUNNER)
        self.env.cr.execute(
            "UPDATE integration_heartbeat SET beat_at = beat_at - make_interval(secs => %s)", [seconds_ago]
        )

    def calls(self):
        """How often the cron was called and has not come yet."""
        return self.env["ir.cron.trigger"].search_count(
            [("cron_id", "=", self.env.ref("integration_hub.cron_sweep").id)]
        )

    def beats(self):
        """The heartbeats that wait in the job queue."""
        return self.env["queue.job"].search(
            [("identity_key", "=", BEAT + self.env.cr.dbname), ("state", "=", "pending")]
        )


@tagged("post_install", "-at_install")
class TestForgotten(SweepCase):
    def test_a_unit_with_a_message_that_may_run(self):
        self.assertEqual(self.forgotten(), [self.unit])
        self.assertEqual(self.forgotten(endpoint_ids=[self.api.id]), [self.unit])
        self.assertEqual(self.forgotten(endpoint_ids=[]), [])
        self.drain()
        self.assertEqual(self.forgotten(), [])

    def test_a_retry_once_it_is_due(self):
        for due, found in ((timedelta(hours=1), []), (timedelta(seconds=-1), [self.unit])):
            self.env.cr.execute(
                "UPDATE integration_event SET state = 'retry', next_try_at = %s WHERE id = %s",
                [self.db.now() + due, self.event.id],
            )
            self.assertEqual(self.forgotten(), found)

    def test_a_claim_of_the_dead_though_nothing_may_run(self):
        self.drain()
        self.claim()
        self.assertEqual(self.forgotten(), [], "a drain that ended in order has nothing in hand")
        self.env.cr.execute("DELETE FROM integration_claim")
        self.claim(self.event.id)
        self.assertEqual(self.forgotten(), [self.unit])

    def test_no_endpoint_that_does_not_run(self):
        self.claim(self.event.id)
        stops = {
            "paused": lambda: self.api.action_pause(),
            "archived": lambda: self.api.write({"active": False}),
            "of another environment": lambda: self.api.write(
                {"environment_id": self.env.ref("integration_hub.integration_environment_production").id}
            ),
            "slowed down": lambda: self.env.cr.execute(
                "INSERT INTO integration_slowdown VALUES (%s, %s, 'slow')",
                [self.api.id, self.db.now() + timedelta(minutes=1)],
            ),
            "in drain mode": lambda: self.env["integration.maintenance"].create({"reason": "Upgrade"}),
            "of a copy": lambda: self.env.cr.execute("INSERT INTO integration_home VALUES ('another server/1')"),
        }
        for name, stop in stops.items():
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                stop()
                self.env.flush_all()
                self.assertEqual(self.forgotten(), [])
                savepoint.rollback()
                self.env.invalidate_all()
                self.assertEqual(self.forgotten(), [self.unit], "and now it runs again")

    def test_the_most_urgent_lane_first(self):
        other = self.connect_hubspot(wanted=("contacts_out",))._endpoint("outbound")
        self.env["res.partner"].create({"name": "Bea", "email": "bea@sweep.example"})
        self.commit()
        lanes = {lane.code: lane for lane in self.env["integration.lane"].search([])}
        for first, second in ((self.api, other), (other, self.api)):
            first.lane_id, second.lane_id = lanes["critical"], lanes["bulk"]
            self.env.flush_all()
            with self.engine_mode():
                found = [unit.endpoint_id for unit in forgotten(self.db, endpoint_ids=[first.id, second.id])]
            self.assertEqual(found, sorted(found, key=[first.id, second.id].index))
            self.assertEqual(set(found), {first.id, second.id})

    def test_many_units_are_all_found_and_no_more_than_asked_for(self):
        for number in range(12):
            self.contact(f"Person{number}")
        slots = {event.slot for event in self.events(self.api)}
        self.assertEqual({unit.slot for unit in self.forgotten()}, slots)
        self.assertGreater(len(slots), 3)
        self.assertEqual(len(self.forgotten(limit=3, endpoint_ids=[self.api.id])), 3)


@tagged("post_install", "-at_install")
class TestHeartbeat(SweepCase):
    def beat(self):
        with self.engine_mode():
            self.sweeper._beat()

    def test_it_wakes_what_was_forgotten_and_says_that_jobs_are_run(self):
        self.beat()
        self.assertIn(f"wake:{self.unit}", self.waiting_jobs())
        self.assertFalse(heartbeat.is_silent(self.env.cr))
        self.assertEqual(set(heartbeat.ages(self.env.cr)), {"runner"})

    def test_one_is_always_waiting_and_never_two(self):
        self.beat()
        self.beat()
        job = self.beats()
        self.assertEqual(len(job), 1)
        self.assertEqual((job.channel, job.max_retries), ("root.integration_heartbeat", 0), "it is never given up")
        self.assertLess(job.priority, turns.first(-10), "before all drains")
        self.assertAlmostEqual(job.eta, self.db.now() + timedelta(seconds=heartbeat.EVERY), delta=timedelta(seconds=5))

    def test_the_next_one_waits_before_this_one_does_anything_that_may_kill_it(self):
        died = False
        with patch.object(heartbeat, "beat", side_effect=KeyboardInterrupt):
            try:  # assertRaises would roll back what is committed in reality
                self.beat()
            except KeyboardInterrupt:
                died = True
        self.assertTrue(died)
        self.assertEqual(len(self.beats()), 1)

    def test_what_was_forgotten_is_woken_though_nothing_else_can_be_seen_to(self):
        self.patch(type(self.env["integration.endpoint"]), "_see_to_pauses", lambda self, db: 1 / 0)
        failed = False
        try:  # assertRaises would roll back what is committed in reality
            self.beat()
        except ZeroDivisionError:
            failed = True
        self.assertTrue(failed)
        self.assertIn(f"wake:{self.unit}", self.waiting_jobs())

    def test_the_cron_mends_a_broken_chain(self):
        self.runner(0)
        self.assertFalse(self.beats())
        with self.engine_mode():
            self.sweeper._cron_sweep()
        self.assertEqual(len(self.beats()), 1)
        self.assertIn("cron", heartbeat.ages(self.env.cr))

    def test_a_copy_of_a_database_forgets_the_jobs_of_the_original(self):
        self.env["queue.job"].search([]).unlink()
        with self.engine_mode():
            wake(self.db, [self.unit])
            self.sweeper._keep_beating()
        self.env["res.partner"].with_delay(identity_key="another module's")._compute_display_name()
        self.env["queue.job"].flush_model()
        ids = set(self.env["queue.job"].search([]).ids)
        self.beat()
        self.assertEqual(ids & set(self.env["queue.job"].search([]).ids), ids, "they are this database's own")
        self.env.cr.execute(
            "UPDATE queue_job SET identity_key = %s WHERE id IN %s AND method_name = '_beat'",
            [f"{BEAT}the original", tuple(ids)],
        )
        self.env.invalidate_all()
        self.beat()
        kept = self.env["queue.job"].browse(ids).exists()
        self.assertEqual(kept.mapped("identity_key"), ["another module's"])
        self.assertEqual((self.waiting_jobs(), len(self.beats())), ([f"wake:{self.unit}"], 1), "called for anew")

    def test_jobs_that_are_over_go_soon_and_others_stay(self):
        self.env["queue.job"].search([]).unlink()
        with self.engine_mode():
            wake(self.db, [self.unit, *(Unit(self.api.id, "outbound", slot) for slot in (61, 62, 63))])
            self.sweeper._keep_beating()
        self.env["res.partner"].with_delay(identity_key="another module's")._compute_display_name()
        states = {
            f"wake:{self.unit}": ("done", "11 minutes"),
            f"wake:{self.api.id}:outbound:63": ("done", "9 minutes"),
            f"wake:{self.api.id}:outbound:62": ("failed", "11 minutes"),
            f"wake:{self.api.id}:outbound:61": ("cancelled", "11 minutes"),
            BEAT + self.env.cr.dbname: ("done", "11 minutes"),
            "another module's": ("done", "11 minutes"),
        }
        self.env["queue.job"].flush_model()
        for key, (state, age) in states.items():
            self.env.cr.execute(
                SQL(
                    """UPDATE queue_job SET state = %s, %s = now() AT TIME ZONE 'utc' - %s::interval
                        WHERE identity_key = %s AND state = 'pending'""",
                    state,
                    SQL.identifier("date_cancelled" if state == "cancelled" else "date_done"),
                    age,
                    key,
                )
            )
        self.env.invalidate_all()
        self.runner(0)
        self.sweeper._remove_jobs(silent=False)
        self.assertEqual(
            sorted(self.env["queue.job"].search([]).mapped("identity_key")),
            sorted(["another module's", f"wake:{self.api.id}:outbound:62", f"wake:{self.api.id}:outbound:63"]),
        )


@tagged("post_install", "-at_install")
class TestFallback(SweepCase):
    """Nobody runs jobs."""

    def sweep(self, db=None):
        with self.engine_mode():
            if db:
                self.sweeper._drain_in_place(db)
            else:
                self.sweeper._cron_sweep()
        self.env.invalidate_all()

    def test_the_cron_works_off_what_there_is(self):
        self.sweep()
        self.assertEqual(self.event.state, "done")
        self.assertEqual(len(crm_objects()), len({one["id"] for one in crm_objects()}))
        self.assertIn("ada@sweep.example", {one["properties"].get("email") for one in crm_objects()})

    def test_the_cron_leaves_it_to_jobs_that_are_run(self):
        self.runner(heartbeat.SILENT_AFTER - 5)
        self.sweep()
        self.assertEqual(self.event.state, "pending")
        self.assertIn(f"wake:{self.unit}", self.waiting_jobs())
        self.runner(heartbeat.SILENT_AFTER + 1)
        self.sweep()
        self.assertEqual(self.event.state, "done")

    def test_who_wakes_calls_the_cron_once_besides(self):
        with self.engine_mode():
            wake(self.db, [self.unit])
            self.assertEqual((self.waiting_jobs(), self.calls()), ([f"wake:{self.unit}"], 1))
            wake(self.db, [self.unit, Unit(self.api.id, "outbound", 63)])
            self.assertEqual(self.calls(), 1)
            wake(self.db, [])

    def test_nobody_calls_the_cron_where_jobs_are_run(self):
        self.runner(0)
        with self.engine_mode():
            wake(self.db, [self.unit])
        self.assertEqual((self.waiting_jobs(), self.calls()), ([f"wake:{self.unit}"], 0))

    def test_when_its_time_is_over_it_calls_itself(self):
        class Hurried:
            """A clock that goes a minute from look to look."""

            def __init__(self, clock):
                self._clock, self._minutes = clock, itertools.count()

            def monotonic(self):
                return 60.0 * next(self._minutes)

            def __getattr__(self, name):
                return getattr(self._clock, name)

        self.sweep(Database(self.env.cr.dbname, Hurried(self.db.clock)))
        self.assertEqual((self.event.state, self.calls()), ("pending", 1))

    def test_a_unit_that_stays_as_it_is_is_tried_once_a_run(self):
        self.claim(self.event.id, unit=Unit(self.api.id, "outbound", 63))
        handler = type(self.env["integration.handler"])
        with patch.object(handler, "_drain_unit", autospec=True, return_value=None) as drained:
            self.sweep()
        self.assertEqual(drained.call_count, len({call.args[1:] for call in drained.call_args_list}))


@tagged("post_install", "-at_install")
class TestWatch(SweepCase):
    """Jobs run, one at a time: a heartbeat has no place besides a drain."""

    def setUp(self):
        super().setUp()
        self.patch(channels, "_channels", lambda: "root:1")
        self.runner(0)

    def watch(self, until_look=100):
        """Let the cron watch, and all jobs be over before its last look; returns how often it slept."""
        cr = self.env.cr

        class Clock(ManualClock):
            def sleep(self, seconds):
                self.slept.append(seconds)
                self.advance(seconds)
                if len(self.slept) == until_look:
                    cr.execute("UPDATE queue_job SET state = 'done'")

        clock = Clock()
        with self.engine_mode():
            self.sweeper._watch(Database(cr.dbname, clock))
        return len(clock.slept)

    def test_who_wakes_calls_the_cron_unless_it_watches(self):
        with self.engine_mode():
            wake(self.db, [self.unit])
            self.assertEqual((self.waiting_jobs(), self.calls()), ([f"wake:{self.unit}"], 1))
            self.env["ir.cron.trigger"].search([]).unlink()
            heartbeat.beat(self.env.cr, heartbeat.WATCHER)
            wake(self.db, [self.unit._replace(slot=63)])
            self.assertEqual(self.calls(), 0)

    def test_it_watches_while_a_drain_waits_or_runs(self):
        with self.engine_mode():
            wake(self.db, [self.unit])
        self.env.cr.execute(
            "UPDATE queue_job SET state = 'started' WHERE identity_key LIKE 'wake:%' AND state = 'pending'"
        )
        self.env["ir.cron.trigger"].search([]).unlink()
        self.assertEqual(self.watch(until_look=3), 3)
        self.assertNotIn(heartbeat.WATCHER, heartbeat.ages(self.env.cr), "and says that it went")
        self.assertEqual(self.calls(), 0)

    def test_when_its_time_is_over_it_calls_itself(self):
        with self.engine_mode():
            wake(self.db, [self.unit])
        self.env["ir.cron.trigger"].search([]).unlink()
        self.assertEqual(self.watch(), WATCHED / heartbeat.WATCH)
        self.assertEqual(self.calls(), 1)

    def test_nobody_watches_where_nothing_waits_or_a_heartbeat_has_a_place(self):
        self.assertEqual(self.watch(), 0)
        self.patch(channels, "_channels", lambda: "root:2,root.integration:1")
        with self.engine_mode(), patch.object(type(self.sweeper), "_watch") as watched:
            wake(self.db, [self.unit])
            self.sweeper._cron_sweep()
        self.assertEqual((watched.call_count, self.calls()), (0, 0))


@tagged("post_install", "-at_install")
class TestRealConnections(ConnectionsCase):
    def forgotten(self):
        return forgotten(self.db, endpoint_ids=[self.endpoint_id])

    def test_a_unit_that_is_being_drained_is_left_to_its_drain(self):
        self.committed()
        self.assertEqual(self.forgotten(), [self.unit])
        self.claim()
        with guard(self.db, self.unit) as mine:
            self.assertTrue(mine)
            self.assertEqual(self.forgotten(), [], "its drain looks again by itself")
        self.assertEqual(self.forgotten(), [self.unit], "its drain has died")

    def test_a_sweep_keeps_no_unit(self):
        self.committed()
        with guard(self.db, self.unit):
            pass
        self.assertEqual(self.forgotten(), [self.unit])
        with guard(self.db, self.unit) as mine:
            self.assertTrue(mine)

    def test_a_call_that_the_cron_is_answering_does_not_count(self):
        with self.environment() as env:
            cron = env.ref("integration_hub.cron_sweep")
            env.cr.execute("DELETE FROM integration_heartbeat WHERE source = 'runner'")
            env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]).unlink()
            cron._trigger(self.db.now() - timedelta(seconds=1))
        count = ("SELECT count(*) FROM ir_cron_trigger WHERE cron_id = %s", [cron.id])
        try:
            with self.registry.cursor() as answering:
                # What Odoo does before it runs an action, and commits after it.
                answering.execute("DELETE FROM ir_cron_trigger WHERE cron_id = %s", [cron.id])
                wake(self.db, [self.unit])
            with self.registry.cursor() as cr:
                cr.execute(*count)
                self.assertEqual(cr.fetchone(), (1,), "the cron comes again")
            wake(self.db, [self.unit])
            with self.registry.cursor() as cr:
                cr.execute(*count)
                self.assertEqual(cr.fetchone(), (1,), "one call is enough")
        finally:
            with self.registry.cursor() as cr:
                cr.execute("DELETE FROM ir_cron_trigger WHERE cron_id = %s", [cron.id])


@tagged("post_install", "-at_install")
class TestStopping(BaseCase):
    """A worker of Odoo's, as far as signals go: what its handler does is copied from odoo/service/server.py."""

    alive = True

    def signal_handler(self, sig, frame):
        self.alive = False

    def test_a_drain_is_out_of_time_when_its_worker_is_to_end(self):
        class Clock:
            def monotonic(self):
                return 5.0

        before = signal.getsignal(signal.SIGINT)
        self.assertFalse(is_stopping(), "no worker")
        try:
            signal.signal(signal.SIGINT, self.signal_handler)
            self.assertEqual(WorkingHours(Clock()).monotonic(), 5.0)
            signal.raise_signal(signal.SIGINT)
            self.assertGreater(WorkingHours(Clock()).monotonic(), 1e9)
        finally:
            signal.signal(signal.SIGINT, before)
