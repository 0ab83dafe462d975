# Part of Integration Hub. License LGPL-3.0 or later.
"""What changes without being written: what is computed, related or inherited, and lists written at their other end."""

import base64

from odoo.fields import Command
from odoo.tests import tagged

from .capture_cases import CaptureCase

PIXEL = base64.b64encode(
    base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
)


@tagged("post_install", "-at_install")
class TestCaptureFields(CaptureCase):
    def test_a_stored_field_that_is_computed_from_another_record(self):
        firm = self.partner("Firm", is_company=True)
        ada = self.partner("Ada", parent_id=firm.id)
        flow = self.only(self.flow_on("res.partner", "complete_name", "[('is_company', '=', False)]"))
        self.forget()
        firm.name = "Company"
        self.assertEqual(self.told(flow), [(ada.id, "upsert", "complete_name")])

    def test_a_total(self):
        flow = self.only(self.flow_on("sale.order", "amount_total"))
        order = self.order()
        order.order_line.name = "Another text"
        self.assertEqual(self.told(flow), [])
        order.order_line.price_unit = 20
        self.assertEqual(self.told(flow), [(order.id, "upsert", "amount_total")])

    def test_lines_that_are_changed_added_moved_and_deleted(self):
        flow = self.only(self.flow_on("sale.order", "order_line"))
        order, other = self.order(), self.order()
        line = order.order_line

        def change(what):
            self.forget()
            what()
            return {(order.id, names) for order, names in ((self.env["sale.order"].browse(id_), names)
                    for id_, _operation, names in self.told(flow))}  # fmt: skip

        changed = {(order.id, "order_line")}
        self.assertEqual(change(lambda: line.write({"name": "Another text"})), changed)
        self.assertEqual(change(lambda: order.write({"order_line": [Command.update(line.id, {"name": "B"})]})), changed)
        self.assertEqual(change(lambda: line.copy({"order_id": order.id})), changed)
        both = changed | {(other.id, "order_line")}
        self.assertEqual(change(lambda: line.write({"order_id": other.id})), both)
        self.assertEqual(change(lambda: order.order_line.unlink()), changed)
        self.assertEqual(change(lambda: order.write({"note": "No line has changed"})), set())

    def test_a_relation_that_is_written_at_its_other_end(self):
        flow = self.only(self.flow_on("res.partner", "category_id"))
        ada, bob = self.partner("Ada"), self.partner("Bob")
        tag = self.env["res.partner.category"].create({"name": "Gold", "partner_ids": [Command.link(ada.id)]})
        self.assertIn((ada.id, "upsert", ""), self.told(flow))
        self.forget()
        tag.partner_ids = bob
        self.assertEqual(
            set(self.told(flow)), {(ada.id, "upsert", "category_id"), (bob.id, "upsert", "category_id")}, "lost, won"
        )
        self.forget()
        tag.name = "Silver"
        self.assertEqual(self.told(flow), [])
        ada.category_id = tag
        self.assertEqual(self.told(flow), [(ada.id, "upsert", "category_id")])

    def test_a_relation_that_is_made_with_its_other_end(self):
        flow = self.only(self.flow_on("res.partner", "category_id"))
        ada = self.partner()
        self.forget()
        self.env["res.partner.category"].create({"name": "Gold", "partner_ids": [Command.link(ada.id)]})
        self.assertEqual(self.told(flow), [(ada.id, "upsert", "category_id")])

    def test_a_field_that_is_not_stored(self):
        flow = self.only(self.flow_on("res.partner", "email_formatted"))
        ada = self.partner()
        self.forget()
        ada.phone = "1"
        self.assertEqual(self.told(flow), [])
        ada.email = "ada@y.example"
        self.assertEqual(self.told(flow), [(ada.id, "upsert", "email")])

    def test_a_field_of_the_template_is_the_variants(self):
        flow = self.only(self.flow_on("product.product", "name default_code"))
        product = self.env["product.product"].create({"name": "Chair"})
        self.forget()
        product.product_tmpl_id.name = "Stool"
        self.assertEqual(self.told(flow), [(product.id, "upsert", "product_tmpl_id")])
        self.forget()
        product.name = "Chair"
        self.assertEqual({told[0] for told in self.told(flow)}, {product.id})
        self.forget()
        product.product_tmpl_id.description = "Wood"
        self.assertEqual(self.told(flow), [])

    def test_an_image(self):
        flow = self.only(self.flow_on("res.partner", "image_128"))
        ada = self.partner()
        self.forget()
        ada.image_1920 = PIXEL
        self.assertEqual(self.told(flow), [(ada.id, "upsert", "image_1920")])

    def test_any_field_is_any_but_the_log_of_changes(self):
        flow = self.only(self.flow_on("res.partner"))
        ada = self.partner()
        self.forget()
        ada.write({"color": 3, "category_id": [Command.create({"name": "Gold"})]})
        self.assertEqual(self.told(flow), [(ada.id, "upsert", "category_id,color")])
        self.forget()
        self.env.cr.execute(
            "UPDATE res_partner SET write_date = '2020-01-01', write_uid = NULL WHERE id = %s", [ada.id]
        )
        self.env.invalidate_all()
        ada.write({"color": 3})
        self.assertEqual(self.told(flow), [])
        self.env.cr.execute("SELECT write_date > '2020-01-01' FROM res_partner WHERE id = %s", [ada.id])
        self.assertTrue(self.env.cr.fetchone()[0], "as in a transaction of its own")

    def test_a_field_that_is_gone_stops_nobody(self):
        flow = self.only(self.flow_on("res.partner", "phone"))
        self.env.cr.execute("UPDATE integration_flow SET trigger_fields = 'gone phone' WHERE id = %s", [flow.id])
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        ada = self.partner()
        ada.env.cr.flush()
        ada.phone = "1"
        self.assertEqual(self.told(flow)[1:], [(ada.id, "upsert", "phone")])
