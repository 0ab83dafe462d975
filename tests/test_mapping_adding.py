# Part of Integration Hub. License LGPL-3.0 or later.
"""Any field of Odoo added to a mapping in one gesture; an API described in the screens, mapped from nothing."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import own_payload
from .mapping_cases import FIELDS, LIGHT, ScreenCase
from .test_rest import RestCase


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
        self.approve()
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
        self.approve()
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
        screen = self.call(flow, "mapping_add", "x_land", {"pointer": ["to"], "by": "code"}, given)
        self.assertEqual(self.row(screen, "custom.x_land")["result"], self.env.ref("base.be").name)
        self.env["ir.rule"].create(
            {
                "name": "All but Belgium",
                "model_id": self.env["ir.model"]._get_id("res.country"),
                "domain_force": "[('code', '!=', 'BE')]",
                "groups": [(4, self.env.ref("integration_hub.group_consultant").id)],
            }
        )
        screen = self.call(flow, "mapping_screen", given)
        self.assertEqual(self.row(screen, "custom.x_land")["result"], "found", "but not named to who may not read it")

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
        with self.assertRaisesRegex(UserError, "which field"):
            self.call(flow, "mapping_add", "ref", {"remote": " "}, sample)
        watched = flow.trigger_fields.split()
        self.assertNotIn("x_level", watched, "what is not in use yet changes nothing")
        self.approve("customers_out", sample)
        self.assertEqual(flow.trigger_fields.split(), [*watched, "x_level"], "a change of it alone is sent too")

    def test_what_is_watched_follows_what_is_sent(self):
        """The halves are approved one after the other; a field of the record that goes nowhere is not watched."""
        flow = self.flow("customers_out")
        self.call(flow, "mapping_add", "x_level", {"remote": "metafields.level"})
        watched = flow.trigger_fields
        for half, expected in ((flow.record_mapping_id, watched), (flow.mapping_id, f"{watched} x_level")):
            half.draft_id.with_user(self.approver).action_approve()
            self.assertEqual(flow.trigger_fields, expected)

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
        screen = self.screen_of(flow, "mapping_edit", row, changes, sample)
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
        screen = self.screen_of(flow, "mapping_edit", self.row(screen, "email"), {"source": "mail"})
        self.assertEqual(self.row(self.screen_of(flow, "mapping_discard"), "email")["source"], "mail")
