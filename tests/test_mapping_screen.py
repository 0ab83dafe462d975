# Part of Integration Hub. License LGPL-3.0 or later.
"""The mapping as people edit it: both halves as one, beside a sample, every change a draft that is shown at once."""

import json

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import HubCase, crm_objects, own_payload
from .test_rest import RestCase

# An order that finds or creates nothing, so that trying it is quick.
LIGHT = {
    "label": "Mine",
    "document": {
        "id": 1,
        "name": "#1",
        "currency": "EUR",
        "created_at": "2025-11-14T09:30:10+01:00",
        "note": "Please ring twice",
        "line_items": [
            {"quantity": 1, "price": "5.00", "vendor": "A"},
            {"quantity": 2, "price": "7.00", "vendor": "B"},
        ],
        "note_attributes": [{"name": "Gift wrapping", "value": "yes"}],
    },
}
# What a company added to Odoo itself.
FIELDS = (
    ("sale.order", "x_gift", "char"),
    ("sale.order", "x_land", "many2one"),
    ("sale.order.line", "x_maker", "char"),
    ("res.partner", "x_level", "char"),
    *(("sale.order", f"x_{kind}", kind) for kind in ("integer", "float", "boolean", "date")),
)


class ScreenCase(HubCase):
    added = ()

    @classmethod
    def set_up_hub(cls):
        if "sale.order" not in cls.env:
            raise cls.skipTest(cls, "needs the app Sales")
        cls.env.ref("base.EUR").active = True
        tax = {"amount": 15.0, "type_tax_use": "sale", "price_include_override": "tax_excluded"}
        cls.env["account.tax"].create({"name": "VAT of the sample", **tax})
        cls.env["ir.model.fields"].create(
            [
                {
                    "model_id": cls.env["ir.model"]._get_id(model),
                    "name": name,
                    "field_description": name.removeprefix("x_").capitalize(),
                    "ttype": kind,
                    "relation": "res.country" if kind == "many2one" else False,
                }
                for model, name, kind in cls.added
            ]
        )
        cls.shop = cls.connect_shopify(wanted=("orders_in", "products_in", "customers_in", "customers_out"))
        cls.users = {name: cls.user(name) for name in ("user", "consultant", "operator", "approver")}
        cls.consultant, cls.approver = cls.users["consultant"], cls.users["approver"]

    def flow(self, key, user=None):
        flow = self.shop.flow_ids.filtered(lambda flow: flow.template_key == key)
        return flow.with_user(user or self.consultant)

    def call(self, flow, method, *arguments):
        """Call what the screen calls; what is tried has a transaction of its own, as in life."""
        self.env.flush_all()
        with self.engine_mode():
            return json.loads(json.dumps(getattr(flow, method)(*arguments)))  # what goes over the wire

    def screen(self, key="orders_in", sample=LIGHT, user=None):
        return self.call(self.flow(key, user), "mapping_screen", sample)

    def row(self, screen, target, half="first"):
        (row,) = [each for each in screen["rows"] if (each["target"], each["half"]) == (target, half)][:1]
        return row


@tagged("post_install", "-at_install")
class TestScreen(ScreenCase):
    def test_each_half_leads_to_the_whole(self):
        flow = self.flow("orders_in", self.approver)
        for half in flow.mapping_id | flow.record_mapping_id:
            for record in half, half.version_id:
                action = record.action_open_screen()
                self.assertEqual((action["res_model"], action["res_id"]), ("integration.flow", flow.id))
        with self.assertRaisesRegex(UserError, "No flow uses"):
            flow.mapping_id.sudo().copy({"code": "unused"}).action_open_screen()

    def test_both_halves_are_one_list(self):
        """What the other system calls it, the Odoo field in Odoo's words, and the result beside it."""
        screen = self.screen(sample=None)
        self.assertEqual(screen["sample"]["label"], "Example")
        self.assertEqual((screen["edited"], screen["mayEdit"], screen["mayApprove"]), (False, True, False))
        row = self.row(screen, "ordered_at")
        self.assertEqual(
            (row["source"], row["label"], row["field"]), ("processed_at || created_at", "Order Date", "date_order")
        )
        self.assertEqual((row["words"], row["outcome"]), ("date and time", "set"))
        self.assertRegex(row["result"], "2025")
        self.assertEqual(self.row(screen, "number")["result"], "#1077")
        self.assertEqual(self.row(screen, "customer")["label"], "Customer")
        self.assertEqual(self.row(screen, "lines")["result"], "2 lines")
        self.assertEqual(self.row(screen, "lines.quantity")["label"], "Order Lines: Quantity")
        self.assertEqual(self.row(screen, "totals.total")["label"], "", "compared, and written nowhere")
        self.assertEqual(self.row(screen, "lines.quantity")["reads"], ["line_items.quantity"])
        self.assertIn("order_number", screen["unread"])

    def test_looking_leaves_no_trace(self):
        """The preview finds or creates customers and products as a message would; none of them stays."""
        before = self.env["res.partner"].search_count([]), self.env["product.product"].search_count([])
        row = self.row(self.screen(sample=None), "customer")
        self.assertIn("Jo", row["result"])
        self.assertEqual(
            (self.env["res.partner"].search_count([]), self.env["product.product"].search_count([])), before
        )
        self.assertFalse(self.env["integration.binding"].search([("system_id", "=", self.shop.id)]))

    def test_values_are_shown_to_those_who_may_see_them(self):
        """Who may not see what messages carry sees the lines, and no sample."""
        given = {"document": {"number": "1"}, "label": "Mine"}
        for group in ("user", "operator", "approver"):
            with self.subTest(group=group):
                screen = self.screen(sample=given, user=self.users[group])
                self.assertGreater(len(screen["rows"]), 20)
                self.assertFalse(screen["sample"] or screen["mayEdit"])
                self.assertFalse([row for row in screen["rows"] if row["result"] and row["source"]])

    def test_what_arrived_is_the_first_sample(self):
        event = self.receive(self.shop, own_payload("shopify/orders__create"), topic="orders/create", webhook_id="s")
        self.drain()
        samples = self.call(self.flow("orders_in"), "mapping_samples")
        self.assertEqual([sample["key"] for sample in samples], [f"message:{event.id}", "shipped"])
        self.assertEqual(self.row(self.screen(sample=None), "number")["result"], "#1042")
        other = self.flow("products_in")
        with self.assertRaisesRegex(UserError, "kept no longer"):
            self.call(other, "mapping_screen", {"key": f"message:{event.id}", "label": "Another flow's"})

    def test_a_real_one_is_fetched(self):
        flow = self.flow("products_in")
        sample = self.call(flow, "mapping_fetch", "")
        self.assertTrue(sample["document"]["title"])
        self.assertEqual(self.row(self.screen("products_in", sample), "name")["result"], sample["document"]["title"])
        with self.assertRaisesRegex(UserError, "with the id 404404"):
            self.call(flow, "mapping_fetch", "404404")
        with self.assertRaises(AccessError):
            self.call(self.flow("products_in", self.users["operator"]), "mapping_fetch", "")

    def test_what_goes_out_is_shown_from_a_record(self):
        partner = self.env["res.partner"].create({"name": "Ada Byron", "email": "ada@byron.example", "phone": "1"})
        flow = self.flow("customers_out")
        samples = self.call(flow, "mapping_samples")
        self.assertIn(f"record:{partner.id}", [sample["key"] for sample in samples])
        screen = self.call(flow, "mapping_screen", {"key": f"record:{partner.id}", "label": "Ada Byron"})
        row = self.row(screen, "email")
        self.assertEqual((row["source_label"], row["result"]), ("Email", "ada@byron.example"))
        self.assertFalse(screen["inward"])
        self.assertIn("comment", screen["sample"]["document"], "other fields are there to choose from")

    def test_a_required_field_that_nothing_fills(self):
        screen = self.screen(sample={"document": {"id": 1, "currency": "EUR", "line_items": []}, "label": "Mine"})
        row = self.row(screen, "number")
        self.assertEqual((row["outcome"], row["problem"]["fixes"]), ("problem", ["optional", "default", "choose"]))
        self.assertIn("required", row["problem"]["text"])

    def test_a_value_that_odoo_does_not_know(self):
        """A problem of the second half stands on the line that the value comes from, with what can be done."""
        document = {**self.screen(sample=None)["sample"]["document"], "currency": "QQQ"}
        row = self.row(self.screen(sample={"document": document, "label": "Mine"}), "currency")
        self.assertEqual(row["outcome"], "problem")
        self.assertIn("“QQQ” is unknown in Odoo", row["problem"]["text"])
        self.assertEqual(row["problem"]["half"], "second")
        self.assertIn("skip", row["problem"]["fixes"])

    # --- editing ---

    def test_a_click_writes_the_path(self):
        flow, version = self.flow("orders_in"), self.flow("orders_in").mapping_id.version_id
        number = self.row(self.screen(), "ordered_at")["number"]
        screen = self.call(flow, "mapping_edit", "first", number, "ordered_at", {"pointer": ["created_at"]}, LIGHT)
        row = self.row(screen, "ordered_at")
        self.assertEqual((row["source"], row["change"], screen["edited"]), ("created_at", "changed", True))
        self.assertEqual(flow.mapping_id.version_id, version, "what is in use has not changed")
        self.assertEqual(
            version.line_ids.filtered(lambda line: line.target == "ordered_at").source[:12], "processed_at"
        )
        self.assertEqual(self.screen()["rows"], screen["rows"], "the draft is what is shown from now on")

    def test_a_click_inside_of_a_list_is_relative_to_its_item(self):
        flow = self.flow("orders_in")
        number = self.row(self.screen(), "lines.name")["number"]
        for pointer, path in (
            (["line_items", 0, "vendor"], "vendor"),
            (["note"], "$root.note"),
        ):
            screen = self.call(flow, "mapping_edit", "first", number, "lines.name", {"pointer": pointer}, LIGHT)
            self.assertEqual(self.row(screen, "lines.name")["source"], path)
        self.assertEqual(self.row(screen, "lines.name")["result"], "Please ring twice")

    def test_ways_out_of_a_problem(self):
        flow, sample = self.flow("orders_in"), {"document": {"line_items": []}, "label": "Mine"}
        screen = self.screen(sample=sample)
        for target, changes, outcome in (
            ("number", {"default": "none"}, "default"),
            ("currency", {"required": False}, "missing"),
        ):
            row = self.row(screen, target)
            self.assertEqual(row["outcome"], "problem")
            screen = self.call(flow, "mapping_edit", row["half"], row["number"], target, changes, sample)
            self.assertEqual(self.row(screen, target)["outcome"], outcome)
        row = self.row(screen, "tags")
        changes = {"source": "line_items", "transforms": ["int"], "on_error": "skip"}
        screen = self.call(flow, "mapping_edit", "first", row["number"], "tags", changes, sample)
        self.assertEqual(self.row(screen, "tags")["outcome"], "skipped")

    def test_constants_are_typed_as_people_type(self):
        flow = self.flow("orders_in")
        number = self.row(self.screen(), "prices_include_tax")["number"]
        screen = self.call(flow, "mapping_edit", "first", number, "prices_include_tax", {"default": "yes"}, LIGHT)
        self.assertEqual(self.row(screen, "prices_include_tax")["line"]["default"], "true")
        with self.assertRaisesRegex(UserError, "yes or no"):
            self.call(flow, "mapping_edit", "first", number, "prices_include_tax", {"default": "perhaps"}, LIGHT)

    def test_mistakes_are_said_and_change_nothing(self):
        flow = self.flow("orders_in")
        number = self.row(self.screen(), "note")["number"]
        for changes, words in (
            ({"source": "a["}, "not a valid path"),
            ({"transforms": ["no_such"]}, "no_such"),
            ({"condition": "(("}, "not a valid path"),
        ):
            with self.subTest(words):
                with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
                    self.call(flow, "mapping_edit", "first", number, "note", changes, LIGHT)
                self.assertIn(words, str(caught.exception))
                self.assertFalse(flow.mapping_id.draft_id)

    def test_two_people_at_once(self):
        """Who looks at a line that another has moved is told, and changes no other line instead."""
        flow = self.flow("orders_in")
        number = self.row(self.screen(), "note")["number"]
        self.call(flow, "mapping_remove", "first", "1", "id", LIGHT)
        with self.assertRaisesRegex(UserError, "Somebody else has edited"):
            self.call(flow, "mapping_edit", "first", number, "note", {"required": True}, LIGHT)

    def test_discarding_shows_what_is_in_use(self):
        flow, before = self.flow("orders_in"), self.screen()["rows"]
        number = self.row(self.screen(), "note")["number"]
        self.call(flow, "mapping_edit", "first", number, "note", {"default": "none"}, LIGHT)
        screen = self.call(flow, "mapping_discard", LIGHT)
        self.assertEqual((screen["rows"], screen["edited"]), (before, False))

    def test_only_consultants_edit(self):
        for group in ("user", "operator", "approver"):
            flow = self.flow("orders_in", self.users[group])
            for method, arguments in (
                ("mapping_edit", ("first", "1", "id", {"required": False})),
                ("mapping_remove", ("first", "1", "id")),
                ("mapping_add", ("note", {"pointer": ["note"]})),
                ("mapping_discard", ()),
                ("mapping_try", ()),
            ):
                with self.subTest(group=group, method=method), self.assertRaises(UserError):  # or AccessError
                    self.call(flow, method, *arguments)
        self.assertFalse(self.flow("orders_in").mapping_id.draft_id)

    # --- trying ---

    def test_what_it_would_become(self):
        before = self.env["res.partner"].search_count([])
        tried = self.call(self.flow("customers_in"), "mapping_try", {"key": "shipped", "label": "Example"})
        self.assertEqual((tried.get("problem"), tried["created"]), (None, True))
        self.assertIn("Jo Lindqvist", tried["name"])
        self.assertEqual(self.env["res.partner"].search_count([]), before)

    @mute_logger("odoo.sql_db")
    def test_why_it_would_fail(self):
        document = self.flow("orders_in")._sample({"key": "shipped"})["document"]
        for changes, words in (
            ({"currency": "QQQ"}, "QQQ"),
            ({"customer": None}, "no customer"),
            ({"name": None}, "required"),
        ):
            with self.subTest(words):
                sample = {"document": document | changes, "label": "Mine"}
                tried = self.call(self.flow("orders_in"), "mapping_try", sample)
                self.assertIn(words, tried["problem"])
                self.assertNotIn("Traceback", tried["problem"])

    def test_a_hubspot_contact(self):
        crm = self.connect_hubspot(wanted=("contacts_in",))
        flow = crm.flow_ids.filtered(lambda flow: flow.template_key == "contacts_in").with_user(self.consultant)
        sample = self.call(flow, "mapping_fetch", crm_objects()[0]["id"])
        screen = self.call(flow, "mapping_screen", sample)
        self.assertFalse(screen["problems"] + [row for row in screen["rows"] if row["outcome"] == "problem"])
        self.assertTrue(self.call(flow, "mapping_try", sample)["created"])


@tagged("post_install", "-at_install")
class TestAdding(ScreenCase):
    added = FIELDS

    def test_any_field_in_one_gesture(self):
        """A custom field of Odoo: business object and both halves follow, and an order fills it once approved."""
        flow = self.flow("orders_in")
        (offered,) = [field for field in self.call(flow, "mapping_fields") if field["name"] == "x_gift"]
        self.assertEqual((offered["label"], offered["custom"]), ("Gift", True))
        screen = self.call(flow, "mapping_add", "x_gift", {"pointer": ["note_attributes", 0, "value"]}, LIGHT)
        row = self.row(screen, "custom.x_gift")
        self.assertEqual(row["source"], "note_attributes[?name=='Gift wrapping'].value | [0]")
        self.assertEqual((row["label"], row["result"], row["change"]), ("Gift", "yes", "new"))
        self.assertIn("custom.x_gift", flow.entity_id.field_ids.mapped("path"))
        self.assertNotIn("x_gift", [field["name"] for field in self.call(flow, "mapping_fields")])
        self.assertTrue(self.screen(user=self.approver)["mayApprove"])
        self.call(self.flow("orders_in", self.approver), "mapping_approve", LIGHT)
        order = own_payload("shopify/orders__create")
        order["note_attributes"] = [{"name": "x", "value": "1"}, {"name": "Gift wrapping", "value": "with bow"}]
        event = self.receive(self.shop, order, topic="orders/create", webhook_id="gift")
        self.drain()
        self.assertEqual(event.state, "done", event.error_message)
        self.assertEqual(self.env["sale.order"].browse(event.res_id).x_gift, "with bow")

    def test_a_field_of_the_lines(self):
        """What a record is made of has fields too: the path starts at the list's item, and each line gets its own."""
        flow = self.flow("orders_in")
        labels = {field["name"]: field["label"] for field in self.call(flow, "mapping_fields")}
        self.assertEqual(labels["order_line.x_maker"], "Order Lines: Maker")
        self.assertFalse({"order_line.order_id", "order_line.product_id", "order_line"} & labels.keys())
        place = {"pointer": ["line_items", 0, "vendor"]}
        screen = self.call(flow, "mapping_add", "order_line.x_maker", place, LIGHT)
        row = self.row(screen, "lines.custom.x_maker")
        self.assertEqual((row["source"], row["label"], row["result"]), ("vendor", "Order Lines: Maker", "A"))
        self.call(self.flow("orders_in", self.approver), "mapping_approve", LIGHT)
        order = own_payload("shopify/orders__create")
        for makers in (("A", "B"), ("A", "C")):
            for line, maker in zip(order["line_items"], makers, strict=True):
                line["vendor"] = maker
            order["updated_at"] = f"2026-01-0{1 + ord(makers[1]) - ord('A')}T10:00:00+01:00"
            event = self.receive(self.shop, order, topic="orders/updated", webhook_id=f"maker-{makers[1]}")
            self.drain()
            self.assertEqual((event.state, event.error_message), ("done", False))
            lines = self.env["sale.order"].browse(event.res_id).order_line
            self.assertEqual([line.x_maker for line in lines if line.x_maker], list(makers))

    def test_types_are_kept(self):
        for kind, sample, result in (
            ("integer", "7", "7"),
            ("float", "2.5", "2.50"),
            ("boolean", "yes", "Yes"),
            ("date", "2025-11-21T10:00:00Z", "11/21/2025"),
        ):
            with self.subTest(kind):
                name = f"x_{kind}"
                given = {"document": {"extra": sample}, "label": "Mine"}
                screen = self.call(self.flow("orders_in"), "mapping_add", name, {"pointer": ["extra"]}, given)
                self.assertEqual(self.row(screen, f"custom.{name}")["result"], result)

    def test_a_linked_record_is_found(self):
        given = {"document": {"to": "BE"}, "label": "Mine"}
        flow = self.flow("orders_in")
        (offered,) = [field for field in self.call(flow, "mapping_fields") if field["name"] == "x_land"]
        self.assertEqual(offered["by"][0], "code")
        screen = self.call(flow, "mapping_add", "x_land", {"pointer": ["to"]}, given, "code")
        self.assertEqual(self.row(screen, "custom.x_land")["result"], self.env.ref("base.be").name)

    def test_what_the_business_object_has_already_is_used(self):
        """Where the second half fills the field from the business object, only the first half is added to."""
        flow = self.flow("customers_in")
        (offered,) = [field for field in self.call(flow, "mapping_fields") if field["name"] == "website"]
        self.assertFalse(offered["custom"])
        given = {"document": {"site": "https://a.example"}, "label": "Mine"}
        screen = self.call(flow, "mapping_add", "website", {"pointer": ["site"]}, given)
        self.assertEqual(self.row(screen, "website")["label"], "Website Link")
        self.assertFalse(flow.record_mapping_id.draft_id)

    def test_what_goes_out(self):
        partner = self.env["res.partner"].create({"name": "Ada", "email": "ada@x.example", "x_level": "gold"})
        flow, sample = self.flow("customers_out"), {"key": f"record:{partner.id}", "label": "Ada"}
        screen = self.call(flow, "mapping_add", "x_level", {"remote": "metafields.level"}, sample)
        row = self.row(screen, "custom.x_level")
        self.assertEqual((row["source_label"], row["label"], row["result"]), ("Level", "metafields.level", "gold"))
        self.assertIn("x_level", flow.trigger_fields.split(), "a change of it alone is sent too")
        with self.assertRaisesRegex(UserError, "which field"):
            self.call(flow, "mapping_add", "ref", {"remote": " "}, sample)

    def test_what_is_refused(self):
        flow = self.flow("orders_in")
        for field, place, words in (
            ("state", {"pointer": ["note"]}, "cannot be added"),
            ("company_id", {"pointer": ["note"]}, "cannot be added"),
            ("client_order_ref", {"pointer": ["note"]}, "filled already"),
            ("reference", {"pointer": ["line_items"]}, "group of values"),
            ("reference", {}, "Click a value"),
        ):
            with self.subTest(field=field, words=words), self.assertRaisesRegex(UserError, words):
                self.call(flow, "mapping_add", field, place, LIGHT)

    def test_a_fixed_text(self):
        screen = self.call(self.flow("orders_in"), "mapping_add", "reference", {"value": "web"}, LIGHT)
        row = self.row(screen, "custom.reference")
        self.assertEqual((row["source"], row["result"]), ("", "web"))

    def test_two_systems_share_what_was_added(self):
        """The second system that fills the field adds to its own half alone."""
        given = {"document": {"tier": "A", "properties": {"level": "B"}}, "label": "Mine"}
        self.call(self.flow("customers_in"), "mapping_add", "x_level", {"pointer": ["tier"]}, given)
        crm = self.connect_hubspot(wanted=("contacts_in",))
        flow = crm.flow_ids.filtered(lambda flow: flow.template_key == "contacts_in").with_user(self.consultant)
        screen = self.call(flow, "mapping_add", "x_level", {"pointer": ["properties", "level"]}, given)
        self.assertEqual(self.row(screen, "custom.x_level")["result"], "B")
        draft = flow.record_mapping_id.draft_id
        self.assertEqual(len(draft.line_ids.filtered(lambda line: line.target == "x_level")), 1)
        self.assertTrue(screen["sharedWith"]["second"], "it is said that others use this half too")


@tagged("post_install", "-at_install")
class TestDescribedApi(RestCase):
    def screen_of(self, flow, method, *arguments):
        return ScreenCase.call(self, flow, method, *arguments)

    def contacts(self):
        system = self.connected()
        system.action_rest_add_flows()
        return system.flow_ids.filtered(lambda flow: flow.direction == "inbound")

    def row(self, screen, target):
        return ScreenCase.row(self, screen, target)

    def test_from_nothing_to_a_mapping(self):
        """An API described in the screens ships no example: what is fetched is mapped by clicks."""
        flow = self.contacts()
        self.assertFalse(self.screen_of(flow, "mapping_screen")["sample"])
        sample = self.screen_of(flow, "mapping_fetch", "")
        row = self.row(self.screen_of(flow, "mapping_screen", sample), "email")
        self.assertEqual(row["outcome"], "missing", "the mapping to begin with has the names of the business object")
        changes = {"pointer": ["properties", "email"]}
        screen = self.screen_of(flow, "mapping_edit", "first", row["number"], "email", changes, sample)
        self.assertEqual(self.row(screen, "email")["result"], sample["document"]["properties"]["email"])

    def test_a_first_draft_is_all_there_is(self):
        """A mapping that was never in use is shown and edited as any other, and is not thrown away."""
        flow = self.contacts()
        used = flow.mapping_id
        mapping = used.copy({"code": "never used"})
        version = self.env["integration.mapping.version"].create({"mapping_id": mapping.id, "number": 1})
        version._load_lines(used.version_id._specification()["lines"])
        flow.mapping_id = mapping
        screen = self.screen_of(flow, "mapping_screen")
        self.assertTrue(screen["edited"])
        self.assertFalse([row["change"] for row in screen["rows"] if row["change"]])
        number = self.row(screen, "email")["number"]
        screen = self.screen_of(flow, "mapping_edit", "first", number, "email", {"source": "mail"})
        self.assertEqual(self.row(self.screen_of(flow, "mapping_discard"), "email")["source"], "mail")
