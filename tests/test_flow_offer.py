# Part of Integration Hub. License LGPL-3.0 or later.
"""A newer release's flows are offered to systems that are live, and switched on by people only."""

from odoo.modules.migration import load_script
from odoo.tests import tagged

from .common import ROOT, HubCase


@tagged("post_install", "-at_install")
class TestOfferedFlows(HubCase):
    @classmethod
    def set_up_hub(cls):
        cls.crm = cls.connect_hubspot()
        cls.owner = cls.user("consultant")
        cls.crm.technical_owner_id = cls.owner

    def update(self):
        load_script(str(ROOT / "migrations/0.0.0/end-offers.py"), "end_offers").migrate(self.env.cr, "19.0.1.1.0")
        self.env.invalidate_all()

    def keys(self):
        return set(self.crm.with_context(active_test=False).flow_ids.mapped("template_key"))

    def test_what_an_older_release_had_not_is_there_and_off(self):
        if "crm.lead" not in self.env:
            self.skipTest("needs the app CRM")
        self.crm.lifecycle = "live"
        self.crm.flow_ids.filtered(lambda flow: flow.template_key == "deals_out").unlink()
        self.update()
        new = self.crm.flow_ids.filtered(lambda flow: flow.template_key == "deals_out")
        self.assertEqual((len(new), new.state), (1, "off"))
        message = self.crm.message_ids[0]
        self.assertIn(new.name, message.body)
        self.assertIn(self.owner.partner_id, message.partner_ids)
        new.unlink()
        self.update()
        self.assertNotIn("deals_out", self.keys(), "who removes it is not asked again")

    def test_where_nothing_is_new_nobody_is_told(self):
        self.crm.lifecycle = "live"
        before = self.keys(), self.crm.message_ids
        self.update()
        self.assertEqual((self.keys(), self.crm.message_ids), before)

    def test_a_set_up_that_is_not_done_is_left_alone(self):
        self.crm.lifecycle = "planned"
        self.crm.flow_ids.filtered(lambda flow: flow.template_key == "companies_out").unlink()
        self.update()
        self.assertNotIn("companies_out", self.keys())
