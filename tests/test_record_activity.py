# Part of Integration Hub. License LGPL-3.0 or later.
"""Whoever answers has one activity a cause, on the record where it can have any, until it is mended."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..models.integration_record_activity import OF_A_CAUSE
from .common import HubCase, own_payload
from .record_cases import RecordMixin


@tagged("post_install", "-at_install")
class TestActivities(RecordMixin, HubCase):
    def tell(self):
        self.env.flush_all()
        with self.engine_mode():
            self.env["integration.failure"]._refresh()
        self.env["integration.record"]._cron_tell()
        self.env.invalidate_all()
        return self.env["mail.activity"].search([("integration_cause", "!=", False)], order="id")

    def test_one_for_a_cause(self):
        first = self.broken(user_id=self.seller.id)
        self.broken(name="Cy", email="cy at x.example", user_id=self.seller.id)
        activity = self.tell()
        self.assertEqual(
            (activity.res_model, activity.res_id, activity.user_id), ("res.partner", first.id, self.seller)
        )
        self.assertIn("Email is not a mail address", activity.note)
        self.assertIn("1 more records", activity.note)
        self.assertEqual(self.tell(), activity, "told once")

    def test_closed_when_mended(self):
        first, second = self.broken(user_id=self.seller.id), self.broken(name="Cy", user_id=self.seller.id)
        self.tell()
        first.email = "bo@x.example"
        self.drain()
        activity = self.tell()
        self.assertEqual(activity.res_id, second.id, "on the next one that waits for the same")
        second.email = "cy@x.example"
        self.drain()
        self.assertFalse(self.tell())
        self.assertIn("in step again", first.message_ids[:1].body)

    def test_each_responsible_has_one(self):
        colleague = self.user()
        self.broken(user_id=self.seller.id)
        self.broken(name="Cy", user_id=colleague.id)
        self.broken(name="Di")
        owner = self.flow.owner_id = self.user("operator")
        self.assertEqual(set(self.tell().user_id), {self.seller, colleague, owner})

    def test_without_a_record_it_is_on_the_cause(self):
        shop = self.connect_shopify()
        shop.flow_ids.owner_id = self.user("operator")
        order = {**own_payload("shopify/orders__create"), "name": None}
        event = self.receive(shop, order, topic="orders/create")
        self.drain()
        activity = self.tell()
        failure = self.env["integration.failure"].search([("system_id", "=", shop.id)])
        self.assertEqual((activity.res_model, activity.res_id), ("integration.failure", failure.id))
        self.assertIn("is required", activity.note)
        event.action_ignore()
        self.assertFalse(self.tell(), "it was given up")

    def test_a_deleted_record_takes_its_activity_along(self):
        partner = self.broken(user_id=self.seller.id)
        self.tell()
        partner.unlink()
        self.env.cr.flush()
        found = self.tell()
        self.assertFalse(found.filtered(lambda activity: activity.res_model == "res.partner"))

    def test_who_it_is_assigned_to(self):
        """And nobody besides."""
        self.broken(user_id=self.seller.id)
        self.broken(name="Cy", user_id=self.user().id)
        self.assertEqual(len(self.tell()), 2)
        failure = self.env["integration.failure"].search([("system_id", "=", self.crm.id)])
        failure.user_id = self.user("operator")
        activity = self.tell()
        self.assertEqual(activity.user_id, failure.user_id)
        self.assertEqual((activity.res_model, activity.res_id), ("integration.failure", failure.id))
        self.assertIn("1 more records", activity.note)

    def test_of_a_missing_value_its_own_list_tells(self):
        shop = self.connect_shopify()
        shop.flow_ids.owner_id = self.user("operator")
        self.env.ref("base.XAF").active = False
        self.receive(shop, own_payload("shopify/orders__create__unknown_currency"), topic="orders/create")
        self.drain()
        self.assertEqual(len(self.tell()), 1, "the list has not looked yet")
        self.env["integration.missing.value"]._refresh()
        failure = self.env["integration.failure"].search([("system_id", "=", shop.id)])
        self.assertTrue(failure._missing_value().user_id)
        self.assertFalse(self.tell(), "the same person has a to-do there")
        self.assertEqual(failure.who, failure._missing_value().user_id.name)

    def test_nobody_while_it_is_snoozed_or_ignored(self):
        partner = self.broken(user_id=self.seller.id)
        self.tell()
        failure = self.env["integration.failure"].search([("system_id", "=", self.crm.id)])
        failure.write({"state": "snoozed", "snoozed_until": fields.Datetime.now() + timedelta(hours=1)})
        self.assertFalse(self.tell())
        self.assertIn("put off", partner.message_ids[:1].body)
        failure.action_reopen()
        self.assertEqual(len(self.tell()), 1)
        failure.write({"state": "ignored", "ignored_reason": "A test", "ignored_upto": failure.newest_id})
        self.assertFalse(self.tell())
        self.assertIn("given up: A test", partner.message_ids[:1].body)

    def test_of_many_messages_the_oldest_few_are_read(self):
        """However many they are, a person has one activity, and it costs the same."""
        partner = self.broken(user_id=self.seller.id)
        self.tell()
        copies = """INSERT INTO integration_event (direction, state, kind, endpoint_id, company_id, flow_id, slot,
                                                   partition_key, topic, operation, res_model, res_id, arrived_at,
                                                   attempt_count, error_code, error_message, error_params, fingerprint)
                    SELECT direction, state, kind, endpoint_id, company_id, flow_id, slot, 'many:' || n, topic,
                           operation, res_model, res_id, arrived_at, attempt_count, error_code, error_message,
                           error_params, fingerprint
                      FROM integration_event, generate_series(1, 2000) n WHERE id = %s"""
        self.env.cr.execute(copies, [self.last(partner).id])
        self.env["mail.activity"].search([("integration_cause", "!=", False)]).unlink()
        activity = self.tell()
        self.assertEqual(len(activity), 1)
        self.assertIn(f"{OF_A_CAUSE - 1} more records", activity.note)
