# Part of Integration Hub. License LGPL-3.0 or later.
"""Edit and replay: a corrected message takes the place of one that failed, which stays as it came."""

import json

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models.json_diff import ABSENT, differences
from .sync_cases import GONE, SyncCase, customer


@tagged("post_install", "-at_install")
class TestEditReplay(SyncCase):
    @classmethod
    def set_up_hub(cls):  # pylint: disable=missing-return
        super().set_up_hub()
        cls.editor = cls.user("edit_replay")

    def setUp(self):
        super().setUp()
        self.failed = self.receive(self.shop, customer(1, country=GONE), topic="customers/update")
        self.drain()
        self.later = self.receive(self.shop, customer(1, at=5, first_name="Later"), topic="customers/update")
        self.drain()
        self.assertEqual((self.failed.state, self.later.state), ("dead", "pending"))

    def wizard(self, event=None, user=None):
        action = (event or self.failed).with_user(user or self.editor).action_edit_replay()
        return self.env[action["res_model"]].with_user(user or self.editor).with_context(**action["context"]).create({})

    def edited(self, wizard, old=f'"{GONE}"', new='"BE"'):
        self.assertIn(old, wizard.body)
        wizard.body = wizard.body.replace(old, new)
        return wizard

    def replay(self, wizard):
        return self.env["integration.event"].browse(wizard.action_replay()["res_id"])

    def test_the_new_one_takes_the_place_of_the_old(self):
        body, before = self.failed.payload_ids.body, self.failed.read(["error_message", "error_code", "arrived_at"])
        new = self.replay(self.edited(self.wizard()))
        self.assertEqual((new.parent_id, new.causation_id), (self.failed, self.failed))
        self.assertEqual((new.partition_key, new.endpoint_id), (self.failed.partition_key, self.failed.endpoint_id))
        self.assertEqual(self.failed.state, "ignored")
        self.assertEqual(self.failed.payload_ids.body, body, "it stays as it came")
        self.assertEqual(self.failed.read(["error_message", "error_code", "arrived_at"]), before)
        self.assertIn(new.display_name, self.failed.error_hint)
        self.assertIn(self.editor.name, self.failed.error_hint)
        self.assertEqual(self.blocked_keys(self.hook), {new.partition_key: new.id}, "later ones wait for it")
        self.drain()
        self.assertEqual((new.state, self.later.state), ("done", "done"))
        partner = self.partner(1)
        self.assertEqual((partner.country_id.code, partner.name), ("BE", "Later No1"), "in the order of their arrival")
        self.assertFalse(self.blocked_keys(self.hook))

    def test_who_edited_what_is_kept(self):
        """On the flow without the values, which auditors do not see; on the message for those who see contents."""
        wizard = self.edited(self.wizard())
        wizard.reason = "Wrong country"
        new = self.replay(wizard)
        told = self.flow.message_ids[0]
        self.assertEqual(told.author_id, self.editor.partner_id)
        for part in (self.failed.display_name, new.display_name, "/default_address/country_code", "Wrong country"):
            self.assertIn(part, told.body)
        self.assertNotIn(GONE, told.body)
        consultant = self.user("consultant")
        self.assertIn(f'/default_address/country_code: "{GONE}" → "BE"', new.with_user(consultant).edited)
        self.assertNotIn("edited", new.with_user(self.user("auditor")).fields_get())

    def test_pressed_twice(self):
        one, two = self.edited(self.wizard()), self.edited(self.wizard())
        self.assertEqual(self.replay(one), self.replay(two))
        self.assertEqual(len(self.events(self.hook)), 3)
        with self.assertRaisesRegex(UserError, "replaced by"):
            self.failed.with_user(self.editor).action_edit_replay()

    def test_what_is_refused(self):
        for old, new, why in (
            (f'"{GONE}"', f'"{GONE}', "not JSON"),
            ('"first_name"', '"id": 1, "first_name"', "not JSON"),  # a key twice
            ('"updated_at": "', '"updated_at": "yesterday ', "updated_at"),
        ):
            with self.subTest(new):
                wizard = self.edited(self.wizard(), old, new)
                with self.assertRaisesRegex(UserError, why):
                    wizard.action_replay()
        self.assertEqual(self.failed.state, "dead")

    def test_what_would_come(self):
        wizard = self.wizard()
        self.look(wizard)
        self.assertIn("would fail again", wizard.outcome)
        self.look(self.edited(wizard))
        self.assertIn("Customer No1 would be created", wizard.outcome)
        self.assertIn("c1@example.com", wizard.preview)
        self.assertEqual((self.failed.state, bool(self.partner(1))), ("dead", False), "nothing is kept")

    def look(self, wizard):
        self.env.flush_all()
        with self.engine_mode():
            wizard.action_try()

    def test_a_right_of_its_own(self):
        for group in ("user", "consultant", "operator", "approver", "auditor", "admin"):
            user = self.user(group)
            with self.subTest(group), self.assertRaises(AccessError):
                self.failed.with_user(user).action_edit_replay()
            with self.subTest(group), self.assertRaises(AccessError):
                self.failed.with_user(user)._replay_edited("{}")

    def test_what_has_nothing_to_edit(self):
        """Whoever presses is told where to correct it."""
        for column, value, why in (
            ("operation", "read", "only names the object"),
            ("operation", "delete", "nothing to edit"),
            ("direction", "outbound", "Correct the record"),
            ("state", "done", "Only messages that failed"),
        ):
            before = self.failed[column]
            self.set_column(column, value)
            with self.subTest(value), self.assertRaisesRegex(UserError, why):
                self.failed.with_user(self.editor).action_edit_replay()
            self.set_column(column, before)
        self.env.cr.execute("DELETE FROM integration_event_payload WHERE event_id = %s", [self.failed.id])
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "kept no longer"):
            self.failed.with_user(self.editor).action_edit_replay()

    def set_column(self, column, value):
        self.env.cr.execute(f"UPDATE integration_event SET {column} = %s WHERE id = %s", [value, self.failed.id])
        self.env.invalidate_all()

    def test_differences(self):
        before = json.loads('{"a": 1, "b": {"c": [1, 2], "d/e": null}, "f": true}')
        after = json.loads('{"a": 1, "b": {"c": [1, 3, 4], "d/e": 0}, "g": 1}')
        self.assertEqual(
            differences(before, after),
            [("/b/c/1", 2, 3), ("/b/c/2", ABSENT, 4), ("/b/d~1e", None, 0), ("/f", True, ABSENT), ("/g", ABSENT, 1)],
        )
        self.assertEqual(differences([1], [True]), [("/0", 1, True)], "1 is not true")
        self.assertEqual(differences(after, after), [])
