# Part of Integration Hub. License LGPL-3.0 or later.
"""Order Desk is down: each flow does what its policy says, and ends by itself where it says so."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ..connectors.clock import ManualClock
from ..models import handler_ask
from .ask_cases import DOWN, AskCase
from .common import faults


class DownCase(AskCase):
    def setUp(self):
        super().setUp()
        faults(DOWN)
        self.clock = ManualClock(fields.Datetime.now().timestamp())

    def back(self):
        """The other side is back; time passes."""
        faults()
        for _time in range(3):
            self.clock.advance(3600)
            self.drain(self.clock)

    def left(self):
        """Return the messages that were left to be asked later."""
        return self.log(("topic", "not like", "%.asked"))


@tagged("post_install", "-at_install")
class TestFail(DownCase):
    flows = ("fraud",)

    def test_the_confirmation_is_refused_in_words_of_the_seller(self):
        order = self.quotation()
        said = self.refusal(order)
        self.assertEqual(
            said,
            f"{order.name} stays as it is: “Fraud check” does not answer. Try again in a few minutes. If it goes on, "
            f"ask {self.fraud.owner_id.name}.",
        )
        self.assertEqual((order.state, self.left().ids), ("draft", []))
        self.assertEqual(self.refusal(order), said, "of what is remembered it says the same, and nothing technical")

    def test_what_cannot_be_answered_later_either_says_so(self):
        faults({**DOWN, "status": 400})
        said = self.refusal(self.quotation())
        self.assertIn("has no answer for it. To try again does not help", said)

    def test_the_call_is_a_failed_message_with_its_cause(self):
        self.refusal(self.quotation())
        event = self.log()
        self.assertEqual((event.state, event.error_code, event.attempt_ids.status_code), ("dead", "server-fault", 503))
        self.assertTrue(event.fingerprint)
        self.assertFalse(event.may_be_retried, "nobody waits for it any more")

    def test_of_several_orders_none_is_confirmed(self):
        self.fraud.domain = "[('amount_untaxed', '>', 500)]"
        small, large = self.quotation(10.0), self.quotation(1000.0)
        said = self.refusal(small | large)
        self.assertIn(large.name, said)
        self.assertEqual((small | large).mapped("state"), ["draft", "draft"])

    def test_an_endpoint_that_somebody_paused_is_not_called(self):
        self.api.sudo().write({"state": "paused", "state_reason": "Moved to a new address"})
        said = self.refusal(self.quotation())
        self.assertIn("gives no answer at the moment (Moved to a new address). Try again later.", said)
        self.assertEqual((self.asked(), self.log().ids), ([], []))

    def test_a_refused_key_stops_the_endpoint(self):
        faults({"vendor": "order_desk", "kind": "expired_token"})
        self.refusal(self.quotation())
        self.assertEqual(self.api.state, "suspended")


@tagged("post_install", "-at_install")
class TestHold(DownCase):
    flows = ("tax",)

    def test_the_order_waits_and_says_for_what(self):
        order = self.quotation()
        action = self.press(order)
        self.assertEqual(order.state, "draft")
        self.assertEqual(self.waits(order), ["Waits for an answer: Taxes from outside"])
        self.assertEqual(order.activity_ids.user_id, self.seller)
        self.assertEqual(action["tag"], "display_notification")
        said = f"{order.name}: no answer from “Taxes from outside”. Nothing needs to be done"
        self.assertIn(said, action["params"]["message"])
        self.assertEqual((self.left().state, self.left().kind), ("pending", "command"))

    def test_it_goes_on_by_itself(self):
        order = self.quotation(10.0)
        self.press(order)
        self.drain(self.clock)
        self.assertEqual((self.left().state, order.state), ("retry", "draft"))
        self.back()
        self.assertEqual((self.left().state, self.left().error_message), ("done", False))
        self.assertEqual((order.state, order.amount_tax), ("sale", 0.8))
        self.assertFalse(self.waits(order))
        self.assertIn("has answered, and this went on by itself", "".join(order.message_ids.mapped("body")))
        self.assertEqual(order.message_ids[0].author_id, self.api.service_user_id.partner_id)

    def test_pressed_twice_it_waits_once(self):
        order = self.quotation()
        self.press(order)
        self.press(order)
        self.assertEqual((len(self.left()), len(self.waits(order))), (1, 1))

    def test_pressed_again_when_it_is_back_it_waits_no_more(self):
        order = self.quotation()
        self.press(order)
        faults()
        self.tax.answer_negative = 0
        self.press(order)
        self.assertEqual((order.state, self.waits(order)), ("sale", []))
        self.back()
        self.assertEqual((self.left().state, self.left().error_code), ("ignored", "no-match"))

    def test_what_was_cancelled_meanwhile_is_left_alone(self):
        order = self.quotation()
        self.press(order)
        order.sudo()._action_cancel()
        self.back()
        self.assertEqual((order.state, self.left().state, self.waits(order)), ("cancel", "ignored", []))

    def test_what_is_cancelled_while_it_is_asked_is_left_alone(self):
        order = self.quotation()
        self.press(order)
        really_ask = handler_ask.ask

        def ask(*question):
            order.sudo()._action_cancel()
            order.env.flush_all()
            return really_ask(*question)

        with patch.object(handler_ask, "ask", ask):
            self.back()
        self.assertEqual((order.state, self.left().state, self.waits(order)), ("cancel", "ignored", []))

    def test_what_was_edited_meanwhile_is_asked_about_as_it_is(self):
        order = self.quotation(10.0)
        self.press(order)
        order.sudo().order_line.price_unit = 50.0
        self.back()
        self.assertEqual((order.state, order.amount_tax), ("sale", 4.0))

    def test_others_are_confirmed_meanwhile(self):
        self.tax.domain = "[('state', 'in', ('draft', 'sent')), ('amount_untaxed', '>', 500)]"
        small, large = self.quotation(10.0), self.quotation(1000.0)
        action = self.press(small | large)
        self.assertEqual((small.state, large.state), ("sale", "draft"))
        self.assertIn(large.name, action["params"]["message"])
        self.assertNotIn(small.name, action["params"]["message"])

    def test_what_odoo_refuses_later_is_a_failure_that_shows(self):
        self.settings.tax_rates = ["*:0.0375"]
        order = self.quotation()
        self.press(order)
        self.back()
        event = self.left()
        self.assertEqual((event.state, order.state), ("dead", "draft"))
        self.assertIn("3.75", event.error_message)
        self.env["integration.flow"]._cron_recovery()
        self.assertEqual(self.waits(order), [])
        self.assertEqual(order.activity_ids.summary, "Taxes from outside: this does not go on by itself any more")
        self.assertIn("Accounting creates the sales tax", order.activity_ids.note)
        self.assertEqual(order.activity_ids.user_id, self.seller)

    def test_what_an_operator_gives_up_is_told(self):
        order = self.quotation()
        self.press(order)
        self.left().with_user(self.user("operator")).action_ignore()
        self.env["integration.flow"]._cron_recovery()
        self.assertIn("does not go on by itself any more", order.activity_ids.summary)
        self.assertIn("Given up by", order.activity_ids.note)


@tagged("post_install", "-at_install")
class TestHoldAmongOthers(DownCase):
    """Taxes wait, and before the same action somebody else is asked."""

    def test_all_are_asked_before_it_goes_on(self):
        self.answers_but("taxes")
        order = self.quotation()
        self.press(order)
        self.assertEqual(order.state, "draft")
        self.back()
        self.assertEqual(order.state, "sale")

    def test_a_no_that_comes_meanwhile_is_told(self):
        self.answers_but("taxes")
        order = self.quotation()
        self.press(order)
        self.settings.refused_emails = ["ada@hub.example"]
        self.env.cr.execute("DELETE FROM integration_answer")
        self.back()
        self.assertEqual((order.state, self.left().state, self.left().error_code), ("draft", "done", "refused"))
        self.assertEqual(order.activity_ids.summary, "Fraud check says no: this stays as it is")
        self.assertIn("used for fraud before", order.activity_ids.note)
        self.assertEqual(order.activity_ids.user_id, self.seller)

    def answers_but(self, path):
        faults({**DOWN, "match": {"path": path}})


@tagged("post_install", "-at_install")
class TestSkip(DownCase):
    flows = ("credit",)

    def setUp(self):
        super().setUp()
        self.credit.degradation = "skip"

    def test_the_order_is_confirmed_and_asked_about_later(self):
        order = self.quotation()
        self.press(order)
        self.assertEqual((order.state, self.left().state), ("sale", "pending"))
        self.assertIn("Went on without “Credit check”", "".join(order.message_ids.mapped("body")))
        self.back()
        self.assertEqual((self.left().state, order.activity_ids.ids), ("done", []))

    def test_a_no_that_comes_later_is_an_activity_of_the_seller(self):
        self.settings.credit_limit = 50
        order = self.quotation()
        self.press(order)
        self.back()
        self.assertEqual((order.state, self.left().error_code), ("sale", "refused"))
        self.assertEqual(order.activity_ids.summary, "Credit check says no, after this went on without it")
        self.assertEqual(order.activity_ids.user_id, self.seller)


@tagged("post_install", "-at_install")
class TestRecovery(DownCase):
    flows = ("tax",)

    def later(self, minutes):
        """Let what waits have waited for so long, and look after it."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE integration_event SET arrived_at = arrived_at - %s WHERE endpoint_id = %s",
            [timedelta(minutes=minutes), self.api.id],
        )
        self.env["integration.flow"]._cron_recovery()

    def told(self):
        return self.tax.activity_ids.mapped("summary")

    def test_who_waits_longer_than_agreed_is_told_of_once(self):
        self.tax.recovery_minutes = 30
        self.press(self.quotation())
        self.later(20)
        self.assertFalse(self.told() or self.tax.late_since)
        self.later(20)
        self.later(20)
        self.assertEqual(self.told(), ["Messages wait longer than 30 minutes"])
        self.assertEqual(self.tax.activity_ids.user_id, self.tax.owner_id)
        self.assertTrue(self.tax.late_since)
        self.back()
        self.env["integration.flow"]._cron_recovery()
        self.assertFalse(self.told() or self.tax.late_since)

    def test_no_objective_no_alarm(self):
        self.tax.recovery_minutes = 0
        self.press(self.quotation())
        self.later(10_000)
        self.assertFalse(self.told())


@tagged("post_install", "-at_install")
class TestQuiet(DownCase):
    """A transaction with locks, outside of a request: nobody waits in it for another system."""

    flows = ("fraud",)

    def test_nobody_is_called(self):
        faults()
        with patch("odoo.addons.integration_hub.models.ask._is_quiet", lambda cr: False):
            said = self.refusal(self.quotation())
        self.assertIn("“Fraud check” has to be asked first, which is not done here.", said)
        self.assertFalse(self.asked())
