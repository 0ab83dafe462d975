# Part of Integration Hub. License LGPL-3.0 or later.
"""The sync of a record in a real browser: a salesperson in no group of the hub, and an operator."""

from odoo.tests import tagged

from .common import HubHttpCase
from .record_cases import RecordMixin, work_at_each_look


@tagged("post_install", "-at_install")
class TestRecordTours(RecordMixin, HubHttpCase):
    def setUp(self):
        super().setUp()
        self.crm.flow_ids.filtered(lambda flow: flow.template_key == "contacts_in").action_switch_on()
        work_at_each_look(self)

    def test_seller(self):
        self.env["integration.ownership"].create(
            {
                "system_id": self.crm.id,
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "field_id": self.env["ir.model.fields"]._get("res.partner", "phone").id,
                "decided_by": "system",
            }
        )
        partner = self.broken()
        self.start_tour(f"/odoo/res.partner/{partner.id}", "integration_hub_record_seller", login="seller")
        self.assertEqual(self.there("bo@x.example")["properties"]["lastname"], "Berg")
        self.assertFalse(self.events(self.api, ("state", "in", ("dead", "pending", "retry"))))

    def test_operator(self):
        partner = self.broken()
        self.env.cr.execute("UPDATE res_partner SET email = 'bo@x.example' WHERE id = %s", [partner.id])
        operator = self.user("operator", login="record_operator")
        operator.group_ids += self.env.ref("base.group_partner_manager")
        self.start_tour("/odoo/contacts", "integration_hub_record_operator", login=operator.login)
        self.assertEqual(self.last(partner).state, "done")
