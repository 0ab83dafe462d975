# Part of Integration Hub. License LGPL-3.0 or later.
"""A shop's customers and products are merged, archived, deleted, given other options; and each is told late, too."""

import time

from odoo.tests import tagged

from ..connectors.clock import ManualClock
from ..connectors.vendors.shopify.notifications import MERGE
from ..engine.database import Database
from ..models.sync_run import SyncRun
from .common import HubCase, sandbox

GID = "gid://shopify/%s/%s"


class LifecycleMixin:
    """A shop of the sandbox, whose people do things there; what its webhooks tell is handed over by the test."""

    @classmethod
    def set_up_hub(cls):
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.shop = cls.connect_shopify(wanted=cls.flows)
        cls.hook = cls.shop._endpoint("inbound")

    def act(self, method, path, document=None):
        return sandbox().control(method, f"/shopify/{path}", document or {})

    def told(self, document, topic):
        """What became of a webhook."""
        event = self.receive(self.shop, document, topic=topic)
        self.drain()
        self.env.invalidate_all()
        return event

    def link(self, kind, number):
        return self.env["integration.binding"].search(
            [("system_id", "=", self.shop.id), ("external_id", "=", GID % (kind, number))]
        )

    def polled(self, template):
        flow = self.shop.flow_ids.filtered(lambda flow: flow.template_key == template)
        job = flow._poll()
        self.env.flush_all()
        with self.engine_mode():
            SyncRun(Database(self.env.cr.dbname, ManualClock(time.time())), job.id).turn()
        self.env.invalidate_all()
        self.assertEqual((job.state, job.error_message), ("done", False))
        self.drain()
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestCustomers(LifecycleMixin, HubCase):
    flows = ("customers_in",)

    def customer(self, email, **values):
        return self.act("POST", "customers", {"email": email, "first_name": "Ada", "last_name": "Lind", **values})

    def merge(self, kept, gone):
        """Merge two customers there; returns what the webhook says."""
        self.act("POST", f"customers/{kept['id']}/merge", {"id": str(gone["id"]), "keep": str(kept["id"])})
        ids = {"kept": kept["admin_graphql_api_id"], "deleted": gone["admin_graphql_api_id"]}
        said = {f"admin_graphql_api_customer_{name}_id": id_ for name, id_ in ids.items()}
        return {**said, "admin_graphql_api_job_id": None, "status": "completed", "errors": []}

    def two(self):
        made = [self.customer(f"{name}@merged.example") for name in ("one", "two")]
        for one in made:
            self.told(one, "customers/create")
        return made

    def partner(self, customer):
        link = self.link("Customer", customer["id"])
        return self.env["res.partner"].browse(link.res_id)

    def test_the_other_ones_link_leads_to_who_is_kept(self):
        kept, gone = self.two()
        mine, other = self.partner(kept), self.partner(gone)
        self.told(self.merge(kept, gone), MERGE)
        self.assertEqual((self.partner(gone), mine.active, other.active), (mine, True, False))
        self.assertEqual(self.link("Customer", gone["id"]).merged_into_id, self.link("Customer", kept["id"]))
        event = self.told({**gone, "first_name": "Late", "updated_at": "2099-01-01T00:00:00Z"}, "customers/update")
        self.assertEqual((event.state, event.error_code, mine.name), ("ignored", "merged", "Ada Lind"))

    def test_a_log_in_is_kept_and_somebody_is_asked(self):
        kept, gone = self.two()
        other = self.partner(gone)
        groups = [(6, 0, self.env.ref("base.group_portal").ids)]
        user = self.env["res.users"].create({"login": "portal-merged", "partner_id": other.id, "group_ids": groups})
        self.told(self.merge(kept, gone), MERGE)
        self.assertEqual((other.active, user.active, user.partner_id), (True, True, other))
        self.assertEqual(len(other.activity_ids), 1)
        self.assertIn("portal-merged", other.activity_ids.summary)

    def test_who_is_kept_was_never_told(self):
        """The record of the other one is theirs then, with its log-in."""
        kept, gone = self.customer("one@merged.example"), self.customer("two@merged.example")
        self.told(gone, "customers/create")
        other = self.partner(gone)
        self.told(self.merge(kept, gone), MERGE)
        self.assertEqual((self.partner(kept), other.active, other.email), (other, True, "one@merged.example"))

    def test_nobody_was_told_and_the_first_word_is_late(self):
        kept, gone = self.customer("one@merged.example"), self.customer("two@merged.example")
        self.told(self.merge(kept, gone), MERGE)
        event = self.told(gone, "customers/create")
        self.assertEqual((event.state, event.error_code), ("ignored", "merged"))
        self.assertEqual(self.partner(gone), self.partner(kept))
        self.assertEqual(self.partner(kept).email, "one@merged.example")

    def test_nobody_was_told_and_odoo_knows_who_is_kept(self):
        known = self.env["res.partner"].create({"name": "Ada", "email": "one@merged.example"})
        kept, gone = self.customer("one@merged.example"), self.customer("two@merged.example")
        self.told(self.merge(kept, gone), MERGE)
        self.assertEqual({self.partner(kept), self.partner(gone)}, {known})

    def test_one_merge_after_the_other_in_any_order(self):
        first, second = self.two()
        third = self.customer("three@merged.example")
        self.told(third, "customers/create")
        merges = [self.merge(second, first), self.merge(third, second)]
        for said in reversed(merges):
            self.told(said, MERGE)
        mine = self.partner(third)
        self.assertEqual({self.partner(one) for one in (first, second, third)}, {mine})
        self.assertEqual(self.events(self.shop, ("state", "=", "dead")).ids, [])

    def test_a_merge_that_failed_is_no_news(self):
        kept, gone = self.two()
        said = {**self.merge(kept, gone), "status": "failed", "errors": [{"message": "in progress"}]}
        self.assertEqual(self.told(said, MERGE).state, "ignored")
        self.assertNotEqual(self.partner(gone), self.partner(kept))

    def test_a_deleted_one_that_is_told_of_late(self):
        one = self.customer("one@merged.example")
        self.told({"id": one["id"]}, "customers/delete")
        event = self.told(one, "customers/create")
        self.assertEqual((event.state, event.error_code), ("ignored", "stale"))
        self.assertFalse(self.partner(one).exists())


@tagged("post_install", "-at_install")
class TestProducts(LifecycleMixin, HubCase):
    flows = ("products_in",)

    def setUp(self):
        super().setUp()
        if "product.template" not in self.env:
            self.skipTest("needs the app Products")

    def shirt(self):
        """A product with sizes, as Odoo has it; returns it and the product."""
        sizes = {"S": "10.00", "M": "10.00", "L": "12.00"}
        variants = [{"option": size, "sku": f"LC-{size}", "price": price} for size, price in sizes.items()]
        made = self.act("POST", "products", {"title": "Shirt", "options": ["Size"], "variants": variants})
        self.told(made, "products/create")
        return made, self.template(made)

    def template(self, product):
        return self.env["product.template"].browse(self.link("Product", product["id"]).res_id)

    def variant(self, variant):
        return self.env["product.product"].browse(self.link("ProductVariant", variant["id"]).res_id)

    def change(self, product, **values):
        changed = self.act("PATCH", f"products/{product['id']}", values)
        event = self.told({**changed, "updated_at": self.later()}, "products/update")
        self.assertEqual(event.state, "done", event.error_message)
        return changed, event

    def later(self):
        """The shop counts in whole seconds, in which a test does much."""
        self.hour = getattr(self, "hour", 0) + 1
        return f"2099-01-01T{self.hour:02}:00:00Z"

    def shown(self, template):
        """``{SKU: (values, price)}`` of what is in use."""
        return {
            product.default_code: (
                tuple(sorted(product.product_template_attribute_value_ids.mapped("name"))),
                product.lst_price,
            )
            for product in template.product_variant_ids
        }

    def test_a_variant_is_added_and_another_one_removed(self):
        made, template = self.shirt()
        small, medium = (self.variant(one) for one in made["variants"][:2])
        added = {"option": "XL", "sku": "LC-XL", "price": "12.00"}
        changed, _event = self.change(made, variants=[added], without_variants=[made["variants"][1]["id"]])
        self.assertEqual(
            self.shown(template),
            {"LC-S": (("S",), 10.0), "LC-L": (("L",), 12.0), "LC-XL": (("XL",), 12.0)},
        )
        self.assertEqual((self.variant(changed["variants"][0]), medium.active), (small, False))
        self.assertTrue(self.link("ProductVariant", made["variants"][1]["id"]).deleted_at)
        self.assertEqual(self.env["product.template"].search_count([("name", "=", "Shirt")]), 1)
        self.change(made, variants=[{"option": "M", "sku": "LC-M", "price": "10.00"}])
        self.assertEqual(self.shown(template)["LC-M"], (("M",), 10.0))
        self.assertTrue(medium.active, "the same variant, under a new id")

    def test_an_option_is_renamed_and_each_variant_keeps_its_record(self):
        made, template = self.shirt()
        before = [self.variant(one) for one in made["variants"]]
        sizes = [{"option": "S"}, {"option": "M"}]
        other = self.act("POST", "products", {"title": "Sock", "options": ["Size"], "variants": sizes})
        self.told(other, "products/create")
        self.change(made, options=["Fit"])
        self.assertEqual(template.attribute_line_ids.attribute_id.mapped("name"), ["Fit"])
        self.assertEqual([self.variant(one) for one in made["variants"]], before)
        self.assertEqual({values for values, _price in self.shown(template).values()}, {("S",), ("M",), ("L",)})
        self.assertEqual(self.template(other).attribute_line_ids.attribute_id.mapped("name"), ["Size"])

    def test_two_variants_change_places(self):
        made, template = self.shirt()
        small, medium = made["variants"][:2]
        before = self.variant(small)
        self.change(made, variants=[{"id": small["id"], "option": "M"}, {"id": medium["id"], "option": "S"}])
        self.assertEqual((self.variant(small), self.shown(template)["LC-S"][0]), (before, ("M",)))

    def test_options_come_and_go(self):
        made = self.act("POST", "products", {"title": "Plain", "variants": [{"sku": "LC-P", "price": "5.00"}]})
        self.told(made, "products/create")
        template, plain = self.template(made), self.variant(made["variants"][0])
        first = {"id": made["variants"][0]["id"], "options": ["Red", "S"]}
        second = {"options": ["Blue", "M"], "sku": "LC-B", "price": "6.00"}
        changed, _event = self.change(made, options=["Colour", "Size"], variants=[first, second])
        self.assertEqual(self.shown(template), {"LC-P": (("Red", "S"), 5.0), "LC-B": (("Blue", "M"), 6.0)})
        self.assertEqual(self.variant(made["variants"][0]), plain)
        gone = changed["variants"][1]["id"]
        first["options"] = ["Default Title"]
        self.change(made, options=["Title"], without_variants=[gone], variants=[first])
        self.assertEqual(self.shown(template), {"LC-P": ((), 5.0)})
        self.assertFalse(template.attribute_line_ids)

    def test_not_every_combination_is_made(self):
        chosen = [["S", "Red"], ["M", "Blue"], ["L", "Blue"]]
        variants = [{"options": pair, "sku": f"LC-{number}"} for number, pair in enumerate(chosen)]
        made = self.act("POST", "products", {"title": "Cap", "options": ["Size", "Colour"], "variants": variants})
        self.told(made, "products/create")
        self.assertEqual(len(self.template(made).product_variant_ids), 3)
        self.assertEqual(self.variant(made["variants"][1]).default_code, "LC-1")

    def test_a_product_that_is_no_more_than_a_draft_yet(self):
        chosen = [["S", "Red"], ["M", "Blue"]]
        variants = [{"options": pair, "sku": f"LC-{number}"} for number, pair in enumerate(chosen)]
        values = {"title": "Cap", "options": ["Size", "Colour"], "variants": variants, "status": "draft"}
        made = self.act("POST", "products", values)
        self.told(made, "products/create")
        template = self.template(made)
        variants = template.with_context(active_test=False).product_variant_ids
        self.assertEqual((template.active, variants.mapped("active")), (False, [False, False]))
        self.change(made, status="active")
        self.assertEqual(set(self.shown(template)), {"LC-0", "LC-1"}, "and not every combination")

    def test_archived_brought_back_and_deleted(self):
        made, template = self.shirt()
        self.change(made, without_variants=[made["variants"][2]["id"]])
        self.change(made, status="archived")
        self.assertFalse(template.active)
        self.change(made, status="active")
        self.assertEqual((template.active, set(self.shown(template))), (True, {"LC-S", "LC-M"}))
        self.act("DELETE", f"products/{made['id']}")
        self.polled("products_in")
        self.assertFalse(template.active, "which no webhook told")
        self.assertTrue(self.link("ProductVariant", made["variants"][0]["id"]).deleted_at)

    def test_a_price_that_odoo_decides_is_noted(self):
        made, template = self.shirt()
        rule = self.shop.ownership_ids.filtered(lambda row: row.field_id.name == "list_price")
        rule.decided_by = "odoo"
        priced = [{"id": one["id"], "price": "20.00"} for one in made["variants"]]
        _changed, event = self.change(made, variants=priced)
        about = [("res_model", "=", template._name), ("res_id", "=", template.id)]
        conflict = self.env["integration.conflict"].search(about)
        self.assertEqual((conflict.state, conflict.theirs, conflict.ours), ("odoo", 20.0, 10.0))
        self.assertIn("Sales Price", event.error_message)
        rule.write({"decided_by": "both", "both_changed": "ask"})
        template.list_price = 11.0
        self.change(made, variants=[{**each, "price": "30.00"} for each in priced])
        asked = self.env["integration.conflict"].search([*about, ("state", "=", "open")])
        self.assertEqual((asked.theirs, template.list_price), (30.0, 11.0))
        asked.action_take_theirs()
        self.assertEqual(template.list_price, 30.0)
