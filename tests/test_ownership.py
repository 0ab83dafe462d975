# Part of Integration Hub. License LGPL-3.0 or later.
"""Who decides, as data: what connectors declare, what people set, and what others ask."""

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from ..models.integration_target import Arrival
from .common import own_payload
from .decided_cases import DecidedCase


@tagged("post_install", "-at_install")
class TestOwnership(DecidedCase):
    def test_what_the_connector_declares_is_there_and_stays_as_people_change_it(self):
        if "sale.order" not in self.env:
            self.skipTest("needs the app Sales")
        rows = self.shop.ownership_ids.filtered(lambda row: row.model_name == "sale.order")
        found = {row.transition or row.field_id.name: row.decided_by for row in rows}
        ship = "odoo" if "stock.picking" in self.env else "system"
        self.assertEqual(
            found,
            dict.fromkeys(("order_line", "client_order_ref", "confirm", "cancel", "refund", "pay"), "system")
            | {"ship": ship},
        )
        rows.filtered(lambda row: row.transition == "cancel").decided_by = "odoo"
        self.env["integration.ownership"]._install(self.shop, "sale.order")
        self.assertEqual(
            self.shop.ownership_ids.filtered(lambda row: row.transition == "cancel").mapped("decided_by"), ["odoo"]
        )

    def test_who_owns_which_field(self):
        Ownership = self.env["integration.ownership"]
        self.assertEqual(Ownership._owners("res.partner"), {}, "whoever changes it")
        crm = self.connect_hubspot(wanted=())
        self.rule("email", "system")
        self.rule("city", "odoo")
        self.rule("phone", "both", "newest")
        self.rule("city", "system", system=crm)
        self.assertEqual(Ownership._owners("res.partner"), {"email": self.shop.name, "city": crm.name})
        self.assertEqual(Ownership._owners("res.partner", self.shop.ids), {"email": self.shop.name, "city": "Odoo"})
        self.shop.name = "Renamed"
        self.assertEqual(Ownership._owners("res.partner")["email"], "Renamed")
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.assertEqual(Ownership.with_context(allowed_company_ids=elsewhere.ids)._owners("res.partner"), {})

    def test_who_may_take_a_step(self):
        crm = self.connect_hubspot(wanted=())
        target = self.env["integration.target"]._of_model("res.partner")

        def may(system, step):
            return target._may(Arrival(self.env, system, self.contact, {}, {}), self.ada, step)

        self.assertTrue(may(self.shop, "cancel"), "where nobody has said anything")
        self.rule("cancel", "odoo")
        self.rule("ship", "system", system=crm)
        self.assertEqual([may(self.shop, step) for step in ("cancel", "ship", "pay")], [False, True, True])
        self.env["integration.binding"]._link(crm, self.contact, "77", self.ada)
        self.assertEqual([may(self.shop, "ship"), may(crm, "ship")], [False, True], "the one that decides knows it")

    def test_what_fits_together(self):
        for decided_by, both_changed in (("both", "owner"), ("system", "newest"), ("odoo", "odoo")):
            with self.subTest(decided_by), self.assertRaises(ValidationError):
                self.rule("city", decided_by, both_changed)
        with self.assertRaisesRegex(ValidationError, "list of lines"):
            self.rule("child_ids", "both", "ask")
        with self.assertRaisesRegex(ValidationError, "who may do what"):
            self.rule("login", "system", model="res.users")

    def test_a_consultant_sets_it(self):
        consultant = self.user("consultant")
        rows = self.env["integration.ownership"].with_user(consultant).with_context(default_system_id=self.shop.id)
        with Form(rows, "integration_hub.integration_ownership_view_list") as row:
            self.assertIn(self.env["ir.model"]._get("res.partner"), row.allowed_model_ids[:])
            row.model_id = self.env["ir.model"]._get("res.partner")
            row.field_id = self.env["ir.model.fields"]._get("res.partner", "city")
            row.decided_by = "both"
            self.assertEqual(row.both_changed, "newest")
        mine = self.shop.ownership_ids.filtered(lambda row: row.model_name == "res.partner")
        self.assertEqual((mine.display_name, mine.decided_by, mine.both_changed), ("City", "both", "newest"))
        with self.assertRaises(AccessError):
            self.shop.ownership_ids[:1].with_user(self.user("operator")).decided_by = "odoo"

    def test_odoo_decides_the_price(self):
        """Of products and their variants, each of which is judged on its own."""
        shop = self.connect_shopify(wanted=("products_in",))
        if not shop.flow_ids.filtered(lambda flow: flow.model_name == "product.template"):
            self.skipTest("needs the app Products")
        given = own_payload("shopify/products__create")
        self.receive(shop, given, topic="products/create", webhook_id="price-1")
        self.drain()
        product = self.env["product.template"].browse(self.events(shop).res_id)
        price, barcode = product.list_price, product.product_variant_ids.mapped("barcode")
        self.assertGreater(price, 0, "a new one has what the shop says")
        shop.ownership_ids.filtered(lambda row: row.field_id.name == "list_price").decided_by = "odoo"
        self.rule("barcode", "odoo", system=shop, model="product.product")
        given |= {"updated_at": "2099-01-01T00:00:00Z", "title": "Renamed"}
        for number, variant in enumerate(given["variants"]):
            variant |= {"price": "999.00", "barcode": f"new-{number}", "updated_at": given["updated_at"]}
        self.receive(shop, given, topic="products/update", webhook_id="price-2")
        self.drain()
        event = self.events(shop)[-1]
        self.assertEqual((event.state, product.name), ("done", "Renamed"), event.error_message)
        self.assertEqual((product.list_price, product.product_variant_ids.mapped("barcode")), (price, barcode))
        self.assertIn("Sales Price stays", event.error_message)
        noted = self.env["integration.conflict"].search([("told_by", "=", event.id)])
        variants = len(product.product_variant_ids)
        self.assertEqual(sorted(row.field_id.name for row in noted), ["barcode"] * variants + ["list_price"])
        self.assertEqual(set(noted.mapped("state")), {"odoo"})

    def test_asked_once_for_all_of_a_transaction(self):
        """Whatever the number of records: which of them another system decides, and who is asked already."""
        crm = self.connect_hubspot(wanted=())
        self.rule("city", "system", system=crm)
        target = self.env["integration.target"]._of_model("res.partner")
        template = Arrival(self.env, self.shop, self.contact, {}, {})
        Binding = self.env["integration.binding"]

        def queries(count):
            partners = self.env["res.partner"].create([{"name": f"P {n}", "city": "A"} for n in range(count)])
            numbers = [f"{count}-{number}" for number in range(count)]
            for system in (self.shop, crm):
                for number, each in zip(numbers, partners, strict=True):
                    Binding._link(system, self.contact, number, each)
            arrivals = [template._replace(document={"id": number}, values={"city": "B"}) for number in numbers]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            target._receive_many(arrivals, target._bindings(arrivals), list(partners))
            self.env.flush_all()
            self.assertEqual(set(partners.mapped("city")), {"A"})
            return self.env.cr.sql_log_count - before

        queries(2)
        self.assertEqual(queries(24), queries(4))
