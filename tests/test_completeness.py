# Part of Integration Hub. License LGPL-3.0 or later.
"""Completeness: what both sides have of a day, to the cent; what is missing is found, said, and mended."""

from odoo.tests import tagged

from .completeness_cases import CompletenessCase


@tagged("post_install", "-at_install")
class TestCompleteness(CompletenessCase):
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
        self.assertEqual((line.name, line.status, line.amount_there), (lost["name"], "missing", float(lost["total_price"])))
        self.assertIn("/admin/orders/", line.page_url)
        job = self.mend(line)
        self.assertEqual((job.state, job.done_count), ("done", 1))
        self.assertTrue(self.order_of(lost))
        self.assertEqual((day.state, day.open_count, len(day.line_ids)), ("complete", 0, 0))
        there, here = self.figures(day)[:2], self.figures(day)[2:]
        self.assertEqual(there, here)
