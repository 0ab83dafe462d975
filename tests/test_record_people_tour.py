# Part of Integration Hub. License LGPL-3.0 or later.
"""The sync of records in a real browser, for those who work on what an order leads to: invoices and deliveries."""

from odoo.tests import HttpCase, new_test_user, tagged

from .common import faults
from .order_cases import ShopOrderCase
from .record_cases import work_at_each_look


@tagged("post_install", "-at_install")
class TestRecordPeople(ShopOrderCase, HttpCase):
    @classmethod
    def set_up_hub(cls):  # pylint: disable=missing-return
        super().set_up_hub()
        cls.shop.name = "Tour shop"
        cls.shop.flow_ids.filtered(lambda flow: flow.template_key == "shipments_out").action_switch_on()

    def setUp(self):
        super().setUp()
        work_at_each_look(self)

    def test_accountant(self):
        """What she reads on the invoice is the order's; what she creates lets another order in."""
        new_test_user(self.env, "accountant", groups="base.group_user,account.group_account_manager")
        document = self.place()
        move = self.told(document, "orders/create")._create_invoices()
        later = {"updated_at": "2035-01-01T10:00:05-07:00", "current_total_price": "999.00"}
        self.refused(document | later, "totals-differ")
        waiting = self.place(tax_rate="0.1234")
        self.refused(waiting, "unknown-tax", "orders/create")
        self.start_tour(f"/odoo/account.move/{move.id}", "integration_hub_record_accountant", login="accountant")
        self.drain()
        self.assertEqual(self.order_of(waiting).state, "sale")

    def test_worker(self):
        """What the shop refused is told to it when he presses Retry."""
        # Odoo's own form of a delivery reads the carrier's ZIP codes, which needs more than the stock group.
        groups = "base.group_user,stock.group_stock_user,base.group_partner_manager"
        new_test_user(self.env, "worker", groups=groups)
        document = self.place()
        picking = self.told(document, "orders/create").picking_ids
        self.addCleanup(faults)
        faults({"vendor": "shopify", "kind": "status", "status": 422})
        picking.move_ids.picked = True
        picking.button_validate()
        self.commit()
        self.drain()
        told = self.events(self.shop._endpoint("outbound"), ("res_id", "=", picking.id))
        self.assertEqual(told.mapped("state"), ["dead"], told.mapped("error_message"))
        faults()
        self.start_tour(f"/odoo/stock.picking/{picking.id}", "integration_hub_record_worker", login="worker")
        self.assertEqual(self.there(document)["fulfillment_status"], "fulfilled")
