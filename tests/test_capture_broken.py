# Part of Integration Hub. License LGPL-3.0 or later.
"""A flow whose filter no longer fits: people go on saving, nothing is lost, and nothing is sent that should not be."""

from odoo.tests import tagged
from odoo.tools import mute_logger

from .capture_cases import CaptureCase

WATCH = "odoo.addons.integration_hub.models.capture_watch"


@tagged("post_install", "-at_install")
class TestBrokenFilter(CaptureCase):
    def break_filter(self, flow, domain="[('gone', '=', True), ('is_company', '=', False)]"):
        """Put in the database what an upgrade leaves behind that takes a field away."""
        self.env.cr.execute("UPDATE integration_flow SET domain = %s WHERE id = %s", [domain, flow.id])
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        self.enterContext(mute_logger(WATCH))

    def test_people_go_on_saving_and_nothing_is_lost(self):
        for domain in ("[('gone', '=', 1)]", "no domain", "[('color', '=', 'red')]", "[('name', 'has', 1)]"):
            for trigger in ("change", "enter"):
                with self.subTest(domain=domain, trigger=trigger):
                    flow = self.only(self.flow_on("res.partner", "phone", trigger=trigger, on_leave="delete"))
                    self.break_filter(flow, domain)
                    ada = self.partner()
                    ada.env.cr.flush()
                    ada.color = 3
                    self.assertEqual(self.told(flow), [(ada.id, "upsert", ""), (ada.id, "upsert", "color")])

    def test_it_is_said_once(self):
        self.break_filter(self.flow)
        with self.assertLogs(WATCH, "ERROR") as logs:
            self.partner()
            self.partner("Bob")
            self.env.cr.flush()
        self.assertEqual(len(logs.output), 1)
        self.assertIn("gone", logs.output[0])

    def test_nothing_is_sent_until_it_is_corrected(self):
        ada, firm = self.partner(), self.partner("Firm", is_company=True)
        self.forget()
        self.break_filter(self.flow, "[('color', '=', 'red')]")
        (ada + firm).write({"phone": "1"})
        self.drain()
        events = self.events(self.api)
        self.assertEqual(events.mapped("state"), ["dead", "dead"])
        self.assertEqual(set(events.mapped("error_code")), {"broken-filter"})
        self.assertIn("Correct", events[0].error_hint)
        self.flow.domain = "[('is_company', '=', False)]"
        events.action_retry()
        self.drain()
        events = self.events(self.api)
        self.assertEqual(events.filtered(lambda event: event.error_code == "no-match").res_id, firm.id)
        self.assertNotIn("broken-filter", events.mapped("error_code"))

    def test_what_left_before_it_was_sent_stays(self):
        ada = self.partner()
        self.env.cr.flush()
        ada.is_company = True
        self.drain()
        event = self.events(self.api)
        self.assertEqual((event.state, event.error_code), ("ignored", "no-match"))

    def test_what_left_is_sent_once_more_where_it_is_known(self):
        self.flow.on_leave = "update"
        ada, bob = self.partner(), self.partner("Bob")
        self.link(ada, "77")
        self.env.cr.flush()
        (ada + bob).is_company = True
        self.drain()
        ignored = self.events(self.api, ("error_code", "=", "no-match"))
        self.assertEqual(set(ignored.mapped("res_id")), {bob.id})
