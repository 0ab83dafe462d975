# Part of Integration Hub. License LGPL-3.0 or later.
"""Runbooks: one for every cause, the flow's own first, and what somebody has written stays."""

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import convert_file

from ..connectors.errors import HubError
from .common import HubCase
from .error_codes import codes_in_source, codes_of_classes

FILE = "data/runbooks.xml"


@tagged("post_install", "-at_install")
class TestRunbooks(HubCase):
    @classmethod
    def set_up_hub(cls):
        cls.Runbook = cls.env["integration.runbook"]
        cls.general = cls.env.ref("integration_hub.runbook_unauthorized")
        cls.no_flow = cls.env["integration.flow"]

    def test_every_cause_has_one(self):
        codes = codes_in_source() | codes_of_classes(HubError)
        self.assertGreater(len(codes), 150)
        without = {code: place for code, place in codes.items() if not self.Runbook._for(code, self.no_flow)}
        self.assertFalse(without, "write a runbook in data/runbooks.xml for each of these codes")

    def test_every_runbook_has_a_cause(self):
        shipped = self.Runbook.search([("template_fs", "!=", False)])
        said = {code for runbook in shipped for code in runbook.error_code.split()}
        self.assertFalse(
            said - codes_in_source().keys() - codes_of_classes(HubError).keys(), "no error has these codes"
        )

    def test_each_says_what_it_means_and_numbered_steps(self):
        for runbook in self.Runbook.search([("template_fs", "!=", False)]):
            with self.subTest(runbook.name):
                self.assertGreaterEqual(runbook.steps.count("<li>"), 2)
                self.assertLess(len(runbook.steps), 1_500, "short enough for the night")
                self.assertGreater(len(runbook.meaning), 40)

    def test_a_flow_has_its_own(self):
        flow = self.connect_shopify().flow_ids[:1]
        own = self.Runbook.create(
            {"name": "Call Ann", "error_code": "unauthorized", "flow_id": flow.id, "meaning": "m", "steps": "s"}
        )
        self.assertEqual(self.Runbook._for("unauthorized", flow), own)
        self.assertEqual(self.Runbook._for("missing-scope", flow), self.general)
        self.assertEqual(self.Runbook._for("unauthorized", self.no_flow), self.general)
        self.assertEqual(self.Runbook._for("oauth-invalid-grant", flow), self.general, "all that begin so")
        self.assertFalse(self.Runbook._for("nobody-knows", flow))
        self.assertFalse(self.Runbook._for(False, flow))
        own.unlink()
        self.assertEqual(self.Runbook._for("unauthorized", flow), self.general)

    def test_one_for_each_code(self):
        with self.assertRaisesRegex(ValidationError, "The key is refused"):
            self.Runbook.create({"name": "x", "error_code": "new unauthorized", "meaning": "m", "steps": "s"})

    def test_an_upgrade_leaves_alone_what_was_edited(self):
        other = self.env.ref("integration_hub.runbook_transport")
        consultant = self.user("consultant")
        with Form(self.general.with_user(consultant)) as form:
            form.meaning = "Ours"
        self.env.cr.execute('UPDATE integration_runbook SET name = \'{"en_US": "old"}\' WHERE id = %s', [other.id])
        self.env.invalidate_all()
        self.assertTrue(self.general.is_edited)
        self.assertFalse(other.is_edited)
        convert_file(self.env, "integration_hub", FILE, {}, mode="update")
        self.assertEqual((self.general.meaning, other.name), ("Ours", "The other system does not answer"))
        self.assertFalse(other.is_edited)
        self.general.with_user(consultant).action_restore()
        self.assertIn("does not accept the key", self.general.meaning)
        self.assertFalse(self.general.is_edited)

    def test_who_may_edit(self):
        for name, may in (("operator", False), ("auditor", False), ("approver", False), ("consultant", True)):
            runbook = self.general.with_user(self.user(name))
            self.assertTrue(runbook.steps)
            if may:
                runbook.name = "Ours"
            else:
                with self.assertRaises(AccessError):
                    runbook.action_restore()

    def test_a_company_sees_its_own(self):
        shop = self.connect_shopify()
        own = self.Runbook.create(
            {"name": "o", "error_code": "gone", "flow_id": shop.flow_ids[:1].id, "meaning": "m", "steps": "s"}
        )
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self.user("consultant", company_id=elsewhere.id, company_ids=[(6, 0, elsewhere.ids)])
        self.assertNotIn(own, self.Runbook.with_user(stranger).search([]))
        self.assertIn(self.general, self.Runbook.with_user(stranger).search([]))

    def test_a_message_shows_it(self):
        shop = self.connect_shopify()
        event = self.receive(shop, {"id": 1}, topic="customers/update")
        self.assertFalse(event.runbook_id)
        self.env.cr.execute(
            "UPDATE integration_event SET state = 'dead', error_code = 'gone' WHERE id = %s", [event.id]
        )
        event.invalidate_recordset()
        event = event.with_user(self.user("operator"))
        self.assertEqual(event.runbook_id, self.env.ref("integration_hub.runbook_gone"))
        self.assertIn("<ol>", event.runbook_steps)
