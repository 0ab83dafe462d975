# Part of Integration Hub. License LGPL-3.0 or later.
"""What an order is worth: refunds, gift cards, discounts, taxes and currencies, to the shop's cent."""

from decimal import Decimal

from odoo.tests import tagged

from .order_cases import ShopOrderCase


@tagged("post_install", "-at_install")
class TestRefunds(ShopOrderCase):
    def refund(self, document, *parts, **values):
        lines = [{"id": line["id"], "quantity": quantity, "restock": how} for line, quantity, how in parts]
        return self.change(document, refund={"lines": lines, **values})

    def test_of_what_was_not_shipped(self):
        document = self.place()
        order = self.told(document, "orders/create")
        tents, _mugs = document["line_items"]
        now = self.refund(document, (tents, 1, "cancel"))
        self.told(now)
        self.assertEqual(self.quantities(order)["TENT-RIDGE-2"], 1)
        self.assert_worth(order, now)
        back = float(now["refunds"][0]["transactions"][0]["amount"])
        self.assertIn(("outbound", back), self.money(order))

    def test_of_what_was_shipped(self):
        for how in ("return", "no_restock"):
            with self.subTest(how):
                document = self.place()
                tents, _mugs = document["line_items"]
                order = self.told(document, "orders/create")
                self.change(document, fulfil={})
                now = self.refund(document, (tents, 1, how))
                self.told(now)
                self.assertEqual(self.quantities(order)["TENT-RIDGE-2"], 2, "both were shipped")
                self.assert_worth(order, now)
                refund = order.order_line.filtered(lambda line: line.price_unit < 0)
                self.assertIn("Refund", refund.name)

    def test_of_the_shipping(self):
        document = self.place()
        order = self.told(document, "orders/create")
        now = self.refund(document, shipping="7.90")
        self.told(now)
        self.assert_worth(order, now)

    def test_of_everything(self):
        document = self.place()
        order = self.told(document, "orders/create")
        self.change(document, fulfil={})
        parts = [(line, line["quantity"], "return") for line in document["line_items"]]
        now = self.refund(document, *parts, shipping="7.90")
        self.told(now)
        self.assertEqual((now["financial_status"], order.amount_total, order.state), ("refunded", 0.0, "sale"))

    def test_of_an_invoiced_order_is_credited(self):
        document = self.place(discount={"code": "TEN", "percentage": "10"})
        order = self.told(document, "orders/create")
        order._create_invoices().action_post()
        tents, mugs = document["line_items"]
        now = self.refund(document, (tents, 1, "cancel"))
        self.told(now)
        self.assert_worth(order, now)
        self.change(document, fulfil={})
        now = self.refund(document, (mugs, 2, "return"), shipping="7.90")
        self.told(now)
        self.assert_worth(order, now)
        credited = order.invoice_ids.filtered(lambda move: move.move_type == "out_refund")
        self.assertEqual(credited.mapped("state"), ["posted", "posted"])
        signed = sum(order.invoice_ids.mapped("amount_total_signed"))
        self.assertAlmostEqual(signed, float(now["current_total_price"]), 2)
        self.assertEqual(set(order.invoice_ids.mapped("payment_state")), {"paid"}, "matched with the money")

    def test_odoos_own_setting_invoices_what_is_paid(self):
        self.env["ir.config_parameter"].sudo().set_param("sale.automatic_invoice", "True")
        document = self.place()
        order = self.told(document, "orders/create")
        self.assertEqual(order.invoice_ids.mapped("state"), ["posted"])
        self.assertEqual(order.invoice_ids.amount_total, order.amount_total)
        self.assertIn(order.invoice_ids.payment_state, ("paid", "in_payment"))

    def test_where_a_person_decides(self):
        self.decides("refund", "odoo")
        document = self.place()
        order = self.told(document, "orders/create")
        total = order.amount_total
        tents, _mugs = document["line_items"]
        self.told(self.refund(document, (tents, 1, "cancel")))
        self.assertEqual((order.amount_total, self.quantities(order)["TENT-RIDGE-2"]), (total, 2))


@tagged("post_install", "-at_install")
class TestAmounts(ShopOrderCase):
    def test_gift_card_sold_and_used(self):
        document = self.place(
            ("TENT-RIDGE-2", 1), {"title": "Gift card", "price": "50.00", "gift_card": True},
            payments=[{"amount": "30.00", "gateway": "gift_card"}, {"gateway": "shopify_payments"}],
        )  # fmt: skip
        order = self.told(document, "orders/create")
        self.assert_worth(order, document)
        card = order.order_line.filtered(lambda line: line.name == "Gift card")
        self.assertEqual((card.product_id.type, card.tax_ids.ids, card.price_total), ("service", [], 50.0))
        self.assertEqual(self.money(order), [("inbound", order.amount_total)])

    def test_discount_that_is_no_whole_percentage(self):
        document = self.place(("TENT-RIDGE-2", 3), discount={"code": "ODD", "amount": "33.34"})
        order = self.told(document, "orders/create")
        self.assert_worth(order, document)
        self.assertEqual(self.quantities(order), {"TENT-RIDGE-2": 3}, "a discount is nothing to deliver")
        line = document["line_items"][0]
        now = self.change(document, refund={"lines": [{"id": line["id"], "quantity": 2, "restock": "cancel"}]})
        self.told(now)
        self.assert_worth(order, now)

    def test_prices_that_include_taxes(self):
        document = self.place(taxes_included=True)
        order = self.told(document, "orders/create")
        self.assert_worth(order, document)
        self.assertEqual(order.order_line.tax_ids, self.taxes[True])
        line = document["line_items"][1]
        self.change(document, fulfil={})
        now = self.change(document, refund={"lines": [{"id": line["id"], "quantity": 1}]})
        self.told(now)
        self.assert_worth(order, now)

    def test_currencies_without_and_with_three_decimals(self):
        for currency, prices in (("JPY", ("1999", "333")), ("KWD", ("19.995", "0.333"))):
            with self.subTest(currency):
                self.env["res.currency"].with_context(active_test=False).search([("name", "=", currency)]).active = True
                document = self.place(
                    {"sku": "TENT-RIDGE-2", "quantity": 3, "price": prices[0]},
                    {"sku": "MUG-ENAMEL-GRN", "quantity": 7, "price": prices[1]},
                    currency=currency,
                    shipping={"title": "Post", "price": prices[1]},
                    discount={"code": "TEN", "percentage": "10"},
                )
                order = self.told(document, "orders/create")
                self.assertEqual(order.currency_id.name, currency)
                self.assert_worth(order, document)
                self.assertEqual(self.money(order), [("inbound", float(document["total_price"]))])
                line = document["line_items"][1]
                now = self.change(document, refund={"lines": [{"id": line["id"], "quantity": 2, "restock": "cancel"}]})
                self.told(now)
                self.assert_worth(order, now)

    def test_what_the_customer_saw_in_another_currency(self):
        document = self.place(presentment={"currency": "EUR", "rate": "0.92"})
        self.assertEqual(document["presentment_currency"], "EUR")
        order = self.told(document, "orders/create")
        self.assertEqual(order.currency_id.name, "USD", "what the shop is paid in")
        self.assert_worth(order, document)
        flow = self.shop.flow_ids.filtered(lambda flow: flow.template_key == "orders_in")
        told = flow.mapping_id._compiled()[1].apply(document)["presentment"]
        expected = Decimal(document["total_price"]) * Decimal("0.92")
        self.assertEqual(told, {"currency": "EUR", "total": str(expected.quantize(Decimal("0.01")))})
