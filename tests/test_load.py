# Part of Integration Hub. License LGPL-3.0 or later.
"""First load: compared, shown, settled, loaded, undone."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import sandbox
from .load_cases import PRODUCTS, Died, LoadCase, customer, dying, product


@tagged("post_install", "-at_install")
class TestFirstLoad(LoadCase):
    def partner(self, number, **values):
        return self.env["res.partner"].create({"name": f"Kept {number}", "email": f"C{number}@Example.com ", **values})

    def item(self, sku, **values):
        return self.env["product.template"].create({"name": f"Kept {sku}", "default_code": sku, **values})

    # --- what is shown ---

    def test_nothing_is_written_before_it_is_confirmed(self):
        self.there(customer=[customer(1), customer(2)], product=[product(1), product(2)])
        partner, item = self.partner(1), self.item("sku-1")
        before = self.contents(self.env["res.partner"].search([]))
        load = self.compared()
        self.assertEqual(load.state, "matched")
        self.assertEqual(self.statuses(load, self.customers), {"Customer No1": "link", "Customer No2": "create"})
        self.assertEqual(self.statuses(load, self.products), {"Product 1": "link", "Product 2": "create"})
        rows = self.rows(load)
        self.assertEqual((rows["Customer No1"].res_id, rows["Customer No1"].rule), (partner.id, "email"))
        self.assertEqual((rows["Product 1"].res_id, rows["Product 1"].rule), (item.id, "sku"))
        self.assertEqual((self.links(), len(self.messages())), ({}, 0))
        self.assertEqual(self.contents(self.env["res.partner"].search([])), before)

    def test_both_sides_are_described(self):
        self.there(
            customer=[customer(1, email=None), customer(2), customer(3, email="c2@example.com")],
            product=[product(1, barcodes=("123",))],
        )
        load = self.compared()
        told = load.findings
        self.assertIn(f"1 of 3 in {self.shop.name} have no e-mail.", told)
        self.assertNotIn("VAT", told, "what none of them has says nothing")
        self.assertIn(f"2 in {self.shop.name} share their e-mail with another one.", told)
        self.assertEqual(
            load.line_ids.mapped("rules"),
            ["e-mail, then VAT number, then telephone, then name and address", "SKU, then barcode"],
        )

    def test_an_empty_shop_is_loaded_at_once(self):
        load = self.loaded()
        self.assertEqual((load.state, load.line_ids.mapped("there_count")), ("done", [0, 0]))

    def test_a_shop_that_cannot_prepare_its_data_is_said_to_be_the_cause(self):
        settings = sandbox().core.settings.shopify
        self.addCleanup(setattr, settings, "bulk_status", settings.bulk_status)
        settings.bulk_status = "FAILED"
        self.there(customer=[customer(1)])
        load = self.begin()
        load.action_read()
        for _turn in range(4):
            self.turn(load.job_id)
            self.clock.advance(5)
        self.assertGreaterEqual(load.job_id.try_count, 1)
        self.assertIn("bulk operation", load.job_reason)
        settings.bulk_status = "COMPLETED"
        load.job_id.action_resume()
        self.assertEqual(self.work(load).state, "matched")

    # --- what is asked ---

    def test_two_products_with_one_sku(self):
        self.there(product=[product(1, "A"), product(2, "a "), product(3, "B")])
        item, one, other = self.item("A"), self.item("B"), self.item("B")
        load = self.compared()
        rows = self.rows(load, self.products)
        self.assertEqual([rows[name].reason for name in ("Product 1", "Product 2")], ["rivals", "rivals"])
        self.assertEqual((rows["Product 3"].status, rows["Product 3"].reason), ("ambiguous", "several"))
        self.assertEqual(rows["Product 3"].candidate_ids.mapped("res_id"), [one.id, other.id])
        rows["Product 3"].candidate_ids[1].action_choose()
        rows["Product 1"].action_first()
        rows["Product 2"].action_create()
        load.action_load()
        self.work(load)
        links = self.links()
        names = {number: f"gid://shopify/Product/{PRODUCTS + number}" for number in (1, 2, 3)}
        self.assertEqual(links[names[1]], ("product.template", item.id))
        self.assertEqual(links[names[3]], ("product.template", other.id))
        self.assertEqual(self.statuses(load, self.products)["Product 2"], "created")

    def test_one_product_that_is_two_here(self):
        self.there(product=[product(1, "A", "B")])
        one, other = self.item("A"), self.item("B")
        row = self.rows(self.compared(), self.products)["Product 1"]
        self.assertEqual((row.status, set(row.candidate_ids.mapped("res_id"))), ("ambiguous", {one.id, other.id}))

    def test_sku_and_barcode_contradict_each_other(self):
        self.there(product=[product(1, "A", barcodes=("5400000000017",))])
        self.item("A"), self.item("B", barcode="5400000000017")
        self.assertEqual(self.rows(self.compared())["Product 1"].reason, "contradiction")

    def test_a_customer_without_email_is_known_by_name_and_address(self):
        self.there(customer=[customer(1, email=None, phone=None)])
        known = self.env["res.partner"].create({"name": "customer no1", "street": "Road 1", "zip": "9000"})
        document = customer(1, email=None, phone=None)
        document["default_address"] |= {"zip": "9000"}
        self.there(customer=[document])
        row = self.rows(self.compared(), self.customers)["Customer No1"]
        self.assertEqual((row.status, row.res_id, row.rule), ("link", known.id, "name"))

    def test_what_is_not_settled_is_left_and_can_be_loaded_later(self):
        self.there(product=[product(1, "A"), product(2, "B")])
        self.item("A"), self.item("A")
        load = self.loaded()
        self.assertEqual(self.statuses(load), {"Product 1": "ambiguous", "Product 2": "created"})
        self.rows(load)["Product 1"].action_first()
        load.action_load()
        self.work(load)
        self.assertEqual(self.statuses(load)["Product 1"], "linked")

    def test_a_record_of_another_company_is_no_match_and_no_choice(self):
        other = self.env["res.company"].create({"name": "Other"})
        foreign = self.partner(1, company_id=other.id)
        self.there(customer=[customer(1)])
        row = self.rows(self.compared(), self.customers)["Customer No1"]
        self.assertEqual(row.status, "create")
        with self.assertRaises(UserError):
            row.res_id = foreign.id

    def test_a_person_settles_and_nothing_else(self):
        self.there(customer=[customer(1)])
        row = self.rows(self.compared(), self.customers)["Customer No1"]
        with self.assertRaises(AccessError):
            row.status = "created"
        row.res_id = self.partner(7).id
        self.assertEqual((row.status, row.reason), ("link", "chosen"))

    # --- what is loaded ---

    def test_links_change_nothing_and_their_echo_is_no_news(self):
        self.there(customer=[customer(1, at=-3600)], product=[product(1, "A", "B")])
        partner = self.partner(1)
        item = self.item("A")
        before = self.contents(partner), self.contents(item), self.contents(item.product_variant_ids)
        load = self.loaded()
        self.assertEqual(load.state, "done")
        self.assertEqual(set(self.statuses(load).values()), {"linked"})
        self.assertEqual((self.contents(partner), self.contents(item), self.contents(item.product_variant_ids)), before)
        self.assertIn(("product.product", item.product_variant_id.id), self.links().values())
        event = self.receive(self.shop, customer(1, at=-3600, locale="en"), topic="customers/update")
        self.drain()
        self.assertEqual((event.state, event.error_code), ("ignored", "unchanged"))

    def test_what_is_created_is_created_by_the_flow_also_before_it_is_on(self):
        self.shop.flow_ids.action_switch_off()
        self.there(customer=[customer(1)], product=[product(1, "A", "B")])
        load = self.loaded()
        self.assertEqual(self.statuses(load), {"Customer No1": "created", "Product 1": "created"})
        made = self.env["res.partner"].search([("email", "=", "c1@example.com")])
        self.assertEqual((made.name, made.city or made.street), ("Customer No1", "Road 1"))
        template = self.env["product.template"].browse(self.rows(load)["Product 1"].res_id)
        self.assertEqual(template.product_variant_ids.mapped("default_code"), ["A", "B"])
        self.assertEqual(set(load.line_ids.flow_id.mapped("state")), {"off"})
        self.customers.action_switch_on()
        began = load.line_ids.filtered(lambda line: line.flow_id == self.customers).job_ids.filtered(
            lambda job: job.kind == "read"
        )
        self.assertEqual(self.customers.polled_until, began.started_at, "what changed since is read by the first poll")

    def test_what_fails_is_kept_and_tried_again_singly(self):
        belgium = self.env.ref("base.be")
        belgium.code = "QB"
        self.there(customer=[customer(1, country="BE"), customer(2, country="FR")])
        load = self.loaded()
        row = self.rows(load)["Customer No1"]
        self.assertEqual((row.status, load.failed_count, load.state), ("failed", 1, "done"))
        self.assertIn("“BE” is unknown in Odoo", row.message)
        self.assertEqual(row.event_id.state, "dead")
        belgium.code = "BE"
        row.action_retry()
        self.assertEqual(load.state, "loading")
        self.work(load)
        self.assertEqual((row.status, load.failed_count, load.state), ("created", 0, "done"))
        with self.assertRaises(UserError):
            row.action_retry()

    def test_a_second_load_finds_everything_linked(self):
        self.there(customer=[customer(1)], product=[product(1)])
        self.loaded()
        count = self.env["res.partner"].search_count([])
        again = self.loaded()
        self.assertEqual(set(self.statuses(again).values()), {"known"})
        self.assertEqual(self.env["res.partner"].search_count([]), count)

    def test_whoever_dies_nothing_is_there_twice(self):
        self.there(customer=[customer(number) for number in range(6)], product=[product(number) for number in range(6)])
        for number in range(3):
            self.partner(number), self.item(f"SKU-{number}")
        load = self.begin()
        load.action_read()
        for point, page in (("before", 3), ("after", 3)):
            with self.assertRaises(Died):
                self.work(load, run=dying(point, page))
        self.work(load)
        load.action_load()
        for point in ("before", "after"):
            with self.assertRaises(Died):
                self.work(load, run=dying(point, 1))
        self.work(load)
        self.assertEqual(load.state, "done")
        self.assertEqual(sorted(self.statuses(load).values()), ["created"] * 6 + ["linked"] * 6)
        for number in range(6):
            self.assertEqual(
                self.env["res.partner"].search_count([("email_normalized", "=", f"c{number}@example.com")]), 1
            )
            self.assertEqual(
                self.env["product.template"].search_count([("default_code", "=ilike", f"SKU-{number}")]), 1
            )
        self.assertEqual(len(self.links()), 6 + 2 * 6)

    # --- what is undone ---

    def test_an_undo_leaves_what_was_there_before(self):
        self.there(customer=[customer(1), customer(2)], product=[product(1), product(2), product(3, "X", "Y")])
        partner, item = self.partner(1), self.item("SKU-1")
        models = ("res.partner", "product.template", "product.product", "product.attribute", "product.attribute.value")
        before = {model: self.contents(self.env[model].with_context(active_test=False).search([])) for model in models}
        load = self.loaded()
        self.assertEqual(load.written_count, 5)
        load.action_undo()
        self.work(load)
        self.assertEqual({name: row.message for name, row in self.rows(load).items() if row.message}, {})
        self.assertEqual((load.state, set(self.statuses(load).values())), ("undone", {"undone"}))
        after = {model: self.contents(self.env[model].with_context(active_test=False).search([])) for model in models}
        self.assertEqual(after, before)
        self.assertEqual(self.links(), {})
        self.assertTrue(partner.exists() and item.exists())

    def test_what_was_used_or_changed_since_stays_and_says_why(self):
        self.there(customer=[customer(number) for number in range(5)])
        self.partner(0)
        load = self.loaded()
        rows = self.rows(load)
        made = {number: self.env["res.partner"].browse(rows[f"Customer No{number}"].res_id) for number in range(1, 5)}
        self.env["res.partner"].create({"name": "Child", "parent_id": made[1].id})
        made[2].message_post(body="Called her", message_type="comment")
        self.env.cr.execute(
            "UPDATE res_partner SET write_date = write_date + interval '1 second' WHERE id = %s", [made[3].id]
        )
        self.env.invalidate_all()
        self.receive(self.shop, customer(0, at=60), topic="customers/update")
        self.drain()
        load.action_undo()
        self.work(load)
        self.assertEqual(
            {title: (row.status, row.message) for title, row in self.rows(load).items()},
            {
                "Customer No0": ("kept", "It was synced since"),
                "Customer No1": ("kept", "It is used: Contact"),
                "Customer No2": ("kept", "It is used: a message in its chatter"),
                "Customer No3": ("kept", "It was changed since"),
                "Customer No4": ("undone", False),
            },
        )
        self.assertFalse(made[4].exists())
        self.assertEqual(load.kept_count, 4)

    def test_what_the_flow_does_not_write_any_more_stays(self):
        self.there(customer=[customer(1)])
        load = self.loaded()
        row = self.rows(load)["Customer No1"]
        made = self.env["res.partner"].browse(row.res_id)
        row.sudo().res_model = "product.template"
        load.action_undo()
        self.work(load)
        self.env.invalidate_all()
        self.assertEqual((row.status, row.message), ("kept", "The flow writes other records by now"))
        self.assertTrue(made.exists())

    def test_an_undo_takes_back_what_is_still_under_way(self):
        self.there(customer=[customer(1)])
        load = self.compared()
        load.action_load()
        self.env.invalidate_all()
        self.turn(load.job_id)
        self.assertEqual(self.statuses(load), {"Customer No1": "sending"})
        load.action_cancel()
        load.action_undo()
        self.env.invalidate_all()
        self.turn(load.job_id)
        self.assertEqual((load.state, self.statuses(load)), ("undoing", {"Customer No1": "sending"}), "it waits")
        self.work(load)
        self.assertEqual((load.state, self.statuses(load), self.links()), ("undone", {"Customer No1": "undone"}, {}))

    def test_an_undo_deletes_nothing_in_the_shop(self):
        flow = self.shop.flow_ids.filtered(lambda flow: flow.template_key == "customers_out")
        flow.on_unlink = "delete"
        flow.action_switch_on()
        self.there(customer=[customer(1)])
        load = self.loaded()
        load.action_undo()
        self.work(load)
        self.drain(self.clock)
        self.assertEqual(len(self.events(self.api)), 0)

    # --- a person stops it ---

    def test_a_job_that_is_cancelled_cancels_the_load(self):
        self.there(customer=[customer(1)])
        load = self.begin()
        load.action_read()
        load.job_id.with_user(self.operator).action_cancel()
        self.assertEqual(load.state, "cancelled")
        self.assertNotEqual(self.begin(), load)

    def test_one_unfinished_load_a_system(self):
        self.assertEqual(self.begin(), self.begin())

    def test_what_was_read_is_forgotten_after_a_month(self):
        self.there(customer=[customer(1)])
        load = self.loaded()
        load.sudo().ended_at = "2026-01-01 00:00:00"
        self.env["integration.load"]._gc_contents()
        row = load.line_ids.row_ids
        self.assertEqual((row.payload, row.title, row.status), (False, False, "created"))
        with self.assertRaises(UserError):
            load.action_undo()


@tagged("post_install", "-at_install")
class TestOtherVendor(LoadCase):
    """What is known of a first load is nothing of one vendor's."""

    @classmethod
    def set_up_hub(cls):
        cls.operator = cls.user("operator")
        cls.shop = cls.connect_hubspot(wanted=("companies_in", "contacts_in"))

    def test_companies_come_before_contacts(self):
        sandbox().control("POST", "/reset", {})  # its start data
        there = sandbox().control("GET", "/objects/hubspot/company")["objects"]
        known = self.env["res.partner"].create(
            {"name": there[0]["properties"]["name"], "is_company": True, "phone": there[0]["properties"]["phone"]}
        )
        load = self.loaded()
        self.assertEqual(load.line_ids.flow_id.mapped("entity_id.code"), ["company", "contact"])
        self.assertEqual((load.failed_count, load.open_count), (0, 0))
        self.assertIn(("res.partner", known.id), self.links().values())
        count = sum(sandbox().control("GET", f"/objects/hubspot/{kind}")["count"] for kind in ("company", "contact"))
        self.assertEqual(len(self.links()), count)
