# Part of Integration Hub. License LGPL-3.0 or later.
"""Every end of a try is an outcome that somebody can read."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import requests_to
from .drain_cases import STATES, DrainCase


@tagged("post_install", "-at_install")
class TestOutcomes(DrainCase):
    def test_our_own_bug_ends_as_a_visible_attempt(self):
        target = type(self.env["integration.target.res.partner"])

        def broken(self, arrival):
            raise ZeroDivisionError("of ours")

        self.patch(target, "_identities", broken)
        event = self.customer(30)
        self.drain()
        self.assertEqual((event.state, event.error_code), ("dead", "internal-error"))
        self.assertIn("ZeroDivisionError", event.error_message)
        self.assertIn("Traceback", event.attempt_ids.technical)
        self.assertNotIn("Traceback", event.error_message + event.error_hint)

    def test_what_odoo_refuses_is_said_in_its_words(self):
        partner = type(self.env["res.partner"])

        def refusing(self, vals_list):
            raise UserError(self.env._("Not on Sundays."))

        event = self.customer(31)
        self.patch(partner, "create", refusing)
        self.drain()
        self.assertEqual((event.state, event.error_code, event.error_message), (
            "dead", "refused-by-odoo", "Not on Sundays."))  # fmt: skip

    def test_missing_right_is_a_dead_message_that_names_it(self):
        event = self.customer(32)
        self.hook.service_user_id.group_ids = self.env.ref("base.group_user")
        self.drain()
        self.assertEqual((event.state, event.error_code), ("dead", "access"))
        self.assertIn("service user", event.error_hint)

    def test_a_linked_record_is_changed_with_the_service_users_rights(self):
        first = self.customer(34)
        self.drain()
        self.hook.service_user_id.group_ids = self.env.ref("base.group_user")
        second = self.customer(34, minute=1)
        self.drain()
        self.assertEqual((first.state, second.state, second.error_code), ("done", "dead", "access"))
        self.assertEqual(self.env["res.partner"].browse(first.res_id).street, "Road 0")

    def test_states_are_the_documented_ones(self):
        self.assertEqual(set(dict(self.env["integration.event"]._fields["state"].selection)), STATES)

    def test_flow_switched_off_meanwhile(self):
        inbound, outbound = self.customer(33), self.contact()[1]
        (self.shop | self.crm).flow_ids.action_switch_off()
        self.drain()
        self.assertEqual((inbound.state, outbound.state), ("ignored", "ignored"))
        self.assertEqual((inbound.error_code, outbound.error_code), ("no-flow", "no-flow"))

    def test_a_content_that_is_kept_no_longer(self):
        event, other = self.customer(35), self.customer(36)
        self.env.cr.execute("DELETE FROM integration_event_payload WHERE event_id = %s", [event.id])
        self.drain()
        self.assertEqual((event.state, event.error_code, other.state), ("dead", "content-gone", "done"))
        self.assertIn("send the message again", event.error_hint)

    def test_record_deleted_meanwhile(self):
        partner, event = self.contact()
        partner.unlink()
        self.commit()
        self.drain()
        self.assertEqual((event.state, event.error_code), ("ignored", "record-gone"))
        self.assertEqual(requests_to("hubspot"), [])
