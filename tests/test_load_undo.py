# Part of Integration Hub. License LGPL-3.0 or later.
"""First load: what an undo takes back, and what it leaves since people or webhooks had a hand in it."""

from odoo.tests import tagged
from odoo.tools import SQL

from ..models.record_uses import uses
from .common import HubCase
from .load_cases import LoadCase, customer, product

BEFORE = "2026-01-01 00:00:00"  # any load here


@tagged("post_install", "-at_install")
class TestUndo(LoadCase):
    def undone(self, load):
        """Undo a load; returns ``{title: (status, why)}``."""
        load.action_undo()
        self.work(load)
        self.assertEqual(load.state, "undone")
        return {title: (row.status, row.message) for title, row in self.rows(load).items()}

    def made(self, load, title="Customer No1"):
        row = self.rows(load)[title]
        self.assertEqual(row.status, "created")
        return self.env[row.res_model].browse(row.res_id)

    def tell(self, document):
        """Let a webhook tell of a customer; returns its message, worked off."""
        event = self.receive(self.shop, document, topic="customers/update")
        self.drain(self.clock)
        return event

    def old_link(self, document, record_id):
        """Return a link from long ago, with a partner of this id."""
        link = self.env["integration.binding"].create(
            {
                "system_id": self.shop.id,
                "entity_id": self.customers.entity_id.id,
                "external_id": document["admin_graphql_api_id"],
                "res_model": "res.partner",
                "res_id": record_id,
            }
        )
        self.env.cr.execute(
            SQL(
                "UPDATE integration_binding SET create_date = %s, write_date = %s WHERE id = %s",
                BEFORE,
                BEFORE,
                link.id,
            )
        )
        self.env.invalidate_all()
        return link

    def gone_partner(self):
        partner = self.env["res.partner"].create({"name": "Gone"})
        partner.unlink()
        return partner.id

    # --- people ---

    def test_what_would_be_deleted_with_it_is_a_use(self):
        self.there(customer=[customer(1)], product=[product(1), product(2), product(3), product(4, "A", "B")])
        load = self.loaded()
        partner, vendor = self.made(load), self.env["res.partner"].create({"name": "Vendor"})
        priced, bought, free = (self.made(load, f"Product {number}") for number in (1, 2, 3))
        variant = self.made(load, "Product 4").product_variant_ids[1]
        kept = [
            self.env["res.partner.bank"].create({"acc_number": "BE1", "partner_id": partner.id}),
            self.env["product.pricelist"]
            .create({"name": "P", "item_ids": [(0, 0, {"applied_on": "1_product", "product_tmpl_id": priced.id})]})
            .item_ids,
            self.env["product.supplierinfo"].create({"partner_id": vendor.id, "product_tmpl_id": bought.id}),
            self.env["product.supplierinfo"].create({"partner_id": vendor.id, "product_id": variant.id}),
        ]
        told = self.undone(load)
        names = {model: self.env["ir.model"]._get(model).name for model in {each._name for each in kept}}
        self.assertEqual(
            told,
            {
                "Customer No1": ("kept", f"It is used: {names['res.partner.bank']}"),
                "Product 1": ("kept", f"It is used: {names['product.pricelist.item']}"),
                "Product 2": ("kept", f"It is used: {names['product.supplierinfo']}"),
                "Product 3": ("undone", False),
                "Product 4": ("kept", f"It is used: {names['product.supplierinfo']}"),
            },
        )
        self.assertTrue(all(each.exists() for each in kept))
        self.assertFalse(free.exists())

    def test_what_was_found_and_written_says_so(self):
        """Created was chosen, but the flow knows the record by its e-mail address."""
        self.there(customer=[customer(1)])
        partner = self.env["res.partner"].create({"name": "Kept", "email": "c1@example.com"})
        load = self.compared()
        self.rows(load)["Customer No1"].action_create()
        load.action_load()
        self.work(load)
        self.assertEqual((self.statuses(load), partner.name), ({"Customer No1": "linked"}, "Customer No1"))
        self.assertEqual(self.undone(load), {"Customer No1": ("kept", "It was synced since")})

    def test_what_a_record_uses_that_stays_stays_too(self):
        self.there(customer=[customer(1), customer(2), customer(3)])
        load = self.loaded()
        one, other, third = (self.made(load, f"Customer No{number}") for number in (1, 2, 3))
        self.env.cr.execute("UPDATE res_partner SET parent_id = %s WHERE id = %s", [other.id, one.id])
        self.env.cr.execute("UPDATE res_partner SET parent_id = %s WHERE id = %s", [third.id, other.id])
        self.env.invalidate_all()
        one.message_post(body="Called her", message_type="comment")
        told = self.undone(load)
        self.assertEqual({status for status, _why in told.values()}, {"kept"})
        self.assertEqual((one.parent_id, other.parent_id), (other, third))

    def test_an_undo_says_what_it_waits_for(self):
        self.there(customer=[customer(1)])
        load = self.compared()
        load.action_load()
        self.env.invalidate_all()
        self.turn(load.job_id)
        load.action_cancel()
        self.shop._bulk_endpoint().action_pause()
        self.assertEqual((load.written_count, load.undoable_count), (0, 1))
        load.action_undo()
        self.env.invalidate_all()
        self.turn(load.job_id)
        self.assertIn("Paused by", load.job_reason)
        self.shop._bulk_endpoint().action_resume()
        self.clock.advance(120)
        self.work(load)
        self.assertEqual((load.state, self.statuses(load), self.links()), ("undone", {"Customer No1": "undone"}, {}))

    def test_what_a_product_that_stays_is_made_of_stays(self):
        self.there(product=[product(1, "A", "B"), product(2, "C", "D", "E")])
        load = self.loaded()
        kept = self.made(load, "Product 1")
        kept.message_post(body="Ordered", message_type="comment")
        values = kept.attribute_line_ids.attribute_id.value_ids.filtered(lambda value: "Size " in value.name)
        self.assertEqual(values.mapped("name"), ["Size 0", "Size 1", "Size 2"])
        told = self.undone(load)
        self.assertEqual(
            {title: status for title, (status, _why) in told.items()}, {"Product 1": "kept", "Product 2": "undone"}
        )
        self.assertEqual(values.exists().mapped("name"), ["Size 0", "Size 1"])
        self.assertEqual(kept.product_variant_ids.mapped("default_code"), ["A", "B"])

    def test_what_somebody_linked_with_another_remote_record_stays(self):
        self.there(customer=[customer(1)])
        load = self.loaded()
        partner = self.made(load)
        self.env["integration.binding"]._link(self.shop, self.customers.entity_id, "other", partner)
        why = f"It is linked with {self.shop.name} (other) too"
        self.assertEqual(self.undone(load), {"Customer No1": ("kept", why)})
        self.assertTrue(partner.exists())

    def test_what_somebody_deleted_leaves_no_links_behind(self):
        self.there(product=[product(1, "A", "B"), product(2)])
        self.env["product.template"].create({"name": "Kept", "default_code": "SKU-2"})
        load = self.loaded()
        self.assertEqual(len(self.links()), 5)
        for row in self.rows(load).values():
            self.env["product.template"].browse(row.res_id).unlink()
        told = self.undone(load)
        self.assertEqual(told, dict.fromkeys(("Product 1", "Product 2"), ("undone", False)))
        self.assertEqual(self.links(), {})

    def test_what_was_created_after_all_is_taken_back(self):
        """Its message failed, and was tried again from the log: the row says that it failed."""
        belgium = self.env.ref("base.be")
        belgium.code = "QB"
        self.there(customer=[customer(1, country="BE")])
        load = self.loaded()
        row = self.rows(load)["Customer No1"]
        belgium.code = "BE"
        row.event_id.with_user(self.operator).action_retry()
        self.drain(self.clock)
        self.assertEqual((row.status, row.event_id.state, len(self.links())), ("failed", "done", 1))
        self.assertEqual(self.undone(load), {"Customer No1": ("undone", False)})
        self.assertEqual(self.links(), {})

    # --- webhooks ---

    def loaded_after(self, happens):
        """Return a load in which something else happens before its messages are worked off."""
        load = self.compared()
        load.action_load()
        self.env.invalidate_all()
        self.turn(load.job_id)
        self.assertEqual(set(self.statuses(load).values()), {"sending"})
        bulk = self.shop._bulk_endpoint()
        bulk.action_pause()
        happens()
        bulk.action_resume()
        return self.work(load)

    def test_what_a_webhook_made_first_is_not_the_loads(self):
        self.there(customer=[customer(1, at=-3600)])
        load = self.loaded_after(lambda: self.tell(customer(1, at=-60, last_name="Newer")))
        row = self.rows(load)["Customer No1"]
        self.assertEqual((row.status, row.event_id.state), ("known", "ignored"))
        load.action_undo()
        self.work(load)
        self.assertTrue(self.env["res.partner"].browse(row.res_id).exists())
        self.assertEqual(len(self.links()), 1)

    def test_what_a_webhook_made_and_the_load_wrote_stays(self):
        self.there(customer=[customer(1, at=-3600)])
        load = self.loaded_after(lambda: self.tell(customer(1, at=-7200, last_name="Older")))
        row = self.rows(load)["Customer No1"]
        self.assertEqual((row.event_id.state, row.reason), ("done", "shared"))
        partner = self.env["res.partner"].browse(row.res_id)
        self.assertEqual(self.undone(load), {"Customer No1": ("kept", "Another message wrote it as well")})
        self.assertEqual((len(partner.exists()), len(self.links())), (1, 1))

    def test_what_a_webhook_says_again_changes_nothing(self):
        self.there(customer=[customer(1, at=-3600)])
        load = self.loaded()
        event = self.tell(customer(1, at=-60, locale="en"))
        self.assertEqual((event.state, event.error_code), ("ignored", "unchanged"))
        self.assertEqual(self.undone(load), {"Customer No1": ("undone", False)})

    def test_what_a_webhook_made_anew_under_the_same_link_stays(self):
        self.there(customer=[customer(1, at=-3600)])
        load = self.loaded()
        self.made(load).unlink()
        self.tell(customer(1, at=-60, last_name="Back"))
        ((_model, anew),) = self.links().values()
        self.assertEqual(self.undone(load), {"Customer No1": ("undone", False)})
        self.assertEqual([record for _model, record in self.links().values()], [anew])
        self.assertTrue(self.env["res.partner"].browse(anew).exists())

    # --- mappings and older links ---

    def test_nothing_that_was_read_is_needed(self):
        """Neither its content nor a mapping, which may refuse by now what it took then."""
        self.there(customer=[customer(1), customer(2)], product=[product(1, "A", "B"), product(2)])
        self.env["product.template"].create({"name": "Kept", "default_code": "SKU-2"})
        load = self.loaded()
        rows = self.rows(load)
        rows["Customer No1"].sudo().payload = "{}"
        (rows["Product 1"] | rows["Product 2"]).sudo().payload = False
        self.assertEqual(set(self.undone(load).values()), {("undone", False)})
        self.assertEqual(self.links(), {})

    def test_an_older_link_stays_and_says_so(self):
        document = customer(1)
        link = self.old_link(document, self.gone_partner())
        self.there(customer=[document])
        partner = self.env["res.partner"].create({"name": "Kept", "email": document["email"]})
        load = self.loaded()
        self.assertEqual((self.statuses(load), link.res_id), ({"Customer No1": "linked"}, partner.id))
        ((status, why),) = self.undone(load).values()
        self.assertEqual(status, "kept")
        self.assertIn("older than this load", why)
        self.assertEqual((link.exists().res_id, load.kept_count), (partner.id, 1))

    def test_what_was_created_for_an_older_link_is_taken_back(self):
        document, nobody = customer(1), self.gone_partner()
        link = self.old_link(document, nobody)
        self.there(customer=[document])
        load = self.loaded()
        partner = self.made(load)
        self.assertEqual((link.res_id, self.undone(load)), (partner.id, {"Customer No1": ("undone", False)}))
        self.assertTrue(link.exists(), "it leads to a record that is gone, as it did before")
        self.assertFalse(partner.exists())

    def test_what_the_database_refuses_to_delete_keeps_nothing_else(self):
        self.there(customer=[customer(number) for number in range(5)])
        load = self.loaded()
        partner = self.made(load, "Customer No3")
        self.env.cr.execute("CREATE TABLE hub_test_papers (partner_id integer REFERENCES res_partner)")
        self.env.cr.execute("INSERT INTO hub_test_papers VALUES (%s)", [partner.id])
        told = self.undone(load)
        status, why = told.pop("Customer No3")
        self.assertEqual((status, set(told.values())), ("kept", {("undone", False)}))
        self.assertRegex(why, "Odoo refuses to delete it: .*hub_test_papers")
        self.assertEqual(set(self.links().values()), {("res.partner", partner.id)})


@tagged("post_install", "-at_install")
class TestUses(HubCase):
    def test_what_holds_for_a_company_is_a_use(self):
        pricelist, other = self.env["product.pricelist"].create([{"name": "A"}, {"name": "B"}])
        partner = self.env["res.partner"].create({"name": "Customer"})
        partner.specific_property_product_pricelist = pricelist
        self.env.flush_all()
        self.env.cr.execute("UPDATE res_partner SET create_date = %s WHERE id = %s", [BEFORE, partner.id])
        self.assertEqual(uses(pricelist | other), {pricelist.id: self.env["ir.model"]._get("res.partner").name})

    def test_records_that_name_each_other_are_used_by_others_only(self):
        if "optional_product_ids" not in self.env["product.template"]._fields:
            self.skipTest("No sales here")
        one, other, outside = self.env["product.template"].create([{"name": name} for name in "ABC"])
        one.optional_product_ids = other
        self.assertEqual(uses(one | other), {})
        outside.optional_product_ids = one
        self.env.flush_all()
        self.assertEqual(uses(one | other), {one.id: self.env["ir.model"]._get("product.template").name})

    def test_what_is_kept_by_name_and_number(self):
        partners = self.env["res.partner"].create([{"name": name} for name in "ABCD"])
        noted, filed, planned, followed = partners
        noted.message_post(body="x", message_type="email")
        self.env["ir.attachment"].create({"name": "x", "res_model": "res.partner", "res_id": filed.id})
        planned.activity_schedule("mail.mail_activity_data_todo")
        followed.message_subscribe(self.env.user.partner_id.ids)
        followed.message_post(body="x", message_type="notification")
        self.env.flush_all()
        self.assertEqual(
            uses(partners),
            {
                noted.id: "a message in its chatter",
                filed.id: "an attached file",
                planned.id: "an activity",
            },
        )
