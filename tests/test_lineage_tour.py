# Part of Integration Hub. License LGPL-3.0 or later.
"""The auditor follows a refund from its webhook to the credit note, and back, in a real browser."""

from odoo.tests import tagged

from .common import HubHttpCase
from .order_cases import ShopOrderCase


@tagged("post_install", "-at_install")
class TestLineageTour(ShopOrderCase, HubHttpCase):
    browser_size = "1366x768"

    def test_auditor(self):
        self.env["ir.config_parameter"].sudo().set_param("sale.automatic_invoice", "True")
        auditor = self.user("auditor", login="lineage_auditor", name="Audrey Auditor")
        for group in ("account.group_account_readonly", "sales_team.group_sale_salesman_all_leads"):
            auditor.group_ids += self.env.ref(group)
        document = self.place()
        self.told(document, "orders/create")
        tents, _mugs = document["line_items"]
        self.tell(self.change(document, refund={"lines": [{"id": tents["id"], "quantity": 1, "restock": "cancel"}]}))
        order = self.order_of(document)
        credit = order.invoice_ids.filtered(lambda move: move.move_type == "out_refund")
        self.assertEqual(credit.state, "posted")
        url = f"/odoo/integration-messages?number={order.client_order_ref.lstrip('#')}&credit={credit.name}"
        self.start_tour(url, "integration_hub_lineage_auditor", login=auditor.login)
