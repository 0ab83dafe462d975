# Part of Integration Hub. License LGPL-3.0 or later.
"""Contacts that become customers of a shop, and what the shop's webhooks then tell of them."""

from odoo.tests import tagged

from .common import HubHttpCase, requests_to, sandbox


@tagged("post_install", "-at_install")
class TestShopCustomers(HubHttpCase):
    @classmethod
    def set_up_hub(cls):
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.shop = cls.connect_shopify(wanted=("customers_in", "customers_out"))
        cls.api = cls.shop._endpoint("outbound")
        cls.hook = cls.shop._endpoint("inbound")

    def ada(self):
        return self.env["res.partner"].create(
            {
                "name": "Ada Arden",
                "email": "ada@x.example",
                "phone": "02 555 01 23",
                "street": "Main 1",
                "city": "Ghent",
                "zip": "9000",
                "country_id": self.env.ref("base.be").id,
            }
        )

    def there(self, email="ada@x.example"):
        found = sandbox().control("GET", "/objects/shopify/customer")["objects"]
        (one,) = (each for each in found if each["email"] == email)
        return one

    def sent(self):
        self.drain()
        return self.events(self.api)[-1:]

    def told(self, document):
        """What became of the webhook about a customer as it is."""
        self.assertEqual(self.deliver(self.hook, document, topic="customers/update").status_code, 202)
        self.drain()
        return self.events(self.hook)[-1:]

    def test_the_flow_is_there_and_off_unless_wanted(self):
        shop = self.connect_shopify()
        states = {flow.template_key: flow.state for flow in shop.flow_ids}
        self.assertEqual((states["customers_out"], states["customers_in"]), ("off", "on"))

    def test_a_contact_becomes_a_customer_and_changes_follow(self):
        partner = self.ada()
        event = self.sent()
        self.assertEqual((event.state, event.error_message), ("done", False))
        there = self.there()
        place = there["default_address"]
        self.assertEqual((there["first_name"], there["last_name"], there["phone"]), ("Ada", "Arden", "+3225550123"))
        self.assertEqual((place["address1"], place["city"], place["country_code"]), ("Main 1", "Ghent", "BE"))
        self.assertEqual(event.external_id, there["admin_graphql_api_id"])
        partner.write({"city": "Bruges", "phone": False})
        self.assertEqual(self.sent().state, "done")
        self.assertEqual((self.there()["phone"], self.there()["default_address"]["city"]), (None, "Bruges"))

    def test_what_was_sent_comes_back_as_an_echo(self):
        partner = self.ada()
        self.sent()
        event = self.told(self.there())
        self.assertEqual((event.state, event.error_code, event.res_id), ("ignored", "echo", partner.id))
        self.assertEqual(partner.phone, "02 555 01 23", "as it was written, not as the shop writes it")
        asked = len(requests_to("shopify"))
        self.drain()
        self.assertEqual(len(requests_to("shopify")), asked, "and nothing goes out again")

    def test_a_change_in_the_shop_comes_in_and_is_not_sent_back(self):
        partner = self.ada()
        self.sent()
        there = self.there() | {"last_name": "King", "updated_at": "2099-01-01T00:00:00Z"}
        event = self.told(there)
        self.assertEqual((event.state, event.error_message), ("done", False))
        self.assertEqual((partner.name, event.res_id), ("Ada King", partner.id))
        self.env.cr.flush()
        self.drain()
        self.assertEqual(len(self.events(self.api)), 1)

    def test_a_refused_value_is_named_by_its_field(self):
        other = sandbox().control("GET", "/objects/shopify/customer")["objects"][0]
        self.env["res.partner"].create({"name": "Ada", "email": "ada@x.example", "phone": other["phone"]})
        event = self.sent()
        self.assertEqual((event.state, event.error_code), ("dead", "user-errors"))
        self.assertIn("phone", event.error_message)
        self.assertNotIn(other["phone"], event.error_message)
