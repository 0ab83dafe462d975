# Part of Integration Hub. License LGPL-3.0 or later.
"""Failures: one row a cause, in step with the log; what is over closes, and what recurs comes back."""

import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import HUBSPOT_TOKEN, HubCase, own_payload
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


@tagged("post_install", "-at_install")
class TestPeople(FailureCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.operator, cls.auditor = cls.user("operator"), cls.user("auditor")

    def test_only_operators_act(self):
        self.broken()
        failure = self.board()
        for user in (self.auditor, self.user("approver"), self.user("consultant")):
            for action in ("action_assign_to_me", "action_retry", "action_snooze", "action_ignore", "action_reopen"):
                with (
                    self.subTest(f"{user.login} {action}"),
                    self.assertRaisesRegex(UserError, "Only integration operators"),
                ):
                    getattr(failure.with_user(user), action)()
            self.assertTrue(failure.with_user(user).cause)
            with self.assertRaises(AccessError):
                failure.with_user(user).user_id = user
        failure.with_user(self.operator).action_assign_to_me()
        self.assertEqual((failure.user_id, failure.who), (self.operator, self.operator.name))

    def test_numbers_are_nobodys_to_write(self):
        self.broken()
        failure = self.board().with_user(self.operator)
        for name, value in (("state", "closed"), ("message_count", 0), ("fingerprint", "x"), ("score", 9)):
            with self.subTest(name), self.assertRaisesRegex(AccessError, "follow the log"):
                failure.write({name: value})

    def test_snoozed_until_then(self):
        self.broken()
        failure = self.board()
        wizard = self.env["integration.failure.snooze"].with_user(self.operator).create({"failure_ids": failure.ids})
        wizard.choice = "hour"
        wizard.action_confirm()
        self.board()
        self.assertEqual(failure.state, "snoozed")
        self.assertIn("Back on the board", failure.next_step)
        failure.snoozed_until = fields.Datetime.now() - timedelta(minutes=1)
        self.board()
        self.assertEqual((failure.state, failure.snoozed_until, failure.again_since), ("open", False, False))

    def test_mornings_are_those_of_the_person(self):
        self.operator.tz = "America/New_York"
        wizard = self.env["integration.failure.snooze"].with_user(self.operator).create({"choice": "tomorrow"})
        here = fields.Datetime.context_timestamp(wizard.with_context(tz="America/New_York"), wizard.until)
        self.assertEqual(here.hour, 8)
        wizard.choice = "monday"
        here = fields.Datetime.context_timestamp(wizard.with_context(tz="America/New_York"), wizard.until)
        self.assertEqual((here.hour, here.weekday()), (8, 0))
        self.assertGreater(wizard.until, fields.Datetime.now())

    def test_retry_is_a_repair_of_what_is_shown(self):
        self.broken()
        failure = self.board()
        self.broken(name="Cy")
        self.board()
        action = failure.with_user(self.operator).action_retry()
        repair = self.env["integration.repair"].browse(action["res_id"])
        self.assertEqual((repair.remedy, repair.expected, repair.name), ("retry", 2, failure.cause))

    def test_ignored_until_it_happens_again(self):
        self.broken()
        failure = self.board()
        values = {"failure_ids": failure.ids, "reason": "A test of theirs"}
        wizard = self.env["integration.failure.ignore"].with_user(self.operator).create(values)
        action = wizard.action_confirm()
        repair = self.env["integration.repair"].browse(action["res_id"])
        self.assertEqual((repair.remedy, repair.expected, repair.reason), ("ignore", 1, "A test of theirs"))
        self.board()
        self.assertEqual((failure.state, failure.ignored_reason), ("ignored", "A test of theirs"))
        self.broken(name="Cy")
        self.board()
        self.assertEqual((failure.state, failure.message_count), ("open", 2))
        self.assertTrue(failure.again_since)


@tagged("post_install", "-at_install")
class TestWhatIsShown(FailureCase):
    def test_who_what_and_when(self):
        self.crm.criticality = "critical"
        partner = self.broken()
        failure = self.board()
        self.assertEqual(failure.example_ids, self.last(partner))
        self.assertEqual(sum(bar["value"] for bar in json.loads(failure.timeline)[0]["values"]), 1)
        self.assertIn("× 2.5, since HubSpot is: Business critical", failure.impact_why)
        self.assertFalse(failure.next_step)
        self.api.action_pause("Stocktaking", False)
        failure.invalidate_recordset()
        self.assertIn("Stocktaking", failure.next_step)

    def test_what_changed_shortly_before(self):
        self.api.with_context(tracking_disable=False).timeout_read = 12
        self.env.cr.flush()
        self.api.credential_id.secret = HUBSPOT_TOKEN
        version = self.flow.record_mapping_id.version_id
        version.sudo().write({"approved_at": fields.Datetime.now(), "approved_by_id": self.env.uid})
        self.broken()
        failure = self.board()
        self.assertIn("entered a new secret", failure.changes)
        self.assertIn(f"{version.mapping_id.name}", failure.changes)
        self.assertIn("was approved by", failure.changes)
        alert = self.env["integration.alert"].new({"failure_id": failure.id})
        self.assertRegex(alert.likely_cause, "was approved by|entered a new secret")
        self.age(self.env["integration.event"].search(failure._domain()), days=3)
        self.board()
        self.assertFalse(failure.changes and "new secret" in failure.changes, "what came later is no reason")

    def test_customers_who_wait(self):
        company = self.env["res.partner"].create({"name": "Fen & Co", "is_company": True})
        self.broken(name="Cy", parent_id=company.id)
        self.broken(name="Ed", parent_id=company.id)
        self.broken(name="Di")
        failure = self.board()
        self.assertFalse(failure.customers, "nobody has looked")
        score = failure.score
        self.assertEqual(self.env["integration.failure"]._look(), 3)
        self.board()
        self.assertEqual((failure.customers, failure.looked_count), ("2", 3))
        self.assertGreater(failure.score, score)
        self.assertFalse(self.env["integration.failure"]._look(), "each once")

    def test_at_least(self):
        self.broken(name="Di")
        self.board()
        self.env["integration.failure"]._look()
        self.broken(name="Ed")
        self.assertEqual(self.board().customers, "at least 1")

    def test_amount_of_what_could_not_be_taken_in(self):
        """Of an order that is not in Odoo the message says what it is worth, and whose it is."""
        shop = self.connect_shopify(wanted=("orders_in",))
        self.env.ref("base.XAF").active = False
        customer = own_payload("shopify/orders__create")["customer"]
        payload = {**own_payload("shopify/orders__create__unknown_currency"), "customer": customer}
        event = self.receive(shop, payload, topic="orders/create")
        self.drain()
        self.board()
        failure = self.env["integration.failure"]._of(event)
        self.assertFalse(failure.at_stake)
        self.env["integration.failure"]._look()
        self.board()
        company, xaf = failure.company_id, self.env.ref("base.XAF")
        worth = xaf._convert(float(payload["total_price"]), company.currency_id, company, fields.Date.today())
        self.assertAlmostEqual(failure.amount, worth, 2)
        self.assertEqual((failure.looked_count, failure.customers), (1, "1"))
        self.assertIn(company.currency_id.symbol, failure.at_stake)
        event.action_ignore()
        worth_of = "SELECT count(*) FROM integration_failure_worth WHERE event_id = %s"
        with self.engine_mode():
            self.env["integration.failure"]._cron_refresh()
        self.env.cr.execute(worth_of, [event.id])
        self.assertEqual(self.env.cr.fetchone(), (0,), "what fails no more is forgotten")
        self.assertEqual(failure.state, "closed")
