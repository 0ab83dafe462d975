# Part of Integration Hub. License LGPL-3.0 or later.
"""Completeness: what both sides have of a day, to the cent; what is missing is found, said, and mended."""

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models import integration_completeness, integration_flow_completeness
from ..models.completeness_check import end_of
from .common import faults, sandbox
from .completeness_cases import ZONE, CompletenessCase
from .sync_cases import Died, dying


@tagged("post_install", "-at_install")
class TestCompleteness(CompletenessCase):
    def take_off(self, order):
        """Give money back for a piece of the first line, in the shop; returns the order as it is then."""
        line = {"id": order["line_items"][0]["id"], "quantity": 1, "restock": "cancel"}
        return self.change(order, refund={"lines": [line]})

    def test_a_complete_day(self):
        orders = [self.place() for _number in range(2)]
        for order in orders:
            self.told(order)
        (day,) = self.check()
        total = round(sum(float(order["total_price"]) for order in orders), 2)
        self.assertEqual((day.state, day.zone, day.open_count), ("complete", "Europe/Brussels", 0))
        self.assertEqual(self.figures(day), (2, total, 2, total))
        self.assertFalse(day.line_ids)
        self.assertEqual(day.checked_by_id, self.operator)

    def test_a_webhook_that_never_came(self):
        told, lost = self.place(), self.place()
        self.told(told)
        (day,) = self.check()
        self.assertEqual((day.state, day.missing_count), ("incomplete", 1))
        line = day.line_ids
        self.assertEqual(
            (line.name, line.status, line.amount_there), (lost["name"], "missing", float(lost["total_price"]))
        )
        self.assertIn("/admin/orders/", line.page_url)
        job = self.mend(line)
        self.assertEqual((job.state, job.done_count), ("done", 1))
        self.assertTrue(self.order_of(lost))
        self.assertEqual((day.state, day.open_count, len(day.line_ids)), ("complete", 0, 0))
        there, here = self.figures(day)[:2], self.figures(day)[2:]
        self.assertEqual(there, here)

    def test_an_amount_that_was_altered(self):
        """There, where no webhook told it; here, by a person: both are found, and each is what the shop says again."""
        edited, changed = self.place(), self.place()
        order = self.told(changed)
        self.told(edited)
        self.take_off(edited)
        order.order_line[0].price_unit += 5
        (day,) = self.check()
        documents = day.line_ids.filtered(lambda line: line.part == "object")
        self.assertEqual(set(documents.mapped("status")), {"different"})
        self.assertEqual(set(documents.mapped("name")), {edited["name"], changed["name"]})
        self.assertEqual(day.line_ids.filtered(lambda line: line.part == "refund").status, "missing")
        shown = day.with_user(self.operator).action_repair_all()
        job = self.run_mend(self.env["integration.sync.job"].browse(shown["res_id"]))
        self.assertEqual((job.state, job.expected, job.read_count), ("done", 6, 6))
        self.assertEqual((day.state, day.line_ids.mapped("reason")), ("complete", []))
        self.assertEqual(order.amount_total, float(changed["total_price"]))

    def test_a_repair_that_is_cancelled(self):
        self.place()
        (day,) = self.check()
        day.line_ids.with_user(self.operator).action_repair()
        job = self.env["integration.sync.job"].search([("kind", "=", "mend")], limit=1)
        with self.assertRaises(UserError):
            day.line_ids.with_user(self.operator).action_repair()
        job.with_user(self.operator).action_cancel()
        self.mend(day.line_ids)
        self.assertEqual(day.state, "complete")

    def test_refunds_count_on_their_own_day(self):
        order = self.place()
        self.told(order)
        now = self.take_off(order)
        back = float(now["refunds"][0]["transactions"][0]["amount"])
        (day,) = self.check()
        self.assertEqual(self.figures(day, "refund"), (1, back, 0, 0))
        self.told(now)
        (day,) = self.check()
        self.assertEqual((self.figures(day, "refund"), day.state), ((1, back, 1, back), "complete"))

    def test_what_was_cancelled_there(self):
        """Never heard of: it counts nowhere. Confirmed here: it differs, and one click cancels it."""
        unknown, known = self.place(), self.place()
        record = self.told(known)
        for order in (unknown, known):
            self.change(order, cancelled=True)
        (day,) = self.check()
        lines = {line.name: line for line in day.line_ids.filtered(lambda line: line.part == "object")}
        self.assertEqual(lines[unknown["name"]].status, "left_out")
        self.assertIn("Cancelled in", lines[unknown["name"]].reason)
        self.assertEqual(lines[known["name"]].status, "different")
        self.mend(lines[known["name"]])
        self.assertEqual((record.state, day.state, day.left_out_count), ("cancel", "complete", 2))

    def test_a_change_that_failed_is_why_it_differs(self):
        order = self.place()
        record = self.told(order)
        record.action_lock()
        event = self.tell(self.change(order, cancelled=True))
        self.assertEqual(event.error_code, "locked-order")
        (day,) = self.check()
        line = day.line_ids.filtered(lambda one: one.part == "object")
        self.assertEqual((line.status, line.reason, line.event_id), ("different", event.error_message, event.id))
        record.action_unlock()
        self.mend(line)
        self.assertEqual((record.state, day.state, event.state), ("cancel", "complete", "done"))

    def test_what_was_deleted_there(self):
        order = self.place()
        self.told(order)
        self.told(kept := self.place())
        sandbox().control("DELETE", f"/shopify/orders/{order['id']}?webhook=false", {"webhook": False})
        (day,) = self.check()
        self.assertEqual((day.extra_count, day.line_ids.status, self.figures(day)[::2]), (1, "extra", (1, 2)))
        self.mend(day.line_ids)
        self.assertTrue(self.link_of(order).deleted_at)
        self.assertEqual((day.state, self.figures(day)[::2]), ("complete", (1, 1)))
        self.assertFalse(self.link_of(kept).deleted_at)

    def test_what_failed_says_why_and_is_tried_again(self):
        self.env["res.currency"].with_context(active_test=False).search([("name", "=", "CHF")]).active = False
        event = self.tell(order := self.place(currency="CHF"))
        self.assertEqual(event.state, "dead")
        (day,) = self.check()
        line = day.line_ids
        self.assertEqual((day.failed_count, line.reason, line.event_id), (1, event.error_message, event.id))
        self.mend(line)
        self.assertEqual((day.state, line.status, line.repair_state), ("incomplete", "failed", False))
        self.env["res.currency"].with_context(active_test=False).search([("name", "=", "CHF")]).active = True
        self.mend(line)
        self.assertEqual((day.state, self.order_of(order).currency_id.name), ("complete", "CHF"))

    def test_a_day_is_one_of_the_shops_clocks(self):
        """23:59 belongs to the day, two minutes later to the next, wherever the moments are written."""
        day = self.flow._today() - timedelta(days=2)
        midnight = end_of(day, ZONE).replace(tzinfo=UTC)
        late, early = self.place(), self.place()
        late |= {"processed_at": (midnight - timedelta(minutes=1)).isoformat()}
        early |= {"processed_at": (midnight + timedelta(minutes=1)).astimezone(ZoneInfo("Asia/Tokyo")).isoformat()}
        self.put_there(late, early)
        first, second = self.check(day, day + timedelta(days=1))
        self.assertEqual((first.line_ids.name, second.line_ids.name), (late["name"], early["name"]))
        self.mend((first | second).line_ids)
        again = self.check(day, day + timedelta(days=1))
        self.assertEqual([(one.state, one.count_there, one.count_here) for one in again], [("complete", 1, 1)] * 2)

    def test_pages_and_a_worker_that_dies(self):
        """Of what was taken nothing is counted twice, nothing is lost: also what changed while it was listed."""
        orders = [self.place() for _number in range(12)]
        self.told(orders[0])
        job = self.flow._check_days([self.flow._today()], self.operator)
        for point, page in (("before", 2), ("after", 3)):
            with self.assertRaises(Died):
                self.run_job(job, run=dying(point, page))
            self.assertEqual(job.state, "running")
            self.change(orders[1], note=f"changed at {page}")
        self.run_job(job)
        (day,) = self.days()
        self.assertEqual((job.state, self.figures(day)[::2], day.missing_count), ("done", (12, 1), 11))
        self.assertEqual(round(sum(day.line_ids.mapped("amount_there")), 2),
                         round(sum(float(order["total_price"]) for order in orders[1:]), 2))  # fmt: skip

    def test_more_differences_than_are_listed(self):
        self.patch(integration_completeness, "LINES", 2)
        for _number in range(3):
            self.place()
        (day,) = self.check()
        self.assertEqual((day.missing_count, len(day.line_ids), day.more_count), (3, 2, 1))

    def test_a_day_that_cannot_be_checked(self):
        (day,) = self.check()
        self.assertEqual((day.state, day.count_there), ("complete", 0))
        faults({"vendor": "shopify", "kind": "status", "status": 400})
        (day,) = self.check()
        self.assertEqual((day.state, day.state_reason), ("unchecked", day.job_id.error_message))
        faults({"vendor": "shopify", "kind": "status", "status": 403})
        (day,) = self.check()
        self.assertEqual((day.state, day.waits_for), ("running", day.job_id.state_reason))
        self.assertTrue(day.waits_for)

    def test_each_night(self):
        """Yesterday is counted once, and again with it what was open of the week before."""
        today = self.flow._today()
        yesterday, before, old = (today - timedelta(days=number) for number in (1, 3, 9))
        for day in (before, old):
            self.env["integration.completeness"].create({"flow_id": self.flow.id, "day": day, "state": "incomplete"})
        (self.shop.flow_ids - self.flow).action_switch_off()
        self.patch(integration_flow_completeness, "NIGHT", 0)
        for _twice in range(2):
            self.env["integration.flow"]._cron_completeness()
        jobs = self.env["integration.sync.job"].search([("kind", "=", "completeness"), ("flow_id", "=", self.flow.id)])
        self.assertEqual((len(jobs), sorted(jobs.completeness_ids.mapped("day"))), (1, [before, yesterday]))
        self.assertTrue(self.env["integration.completeness.certificate"].search([("system_id", "=", self.shop.id)]))

    def test_the_shop_says_by_which_clocks(self):
        self.shop.tz = False
        (day,) = self.check()
        self.assertEqual((day.zone, self.shop.tz), ("America/Phoenix", "America/Phoenix"))
