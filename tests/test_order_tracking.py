# Part of Integration Hub. License LGPL-3.0 or later.
"""Tracking numbers of Odoo's own carriers reach the shop: with the delivery, after it, changed, of each part."""

from odoo.tests import tagged

from .shipping_cases import ShippingCase

TENT, MUG = "TENT-RIDGE-2", "MUG-ENAMEL-GRN"


@tagged("post_install", "-at_install")
class TestTracking(ShippingCase):
    @classmethod
    def set_up_hub(cls):  # pylint: disable=missing-return
        super().set_up_hub()
        if "carrier_tracking_ref" not in cls.env["stock.picking"]._fields:
            raise cls.skipTest(cls, "needs the app Delivery")
        cost = cls.env["product.product"].create({"name": "Parcel", "type": "service"})
        cls.carrier = cls.env["delivery.carrier"].create(
            {
                "name": "dhl express",
                "delivery_type": "fixed",
                "product_id": cost.id,
                "fixed_price": 5,
                "tracking_url": "https://track.example/<shipmenttrackingnumber>",
            }
        )

    def setUp(self):
        super().setUp()
        self.document = self.place()
        self.sale = self.told(self.document, "orders/create")

    def number(self, picking, **values):
        """Enter what a warehouse worker enters, and have it sent."""
        picking.write(values)
        self.commit()
        self.drain()

    def tracked(self):
        return [
            (one["tracking_company"], one["tracking_number"], one["tracking_url"])
            for one in self.there(self.document)["fulfillments"]
        ]

    def test_with_the_delivery(self):
        picking = self.deliveries(self.sale)
        picking.write({"carrier_id": self.carrier.id, "carrier_tracking_ref": " JD01 "})
        self.ship(self.sale)
        self.assertEqual(self.sent()[-1].state, "done", self.sent()[-1].error_message)
        self.assertEqual(self.tracked(), [("DHL Express", "JD01", picking.carrier_tracking_url.strip())])

    def test_after_it_and_changed(self):
        picking = self.ship(self.sale)
        self.assertEqual(self.tracked(), [(None, None, None)])
        self.number(picking, carrier_id=self.carrier.id, carrier_tracking_ref="JD02")
        self.assertEqual(self.tracked(), [("DHL Express", "JD02", "https://track.example/JD02")])
        self.number(picking, carrier_tracking_ref="JD03")
        bicycles = self.carrier.copy({"tracking_url": False})
        bicycles.name = "Ada's bicycles"
        self.number(picking, carrier_id=bicycles.id)
        self.assertEqual(self.tracked(), [("Ada's bicycles", "JD03", None)])
        self.number(picking, carrier_tracking_ref=False)
        self.assertEqual(self.tracked(), [("Ada's bicycles", None, None)], "a label was void")
        self.assertEqual(set(self.sent().mapped("state")), {"done"})
        self.assertEqual(len(self.shipments(self.document)), 1, "nothing was shipped twice")

    def test_its_echo_is_no_news(self):
        picking = self.ship(self.sale)
        self.number(picking, carrier_id=self.carrier.id, carrier_tracking_ref="JD02")
        sent = self.sent()
        self.told(self.there(self.document))
        self.assertEqual(self.sent(), sent)
        self.assertEqual(picking.carrier_tracking_ref, "JD02")

    def test_each_part_has_its_own(self):
        first = self.ship(self.sale, **{TENT: 1})
        self.number(first, carrier_id=self.carrier.id, carrier_tracking_ref="ONE")
        second = self.deliveries(self.sale) - first
        second.write({"carrier_id": self.carrier.id, "carrier_tracking_ref": "TWO"})
        self.ship(self.sale)
        self.assertEqual([number for _company, number, _url in self.tracked()], ["ONE", "TWO"])
        self.number(first, carrier_tracking_ref="ONE-B")
        self.assertEqual([number for _company, number, _url in self.tracked()], ["ONE-B", "TWO"])

    def test_several_parcels(self):
        picking = self.deliveries(self.sale)
        picking.write({"carrier_id": self.carrier.id, "carrier_tracking_ref": "P1,P2"})
        self.ship(self.sale)
        (made,) = self.there(self.document)["fulfillments"]
        self.assertEqual(made["tracking_numbers"], ["P1", "P2"])

    def test_what_is_cancelled_or_comes_back_ships_nothing(self):
        first = self.ship(self.sale, **{TENT: 1})
        rest = self.deliveries(self.sale) - first
        rest.action_cancel()
        wizard = self.env["stock.return.picking"].create({"picking_id": first.id})
        wizard.product_return_moves.quantity = 1
        back = wizard._create_return()
        back.move_ids.picked = True
        back.button_validate()
        self.number(back, carrier_id=self.carrier.id, carrier_tracking_ref="BACK")
        self.assertEqual(self.sent().mapped("res_id"), first.ids)
        self.assertEqual(self.shipments(self.document), [(None, {TENT: 1})])
