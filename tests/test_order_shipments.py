# Part of Integration Hub. License LGPL-3.0 or later.
"""Shipments both ways: what the shop ships is delivered here, what is delivered here the shop tells its customer."""

from odoo.tests import tagged

from .order_cases import ShopOrderCase
from .shipping_cases import ShippingCase


@tagged("post_install", "-at_install")
class TestShippedThere(ShopOrderCase):
    def setUp(self):
        super().setUp()
        self.decides("ship", "system")

    def delivered(self, order):
        return {line.product_id.default_code: line.qty_delivered for line in order.order_line if line.qty_delivered}

    def test_in_parts(self):
        document = self.place()
        order = self.told(document, "orders/create")
        tents, _mugs = document["line_items"]
        part = self.change(document, fulfil={"lines": [{"id": tents["id"], "quantity": 1}], "tracking_number": "1Z"})
        self.told(part)
        self.assertEqual(self.delivered(order), {"TENT-RIDGE-2": 1})
        self.assertEqual(sorted(self.deliveries(order).mapped("state")), ["assigned", "done"], "a backorder")
        self.told(self.change(document, note="Ring twice"))
        self.assertEqual(self.delivered(order), {"TENT-RIDGE-2": 1}, "once")
        self.told(self.change(document, fulfil={}))
        self.assertEqual(self.delivered(order), {"TENT-RIDGE-2": 2, "MUG-ENAMEL-GRN": 3})
        self.assertEqual(set(self.deliveries(order).mapped("state")), {"done"})

    def test_returned(self):
        document = self.place()
        order = self.told(document, "orders/create")
        tents, mugs = document["line_items"]
        self.change(document, fulfil={})
        lines = [
            {"id": tents["id"], "quantity": 1, "restock": "return"},
            {"id": mugs["id"], "quantity": 1, "restock": "no_restock"},
        ]
        now = self.change(document, refund={"lines": lines})
        self.told(now)
        self.assert_worth(order, now)
        back = order.picking_ids.filtered(lambda picking: picking.picking_type_code == "incoming")
        self.assertEqual([(move.product_id, move.quantity, move.state) for move in back.move_ids if move.quantity],
                         [(self.tent, 1, "done")])  # fmt: skip
        self.told(self.change(document, note="Ring twice"))
        self.assertEqual(len(order.picking_ids), 2, "once")

    def test_what_was_shipped_is_carried_out(self):
        """It was paid, shipped, then something was added: where only that is told, it is partly paid."""
        order = self.told(self.change(self.place(financial_status="pending"), fulfil={}))
        self.assertEqual(
            (order.state, order.order_line.filtered("qty_delivered").product_id), ("sale", self.tent + self.mug)
        )

    def test_shipped_before_its_confirmation_is_left_to_a_person(self):
        self.decides("confirm", "odoo")
        document = self.place()
        event = self.tell(self.change(document, fulfil={}))
        self.assertEqual((event.state, event.error_code), ("done", "left-undone"))
        self.assertIn("not confirmed", event.error_message)


@tagged("post_install", "-at_install")
class TestShippedHere(ShippingCase):
    def test_in_parts(self):
        document = self.place()
        order = self.told(document, "orders/create")
        self.ship(order, **{"TENT-RIDGE-2": 1})
        (event,) = self.sent()
        self.assertEqual((event.state, event.error_message), ("done", False))
        self.assertEqual(self.shipments(document), [(None, {"TENT-RIDGE-2": 1})])
        self.told(self.there(document))
        self.assertEqual(order.order_line.mapped("qty_delivered")[:2], [1, 0], "its echo ships nothing")
        self.ship(order)
        self.assertEqual(self.shipments(document)[1:], [(None, {"TENT-RIDGE-2": 1, "MUG-ENAMEL-GRN": 3})])
        self.assertEqual(self.there(document)["fulfillment_status"], "fulfilled")

    def test_a_repetition_ships_nothing_twice(self):
        document = self.place()
        order = self.told(document, "orders/create")
        self.ship(order)
        (event,) = self.sent()
        event.in_doubt = True
        self.env["integration.binding"].search([("res_model", "=", "stock.picking")]).unlink()
        event._requeue()
        self.commit()
        self.drain()
        self.assertEqual(len(self.shipments(document)), 1)

    def test_a_delivery_of_no_order_of_the_shop(self):
        partner = self.env["res.partner"].create({"name": "Somebody"})
        order = self.env["sale.order"].create(
            {"partner_id": partner.id, "order_line": [(0, 0, {"product_id": self.tent.id})]}
        )
        order.action_confirm()
        self.ship(order)
        (event,) = self.sent()
        self.assertEqual((event.state, event.error_code), ("ignored", "not-of-this-system"))

    def test_what_is_not_open_there_is_refused_in_words(self):
        document = self.place()
        order = self.told(document, "orders/create")
        self.change(document, cancelled=True)
        self.ship(order)
        (event,) = self.sent()
        self.assertEqual((event.state, event.error_code), ("dead", "not-open"))
        self.assertIn("Compare the order", event.error_hint)
