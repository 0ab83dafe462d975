# Part of Integration Hub. License LGPL-3.0 or later.
"""A shop's order from its placing to its end: whatever is told of it, in whatever order, Odoo's is as the shop's is."""

from odoo.tests import tagged

from ..models.connection import connect, connector_facts
from .order_cases import ShopOrderCase


@tagged("post_install", "-at_install")
class TestOrderLife(ShopOrderCase):
    def test_paid_order_is_confirmed_and_its_money_registered(self):
        document = self.place()
        order = self.told(document, "orders/create")
        self.assertEqual(order.state, "sale")
        self.assert_worth(order, document)
        self.assertEqual(self.money(order), [("inbound", order.amount_total)])
        self.assertEqual(self.quantities(order), {"TENT-RIDGE-2": 2, "MUG-ENAMEL-GRN": 3})
        self.assertFalse(order.invoice_ids, "invoices are accounting's, unless Odoo's own setting says otherwise")

    def test_order_that_waits_for_its_money(self):
        document = self.place(financial_status="pending")
        order = self.told(document, "orders/create")
        self.assertEqual((order.state, self.money(order)), ("draft", []))
        part = self.change(document, pay={"amount": "100.00"})
        self.assertEqual(self.told(part), order)
        self.assertEqual((order.state, self.money(order)), ("draft", [("inbound", 100.0)]))
        whole = self.change(document, pay={})
        self.told(whole, "orders/paid")
        self.assertEqual(order.state, "sale")
        self.assertAlmostEqual(sum(amount for _kind, amount in self.money(order)), order.amount_total)
        self.assertEqual(len(self.money(order)), 2, "the rest, not all of it again")

    def test_reserved_money_confirms_and_is_not_registered(self):
        document = self.place(financial_status="authorized")
        order = self.told(document, "orders/create")
        self.assertEqual((order.state, self.money(order)), ("sale", []))
        self.told(self.change(document, pay={}), "orders/paid")
        self.assertEqual(self.money(order), [("inbound", order.amount_total)])

    def test_edited_before_and_after_confirmation(self):
        for status in ("pending", "paid"):
            with self.subTest(status):
                document = self.place(financial_status=status)
                order = self.told(document, "orders/create")
                tents, mugs = document["line_items"]
                edited = self.change(
                    document,
                    edit={"quantities": {str(tents["id"]): 1, str(mugs["id"]): 0},
                          "add": [{"sku": "STOVE-CINDER", "quantity": 2}]},
                )  # fmt: skip
                self.assertEqual(self.told(edited), order)
                self.assertEqual(self.quantities(order), {"TENT-RIDGE-2": 1, "STOVE-CINDER": 2})
                self.assert_worth(order, edited)
                again = self.tell(edited, "orders/updated")
                self.assertEqual((again.state, again.error_code), ("ignored", "unchanged"))
        moves = order.picking_ids.move_ids.filtered(lambda move: move.state != "cancel")
        asked = {move.product_id.default_code: move.product_uom_qty for move in moves if move.product_uom_qty}
        self.assertEqual(asked, {"TENT-RIDGE-2": 1, "STOVE-CINDER": 2}, "the warehouse is asked for what is left")

    def test_a_persons_words_on_a_line_stay(self):
        document = self.place()
        order = self.told(document, "orders/create")
        order.order_line[0].name = "Ours"
        self.told(self.change(document, note="Ring twice"))
        self.assertEqual(order.order_line[0].name, "Ours")

    def test_cancelled_before_confirmation(self):
        document = self.place(financial_status="pending")
        order = self.told(document, "orders/create")
        total = order.amount_total
        self.told(self.change(document, cancelled=True), "orders/cancelled")
        self.assertEqual((order.state, order.amount_total), ("cancel", total))

    def test_cancelled_after_confirmation(self):
        document = self.place()
        order = self.told(document, "orders/create")
        self.told(self.change(document, cancelled=True), "orders/cancelled")
        self.assertEqual(order.state, "cancel")
        self.assertEqual(set(self.deliveries(order).mapped("state")), {"cancel"})
        paid = order.amount_total
        self.assertEqual(self.money(order), [("inbound", paid), ("outbound", paid)])

    def test_cancelled_where_a_person_decides(self):
        self.decides("cancel", "odoo")
        document = self.place()
        order = self.told(document, "orders/create")
        event = self.refused(self.change(document, cancelled=True), "cancelled-after-confirmation")
        self.assertIn(document["name"], event.error_message)
        order.action_cancel()
        self.env.cr.flush()
        self.drain()
        self.env.invalidate_all()
        self.assertEqual((event.state, order.state), ("done", "cancel"), "who cancels it has it run again")

    def test_confirmed_where_a_person_decides(self):
        self.decides("confirm", "odoo")
        order = self.told(self.place(), "orders/create")
        self.assertEqual(order.state, "draft")

    def test_money_where_a_person_decides(self):
        self.decides("pay", "odoo")
        order = self.told(self.place(), "orders/create")
        self.assertEqual((order.state, self.money(order)), ("sale", []))


@tagged("post_install", "-at_install")
class TestOutOfOrder(ShopOrderCase):
    def test_paid_before_created(self):
        placed = self.place(financial_status="pending")
        paid = self.change(placed, pay={}) | {"updated_at": "2035-01-01T10:00:05-07:00"}
        order = self.told(paid, "orders/paid")
        event = self.tell(placed | {"updated_at": "2035-01-01T10:00:00-07:00"}, "orders/create")
        self.assertEqual((event.state, event.error_code, event.res_id), ("ignored", "stale", order.id))
        self.assertEqual((order.state, self.money(order)), ("sale", [("inbound", order.amount_total)]))

    def polled(self, order):
        """Return what a poll finds new of an order."""
        facts = connector_facts(self.shop._endpoint("outbound"), "test")
        pages = connect(facts).list("order", since=order["created_at"])
        flow = self.shop.flow_ids.filtered(lambda flow: flow.template_key == "orders_in")
        own = [document for document in pages.items if document["id"] == order["id"]]
        self.assertTrue(own)
        return flow._news(flow._read_documents(own), self.env.cr.now())

    def test_what_was_told_is_no_news(self):
        """The webhook and the list say the same, to the last character of the business object."""
        placed = self.place(discount={"code": "SOME", "percentage": "10"}, taxes_included=True, note="Ring")
        self.told(placed, "orders/create")
        self.assertFalse(self.polled(placed))
        shipped = self.change(placed, fulfil={"tracking_number": "T1"})
        line = {"id": shipped["line_items"][0]["id"], "quantity": 1, "restock": "return"}
        self.told(self.change(placed, refund={"lines": [line]}))
        self.assertFalse(self.polled(placed))

    def test_two_states_of_one_second_of_which_one_was_lost(self):
        """Both have the same version: only the contents say that the second one never came."""
        placed = self.place(financial_status="pending")
        paid = self.change(placed, pay={})
        order = self.told(placed | {"updated_at": paid["updated_at"]}, "orders/create")
        (read,) = self.polled(placed)
        self.told(read.document)
        self.assertEqual(self.money(order), [("inbound", order.amount_total)])
        self.assertFalse(self.polled(placed))

    def test_two_states_of_one_second_in_the_wrong_order(self):
        placed = self.place(note="Ring once")
        twice = self.change(placed, note="Ring twice")
        self.told(twice)
        order = self.told(placed | {"updated_at": twice["updated_at"]})
        self.assertIn("Ring once", order.note)
        (read,) = self.polled(placed)
        self.told(read.document)
        self.assertIn("Ring twice", order.note)

    def test_cancelled_is_all_that_is_ever_told(self):
        placed = self.place()
        order = self.told(self.change(placed, cancelled=True), "orders/cancelled")
        self.assertEqual(order.state, "cancel")
        self.assertEqual(f"{order.amount_total:.2f}", placed["total_price"], "as it was ordered")

    def test_refund_before_paid(self):
        placed = self.place(financial_status="pending")
        self.change(placed, pay={})
        tents = placed["line_items"][0]
        refunded = self.change(placed, refund={"lines": [{"id": tents["id"], "quantity": 1, "restock": "cancel"}]})
        refunded |= {"updated_at": "2035-01-01T10:00:05-07:00"}
        order = self.told(refunded)
        for older in (placed, placed):
            event = self.tell(older, "orders/paid")
            self.assertEqual((event.state, event.error_code), ("ignored", "stale"))
        self.assertEqual(self.quantities(order)["TENT-RIDGE-2"], 1)
        self.assert_worth(order, refunded)
        back = refunded["refunds"][0]["transactions"][0]["amount"]
        self.assertEqual(self.money(order), [("inbound", float(placed["total_price"])), ("outbound", float(back))])

    def test_any_state_alone_is_enough(self):
        """Of a whole life any one message leads to what all before it would have led to."""
        placed = self.place(financial_status="pending")
        tents, mugs = placed["line_items"]
        states = [placed, self.change(placed, pay={})]
        states.append(self.change(placed, edit={"add": [{"sku": "STOVE-CINDER"}]}))
        states.append(self.change(placed, refund={"lines": [{"id": mugs["id"], "quantity": 1, "restock": "cancel"}]}))
        states.append(self.change(placed, fulfil={"lines": [{"id": tents["id"], "quantity": 1}]}))
        states.append(self.change(placed, refund={"lines": [{"id": tents["id"], "quantity": 1}], "shipping": "7.90"}))
        for number, state in enumerate(states):
            order = self.told(state | {"updated_at": f"2035-01-01T10:00:{number:02}-07:00"})
        along = (self.quantities(order), order.amount_total, sum(amount for _kind, amount in self.money(order)))
        self.assert_worth(order, states[-1])
        other = self.told(states[-1] | {"id": placed["id"] + 1, "name": "#alone"})
        self.assertNotEqual(order, other)
        alone = (self.quantities(other), other.amount_total, sum(amount for _kind, amount in self.money(other)))
        self.assertEqual(alone, along)
