# Part of Integration Hub. License LGPL-3.0 or later.
"""Orders that cannot be taken: each ends with words on its message, and leaves all as it was."""

import copy

from odoo.tests import tagged

from .order_cases import ShopOrderCase


@tagged("post_install", "-at_install")
class TestRefusals(ShopOrderCase):
    def test_archived_product(self):
        self.tent.active = False
        self.link_tent()
        event = self.refused(self.place(), "archived-product", "orders/create")
        self.assertIn("TENT-RIDGE-2", event.error_message)

    def test_product_archived_after_it_was_ordered(self):
        document = self.place()
        order = self.told(document, "orders/create")
        self.tent.active = False
        self.told(self.change(document, note="Ring twice"))
        self.assertIn("Ring twice", order.note)

    def link_tent(self):
        """The shop's variant is known to be our tent, archived or not."""
        document = self.place()
        product = self.env["integration.entity"].search([("code", "=", "product")])
        line = next(each for each in document["line_items"] if each["sku"] == "TENT-RIDGE-2")
        self.env["integration.binding"]._link(
            self.shop, product, f"gid://shopify/ProductVariant/{line['variant_id']}", self.tent
        )

    def test_unknown_tax(self):
        event = self.refused(self.place(tax_rate="0.1234"), "unknown-tax", "orders/create")
        self.assertIn("12.34 %", event.error_message)

    def test_unknown_state(self):
        document = self.place()
        document["shipping_address"] |= {"address1": "Elsewhere 1", "province_code": "ZZ", "province": "Nowhere"}
        event = self.refused(document, "unknown-state", "orders/create")
        self.assertIn("ZZ", event.error_message)

    def test_quantities_of_nothing(self):
        for quantity in (0, -1):
            with self.subTest(quantity):
                document = self.place()
                document["line_items"][0]["quantity"] = quantity
                self.refused(document, "bad-quantity", "orders/create")

    def test_total_that_does_not_add_up(self):
        document = self.place()
        order = self.told(document, "orders/create")
        wrong = document | {"current_total_price": "999.00", "updated_at": "2035-01-01T10:00:05-07:00"}
        event = self.refused(wrong, "totals-differ")
        self.assertIn("999.00", event.error_message)
        self.assertEqual(order.state, "sale")

    def test_refund_of_more_than_was_ordered(self):
        document = self.place()
        self.told(document, "orders/create")
        tents, _mugs = document["line_items"]
        now = self.change(document, refund={"lines": [{"id": tents["id"], "quantity": 1, "restock": "cancel"}]})
        more = copy.deepcopy(now)
        more["refunds"][0]["refund_line_items"][0]["quantity"] = 5
        self.refused(more, "refund-exceeds-order")
        money = copy.deepcopy(now)
        money["id"] += 1
        money["refunds"][0]["transactions"][0]["amount"] = "9999.00"
        self.refused(money, "refund-exceeds-order")

    def test_shipment_of_a_line_that_was_removed(self):
        document = self.place()
        self.told(document, "orders/create")
        tents, _mugs = document["line_items"]
        removed = self.change(document, edit={"quantities": {str(tents["id"]): 0}})
        removed["fulfillments"] = [{"id": 77, "status": "success", "line_items": [{"id": tents["id"], "quantity": 1}]}]
        event = self.refused(removed, "shipped-and-removed")
        self.assertIn(document["name"], event.error_message)

    def test_shipment_of_no_line_of_the_order(self):
        document = self.place()
        document["fulfillments"] = [{"id": 77, "status": "success", "line_items": [{"id": 1, "quantity": 1}]}]
        self.refused(document, "unknown-line", "orders/create")

    def test_edit_of_an_invoiced_order(self):
        document = self.place()
        order = self.told(document, "orders/create")
        order._create_invoices().action_post()
        tents, _mugs = document["line_items"]
        for edit in ({"add": [{"sku": "STOVE-CINDER"}]}, {"quantities": {str(tents["id"]): 1}}):
            with self.subTest(edit):
                event = self.refused(self.change(document, edit=edit), "edited-after-invoicing")
                self.assertIn("invoiced", event.error_message)
                event.with_user(self.user("operator")).action_ignore()

    def test_cancelled_after_delivery(self):
        document = self.place()
        order = self.told(document, "orders/create")
        for picking in order.picking_ids:
            picking.move_ids.picked = True
            picking.button_validate()
        self.refused(self.change(document, cancelled=True), "cancelled-after-delivery")
