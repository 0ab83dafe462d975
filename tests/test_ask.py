# Part of Integration Hub. License LGPL-3.0 or later.
"""Questions: credit, tax and fraud before a quotation is confirmed."""

from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..engine import answers
from ..models import integration_flow_question
from .ask_cases import DOWN, AskCase
from .common import faults


@tagged("post_install", "-at_install")
class TestAnswers(AskCase):
    def test_three_answers_and_the_order_is_confirmed(self):
        order = self.quotation(100.0)
        self.press(order)
        self.assertEqual(order.state, "sale")
        asked = sorted(one["path"] for one in self.asked())
        self.assertEqual(asked, ["/v1/credit_checks", "/v1/screenings", "/v1/taxes"])
        self.assertEqual(order.order_line.tax_ids, self.outside_tax)
        self.assertEqual((order.amount_tax, order.amount_total), (8.0, 108.0))

    def test_taxes_are_the_vendors_to_the_cent_on_the_order_and_its_invoice(self):
        """Odoo would round the sum here, to 2.42; the vendor rounds each line."""
        self.env.company.tax_calculation_rounding_method = "round_globally"
        self.product.invoice_policy = "order"
        order = self.quotation(10.07, 10.07, 10.07)
        self.press(order)
        self.assertEqual((order.amount_untaxed, order.amount_tax), (30.21, 2.43))
        self.assertEqual(order.sudo()._create_invoices().amount_tax, 2.43)
        order.sudo().order_line[0].price_unit = 20.14
        self.assertEqual(order.amount_tax, 3.23, "who changes a line has Odoo's own calculation of it")

    def test_each_call_is_a_message_of_the_log(self):
        order = self.quotation()
        self.press(order)
        events = self.log()
        self.assertEqual(set(events.mapped("state")), {"done"})
        self.assertEqual(sorted(events.mapped("topic")), ["credit.asked", "fraud.asked", "tax.asked"])
        self.assertEqual(set(events.mapped("kind")), {"command"})
        for event in events:
            self.assertEqual((event.direction, event.res_model, event.res_id), ("outbound", "sale.order", order.id))
            self.assertEqual(event.attempt_ids.mapped("outcome"), ["done"])
        fraud = events.filtered(lambda event: event.object_type == "fraud")
        self.assertEqual(self.content(fraud)["question"]["email"], "ada@hub.example")
        self.assertEqual(self.content(fraud)["answer"]["outcome"], "accept")

    def test_a_no_refuses_with_the_reason_and_what_to_do(self):
        self.settings.credit_limit = 50
        order = self.quotation()
        said = self.refusal(order)
        self.assertIn(f"{order.name} stays as it is: “Credit check” says no. The limit of this customer is 50.", said)
        self.assertIn(f"Ask {self.credit.owner_id.name} what can be done.", said)
        self.assertEqual(order.state, "draft")

    def test_a_flow_asks_only_about_the_records_of_its_filter(self):
        self.fraud.domain = "[('amount_untaxed', '>', 500)]"
        self.press(self.quotation(100.0))
        self.assertFalse(self.asked("screenings"))
        self.press(self.quotation(1000.0))
        self.assertEqual(len(self.asked("screenings")), 1)

    def test_switched_off_nobody_is_asked(self):
        self.desk.flow_ids.action_switch_off()
        order = self.quotation()
        self.press(order)
        self.assertEqual((order.state, self.asked()), ("sale", []))

    def test_who_may_not_change_the_record_learns_nothing_by_asking(self):
        order = self.quotation()
        stranger = self.user(login="stranger@hub.example")
        with self.assertRaises(AccessError), self.engine_mode():
            order.with_user(stranger).action_confirm()
        self.assertFalse(self.asked())

    def test_other_companies_ask_nobody(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.seller.company_ids |= other
        order = self.quotation(company_id=other.id)
        self.press(order)
        self.assertFalse(self.asked())

    def test_what_the_question_lacks_is_said(self):
        draft = self.credit.mapping_id.version_id._new_draft()
        draft.line_ids.filtered(lambda line: line.target == "customer.country").required = True
        draft._approve(shipped=True)
        order = self.quotation()
        said = self.refusal(order)
        self.assertIn(f"{order.name} stays as it is, since “Credit check” cannot be asked about it", said)
        self.assertFalse(self.asked("credit"))

    def test_a_tax_that_is_unknown_in_odoo_is_said(self):
        self.settings.tax_rates = ["*:0.07"]
        said = self.refusal(self.quotation())
        self.assertIn("“Taxes from outside” answers does not fit", said)
        self.assertIn("7 %", said)
        self.assertIn("Accounting creates the sales tax", said)


@tagged("post_install", "-at_install")
class TestMemory(AskCase):
    flows = ("credit",)

    def test_a_fresh_answer_serves_and_an_old_one_does_not(self):
        order = self.quotation()
        self.press(order)
        self.again(order)
        self.assertEqual(len(self.asked()), 1)
        self.credit.answer_fresh = 0
        self.again(order)
        self.assertEqual(len(self.asked()), 2)

    def test_an_answer_that_cannot_be_read_any_more_is_not_known(self):
        """Its mapping was changed since."""
        order = self.quotation()
        self.press(order)
        self.env.cr.execute("UPDATE integration_answer SET answer = '{}'")
        self.again(order)
        self.assertEqual((order.state, len(self.asked())), ("sale", 2))

    def test_another_question_is_another_answer(self):
        self.press(self.quotation(100.0))
        self.press(self.quotation(100.0))
        self.assertEqual(len(self.asked()), 2)

    def test_a_refusal_is_remembered_for_a_short_time_only(self):
        self.settings.credit_limit = 50
        order = self.quotation()
        self.refusal(order)
        self.settings.credit_limit = 500
        self.assertIn("says no", self.refusal(order))
        self.assertEqual(len(self.asked()), 1)
        self.age(31)
        self.press(order)
        self.assertEqual((order.state, len(self.asked())), ("sale", 2))

    def test_that_there_was_no_answer_is_remembered_for_a_short_time_only(self):
        faults(DOWN)
        order = self.quotation()
        for _time in range(2):
            self.assertIn("does not answer", self.refusal(order))
        self.assertEqual(len(self.asked()), 1)
        faults()
        self.age(31)
        self.press(order)
        self.assertEqual(order.state, "sale")

    def test_the_last_answer_counts_while_there_is_no_newer_one(self):
        order = self.quotation()
        self.press(order)
        order.sudo().state = "draft"
        self.age(3600)
        faults(DOWN)
        self.press(order)
        self.assertEqual(order.state, "sale")
        self.assertIn("did not answer; its answer of", "".join(order.message_ids.mapped("body")))
        self.assertEqual(self.log()[-1].state, "ignored")
        order.sudo().state = "draft"
        self.age(86400)
        self.assertIn("does not answer", self.refusal(order))
        self.assertEqual(self.log()[-1].state, "ignored")

    def test_what_nobody_may_use_any_more_is_forgotten(self):
        self.press(self.quotation())
        self.collect()
        self.assertEqual(self.remembered(), 1)
        self.age(2 * 86400)
        self.collect()
        self.assertEqual(self.remembered(), 0)

    def test_much_is_forgotten_in_batches_and_odoo_comes_again_for_the_rest(self):
        for price in (10.0, 20.0):
            self.press(self.quotation(price))
        self.age(2 * 86400)
        with patch.object(answers, "BATCH", 1), patch.object(integration_flow_question, "BATCH", 1):
            self.assertEqual([self.collect() for _time in range(3)], [(1, True), (1, True), (0, False)])

    def collect(self):
        with self.engine_mode():
            return self.env["integration.flow"]._gc_answers()

    def remembered(self):
        self.env.cr.execute("SELECT count(*) FROM integration_answer WHERE flow_id = %s", [self.credit.id])
        return self.env.cr.fetchone()[0]

    def age(self, seconds):
        """Let all that is remembered be older by so many seconds."""
        self.env.cr.execute(
            """UPDATE integration_answer SET asked_at = asked_at - %(s)s, failed_at = failed_at - %(s)s,
                      keep_until = keep_until - %(s)s""",
            {"s": timedelta(seconds=seconds)},
        )


@tagged("post_install", "-at_install")
class TestConfiguration(AskCase):
    def test_only_what_a_person_may_press_can_ask(self):
        for name in ("write", "unlink", "_action_confirm", "action_nothing", "create", False):
            with self.subTest(name), self.assertRaises(ValidationError):
                self.fraud.ask_before = name
        self.fraud.ask_before = "action_cancel"
        order = self.quotation()
        with self.engine_mode():
            order.sudo().action_cancel()
        self.assertEqual([one["path"] for one in self.asked()], ["/v1/screenings"])

    def test_only_a_decision_decides(self):
        with self.assertRaises(ValidationError):
            self.fraud.ask_effect = "fill"
        with self.assertRaises(ValidationError):
            self.tax.ask_effect = "check"

    def test_it_is_switched_on_only_with_all_that_it_needs(self):
        self.tax.action_switch_off()
        self.tax.answer_record_mapping_id = False
        with self.assertRaisesRegex(UserError, "an approved mapping of the answer"):
            self.tax.action_switch_on()

    def test_a_change_of_a_record_sends_nothing(self):
        order = self.quotation()
        order.sudo().client_order_ref = "Changed"
        self.commit()
        self.assertFalse(self.log())

    def test_what_answers_questions_needs_no_webhook(self):
        self.assertEqual(self.desk.endpoint_ids.mapped("direction"), ["outbound"])

    def test_each_flow_says_what_becomes_of_the_work(self):
        texts = {self.tax.degradation_text, self.credit.degradation_text, self.fraud.degradation_text}
        self.assertEqual(len(texts), 3)
        self.assertIn("done by itself as soon as", self.tax.degradation_text)
        crm = self.connect_hubspot(wanted=("contacts_out",))
        deferring = crm.flow_ids.filtered(lambda flow: flow.state == "on")
        self.assertIn("people's work goes on. What is to be sent waits here", deferring.degradation_text)
