# Part of Integration Hub. License LGPL-3.0 or later.
"""Conflicts where it is hard: many, repeated, translated, settled while news come, and of systems that are gone."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models.integration_conflict_forget import KEPT
from ..models.integration_target import Arrival
from ..models.plain_values import as_stored, plain
from .common import own_payload
from .decided_cases import DecidedCase


@tagged("post_install", "-at_install")
class TestHardConflicts(DecidedCase):
    def clash(self, **values):
        self.changed_here(city="Bruges")
        return self.they_say(2, city="Liège", **values)

    # --- chosen while something comes ---

    def test_what_has_come_since_the_screen_was_opened_is_not_chosen(self):
        self.rule("city", "both", "ask")
        self.clash()
        (asked,) = self.conflicts
        seen = asked.with_context(shown_message=asked.told_by)
        self.they_say(3, city="Namur")
        for choose in (seen.action_take_theirs, seen.action_keep_odoo):
            with self.assertRaisesRegex(UserError, "something else meanwhile"):
                choose()
        self.assertEqual((self.ada.city, asked.state), ("Bruges", "open"))
        asked.with_context(shown_message=asked.told_by).action_take_theirs()
        self.assertEqual(self.ada.city, "Namur")

    def test_the_same_again_is_no_news_to_who_is_choosing(self):
        self.rule("city", "both", "ask")
        self.clash()
        (asked,) = self.conflicts
        seen = asked.with_context(shown_message=asked.told_by)
        self.they_say(3, city="Liège", note="Another change")
        seen.action_take_theirs()
        self.assertEqual(self.ada.city, "Liège")

    # --- many ---

    def test_a_field_that_changes_all_day_does_not_fill_the_table(self):
        self.rule("city", "odoo")
        for number in range(KEPT + 3):
            self.they_say(number + 1, city=f"Town {number}")
        self.assertEqual(len(self.conflicts), KEPT + 3)
        chosen = self.conflicts[0]
        chosen.settled_by = self.env.user
        self.env["integration.conflict"]._gc_repeated()
        self.assertEqual(
            self.conflicts.mapped("theirs"),
            ["Town 0", *(f"Town {number}" for number in range(3, KEPT + 3))],
            "a person's choice and the newest",
        )

    def test_many_are_chosen_at_once(self):
        """And the system is told by one statement, not one for each."""
        self.rule("city", "both", "ask")
        field = self.env["ir.model.fields"]._get("res.partner", "city")

        def asked(count):
            partners = self.env["res.partner"].create([{"name": f"P {n}", "city": "A"} for n in range(count)])
            rows = []
            for each in partners:
                link = self.env["integration.binding"]._link(self.shop, self.contact, f"m-{each.id}", each)
                link.agreed = {"city": ["x", ["y"], True, 0]}
                rows.append(
                    {
                        "binding_id": link.id,
                        "system_id": self.shop.id,
                        "company_id": self.shop.company_id.id,
                        "res_model": "res.partner",
                        "res_id": each.id,
                        "field_id": field.id,
                        "theirs": "B",
                    }
                )
            self.env.flush_all()
            return self.env["integration.conflict"].create(rows)

        def queries(count):
            conflicts = asked(count)
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            conflicts.action_keep_odoo()
            self.assertEqual(set(conflicts.mapped("state")), {"odoo"})
            return self.env.cr.sql_log_count - before

        queries(2)
        few, many = queries(10), queries(40)
        self.assertLess((many - few) / 30, 8, "each")

    def test_what_is_gone_leaves_the_list_by_itself(self):
        self.rule("city", "both", "ask")
        self.clash()
        (asked,) = self.conflicts
        self.link.deleted_at = "2026-01-01 00:00:00"
        self.env["integration.conflict"]._gc_gone()
        self.assertEqual(asked.state, "odoo")
        self.assertFalse(self.link._held_fields(), "and the field is held back no more")

    # --- values that are equal ---

    def test_equal_values(self):
        partner = self.env["res.partner"]
        comment = partner._fields["comment"]
        self.ada.comment = "<p>Hello</p>"
        self.assertEqual(plain(comment, self.ada.comment), as_stored(comment, "<p>Hello</p>", partner))
        self.ada.comment = "<p><br></p>"
        self.assertIsNone(plain(comment, self.ada.comment), "an editor leaves that when all is deleted")
        unsafe = '<p onclick="x()">Hi</p><script>y()</script>'
        self.ada.comment = unsafe
        self.assertEqual(plain(comment, self.ada.comment), as_stored(comment, unsafe, partner))
        latitude = partner._fields["partner_latitude"]
        self.ada.partner_latitude = 50.123456789012
        self.env.flush_all()
        self.ada.invalidate_recordset()
        self.assertEqual(plain(latitude, self.ada.partner_latitude), as_stored(latitude, 50.123456789012, partner))

    def test_an_address_in_capitals_is_no_news(self):
        """Vendors write them small; Odoo keeps them as people have typed them."""
        self.rule("email", "both", "ask")
        self.changed_here(email="Ada@X.example")
        self.drain()
        event = self.they_say(2, email="ada@x.example", phone="+3225550999")
        self.assertEqual((self.ada.email, self.ada.phone), ("Ada@X.example", "+3225550999"))
        self.assertFalse(self.conflicts, event.error_message)
        self.they_say(3, email="eva@x.example")
        self.assertEqual(self.ada.email, "eva@x.example", "but another one is")

    # --- languages ---

    def test_of_what_is_translated_the_same_text_is_compared_and_taken(self):
        if "product.template" not in self.env:
            self.skipTest("needs the app Products")
        self.env["res.lang"]._activate_lang("fr_FR")
        shop = self.connect_shopify(wanted=("products_in",))
        shop.ownership_ids.filtered(lambda row: row.field_id.name == "name").write(
            {"decided_by": "both", "both_changed": "ask"}
        ) or self.rule("name", "both", "ask", system=shop, model="product.template")
        given = own_payload("shopify/products__create")
        self.receive(shop, given, topic="products/create", webhook_id="lang-1")
        self.drain()
        product = self.env["product.template"].browse(self.events(shop).res_id)
        french = product.with_context(lang="fr_FR")
        french.name = "Table en chêne"
        product.with_context(lang="en_US").name = "Ours"
        given |= {"updated_at": "2099-01-01T00:00:00Z", "title": "Theirs"}
        self.receive(shop, given, topic="products/update", webhook_id="lang-2")
        self.drain()
        asked = self.env["integration.conflict"].search(
            [("res_model", "=", "product.template"), ("res_id", "=", product.id), ("state", "=", "open")]
        )
        person = asked.with_context(lang="fr_FR")
        self.assertEqual(
            (person.ours_text, person.theirs_text), ("Ours", "Theirs"), self.events(shop).mapped("error_message")
        )
        person.action_take_theirs()
        self.assertEqual((product.with_context(lang="en_US").name, french.name), ("Theirs", "Table en chêne"))
        given |= {"updated_at": "2099-01-02T00:00:00Z", "title": "Newer"}
        self.receive(shop, given, topic="products/update", webhook_id="lang-3")
        self.drain()
        self.assertEqual(product.with_context(lang="en_US").name, "Newer", "nothing here has changed since")


@tagged("post_install", "-at_install")
class TestWhoStillDecides(DecidedCase):
    def setUp(self):
        super().setUp()
        self.crm = self.connect_hubspot(wanted=())
        self.rule("city", "system", system=self.crm)
        self.rule("cancel", "system", system=self.crm)
        self.env["integration.binding"]._link(self.crm, self.contact, "77", self.ada)

    def may(self):
        target = self.env["integration.target"]._of_model("res.partner")
        return target._may(Arrival(self.env, self.shop, self.contact, {}, {}), self.ada, "cancel")

    def test_one_that_works(self):
        self.they_say(city="Liège")
        self.assertEqual((self.ada.city, self.may()), ("Ghent", False))

    def test_one_that_is_archived_or_retired_does_not(self):
        for number, values in enumerate(({"active": False}, {"active": True, "lifecycle": "retired"}), start=1):
            self.crm.write(values)
            self.they_say(number, city=f"Town {number}")
            self.assertEqual((self.ada.city, self.may()), (f"Town {number}", True))
            self.assertNotIn("city", self.env["integration.ownership"]._owners("res.partner"))

    def test_one_of_another_company_does_not(self):
        """Whether this system has rules of its own or none."""
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.env.cr.execute(
            "UPDATE integration_system SET company_id = %s WHERE id = %s; "
            "UPDATE integration_ownership SET company_id = %s WHERE system_id = %s",
            (elsewhere.id, self.crm.id, elsewhere.id, self.crm.id),
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        self.they_say(1, city="Liège")
        self.assertEqual((self.ada.city, self.may()), ("Liège", True))
        self.rule("phone", "odoo")
        self.they_say(2, city="Namur")
        self.assertEqual(self.ada.city, "Namur")


@tagged("post_install", "-at_install")
class TestWhoIsTold(DecidedCase):
    """A question that nobody looks for holds a field back for ever."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule("city", "both", "ask")
        cls.owner, cls.seller = cls.user("operator"), cls.user("user", login="seller-of-ada")
        cls.seller.group_ids |= cls.env.ref("base.group_partner_manager")
        cls.shop.business_owner_id = cls.owner

    def activities(self):
        self.env["integration.record"]._cron_tell()
        return self.env["mail.activity"].search([("integration_cause", "=like", "conflict:%")])

    def clash(self):
        self.changed_here(city="Bruges")
        self.they_say(2, city="Liège")

    def test_the_records_own_person_else_the_systems_owner(self):
        self.clash()
        told = self.activities()
        self.assertEqual((told.user_id, told.res_model, told.res_id), (self.owner, "res.partner", self.ada.id))
        self.assertIn("City", told.summary)
        self.ada.user_id = self.seller
        self.assertEqual(self.activities().user_id, self.seller)
        self.assertEqual(len(self.activities()), 1, "once")
        self.conflicts.with_user(self.seller).action_keep_odoo()
        self.assertFalse(self.activities(), "and none when it is chosen")

    def test_one_for_a_field_of_many_records(self):
        self.clash()
        other = self.conflicts.copy(
            {"res_id": self.env["res.partner"].create({"name": "Eva"}).id, "binding_id": 2_000_000_000}
        )
        self.assertEqual(other.state, "open")
        told = self.activities()
        self.assertEqual(len(told), 1)
        self.assertIn("1 more records", told.note)
