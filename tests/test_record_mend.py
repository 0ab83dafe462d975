# Part of Integration Hub. License LGPL-3.0 or later.
"""Mending the record is the retry: in the transaction of the write, once, and only for what it concerns."""

import contextlib

from odoo.tests import tagged

from .common import HubCase, own_payload
from .record_cases import RecordMixin


@tagged("post_install", "-at_install")
class TestMend(RecordMixin, HubCase):
    def test_the_record_itself(self):
        partner = self.broken()
        failed = self.last(partner)
        partner.with_user(self.seller).email = "bo@x.example"
        self.env.cr.flush()
        self.assertEqual(failed.state, "pending", "it runs again with the commit of the write")
        self.drain()
        self.assertEqual(
            self.events(self.api, ("res_id", "=", partner.id), ("state", "=", "dead")), self.env["integration.event"]
        )
        self.assertEqual(self.there("bo@x.example")["properties"]["lastname"], "Berg")

    def test_a_rollback_takes_it_back(self):
        partner = self.broken()
        with contextlib.suppress(ZeroDivisionError), self.env.cr.savepoint():
            partner.email = "bo@x.example"
            self.env.cr.flush()
            self.assertEqual(self.last(partner).state, "pending")
            raise ZeroDivisionError
        self.assertEqual(self.last(partner).state, "dead")

    def test_what_is_not_sent_mends_nothing(self):
        partner, other = self.broken(), self.broken(name="Cy", email="cy at x.example")
        partner.color = 3
        other.email = "cy@x.example"
        self.env.cr.flush()
        self.assertEqual(self.last(partner).state, "dead")

    def test_no_loop(self):
        """A mend that mends nothing is one more try, and no other."""
        partner = self.broken()
        failed = self.last(partner)
        before = failed.attempt_count
        partner.email = "still at x.example"
        self.drain()
        self.env.invalidate_all()
        self.assertEqual((failed.state, failed.attempt_count), ("dead", before + 1))
        self.drain()
        self.assertEqual(failed.attempt_count, before + 1)

    def test_what_may_have_taken_effect_is_for_a_person(self):
        partner = self.broken()
        failed = self.last(partner)
        self.env.cr.execute("UPDATE integration_event SET in_doubt = true WHERE id = %s", [failed.id])
        partner.email = "bo@x.example"
        self.env.cr.flush()
        self.env.invalidate_all()
        self.assertEqual(failed.state, "dead")

    def test_through_another_record(self):
        """A contact says the name of its company: what is wrong there is mended there."""
        company = self.env["res.partner"].create({"name": "Fen & Co", "is_company": True})
        partner = self.sent(parent_id=company.id)
        sent = self.last(partner)
        self.env.cr.execute("UPDATE integration_event SET state = 'dead' WHERE id = %s", [sent.id])
        company.name = "Fen Ltd"
        self.env.cr.flush()
        self.env.invalidate_all()
        self.assertEqual(sent.state, "pending")

    def test_a_value_that_is_looked_up(self):
        """An order in a currency that is switched off comes in when somebody switches it on."""
        shop = self.connect_shopify()
        self.env.ref("base.XAF").active = False
        event = self.receive(
            shop, own_payload("shopify/orders__create__unknown_currency"), topic="orders/create", webhook_id="mend-1"
        )
        self.drain()
        self.assertEqual((event.state, event.error_code), ("dead", "inactive-value"))
        self.env["res.currency"].with_context(active_test=False).search([("active", "=", False)], limit=1).active = True
        self.env.cr.flush()
        self.assertEqual(event.state, "dead", "another currency")
        self.env.ref("base.XAF").active = True
        self.env.cr.flush()
        self.env.invalidate_all()
        self.assertEqual(event.state, "pending")

    def test_what_comes_in_about_a_linked_record(self):
        shop = self.connect_shopify()
        payload = own_payload("shopify/customers__update")
        done = self.receive(shop, payload, topic="customers/update", webhook_id="mend-2")
        self.drain()
        partner = self.env["res.partner"].browse(done.res_id)
        nameless = dict.fromkeys(("first_name", "last_name", "email", "phone"))
        payload |= {**nameless, "default_address": None, "addresses": [], "updated_at": "2030-01-01T00:00:00Z"}
        event = self.receive(shop, payload, topic="customers/update", webhook_id="mend-3")
        self.drain()
        self.assertEqual(event.state, "dead")
        (system,) = [each for each in self.facts(partner)["systems"] if each["id"] == shop.id]
        self.assertEqual((system["state"], system["problem"]["message_id"]), ("failed", event.id))
        partner.comment = "Called her"
        self.env.cr.flush()
        self.env.invalidate_all()
        self.assertEqual(event.state, "pending")

    def test_where_nothing_failed_it_is_one_look(self):
        partner = self.sent()
        self.env["integration.flow"]._listening()
        self.env.flush_all()
        partner.comment = "x"
        self.env.flush_all()
        with self.assertQueryCount(2):  # has anything failed, and the flow's filter
            self.env.cr.precommit.run()
