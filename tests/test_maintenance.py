# Part of Integration Hub. License LGPL-3.0 or later.
from collections import Counter

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..engine import maintenance
from ..engine import perform as engine
from ..engine.database import Database
from ..engine.guard import guard
from ..engine.protocol import BATCH
from ..engine.steps import Halt
from ..engine.sweep import forgotten
from .common import HubCase, own_payload
from .test_real_connections import ConnectionsCase, Recorder


@tagged("post_install", "-at_install")
class TestDrainMode(HubCase):
    """Messages are accepted and answered, and none is processed."""

    @classmethod
    def set_up_hub(cls):
        cls.shop = cls.connect_shopify()
        cls.operator, cls.colleague = cls.user("operator"), cls.user("user")
        cls.Maintenance = cls.env["integration.maintenance"]

    def switch_on(self, **values):
        return self.Maintenance.with_user(self.operator).create({"reason": "Upgrade tonight", **values})

    def receive_one(self):
        return self.receive(self.shop, own_payload("shopify/customers__update"), topic="customers/update")

    def work_off(self, event):
        """Do what the event's waiting job does."""
        with self.engine_mode():
            self.env["integration.endpoint"].browse(event.endpoint_id.id)._drain(event.direction, event.slot)

    def test_messages_wait_and_say_why(self):
        self.switch_on()
        event = self.receive_one()
        self.work_off(event)
        self.assertEqual((event.state, event.attempt_count), ("pending", 0))
        self.assertEqual(event.waiting_reason, "The end of drain mode: Upgrade tonight")

    def test_switching_off_wakes_what_waits(self):
        mode = self.switch_on()
        event = self.receive_one()
        self.commit()
        self.finish_jobs()
        with self.engine_mode():
            self.assertEqual(forgotten(Database(self.env.cr.dbname)), [], "the sweeper wakes nobody in vain")
        mode.action_end()
        self.commit()
        (unit,) = event._units()
        self.assertEqual(self.waiting_jobs(), [f"wake:{unit}"])
        self.work_off(event)
        self.env.invalidate_all()
        self.assertEqual((event.state, event.waiting_reason), ("done", False))

    def test_it_is_written_down(self):
        mode = self.switch_on(started_by_id=self.colleague.id, ended_at="2020-01-01", ended_by_id=self.colleague.id)
        self.assertEqual((mode.started_by_id, mode.ended_at), (self.operator, False), "who and when is not given")
        self.env.flush_all()
        current = maintenance.current(self.env.cr)
        self.assertEqual((current.reason, current.user), ("Upgrade tonight", self.operator.name))
        mode.with_user(self.env.ref("base.user_admin")).action_end()
        self.assertEqual(mode.ended_by_id, self.env.ref("base.user_admin"))
        self.env.flush_all()
        self.assertIsNone(maintenance.current(self.env.cr))
        ended_at = mode.ended_at
        mode.action_end()
        self.assertEqual(mode.ended_at, ended_at, "what is over is over")

    def test_it_is_on_once(self):
        self.switch_on().action_end()
        self.switch_on()
        with self.assertRaisesRegex(UserError, "already: Upgrade tonight"):
            self.switch_on(reason="Another upgrade")

    def test_the_dialog_is_not_opened_in_vain(self):
        asked = self.Maintenance.with_user(self.operator).action_switch_on()
        self.assertEqual((asked["res_model"], asked["target"]), ("integration.maintenance", "new"))
        self.assertFalse(self.Maintenance._running(), "to ask is not to switch it on")
        self.switch_on()
        with self.assertRaisesRegex(UserError, "already: Upgrade tonight"):
            self.Maintenance.with_user(self.operator).action_switch_on()

    def test_a_reason_is_asked_for(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.switch_on(reason=" ")

    def test_only_operators(self):
        with self.assertRaises(AccessError):
            self.Maintenance.with_user(self.colleague).create({"reason": "x"})
        mode = self.switch_on()
        with self.assertRaises(AccessError):
            mode.with_user(self.colleague).action_end()
        with self.assertRaises(AccessError):
            mode.with_user(self.operator).ended_at = "2020-01-01"

    def test_idle_is_a_question_of_drain_mode(self):
        with self.engine_mode(), self.assertRaisesRegex(UserError, "Drain mode is off"):
            self.Maintenance._busy_units()


@tagged("post_install", "-at_install")
class TestDrainModeBetweenWorkers(ConnectionsCase):
    """All workers see it at once, at their next step."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self.switch_off)

    def switch_on(self):
        with self.environment() as env:
            env["integration.maintenance"].create({"reason": "Now"})

    def switch_off(self):
        with self.environment() as env:
            env["integration.maintenance"].search([]).unlink()

    def halted(self, _endpoint_id=None):
        with self.db.read_committed() as cr:
            reason = maintenance.halted(cr)
        return Halt(reason) if reason else None

    def test_a_running_drain_ends_with_what_it_has_in_hand(self):
        for _ in range(BATCH + 3):
            self.committed()
        switches = [self.switch_on]
        handler = Recorder(lambda cr, event: switches.pop()() if switches else None)
        handler.halted = self.halted
        self.assertEqual(engine.drain(self.db, self.unit, handler), Halt("Now"), "no drain is enqueued for the rest")
        self.assertEqual(Counter(self.states().values()), {"done": BATCH, "pending": 3})

    def test_it_is_idle_when_no_drain_holds_a_unit(self):
        self.switch_on()
        with guard(self.db, self.unit), self.db.read_committed() as cr:
            self.assertEqual(maintenance.busy(cr), [self.unit])
        with self.db.read_committed() as cr:
            self.assertEqual(maintenance.busy(cr), [])
