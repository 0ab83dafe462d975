# Part of Integration Hub. License LGPL-3.0 or later.
"""A shop's order beside what accounting, the warehouse and Odoo's own settings do with it.

No money, no tax and no goods are counted twice, lost, or changed.
"""

import copy

from odoo.tests import tagged

from .order_cases import ShopOrderCase


class BooksCase(ShopOrderCase):
    def undone(self, document):
        """Tell it and return what it says was left to a person."""
        event = self.tell(document)
        self.assertEqual((event.state, event.error_code), ("done", "left-undone"), event.error_message)
        return event.error_message

    def tent_of(self, document):
        return document["line_items"][0]

    def invoiced(self, order):
        invoice = order._create_invoices()
        invoice.action_post()
        return invoice


@tagged("post_install", "-at_install")
class TestMoney(BooksCase):
    def test_given_back_in_what_the_customer_saw(self):
        """The webhook says yen alone: what they are in the shop's currency is read."""
        document = self.place(presentment={"currency": "JPY", "rate": "150"})
        order = self.told(document, "orders/create")
        refund = {"lines": [{"id": self.tent_of(document)["id"], "quantity": 1, "restock": "cancel"}]}
        now = copy.deepcopy(self.change(document, refund=refund))
        (money,) = now["refunds"][0]["transactions"]
        dollars = float(money["amount"])
        money |= {"currency": "JPY", "amount": str(int(dollars * 150))}
        self.told(now)
        self.assert_worth(order, now)
        self.assertIn(("outbound", dollars), self.money(order))

    def test_more_and_less_than_the_goods_are_worth(self):
        """Kept back: a restocking fee. Given beyond: goodwill. Where the shop's total counts them, the order's does."""
        document = self.place()
        order = self.told(document, "orders/create")
        invoice = self.invoiced(order)
        self.change(document, fulfil={})
        part = {"id": self.tent_of(document)["id"], "quantity": 1, "restock": "no_restock"}
        self.change(document, refund={"lines": [part], "amount": "300.00"})
        now = self.change(document, refund={"amount": "10.00"})
        worth = f"{float(document['total_price']) - 310:.2f}"
        counted = now | {"current_total_price": worth, "total_outstanding": "0.00"}
        self.told(counted)
        self.assert_worth(order, counted)
        credited = (order.invoice_ids - invoice).filtered(lambda move: move.state == "posted")
        self.assertAlmostEqual(sum(credited.mapped("amount_total")), 310.0)
        self.assertEqual(self.money(order)[1:], [("outbound", 10.0), ("outbound", 300.0)])

    def test_goods_that_came_back_for_nothing(self):
        """An exchange: the order is worth less, and no money goes."""
        document = self.place()
        order = self.told(document, "orders/create")
        self.change(document, fulfil={})
        part = {"id": self.tent_of(document)["id"], "quantity": 1, "restock": "return"}
        now = self.change(document, refund={"lines": [part], "amount": "0"})
        self.tell(now)
        self.assert_worth(order, now)
        self.assertEqual(self.money(order), [("inbound", float(document["total_price"]))])

    def test_payment_that_accounting_registered(self):
        document = self.place(financial_status="pending")
        order = self.told(document, "orders/create")
        order.action_confirm()
        invoice = self.invoiced(order)
        context = {"active_model": "account.move", "active_ids": invoice.ids}
        self.env["account.payment.register"].with_context(**context).create({})._create_payments()
        said = self.undone(self.change(document, pay={}))
        words = f"{document['total_price']} USD came in, and 0.00 are open on {invoice.name}"
        self.assertIn(words, said)
        self.assertEqual(self.money(order), [])
        self.undone(self.change(document, note="Ring twice"))
        self.assertEqual(len(order.message_ids.filtered(lambda message: words in message.body)), 1, "told once")

    def test_payment_that_accounting_cancelled(self):
        document = self.place()
        order = self.told(document, "orders/create")
        self.env["account.payment"].search([("memo", "like", order.name)]).action_cancel()
        self.told(self.change(document, note="Ring twice"))
        self.assertEqual(len(self.money(order)), 1, "not registered again")

    def test_free_order(self):
        document = self.place(("TENT-RIDGE-2", 1), discount={"code": "FREE", "percentage": "100"}, shipping=None)
        order = self.told(document, "orders/create")
        self.assertEqual((order.state, order.amount_total, self.money(order)), ("sale", 0.0, []))
        self.assertEqual(self.quantities(order), {"TENT-RIDGE-2": 1})


@tagged("post_install", "-at_install")
class TestInvoices(BooksCase):
    def test_cancelled_where_accounting_refunds(self):
        self.decides("refund", "odoo")
        document = self.place()
        order = self.told(document, "orders/create")
        invoice = self.invoiced(order)
        said = self.undone(self.change(document, cancelled=True))
        self.assertIn(f"{invoice.name} is to be credited, since the order is cancelled", said)
        self.assertEqual((order.state, invoice.state), ("cancel", "posted"))

    def test_draft_invoice_of_an_order_that_was_edited(self):
        document = self.place()
        order = self.told(document, "orders/create")
        invoice = order._create_invoices()
        said = self.undone(self.change(document, edit={"quantities": {str(self.tent_of(document)["id"]): 1}}))
        self.assertIn(f"{invoice.display_name} is of the order as it was: delete it", said)
        self.assertEqual(invoice.state, "draft")

    def test_a_refund_invoices_nothing(self):
        """What accounting has yet to invoice stays its own: the refund is credited with it."""
        self.tent.invoice_policy = self.mug.invoice_policy = "delivery"
        self.decides("ship", "system")
        document = self.place()
        order = self.told(document, "orders/create")
        tent = self.tent_of(document)["id"]
        self.told(self.change(document, fulfil={"lines": [{"id": tent, "quantity": 2}]}))
        self.invoiced(order)
        self.told(self.change(document, fulfil={}))
        now = self.change(document, refund={"lines": [{"id": tent, "quantity": 1, "restock": "no_restock"}]})
        self.assertIn("is not credited: invoice Enamel Mug", self.undone(now))
        self.assertEqual(len(order.invoice_ids), 1)
        order._create_invoices(final=True).action_post()
        invoiced = sum(order.invoice_ids.mapped("amount_total_signed"))
        self.assertAlmostEqual(invoiced, float(now["current_total_price"]), delta=0.02)


@tagged("post_install", "-at_install")
class TestTaxes(BooksCase):
    def tax(self, name, amount, **values):
        return self.env["account.tax"].create({"name": name, "amount": amount, "type_tax_use": "sale", **values})

    def test_of_one_rate_the_one_of_that_name(self):
        self.tax("Fifteen on services", 15, sequence=-2)
        named = self.tax("Sales Tax", 15)
        order = self.told(self.place(), "orders/create")
        self.assertEqual(order.order_line.tax_ids, named)

    def test_two_of_one_rate_on_a_line(self):
        taxes = self.tax("County", 1, sequence=-2) + self.tax("City", 1, sequence=-2)
        document = self.place({"sku": "TENT-RIDGE-2", "price": "100.00"}, tax_rate="0", shipping=None)
        told = [{"title": title, "rate": 0.01, "price": "1.00"} for title in ("City", "County")]
        document["line_items"][0]["tax_lines"] = told
        document |= {"total_tax": "2.00", "total_price": "102.00", "current_total_price": "102.00"}
        order = self.told(document, "orders/create")
        self.assertEqual((order.order_line.tax_ids, order.amount_total), (taxes, 102.0))

    def test_of_nothing_in_prices_that_include_them(self):
        self.tax("Zero", 0, sequence=-2)
        document = self.place(("TENT-RIDGE-2", 1), tax_rate="0", taxes_included=True, shipping=None)
        document["line_items"][0]["tax_lines"] = [{"title": "Zero", "rate": 0.0, "price": "0.00"}]
        order = self.told(document, "orders/create")
        self.assertEqual(order.order_line.tax_ids.mapped("name"), ["Zero"])

    def test_what_odoo_would_make_of_them(self):
        """Neither a fiscal position nor a pricelist changes what was charged, on the order, its edit, its invoice."""
        abroad = self.env["account.fiscal.position"].create({"name": "Abroad", "auto_apply": True, "sequence": -10})
        none = self.tax("Export", 0)
        none.write({"fiscal_position_ids": [(4, abroad.id)], "original_tax_ids": [(4, self.taxes[False].id)]})
        rule = {"compute_price": "percentage", "percent_price": 20, "applied_on": "3_global"}
        usd = self.env.ref("base.USD")
        self.env["product.pricelist"].search([("currency_id", "=", usd.id)]).active = False
        vip = {"name": "VIP", "currency_id": usd.id, "item_ids": [(0, 0, rule)]}
        vip = self.env["product.pricelist"].create(vip)
        document = self.place()
        order = self.told(document, "orders/create")
        self.assertEqual((order.fiscal_position_id, order.pricelist_id), (abroad, vip))
        self.assert_worth(order, document)
        quantities = {str(self.tent_of(document)["id"]): 1}
        edited = self.change(document, edit={"quantities": quantities, "add": [{"sku": "STOVE-CINDER"}]})
        self.told(edited)
        self.assert_worth(order, edited)
        self.assertEqual(order.order_line.tax_ids, self.taxes[False])
        invoice = self.invoiced(order)
        self.assertEqual(invoice.amount_total, order.amount_total)
        self.assertEqual(invoice.invoice_line_ids.tax_ids, self.taxes[False])


@tagged("post_install", "-at_install")
class TestGoods(BooksCase):
    def test_return_that_a_person_prepared(self):
        self.decides("ship", "system")
        document = self.place()
        order = self.told(document, "orders/create")
        self.told(self.change(document, fulfil={}))
        wizard = self.env["stock.return.picking"].create({"picking_id": order.picking_ids.id})
        wizard.product_return_moves.filtered(lambda line: line.product_id == self.tent).quantity = 1
        prepared = wizard._create_return()
        back = {"lines": [{"id": self.tent_of(document)["id"], "quantity": 1, "restock": "return"}]}
        now = self.change(document, refund=back)
        self.assertIn(f"came back there; validate {prepared.name}", self.undone(now))
        self.assert_worth(order, now)
        prepared.move_ids.filtered("product_uom_qty").picked = True
        prepared.button_validate()
        self.told(self.change(document, note="Ring twice"))
        self.assertEqual(len(order.picking_ids), 2, "once")

    def test_flats_and_companies_of_one_house(self):
        places = []
        for flat, company in (("Flat 4", "Fen"), ("Flat 5", "Fen"), ("Flat 5", "Moss"), ("Flat 4", "Fen")):
            document = self.place()
            document["shipping_address"] |= {"address1": "Main 1", "address2": flat, "company": company}
            place = self.told(document, "orders/create").partner_shipping_id
            self.assertEqual((place.street2, place.company_name), (flat, company))
            places.append(place)
        self.assertEqual((len(set(places)), places[0]), (3, places[3]))
