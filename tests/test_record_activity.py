# Part of Integration Hub. License LGPL-3.0 or later.
"""Whoever answers has one activity a cause, on the record where it can have any, until it is mended."""

from odoo.tests import tagged

from .common import HubCase, own_payload
from .record_cases import RecordMixin


@tagged("post_install", "-at_install")
class TestActivities(RecordMixin, HubCase):
    def tell(self):
        self.env["integration.record"]._cron_tell()
        self.env.invalidate_all()
        return self.env["mail.activity"].search([("integration_cause", "!=", False)], order="id")

    def test_one_for_a_cause(self):
        first = self.broken(user_id=self.seller.id)
        self.broken(name="Cy", email="cy at x.example", user_id=self.seller.id)
        activity = self.tell()
        self.assertEqual(
            (activity.res_model, activity.res_id, activity.user_id), ("res.partner", first.id, self.seller)
        )
        self.assertIn("Email is not a mail address", activity.note)
        self.assertIn("1 more records", activity.note)
        self.assertEqual(self.tell(), activity, "told once")

    def test_closed_when_mended(self):
        first, second = self.broken(user_id=self.seller.id), self.broken(name="Cy", user_id=self.seller.id)
        self.tell()
        first.email = "bo@x.example"
        self.drain()
        activity = self.tell()
        self.assertEqual(activity.res_id, second.id, "on the next one that waits for the same")
        second.email = "cy@x.example"
        self.drain()
        self.assertFalse(self.tell())
        self.assertIn("in step again", first.message_ids[:1].body)

    def test_each_responsible_has_one(self):
        colleague = self.user()
        self.broken(user_id=self.seller.id)
        self.broken(name="Cy", user_id=colleague.id)
        self.broken(name="Di")
        owner = self.flow.owner_id = self.user("operator")
        self.assertEqual(set(self.tell().user_id), {self.seller, colleague, owner})

    def test_without_a_record_it_is_on_the_flow(self):
        shop = self.connect_shopify()
        shop.flow_ids.owner_id = self.user("operator")
        self.env.ref("base.XAF").active = False
        self.receive(shop, own_payload("shopify/orders__create__unknown_currency"), topic="orders/create")
        self.drain()
        activity = self.tell()
        flow = shop.flow_ids.filtered(lambda flow: flow.template_key == "orders_in")
        self.assertEqual((activity.res_model, activity.res_id), ("integration.flow", flow.id))
        self.assertIn("XAF", activity.note)
        self.env.ref("base.XAF").active = True
        self.env.cr.flush()
        self.assertFalse(self.tell(), "it is tried again")

    def test_a_deleted_record_takes_its_activity_along(self):
        partner = self.broken(user_id=self.seller.id)
        self.tell()
        partner.unlink()
        self.env.cr.flush()
        found = self.tell()
        self.assertFalse(found.filtered(lambda activity: activity.res_model == "res.partner"))
