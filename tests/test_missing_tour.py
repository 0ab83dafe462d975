# Part of Integration Hub. License LGPL-3.0 or later.
"""A value that Odoo lacks is mapped in a real browser, and what waited goes on."""

from odoo.tests import tagged

from .common import HubHttpCase, own_payload


@tagged("post_install", "-at_install")
class TestMissingTour(HubHttpCase):
    @classmethod
    def set_up_hub(cls):
        if "sale.order" not in cls.env:
            raise cls.skipTest(cls, "needs the app Sales")
        cls.env["res.currency"].with_context(active_test=False).search([("name", "in", ("XAF", "JPY"))]).active = True
        cls.env.ref("base.XAF").active = False
        cls.shop = cls.connect_shopify()
        cls.shop.name = "Tour shop"

    def test_a_consultant_maps_it(self):
        order = own_payload("shopify/orders__create__unknown_currency")
        event = self.receive(self.shop, order, topic="orders/create", webhook_id="tour-missing")
        self.drain()
        self.assertEqual(event.state, "dead")
        self.start_tour(
            "/odoo/integration-systems", "integration_hub_missing_value", login=self.user("consultant").login
        )
        self.env.invalidate_all()
        self.assertEqual(event.state, "pending", "it goes on by itself")
        line = self.env["integration.value.map"].search([("system_id", "=", self.shop.id)]).line_ids
        self.assertEqual((line.value, line.record_name), ("XAF", "JPY"))
