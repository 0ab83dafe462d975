# Part of Integration Hub. License LGPL-3.0 or later.
"""Three systems in a ring: Odoo, a shop and a CRM that also tells the shop itself, edited everywhere at once."""

import itertools
from unittest.mock import patch

from odoo.tests import tagged

from ..engine import circles
from .common import HubHttpCase, sandbox

ROUNDS = 30  # what has not come to rest by then never will


@tagged("post_install", "-at_install")
class TestRing(HubHttpCase):
    @classmethod
    def set_up_hub(cls):
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.shop = cls.connect_shopify(wanted=("customers_in", "customers_out"))
        cls.crm = cls.connect_hubspot(wanted=("contacts_in", "contacts_out"))
        cls.contact = cls.env["integration.entity"].search([("code", "=", "contact")])

    def setUp(self):
        super().setUp()
        self.numbers = itertools.count(1)
        self.ada = self.env["res.partner"].create({"name": "Ada Arden", "email": "ada@x.example", "city": "Ghent"})
        self.drain()
        self.told = {"shop": self.city_in_shop(), "crm": self.city_in_crm()}

    def link(self, system):
        return self.env["integration.binding"]._of_record(system, self.contact, self.ada)

    def customer(self):
        objects = sandbox().control("GET", "/objects/shopify/customer")["objects"]
        return next(each for each in objects if each["admin_graphql_api_id"] == self.link(self.shop).external_id)

    def city_in_shop(self):
        return self.customer()["default_address"]["city"]

    def city_in_crm(self):
        objects = sandbox().control("GET", "/objects/hubspot/contact")["objects"]
        found = next(each for each in objects if each["id"] == self.link(self.crm).external_id)
        return found["properties"]["city"]

    def edit_shop(self, city):
        address = {"address": {"city": city}, "webhook": False}
        sandbox().control("PATCH", f"/shopify/customers/{self.customer()['id']}", address)

    def edit_crm(self, city):
        changed = {"properties": {"city": city}, "webhook": False}
        sandbox().control("PATCH", f"/hubspot/contacts/{self.link(self.crm).external_id}", changed)

    def tell(self):
        """Each system tells Odoo what has changed in it since it last did, and the CRM tells the shop."""
        shop, crm = self.city_in_shop(), self.city_in_crm()
        if shop != self.told["shop"]:
            hook = self.shop._endpoint("inbound")
            reply = self.deliver(hook, self.customer(), topic="customers/update", webhook_id=f"r{next(self.numbers)}")
            self.assertEqual(reply.status_code, 202)
        if crm != self.told["crm"]:
            entry = {
                "eventId": next(self.numbers), "subscriptionId": 1, "portalId": 1, "appId": 1, "attemptNumber": 0,
                "occurredAt": 1_760_000_000_000, "subscriptionType": "contact.propertyChange", "propertyName": "city",
                "propertyValue": crm, "objectId": int(self.link(self.crm).external_id),
            }  # fmt: skip
            self.assertEqual(self.deliver(self.crm._endpoint("inbound"), [entry]).status_code, 202)
            self.edit_shop(crm)
        self.told = {"shop": shop, "crm": crm}
        return shop, crm

    def come_to_rest(self, automation=lambda: None):
        """Let everybody tell what there is to tell, until nothing is; returns what the city is everywhere."""
        before = None
        for _round in range(ROUNDS):
            self.drain()
            automation()
            now = (self.ada.city, *self.tell(), len(self.events(self.shop)), len(self.events(self.crm)))
            if now == before:
                return now[:3]
            before = now
        raise AssertionError("they go round and round")

    def clash(self):
        self.edit_shop("Liège")
        self.edit_crm("Namur")
        self.ada.city = "Bruges"
        self.commit()

    def decides(self, system, decided_by, both_changed="owner"):
        self.env["integration.ownership"].create(
            {
                "system_id": system.id,
                "model_id": self.env["ir.model"]._get("res.partner").id,
                "field_id": self.env["ir.model.fields"]._get("res.partner", "city").id,
                "decided_by": decided_by,
                "both_changed": both_changed,
            }
        )

    def test_where_nothing_is_set(self):
        self.clash()
        self.assertEqual(len(set(self.come_to_rest())), 1)

    def test_where_odoo_decides(self):
        for system in (self.shop, self.crm):
            self.decides(system, "odoo")
        self.clash()
        self.assertEqual(self.come_to_rest(), ("Bruges", "Bruges", "Bruges"))

    def test_where_a_person_is_asked(self):
        for system in (self.shop, self.crm):
            self.decides(system, "both", "ask")
        self.clash()
        self.come_to_rest()
        for _time in range(3):
            asked = self.env["integration.conflict"].search([("res_id", "=", self.ada.id), ("state", "=", "open")])
            if not asked:
                break
            asked.action_keep_odoo()
            self.commit()
            self.come_to_rest()
        self.assertEqual(self.come_to_rest(), (self.ada.city,) * 3)

    def test_automations_against_each_other(self):
        """The CRM writes cities in capitals, Odoo in small letters: nobody decides, and it ends all the same."""

        def rewrite():
            if not self.city_in_crm().isupper():
                self.edit_crm(self.city_in_crm().upper())
                self.told["crm"] = None  # that is a change, which it tells
            if not self.ada.city.islower():
                self.ada.city = self.ada.city.lower()
                self.commit()

        self.clash()
        with patch.object(circles, "LAPS", 2):
            self.come_to_rest(rewrite)
        held = self.events(self.crm | self.shop, ("state", "=", "held"))
        self.assertEqual(set(held.mapped("error_code")), {"circle"})
