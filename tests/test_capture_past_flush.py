# Part of Integration Hub. License LGPL-3.0 or later.
"""What changes past the flush: translations, what PostgreSQL empties, records that are part of another."""

from odoo.tests import tagged

from .capture_cases import CaptureCase


@tagged("post_install", "-at_install")
class TestPastTheFlush(CaptureCase):
    def test_a_translation(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        flow = self.only(self.flow_on("product.template", "name"))
        chair = self.env["product.template"].create({"name": "Chair"})
        self.forget()
        chair.update_field_translations("name", {"fr_FR": "Chaise"})
        self.assertEqual(self.told(flow), [(chair.id, "upsert", "name")])

    def test_a_translation_that_came_from_the_system(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        flow = self.only(self.flow_on("product.template", "name"))
        chair = self.env["product.template"].create({"name": "Chair"})
        self.forget()
        chair.with_context(integration_origin=self.crm.id).update_field_translations("name", {"fr_FR": "Chaise"})
        self.assertEqual(self.told(flow), [])

    def test_what_it_refers_to_is_deleted(self):
        industry = self.env["res.partner.industry"].create({"name": "Toys"})
        flow = self.only(self.flow_on("res.partner", "industry_id"))
        ada = self.partner(industry_id=industry.id)
        self.forget()
        industry.name = "Games"
        self.assertEqual(self.told(flow), [])
        industry.unlink()
        self.assertEqual(self.told(flow), [(ada.id, "upsert", "industry_id")])

    def test_a_tag_that_is_deleted(self):
        flow = self.only(self.flow_on("sale.order", "tag_ids"))
        tag = self.env["crm.tag"].create({"name": "Fair"})
        order = self.order(tag_ids=[(4, tag.id)])
        tag.unlink()
        self.assertEqual(self.told(flow), [(order.id, "upsert", "tag_ids")])

    def test_a_user_is_a_partner(self):
        user = self.user()
        self.flow.write({"domain": "[]"})
        self.forget()
        user.write({"email": "new@x.example", "login": "new"})
        self.assertEqual(self.captured(), [(user.partner_id.id, "email,email_normalized")])

    def test_leaving_because_what_it_refers_to_is_deleted(self):
        industry = self.env["res.partner.industry"].create({"name": "Toys"})
        domain = f"[('industry_id', '=', {industry.id})]"
        flow = self.only(self.flow_on("res.partner", "name", domain, on_leave="delete"))
        ada = self.partner(industry_id=industry.id)
        self.link(ada, "77")
        self.forget()
        industry.unlink()
        self.assertEqual(self.told(flow), [(ada.id, "delete", "industry_id")])
