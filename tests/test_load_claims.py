# Part of Integration Hub. License LGPL-3.0 or later.
"""First load: whose a record is, what happened while a person looked, and what is read or tried again."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..engine.slots import slot_of
from .common import own_payload, sandbox
from .load_cases import PRODUCTS, LoadCase, customer, product

ELSEWHERE = "gid://shopify/Customer/77"


@tagged("post_install", "-at_install")
class TestClaims(LoadCase):
    def partner(self, number, **values):
        return self.env["res.partner"].create({"name": f"Kept {number}", "email": f"c{number}@example.com", **values})

    def bind(self, record, external_id=ELSEWHERE, **values):
        """Link a record with another remote one, as a webhook does meanwhile."""
        Binding = self.env["integration.binding"]
        return Binding._link(self.shop, self.customers.entity_id, external_id, record, **values)

    def load(self, load):
        load.action_load()
        return self.work(load)

    def asked(self, row):
        return row.status, row.reason, row.candidate_ids.mapped("res_id")

    # --- while a person looks ---

    def test_a_record_is_not_chosen_for_two(self):
        self.there(customer=[customer(1, email=None), customer(2, email=None)])
        partner = self.partner(7)
        rows = self.rows(self.compared(), self.customers)
        rows["Customer No1"].res_id = partner.id
        with self.assertRaisesRegex(UserError, "to be linked with “Customer No1”"):
            rows["Customer No2"].res_id = partner.id
        self.bind(partner)
        with self.assertRaisesRegex(UserError, "linked with gid://shopify/Customer/77 already"):
            rows["Customer No2"].res_id = partner.id

    def test_the_first_candidate_is_linked_with_one_of_two(self):
        self.there(customer=[customer(1, email="c@example.com"), customer(2, email="c@example.com")])
        partner = self.partner(0, email="c@example.com")
        rows = self.rows(self.compared(), self.customers)
        one, other = rows["Customer No1"], rows["Customer No2"]
        (one | other).action_first()
        self.assertEqual((one.status, one.res_id), ("link", partner.id))
        self.assertEqual(self.asked(other), ("conflict", "rivals", [partner.id]))
        self.bind(partner)
        other.action_first()
        self.assertEqual(self.asked(other), ("conflict", "taken", [partner.id]))

    def test_a_record_that_is_linked_meanwhile_is_a_question_again(self):
        self.there(customer=[customer(1)])
        partner = self.partner(1)
        load = self.compared()
        self.bind(partner)
        row = self.rows(self.load(load))["Customer No1"]
        self.assertEqual(self.asked(row), ("conflict", "taken", [partner.id]))
        self.assertEqual(self.links(), {ELSEWHERE: ("res.partner", partner.id)})
        self.assertEqual((load.state, load.open_count, load.failed_count), ("done", 1, 0))

    def test_two_people_settle_two_rows_on_one_record(self):
        self.there(customer=[customer(1, email=None), customer(2, email=None)])
        partner = self.partner(7)
        load = self.compared()
        rows = load.line_ids.row_ids.sudo()
        rows.write({"status": "link", "res_model": "res.partner", "res_id": partner.id})
        self.load(load)
        self.assertEqual(sorted(rows.mapped("status")), ["conflict", "linked"])
        self.assertEqual(len(self.links()), 1)

    def test_a_record_that_is_deleted_meanwhile_is_a_question_again(self):
        self.there(customer=[customer(1)])
        partner = self.partner(1)
        load = self.compared()
        partner.unlink()
        row = self.rows(self.load(load))["Customer No1"]
        self.assertEqual(self.asked(row), ("conflict", "gone", []))
        row.action_create()
        self.assertEqual(self.rows(self.load(load))["Customer No1"].status, "created")

    def test_a_variant_that_another_remote_one_has_is_not_linked_twice(self):
        self.there(product=[product(1, "A")])
        item = self.env["product.template"].create({"name": "Kept", "default_code": "A"})
        other = "gid://shopify/ProductVariant/77"
        Binding = self.env["integration.binding"]
        Binding._link(self.shop, self.products.entity_id, other, item.product_variant_id)
        self.loaded()
        self.assertEqual(
            self.links(),
            {
                other: ("product.product", item.product_variant_id.id),
                f"gid://shopify/Product/{PRODUCTS + 1}": ("product.template", item.id),
            },
        )

    # --- what is deleted there meanwhile ---

    def test_what_was_deleted_since_it_was_read_is_left_out(self):
        known, new = customer(1), customer(2)
        self.there(customer=[known, new])
        partner = self.partner(1)
        load = self.compared()
        link = self.bind(partner, known["admin_graphql_api_id"])
        for gone in (known, new):
            self.receive(self.shop, {"id": gone["id"]}, topic="customers/delete")
        self.drain()
        self.load(load)
        told = {title: (row.status, row.reason) for title, row in self.rows(load).items()}
        self.assertEqual(told, dict.fromkeys(("Customer No1", "Customer No2"), ("skipped", "deleted")))
        self.assertTrue(link.deleted_at)
        records = {external_id: record for external_id, (_model, record) in self.links().items()}
        self.assertEqual(
            records,
            {known["admin_graphql_api_id"]: partner.id, new["admin_graphql_api_id"]: 0},
            "which is remembered, with no record",
        )

    def test_what_was_deleted_before_and_is_there_again_is_loaded(self):
        document = customer(1)
        self.there(customer=[document])
        link = self.bind(self.partner(1), document["admin_graphql_api_id"], external_version=None)
        link.deleted_at = "2026-01-01 00:00:00"
        self.assertEqual(self.statuses(self.loaded()), {"Customer No1": "linked"})
        self.assertFalse(link.deleted_at)

    # --- what is read or tried again ---

    def test_the_profile_is_that_of_all(self):
        self.there(customer=[customer(1, email=None), customer(2)])
        load = self.compared()
        row = self.rows(load)["Customer No2"]
        before = row.line_id.profile
        self.assertEqual([rule["missing_there"] for rule in before if rule["key"] == "email"], [1])
        line = row.line_id
        row.sudo()._failed("Broken", False)
        row.action_retry()
        self.env.invalidate_all()
        self.assertEqual((line.profile, self.statuses(load)["Customer No2"]), (before, "create"))

    def test_objects_without_an_id_are_rows_of_their_own(self):
        line = self.begin().line_ids.filtered(lambda line: line.flow_id == self.customers)
        alike = {"note": "x" * 100}
        self.assertEqual(line.sudo()._keep([alike | {"email": "a@x.example"}, alike | {"email": "b@x.example"}]), 2)
        self.env.invalidate_all()
        self.assertEqual(len(set(line.row_ids.mapped("external_id"))), 2)
        self.assertTrue(all(line.row_ids.mapped("message")))

    def test_what_was_linked_stays_so_when_it_is_read_again(self):
        self.there(customer=[customer(1)])
        self.partner(1)
        load = self.loaded()
        row = self.rows(load)["Customer No1"]
        row.line_id.sudo()._keep([customer(1)])
        self.env.invalidate_all()
        self.assertEqual(row.status, "linked")

    # --- while it is loaded ---

    def test_a_webhook_of_a_flow_that_is_off_is_caught_by_its_first_poll(self):
        (self.customers | self.products).action_switch_off()
        self.there(customer=[customer(1, at=-3600)])
        load = self.compared()
        load.action_load()
        changed = customer(1, last_name="Changed")
        event = self.receive(self.shop, changed, topic="customers/update")
        self.there(customer=[changed])
        self.work(load)
        self.assertEqual((event.state, load.state), ("ignored", "done"), "a flow that is off takes no webhooks")
        row = self.rows(load)["Customer No1"]
        self.assertEqual(self.env["res.partner"].browse(row.res_id).name, "Customer No1")
        self.customers.action_switch_on()
        self.turn(self.customers._poll())
        self.drain()
        self.assertEqual(self.env["res.partner"].browse(row.res_id).name, "Customer Changed")
        self.assertEqual(self.env["res.partner"].search_count([("email", "=", "c1@example.com")]), 1)

    def test_a_flow_that_is_switched_on_while_it_is_read_polls_from_the_beginning(self):
        (self.customers | self.products).action_switch_off()
        self.customers.polled_until = False
        self.there(customer=[customer(1)])
        load = self.begin()
        load.action_read()
        job = load.line_ids.job_ids
        job.sudo().started_at = "2026-01-01 00:00:00"
        self.assertEqual((job.flow_id, job.state), (self.customers, "running"))
        self.customers.action_switch_on()
        self.assertEqual(self.customers.polled_until, job.started_at)

    def test_what_shares_a_slot_is_sent_together(self):
        """Or each page would fill all slots with a few messages, each few of them a transaction."""
        self.there(customer=[customer(number) for number in range(1, 9)])
        load = self.compared()
        line = load.line_ids.filtered(lambda line: line.flow_id == self.customers).sudo()
        rows = line.row_ids.browse(line._rows_to_load())
        slots = [slot_of(self.customers._partition_key(row.external_id)) for row in rows]
        self.assertEqual((len(slots), slots), (8, sorted(slots)))
        self.assertNotEqual(rows.ids, sorted(rows.ids), "not as they were read")

    # --- in whose words ---

    def test_rules_are_said_in_the_words_of_whoever_reads(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        words = self.env["ir.model.fields.selection"].search(
            [("field_id.model", "=", "integration.load.row"), ("field_id.name", "=", "rule")]
        )
        words.filtered(lambda each: each.value == "email").with_context(lang="fr_FR").name = "courriel"
        self.there(customer=[customer(1, email=None), customer(2)])
        self.partner(2)
        load = self.compared()
        line = load.line_ids.filtered(lambda line: line.flow_id == self.customers)
        self.assertIn("e-mail", line.rules)
        french = line.with_context(lang="fr_FR")
        self.assertIn("courriel", french.rules)
        self.assertIn("courriel", french.findings)
        self.assertEqual(self.rows(load)["Customer No2"].rule, "email")


@tagged("post_install", "-at_install")
class TestKindsOfOneModel(LoadCase):
    """Companies and contacts are both partners."""

    @classmethod
    def set_up_hub(cls):
        cls.operator = cls.user("operator")
        cls.shop = cls.connect_hubspot(wanted=("companies_in", "contacts_in"))

    def seed(self):
        phone = {"phone": "+32 2 555 01 20"}
        company, contact = own_payload("hubspot/company"), own_payload("hubspot/contact")
        company["properties"] |= phone | {"name": "Atelier"}
        contact["properties"] |= phone | {"email": None, "firstname": "Ada", "lastname": "Arden"}
        sandbox().control(
            "POST", "/seed", {"vendor": "hubspot", "objects": {"company": [company], "contact": [contact]}}
        )
        self.company_id = company["id"]
        return self.env["res.partner"].create({"name": "Somebody", **phone})

    def test_a_record_that_a_company_and_a_contact_claim_is_a_question(self):
        partner = self.seed()
        rows = self.rows(self.compared())
        self.assertEqual({row.reason for row in rows.values()}, {"rivals"})
        rows["Atelier"].action_first()
        rows["Ada Arden"].action_first()
        self.assertEqual((rows["Atelier"].status, rows["Ada Arden"].status), ("link", "conflict"))
        self.assertEqual(rows["Atelier"].res_id, partner.id)

    def test_a_record_that_a_company_has_is_no_contacts(self):
        partner = self.seed()
        company = self.env["integration.entity"].search([("code", "=", "company")])
        self.env["integration.binding"]._link(self.shop, company, self.company_id, partner)
        rows = self.rows(self.compared())
        self.assertEqual((rows["Atelier"].status, rows["Ada Arden"].reason), ("known", "taken"))
