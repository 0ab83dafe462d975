# Part of Integration Hub. License LGPL-3.0 or later.
"""Completeness of what Odoo sends: what never went, what failed, and what is gone there or has another amount."""

from odoo.tests import tagged

from .common import HubCase, crm_objects, sandbox
from .completeness_cases import Jobs


@tagged("post_install", "-at_install")
class TestSent(Jobs, HubCase):
    @classmethod
    def set_up_hub(cls):
        cls.operator = cls.user("operator")
        cls.crm = cls.connect_hubspot(wanted=("contacts_out",))
        cls.crm.tz = "UTC"
        cls.flow = cls.crm.flow_ids.filtered(lambda flow: flow.template_key == "contacts_out")

    def test_what_comes_in(self):
        """Contacts that HubSpot has and Odoo was never told of: counted without amounts, fetched by one click."""
        flow = self.crm.flow_ids.filtered(lambda flow: flow.template_key == "contacts_in")
        flow.action_switch_on()
        self.flow = flow
        made = sandbox().control(
            "POST", "/hubspot/contacts", {"properties": {"email": "zzd@example.com"}, "webhook": False}
        )
        (day,) = self.check()
        line = day.line_ids.filtered(lambda line: line.external_id == made["id"])
        self.assertEqual((line.status, line.currency, day.amounts_there), ("missing", "", ""))
        self.mend(line)
        self.assertFalse(line.exists())
        self.assertTrue(self.env["res.partner"].search([("email", "=", "zzd@example.com")]))

    def contact(self, name, **values):
        return self.env["res.partner"].create({"name": name, "email": f"{name}@example.com", **values})

    def count(self):
        """Count the contacts made by these tests alone."""
        self.flow.domain = "[('email', '=like', 'zz%@example.com')]"
        return self.check()

    def test_sent_and_never_sent(self):
        sent = self.contact("zza")
        self.commit()
        self.drain()
        self.flow.action_switch_off()
        never = self.contact("zzb")
        self.flow.action_switch_on()
        (day,) = self.count()
        self.assertEqual((day.count_here, day.count_there, day.missing_count), (2, 1, 1))
        self.assertEqual((day.line_ids.res_id, day.line_ids.reason), (never.id, "Never sent"))
        self.mend(day.line_ids)
        self.assertEqual((day.state, day.count_here, day.count_there), ("complete", 2, 2))
        there = {each["properties"]["email"] for each in crm_objects()}
        self.assertLessEqual({sent.email, never.email}, there)

    def test_deleted_there(self):
        self.contact("zzc")
        self.commit()
        self.drain()
        (one,) = (each for each in crm_objects() if each["properties"].get("email") == "zzc@example.com")
        (day,) = self.count()
        self.assertEqual((day.state, day.count_there), ("complete", 1))
        sandbox().control("DELETE", f"/hubspot/contacts/{one['id']}", {"webhook": False})
        (day,) = self.count()
        self.assertEqual((day.state, day.line_ids.reason), ("incomplete", f"Not in {self.crm.name} any more"))
        self.assertEqual((day.count_here, day.count_there), (1, 0))
        self.mend(day.line_ids)
        self.assertEqual((day.state, day.line_ids.reason), ("complete", f"Deleted in {self.crm.name}"))
        known = [each["id"] for each in crm_objects() if each["properties"].get("email") == "zzc@example.com"]
        self.assertEqual(known, [one["id"]], "what was deleted there is not sent again")
