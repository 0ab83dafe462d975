# Part of Integration Hub. License LGPL-3.0 or later.
"""One mapping, several people: who sees what, who edits at once with others, and who approves what they saw."""

from odoo.exceptions import ConcurrencyError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from .mapping_cases import LIGHT, ScreenCase


@tagged("post_install", "-at_install")
class TestPeople(ScreenCase):
    def test_values_are_shown_to_those_who_may_see_them(self):
        """Who may not see what messages carry sees the lines, and no sample."""
        given = {"document": {"number": "1"}, "label": "Mine"}
        for group in ("user", "operator", "approver"):
            with self.subTest(group=group):
                screen = self.screen(sample=given, user=self.users[group])
                self.assertGreater(len(screen["rows"]), 20)
                self.assertFalse(screen["sample"] or screen["mayEdit"])
                self.assertFalse([row for row in screen["rows"] if row["result"] and row["source"]])

    def test_two_people_at_once(self):
        """Who looks at a line that another has moved is told, and changes no other line instead."""
        flow, seen = self.flow("orders_in"), self.screen()
        self.call(flow, "mapping_edit", self.row(seen, "note"), {"transforms": ["upper"]}, LIGHT)
        for method, arguments in (("mapping_edit", [{"transforms": ["lower"]}]), ("mapping_remove", [])):
            with self.subTest(method), self.assertRaisesRegex(UserError, "Somebody else has edited"):
                self.call(flow, method, self.row(seen, "note"), *arguments, LIGHT)
        self.assertEqual(self.row(self.screen(), "note")["line"]["transforms"], ["upper"])
        self.call(flow, "mapping_remove", self.row(seen, "id"), LIGHT)
        with self.assertRaisesRegex(UserError, "Somebody else has edited"):
            self.call(flow, "mapping_edit", self.row(seen, "number"), {"default": "x"}, LIGHT)

    def test_two_make_the_draft_at_once(self):
        """The second finds the first one's: the server does its request again."""
        version = self.flow("orders_in").mapping_id.version_id
        with mute_logger("odoo.sql_db"), self.assertRaises(ConcurrencyError), self.env.cr.savepoint():
            self.patch(type(version), "_new_draft", lambda version: version.create([
                {"mapping_id": version.mapping_id.id, "number": version.number}
            ]))  # fmt: skip
            version.mapping_id._draft_to_edit()

    def test_what_is_approved_is_what_was_shown(self):
        """Somebody edits between the look and the click: the approver is told, and nothing is put into use."""
        flow, approver = self.flow("orders_in"), self.flow("orders_in", self.approver)
        screen = self.call(flow, "mapping_edit", self.row(self.screen(), "note"), {"default": "none"}, LIGHT)
        shown = self.screen(user=self.approver)["digest"]
        draft = flow.mapping_id.draft_id
        form = draft.with_user(self.approver).with_context(shown_digest=draft.digest)
        self.call(flow, "mapping_edit", self.row(screen, "note"), {"default": "something else"}, LIGHT)
        for approve in (lambda: self.call(approver, "mapping_approve", shown, LIGHT), form.action_approve):
            with self.assertRaisesRegex(UserError, "Somebody else has edited .*version 2"):
                approve()
        self.assertEqual(draft.state, "draft")
        self.approve()
        self.assertEqual(draft.state, "approved")

    def test_an_approver_sees_what_has_changed(self):
        """Also what no column of the screen shows, and what is there no more."""
        flow, screen = self.flow("orders_in"), self.screen()
        changes = {"default": "none", "required": True, "on_error": "default"}
        self.call(flow, "mapping_edit", self.row(screen, "note"), changes, LIGHT)
        for target in ("tags", "number"):  # from the end, since a line is known by its number too
            self.call(flow, "mapping_remove", self.row(screen, target), LIGHT)
        shown = self.screen(user=self.approver)
        row = self.row(shown, "note")
        self.assertEqual(
            (row["change"], row["differences"]),
            (
                "changed",
                ["Required: – → ✓", 'Default: – → "none"', "If It Cannot Be Read: Fail the message → Use the default"],
            ),
        )
        self.assertEqual(shown["removed"], ["number", "tags"])
        self.assertEqual([each["target"] for each in shown["rows"] if each["change"]], ["note"])

    def test_who_had_a_hand_in_a_draft_has_nothing_to_approve(self):
        flow = self.flow("orders_in")
        self.call(flow, "mapping_edit", self.row(self.screen(), "note"), {"default": "none"}, LIGHT)
        draft = flow.mapping_id.draft_id
        action = self.env.ref("integration_hub.integration_mapping_version_approval_action")
        both = self.user("consultant")
        both.group_ids |= self.env.ref("integration_hub.group_approver")
        draft.with_user(both).line_ids[0].condition = "name"
        for user, found in ((self.approver, draft), (both, draft.browse()), (self.consultant, draft.browse())):
            domain = safe_eval(action.domain, {"uid": user.id})
            self.assertEqual(draft.with_user(user).search([*domain, ("id", "=", draft.id)]), found)

    def test_other_companies_are_counted_and_not_named(self):
        """A shared half is another company's business too, which the person who edits it may not see."""
        self.assertEqual(self.screen()["sharedWith"]["second"], [])
        flow = self.shop.flow_ids.filtered(lambda flow: flow.template_key == "orders_in")
        others = self.shop.copy({"name": "Hidden shop", "company_id": self.env["res.company"].create({"name": "B"}).id})
        for count, words in ((1, "1 flow of another company"), (2, "2 flows of other companies")):
            theirs = flow.copy({"system_id": others.id, "endpoint_id": False, "name": f"Hidden {count}"})
            self.env.flush_all()
            self.env.cr.execute("UPDATE integration_flow SET state = 'on' WHERE id = %s", [theirs.id])
            self.env.invalidate_all()
            self.assertEqual(self.screen()["sharedWith"]["second"], [words])

    def test_discarding_shows_what_is_in_use(self):
        flow, before = self.flow("orders_in"), self.screen()["rows"]
        self.call(flow, "mapping_edit", self.row(self.screen(), "note"), {"default": "none"}, LIGHT)
        screen = self.call(flow, "mapping_discard", LIGHT)
        self.assertEqual((screen["rows"], screen["edited"]), (before, False))

    def test_only_consultants_edit(self):
        row = self.row(self.screen(), "id")
        for group in ("user", "operator", "approver"):
            flow = self.flow("orders_in", self.users[group])
            for method, arguments in (
                ("mapping_edit", (row, {"required": False})),
                ("mapping_remove", (row,)),
                ("mapping_add", ("note", {"pointer": ["note"]})),
                ("mapping_discard", ()),
                ("mapping_try", ()),
            ):
                with self.subTest(group=group, method=method), self.assertRaises(UserError):  # or AccessError
                    self.call(flow, method, *arguments)
        self.assertFalse(self.flow("orders_in").mapping_id.draft_id)
