# Part of Integration Hub. License LGPL-3.0 or later.
"""Failures: one row a cause, in step with the log; what is over closes, and what recurs comes back."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import HubCase
from .record_cases import RecordMixin


class FailureCase(RecordMixin, HubCase):
    def board(self):
        """Return what is on the board after it was brought in step."""
        self.env.flush_all()
        with self.engine_mode():
            self.env["integration.failure"]._refresh()
        return self.env["integration.failure"].search([("system_id", "=", self.crm.id)])

    def age(self, events, **ago):
        """Let messages have arrived so long ago."""
        self.env.cr.execute(
            "UPDATE integration_event SET arrived_at = %s WHERE id = ANY(%s)",
            [fields.Datetime.now() - timedelta(**ago), events.ids],
        )


@tagged("post_install", "-at_install")
class TestBoard(FailureCase):
    def test_one_row_a_cause(self):
        bo, cy = self.broken(), self.broken(name="Cy Cole", email="cy at x.example")
        self.age(self.last(bo), hours=3)
        failure = self.board()
        self.assertEqual(
            (failure.system_id, failure.endpoint_id, failure.flow_id, failure.company_id),
            (self.crm, self.api, self.flow, self.env.company),
        )
        self.assertEqual((failure.message_count, failure.error_code, failure.state), (2, "email", "open"))
        self.assertEqual(failure.oldest_at, self.last(bo).arrived_at)
        found = self.env["integration.event"].search(failure._domain())
        self.assertEqual(found, self.last(bo) | self.last(cy))
        self.assertEqual(self.env["integration.failure"]._of(self.last(cy)), failure)

    def test_over_and_again(self):
        partner = self.broken()
        failure = self.board()
        partner.email = "bo@x.example"
        self.drain()
        self.assertEqual(self.board(), failure)
        self.assertEqual((failure.state, failure.message_count, failure.again_since), ("closed", 0, False))
        partner.email = "bo at x.example"
        self.drain()
        self.board()
        self.assertEqual((failure.state, failure.message_count), ("open", 1))
        self.assertTrue(failure.again_since, "it says that it was over once")

    def test_what_is_retried_for_long(self):
        """A message that only waits for its next try is no failure, until it did so for an hour, or several times."""
        partner = self.broken()
        message = self.last(partner)
        self.env.cr.execute(
            "UPDATE integration_event SET state = 'retry', attempt_count = 1 WHERE id = %s", [message.id]
        )
        self.assertFalse(self.board())
        self.age(message, minutes=90)
        failure = self.board()
        self.assertEqual((failure.message_count, failure.retrying_count), (1, 1))
        self.assertEqual(self.env["integration.event"].search(failure._domain()), message)
        self.age(message, minutes=1)
        self.assertEqual(self.board().state, "closed")
        self.env.cr.execute("UPDATE integration_event SET attempt_count = 7 WHERE id = %s", [message.id])
        self.assertEqual(self.board().state, "open")

    def test_nothing_is_written_where_nothing_changed(self):
        self.broken()
        failure = self.board()
        self.env.cr.execute("SELECT xmin::text, ctid::text FROM integration_failure WHERE id = %s", [failure.id])
        before = self.env.cr.fetchone()
        self.board()
        self.env.cr.execute("SELECT xmin::text, ctid::text FROM integration_failure WHERE id = %s", [failure.id])
        self.assertEqual(self.env.cr.fetchone(), before, "who edits it has no race to lose")
