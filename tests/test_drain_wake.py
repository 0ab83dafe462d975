# Part of Integration Hub. License LGPL-3.0 or later.
"""Who comes for a unit's work, and when."""

from datetime import timedelta

from odoo.tests import tagged

from ..engine.database import Database
from ..engine.perform import drain
from ..engine.slots import Unit
from ..engine.turns import first
from ..engine.wake import set_timer, wake
from ..models.handler import Handler
from .common import faults
from .drain_cases import DOWN, DrainCase


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
        self.assertEqual((job.channel, job.priority), ("root.integration.critical", first(5)))

    def test_budget_leaves_the_rest_for_the_next_job(self):
        self.patch(type(self.env["integration.target.res.partner"]), "_is_plain", False)
        events = [self.customer(20, minute=minute) for minute in range(3)]
        self.finish_jobs()
        unit = Unit(self.hook.id, "inbound", events[0].slot)
        with self.engine_mode():
            db = Database(self.env.cr.dbname, self.clock)
            handler = Handler(db)
            apply = handler.apply

            def slow(cr, events, documents):
                self.clock.advance(15)
                return apply(cr, events, documents)

            handler.apply = slow
            self.assertEqual(drain(db, unit, handler, budget=20), "more")
        self.assertEqual([event.state for event in events], ["done", "done", "pending"])
