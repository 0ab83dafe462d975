# Part of Integration Hub. License LGPL-3.0 or later.
"""What an accountant and a warehouse worker read: on invoice, payment and delivery, how the order's sync is."""

import json

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .order_cases import ShopOrderCase

LATER = {"updated_at": "2035-01-01T10:00:05-07:00"}


@tagged("post_install", "-at_install")
class TestAbout(ShopOrderCase):
    @classmethod
    def set_up_hub(cls):  # pylint: disable=missing-return
        super().set_up_hub()
        cls.shop.name = "Tour shop"
        cls.accountant = new_test_user(
            cls.env, "accountant", groups="base.group_user,account.group_account_manager", name="Acke Accountant"
        )
        cls.worker = new_test_user(
            cls.env, "worker", groups="base.group_user,stock.group_stock_user", name="Wanda Warehouse"
        )

    def setUp(self):
        super().setUp()
        self.document = self.place()
        self.order = self.told(self.document, "orders/create")

    def facts(self, record, user):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["integration.record"].with_user(user).facts(record._name, record.id)

    def wrong_total(self):
        """The shop says another total than its lines come to; returns the message that was refused."""
        return self.refused(self.document | LATER | {"current_total_price": "999.00"}, "totals-differ")

    def invoice(self):
        move = self.order._create_invoices()
        move.action_post()
        return move

    def payment(self, move):
        wizard = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids)
        return wizard.create({})._create_payments()

    def test_an_invoice_and_its_payment_are_about_the_order(self):
        move = self.invoice()
        payment = self.payment(move)
        for record in (move, payment):
            with self.subTest(record._name):
                facts = self.facts(record, self.accountant)
                (system,) = facts["systems"]
                self.assertEqual((facts["state"], system["name"], system["state"]), ("ok", "Tour shop", "ok"))
                self.assertEqual(system["about"], {"model": "sale.order", "id": self.order.id, "name": self.order.name})
                self.assertEqual(system["external_id"], f"gid://shopify/Order/{self.document['id']}")
                self.assertEqual((facts["owners"], facts["may"]["retry"], facts["may"]["sync"]), ({}, False, False))

    def test_a_credit_note_too(self):
        move = self.invoice()
        self.payment(move)
        reverse = self.env["account.move.reversal"].with_context(active_model="account.move", active_ids=move.ids)
        wizard = reverse.create({"journal_id": move.journal_id.id})
        credit = self.env["account.move"].browse(wizard.refund_moves()["res_id"])
        self.assertEqual(credit.move_type, "out_refund")
        self.assertEqual(self.facts(credit, self.accountant)["systems"][0]["about"]["id"], self.order.id)
        credit.action_post()
        refund = self.payment(credit)
        self.assertEqual(self.facts(refund, self.accountant)["systems"][0]["about"]["id"], self.order.id)

    def test_what_could_not_be_taken_in_of_the_order(self):
        move = self.invoice()
        self.wrong_total()
        facts = self.facts(move, self.accountant)
        problem = facts["systems"][0]["problem"]
        self.assertEqual((facts["state"], problem["kind"], problem["retry"]), ("failed", "colleague", False))
        self.assertRegex(problem["text"], r"^A change from Tour shop is not in Odoo since .+: .+ 999\.00\.$")
        with self.assertRaises(UserError):
            self.env["integration.record"].with_user(self.accountant).retry("account.move", move.id)

    def test_at_most_two_queries(self):
        move = self.invoice()
        payment = self.payment(move)
        for record, user in (
            (move, self.accountant),
            (payment, self.accountant),
            (self.order.picking_ids, self.worker),
        ):
            self.facts(record, user)
            self.env.invalidate_all()
            with self.subTest(record._name), self.assertQueryCount(2):
                self.env["integration.record"].with_user(user).facts(record._name, record.id)

    def test_other_invoices_show_nothing(self):
        partner = self.env["res.partner"].create({"name": "Somebody"})
        line = Command.create({"name": "Advice", "price_unit": 10})
        move = self.env["account.move"].create(
            {"move_type": "out_invoice", "partner_id": partner.id, "invoice_line_ids": [line]}
        )
        self.assertEqual(self.facts(move, self.accountant)["systems"], [])

    def test_a_delivery_has_its_own_and_the_order_s(self):
        self.shop.flow_ids.filtered(lambda flow: flow.template_key == "shipments_out").action_switch_on()
        self.change(self.document, cancelled=True)
        picking = self.order.picking_ids
        picking.move_ids.picked = True
        picking.button_validate()
        self.commit()
        self.drain()
        facts = self.facts(picking, self.worker)
        own, order = facts["systems"]
        self.assertEqual((own["about"], order["about"]["id"]), (None, self.order.id))
        self.assertEqual((own["state"], own["problem"]["kind"], own["problem"]["retry"]), ("failed", "record", True))
        self.assertRegex(own["problem"]["text"], r"^Not in Tour shop since .+")
        self.assertEqual((order["state"], facts["may"]["retry"]), ("ok", True))

    def test_only_of_orders_that_the_reader_may_read(self):
        picking = self.order.picking_ids
        self.env["ir.rule"].create(
            {
                "name": "not this one",
                "model_id": self.env["ir.model"]._get_id("sale.order"),
                "domain_force": f"[('id', '!=', {self.order.id})]",
            }
        )
        self.assertEqual(self.facts(picking, self.worker)["systems"], [])
        self.env["ir.model.access"].search([("model_id.model", "=", "sale.order")]).perm_read = False
        self.assertEqual(self.facts(picking, self.worker)["systems"], [], "no right on the model at all")
        self.assertIn("account.move", self.env["integration.record"].with_user(self.worker).synced())
        with self.assertRaises(AccessError):
            self.facts(self.invoice(), self.worker)

    def test_in_another_company(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.worker.write({"company_id": elsewhere.id, "company_ids": [Command.set(elsewhere.ids)]})
        Record = self.env["integration.record"].with_user(self.worker)
        self.assertEqual((Record.synced(), Record.mendable()["count"]), ({}, 0))
        with self.assertRaises(AccessError):
            self.facts(self.order.picking_ids, self.worker)

    def test_a_rate_that_odoo_does_not_know_is_for_who_looks_after_taxes(self):
        event = self.refused(self.place(tax_rate="0.1234"), "unknown-tax", "orders/create")
        Record = self.env["integration.record"]
        (item,) = Record.with_user(self.accountant).mendable()["items"]
        self.assertEqual((item["model"], item["id"], item["name"]), ("account.tax", False, "Tax: 12.34"))
        self.assertRegex(item["text"], r"^A change from Tour shop is not in Odoo since .+\(12\.34 %")
        self.assertEqual(Record.with_user(self.worker).mendable()["count"], 0)
        self.taxes[False].with_user(self.accountant).copy({"amount": 12.34, "name": "New"})
        self.commit()
        self.drain()
        self.assertEqual(self.events(self.hook, ("id", "=", event.id)).state, "done", event.error_message)
        self.assertEqual(Record.with_user(self.accountant).mendable()["count"], 0)

    def test_an_order_says_who_mends_the_tax(self):
        document = self.change(self.document, note="Ring twice")
        for line in document["line_items"]:
            for tax in line["tax_lines"]:
                tax["rate"] = 0.1234
        self.tell(document | LATER)
        mine = self.facts(self.order, self.accountant)["systems"][0]["problem"]
        self.assertEqual((mine["table"], mine["next"][:6]), ("account.tax", "Create"))
        theirs = self.facts(self.order, self.worker)["systems"][0]["problem"]
        self.assertEqual((theirs["table"], theirs["next"][:15]), ("", "Who looks after"))


@tagged("post_install", "-at_install")
class TestAboutLinks(ShopOrderCase):
    def setUp(self):
        super().setUp()
        self.document = self.place()
        self.order = self.told(self.document, "orders/create")

    def system(self):
        self.env.flush_all()
        (system,) = self.env["integration.record"].facts("sale.order", self.order.id)["systems"]
        return system

    def test_failed_where_the_flow_goes_on(self):
        """It blocks nothing, and is shown nevertheless; whoever edits the order has it tried again."""
        flow = self.shop.flow_ids.filtered(lambda flow: flow.template_key == "orders_in")
        flow.on_dead = "skip"
        event = self.refused(self.document | LATER | {"current_total_price": "999.00"}, "totals-differ")
        self.assertFalse(self.blocked_keys(self.hook))
        self.assertEqual(self.system()["state"], "failed")
        self.order.note = "Looked at"
        self.commit()
        self.assertEqual(self.events(self.hook, ("id", "=", event.id)).state, "pending")
        self.drain()
        self.told(self.document | {"note": "Ring twice", "updated_at": "2036-01-01T10:00:05-07:00"})
        self.assertEqual(self.system()["state"], "ok", "what came later has made it good")
        self.order.note = "Looked at again"
        self.commit()
        self.assertIn(self.events(self.hook, ("id", "=", event.id)).state, ("dead", "ignored"), "not run for nothing")

    def test_merged_into_it(self):
        link = self.link_of(self.document)
        link.copy({"external_id": "gid://shopify/Order/77", "merged_into_id": link.id, "deleted_at": "2026-01-01"})
        system = self.system()
        self.assertEqual((system["state"], system["external_id"]), ("ok", link.external_id))
        self.assertEqual(system["merged"], ["gid://shopify/Order/77"])

    def test_its_object_was_merged_into_another(self):
        """The link leads to the other record now."""
        self.link_of(self.document).res_id = self.order.copy().id
        system = self.system()
        self.assertEqual(
            (system["state"], system["said"]), ("gone", f"No longer linked with a record in {self.shop.name}.")
        )

    def test_what_a_stranger_wrote_is_text(self):
        """It reaches the page as text that the client escapes, and no address but a page of the vendor."""
        self.shop.name = "<img src=x onerror=alert(1)>"
        self.shop.settings = {**self.shop.settings, "shop": "javascript:alert(1)//"}
        self.env.registry.clear_cache()
        self.link_of(self.document).external_id = 'gid://shopify/Order/"><script>alert(1)</script>'
        system = self.system()
        self.assertTrue(system["url"] == "" or system["url"].startswith("https://"), system["url"])
        self.assertNotIn("&lt;", json.dumps(system), "it is not markup: nothing is escaped twice")
