# Part of Integration Hub. License LGPL-3.0 or later.
"""The mapping as people edit it: both halves as one, beside a sample, every change a draft that is shown at once."""

from unittest.mock import Mock

import requests

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..engine.database import LOST_RACE
from .common import crm_objects, own_payload, sandbox
from .mapping_cases import LIGHT, ScreenCase


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

    def test_what_arrived_is_the_first_sample(self):
        event = self.receive(self.shop, own_payload("shopify/orders__create"), topic="orders/create", webhook_id="s")
        self.drain()
        samples = self.call(self.flow("orders_in"), "mapping_samples")
        self.assertEqual([sample["key"] for sample in samples], [f"message:{event.id}", "shipped"])
        self.assertEqual(self.row(self.screen(sample=None), "number")["result"], "#1042")
        unreadable = {"key": f"message:{event.id}", "label": "Another flow's"}
        screen = self.call(self.flow("products_in"), "mapping_screen", unreadable)
        self.assertIn("kept no longer", screen["sampleProblem"])
        self.assertEqual((screen["sample"], screen["mayTry"]), (None, False))
        self.assertTrue(screen["rows"], "the lines are there, and another sample may be chosen")

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
        seen = self.row(self.screen(), "ordered_at")
        screen = self.call(flow, "mapping_edit", seen, {"pointer": ["created_at"]}, LIGHT)
        row = self.row(screen, "ordered_at")
        self.assertEqual((row["source"], row["change"], screen["edited"]), ("created_at", "changed", True))
        self.assertEqual(flow.mapping_id.version_id, version, "what is in use has not changed")
        self.assertEqual(
            version.line_ids.filtered(lambda line: line.target == "ordered_at").source[:12], "processed_at"
        )
        self.assertEqual(self.screen()["rows"], screen["rows"], "the draft is what is shown from now on")

    def test_a_click_inside_of_a_list_is_relative_to_its_item(self):
        flow, screen = self.flow("orders_in"), self.screen()
        for pointer, path in (
            (["line_items", 0, "vendor"], "vendor"),
            (["note"], "$root.note"),
        ):
            screen = self.call(flow, "mapping_edit", self.row(screen, "lines.name"), {"pointer": pointer}, LIGHT)
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
            screen = self.call(flow, "mapping_edit", row, changes, sample)
            self.assertEqual(self.row(screen, target)["outcome"], outcome)
        row = self.row(screen, "tags")
        changes = {"source": "line_items", "transforms": ["int"], "on_error": "skip"}
        screen = self.call(flow, "mapping_edit", row, changes, sample)
        self.assertEqual(self.row(screen, "tags")["outcome"], "skipped")

    def test_constants_are_typed_as_people_type(self):
        flow = self.flow("orders_in")
        screen = self.call(
            flow, "mapping_edit", self.row(self.screen(), "prices_include_tax"), {"default": "yes"}, LIGHT
        )
        row = self.row(screen, "prices_include_tax")
        self.assertEqual(row["line"]["default"], "true")
        with self.assertRaisesRegex(UserError, "yes or no"):
            self.call(flow, "mapping_edit", row, {"default": "perhaps"}, LIGHT)
        line = flow.mapping_id.draft_id.line_ids[0]
        for text in ("nan", "-inf", "1e999"):
            with self.assertRaisesRegex(UserError, "a number"):
                line._constant(text, "number")

    def test_mistakes_are_said_and_change_nothing(self):
        flow = self.flow("orders_in")
        row = self.row(self.screen(), "note")
        for changes, words in (
            ({"source": "a["}, "not a valid path"),
            ({"transforms": ["no_such"]}, "no_such"),
            ({"condition": "(("}, "not a valid path"),
        ):
            with self.subTest(words):
                with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
                    self.call(flow, "mapping_edit", row, changes, LIGHT)
                self.assertIn(words, str(caught.exception))
                self.assertFalse(flow.mapping_id.draft_id)

    def test_the_last_line_stays(self):
        """Of a list, and of the whole: a mapping without lines could not be shown any more."""
        flow = self.flow("orders_in")
        draft = flow.mapping_id.action_edit() and flow.mapping_id.draft_id
        lines = draft.line_ids.filtered(lambda line: line.target == "lines")
        (draft.line_ids - lines | lines.child_ids[1:]).unlink()
        whole, inside = self.screen(sample={"document": {}, "label": "Mine"})["rows"][:2]
        for row, words in ((inside, "only line inside of lines"), (whole, "only line of the mapping")):
            with self.assertRaisesRegex(UserError, words):
                self.call(flow, "mapping_remove", row, LIGHT)

    # --- trying ---

    def test_what_it_would_become(self):
        before = self.env["res.partner"].search_count([])
        tried = self.call(self.flow("customers_in"), "mapping_try", {"key": "shipped", "label": "Example"})
        self.assertEqual((tried.get("problem"), tried["created"]), (None, True))
        self.assertIn("Jo Lindqvist", tried["name"])
        self.assertEqual(self.env["res.partner"].search_count([]), before)

    def test_a_flow_without_an_endpoint(self):
        flow = self.flow("products_in").sudo()
        flow.state, flow.endpoint_id = "off", False
        screen = self.screen("products_in", None)
        self.assertIn("has no endpoint", screen["problems"][0])
        self.assertIn("has no endpoint", self.call(self.flow("products_in"), "mapping_try")["problem"])

    def test_a_mistake_of_the_software_is_told_in_words(self):
        """Wherever it is made; what lost a race is raised, since the server does the request again."""
        flow, target = self.flow("customers_in"), self.env.registry["integration.target.res.partner"]
        given = {"document": flow._sample({"key": "shipped"})["document"], "label": "Mine"}
        self.patch(target, "_receive_many", lambda *_args: [][1])
        self.patch(self.env.registry["integration.flow"], "_shipped_sample", lambda flow: {}["no"])
        with mute_logger("odoo.addons.integration_hub.models.in_words"):
            self.assertIn("IndexError", self.call(flow, "mapping_try", given)["problem"])
            screen = self.call(flow, "mapping_screen", {"key": "shipped", "label": "Example"})
            self.assertIn("KeyError", screen["sampleProblem"])
            with self.assertRaisesRegex(UserError, "KeyError"):
                self.call(flow, "mapping_samples")
        self.patch(target, "_receive_many", Mock(side_effect=LOST_RACE[0]))
        with self.assertRaises(LOST_RACE[0]):
            self.call(flow, "mapping_try", given)

    def test_nobody_is_asked(self):
        """What an app looks up when a contact is created is not looked up for one that is only tried."""
        address, found = f"{sandbox().url}/_control/health", []

        def ask(_target, _arrivals, _links, _found):
            try:
                found.append(requests.get(address, timeout=5).status_code)
            except requests.ConnectionError as error:
                raise UserError(str(error)) from error

        self.patch(self.env.registry["integration.target.res.partner"], "_receive_many", ask)
        sample = {"key": "shipped", "label": "Example"}
        self.assertIn("Nobody outside is asked", self.call(self.flow("customers_in"), "mapping_try", sample)["problem"])
        self.assertFalse(found)
        self.assertEqual(requests.get(address, timeout=5).status_code, 200)

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
