# Part of Integration Hub. License LGPL-3.0 or later.
"""Where nothing runs, records and systems say so: a copy of the database, a pause, drain mode."""

from odoo.tests import tagged

from .common import HubCase
from .record_cases import RecordMixin


@tagged("post_install", "-at_install")
class TestHeld(RecordMixin, HubCase):
    def waiting(self):
        """Return a contact whose change waits to be sent."""
        partner = self.env["res.partner"].create({"name": "Ada", "email": "ada@x.example"})
        self.env.cr.flush()
        return partner

    def copied(self):
        """Let this database find itself elsewhere than where it works."""
        self.env.cr.execute("DELETE FROM integration_home; INSERT INTO integration_home VALUES ('elsewhere')")
        self.env.cr.cache.clear()

    def test_a_copy(self):
        partner = self.waiting()
        self.assertFalse(self.crm.held_reason)
        self.copied()
        problem = self.system(partner)["problem"]
        self.assertEqual((problem["kind"], problem["text"][:24]), ("it", "This database is a copy:"))
        self.crm.invalidate_recordset()
        self.assertIn("copy", self.crm.held_reason)

    def test_a_record_that_is_in_step_is_so_in_a_copy_too(self):
        partner = self.sent()
        self.copied()
        self.assertEqual(self.facts(partner)["state"], "ok")

    def test_paused(self):
        partner = self.waiting()
        self.api.write({"state": "paused", "state_reason": "Stocktaking, says the boss"})
        system = self.system(partner)
        self.assertEqual((system["state"], system["problem"]["kind"]), ("waiting", "wait"))
        self.assertRegex(system["problem"]["text"], r"^The connection with HubSpot is paused since \d\d:\d\d\.$")

    def test_drain_mode(self):
        self.env["integration.maintenance"].create({"reason": "Upgrade tonight"})
        self.assertEqual(self.crm.held_reason, "Drain mode is on: Upgrade tonight")
