# Part of Integration Hub. License LGPL-3.0 or later.
"""Connecting a system, fetching one object, and what the installation leaves behind."""

import os
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..connectors import entities, registry
from ..hooks import post_init_hook
from .common import HUBSPOT_TOKEN, SHOPIFY_SECRET, SHOPIFY_TOKEN, HubCase, own_payload, requests_to, sandbox


@tagged("post_install", "-at_install")
class TestConnect(HubCase):
    @classmethod
    def set_up_hub(cls):
        cls.admin = cls.user("admin")

    def wizard(self, connector="hubspot", **values):
        wizard = self.env["integration.connect"].with_user(self.admin).create({"connector": connector, "name": "New"})
        for line in wizard.field_ids:
            if line.name in values:
                line.value = values[line.name]
        return wizard

    def crm(self, token=HUBSPOT_TOKEN, **values):
        return self.wizard(access_token=token, api_url=f"{sandbox().url}/hubspot", **values)

    def test_connect(self):
        action = self.crm(client_secret="hubspot-sandbox-secret").action_connect()
        system = self.env["integration.system"].browse(action["res_id"])
        self.assertEqual((system.connector, system.lifecycle, system.company_id), ("hubspot", "live", self.env.company))
        api, hook = system._endpoint("outbound"), system._endpoint("inbound")
        self.assertEqual((api.state, api.origin), ("active", sandbox().url))
        self.assertEqual((hook.scheme, hook.state, hook.origin), ("hubspot", "active", "inbound"))
        self.assertGreaterEqual(len(hook.slug), 16)
        self.assertIn(f"/integration/webhook/{hook.slug}", hook.webhook_url)
        self.assertTrue(api.credential_id.has_secret and hook.credential_id.has_secret)
        self.assertNotEqual(api.credential_id, hook.credential_id)
        self.assertEqual((api.credential_id.origins, hook.credential_id.origins), (sandbox().url, "inbound"))
        self.assertNotIn(HUBSPOT_TOKEN, str(system.read()) + str(system.settings))
        templates = registry.get("hubspot").flow_templates
        self.assertEqual(set(system.flow_ids.mapped("template_key")), {template.key for template in templates})
        states = {flow.template_key: flow.state for flow in system.flow_ids}
        self.assertEqual(states, {each.key: "off" if each.optional else "on" for each in templates})
        self.assertTrue(requests_to("hubspot"), "proved with the system itself")

    def test_asks_for_what_the_connector_needs(self):
        wizard = self.env["integration.connect"].with_user(self.admin).create({"connector": "shopify"})
        self.assertEqual(wizard.name, "Shopify")
        self.assertEqual(wizard.field_ids.mapped("name"), [field.name for field in registry.get("shopify").settings])

    def test_missing_fields_are_named(self):
        with self.assertRaisesRegex(UserError, "Please fill in: Shop address, Admin API access token"):
            self.wizard("shopify").action_connect()
        self.assertFalse(self.env["integration.system"].search([("name", "=", "New")]))

    def test_wrong_token(self):
        with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
            self.crm("pat-wrong").action_connect()
        text = str(caught.exception)
        for part in ("Traceback", "Error(", "pat-wrong"):
            self.assertNotIn(part, text)
        self.assertGreater(len(text), 20)
        self.assertFalse(self.env["integration.system"].search([("name", "=", "New")]), "nothing half-made")

    def test_missing_scopes_warn(self):
        settings = sandbox().core.settings.hubspot
        scopes = [scope for scope in settings.scopes if "companies.read" not in scope]
        self.startPatcher(patch.dict(settings.document, scopes=scopes))
        system = self.crm()._create_system(check=False)
        answer = system.action_check()["params"]
        self.assertEqual((answer["type"], answer["sticky"]), ("warning", True))
        self.assertIn("crm.objects.companies.read", answer["message"])

    def test_invalid_shop(self):
        with self.assertRaisesRegex(UserError, "my-shop.myshopify.com"), self.env.cr.savepoint():
            self.wizard("shopify", shop="www.example.com", access_token="x").action_connect()

    def test_nobody_there(self):
        with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
            self.wizard(access_token="x", api_url="http://127.0.0.1:9").action_connect()
        self.assertNotIn("Traceback", str(caught.exception))

    def test_private_addresses_are_refused_unless_allowed(self):
        from ..models import connection

        with patch.dict(os.environ, {"INTEGRATION_HUB_ALLOWED_NETWORKS": ""}):
            connection._transport.cache_clear()
            self.addCleanup(connection._transport.cache_clear)
            with self.assertRaises(UserError), self.env.cr.savepoint():
                self.crm().action_connect()
        self.assertEqual(requests_to("hubspot"), [])

    def test_server_without_an_environment(self):
        with (
            patch.dict(os.environ, {"INTEGRATION_HUB_ENVIRONMENT": ""}),
            self.assertRaisesRegex(UserError, "does not say which environment"),
        ):
            self.crm().action_connect()

    def test_unwanted_flows_stay_off(self):
        wizard = self.crm()
        wizard.flow_ids.filtered(lambda line: line.key != "contacts_in").wanted = False
        system = wizard._create_system()
        self.assertEqual(
            {flow.template_key: flow.state for flow in system.flow_ids},
            {
                "contacts_in": "on",
                "contacts_out": "off",
                "companies_in": "off",
                "companies_out": "off",
                "deals_in": "off",
                "deals_out": "off",
            },
        )

    def test_a_typed_secret_is_in_no_row_of_the_wizard(self):
        wizard = self.wizard(
            "shopify", access_token=SHOPIFY_TOKEN, webhook_secret=SHOPIFY_SECRET, shop="a.myshopify.com"
        )
        self.env.flush_all()
        self.env.cr.execute("SELECT * FROM integration_connect_field WHERE wizard_id = %s", [wizard.id])
        rows = str(self.env.cr.fetchall())
        for secret in (SHOPIFY_TOKEN, SHOPIFY_SECRET):
            self.assertNotIn(secret, rows)
            self.assertNotIn(secret, str(wizard.field_ids.read()))
        self.assertIn("a.myshopify.com", rows)
        spoofed = wizard.field_ids.filtered("is_secret")[:1]
        spoofed.write({"is_secret": False, "value": "typed-again"})
        self.env.flush_all()
        self.env.cr.execute("SELECT value FROM integration_connect_field WHERE id = %s", [spoofed.id])
        self.assertNotEqual(self.env.cr.fetchone(), ("typed-again",), "what is secret is not for the browser to say")


@tagged("post_install", "-at_install")
class TestFetch(HubCase):
    @classmethod
    def set_up_hub(cls):
        cls.operator = cls.user("operator")
        cls.shop = cls.connect_shopify(wanted=("customers_in", "products_in"))
        cls.crm = cls.connect_hubspot(wanted=("contacts_in",))

    def fetch(self, system, key, external_id):
        flow = system.flow_ids.filtered(lambda flow: flow.template_key == key)
        wizard = (
            self.env["integration.fetch"]
            .with_user(self.operator)
            .create({"flow_id": flow.id, "external_id": external_id})
        )
        return self.env["integration.event"].browse(wizard.action_fetch()["res_id"])

    def shop_objects(self, kind):
        return sandbox().control("GET", f"/objects/shopify/{kind}")["objects"]

    def test_by_graphql_id(self):
        customer = self.shop_objects("customer")[0]
        event = self.fetch(self.shop, "customers_in", f" gid://shopify/Customer/{customer['id']} ")
        self.assertEqual((event.state, event.topic), ("pending", "customer.fetched"))
        self.drain()
        self.assertEqual((event.state, event.error_message), ("done", False))
        self.assertEqual(self.env["res.partner"].browse(event.res_id).email, customer["email"])

    def test_by_number_is_the_same_object_and_waits_behind_its_webhook(self):
        customer = self.shop_objects("customer")[0]
        by_gid = self.fetch(self.shop, "customers_in", f"gid://shopify/Customer/{customer['id']}")
        by_number = self.fetch(self.shop, "customers_in", str(customer["id"]))
        self.drain()
        self.assertEqual(by_gid.partition_key, by_number.partition_key, "one object, one order")
        self.assertEqual((by_gid.error_code, by_number.state), ("superseded", "done"))

    def test_unknown(self):
        with self.assertRaisesRegex(UserError, "has no customer with the id"):
            self.fetch(self.shop, "customers_in", "gid://shopify/Customer/999999999")
        with self.assertRaisesRegex(UserError, "has no contact with the id 42"):
            self.fetch(self.crm, "contacts_in", "42")

    def test_no_id(self):
        for wrong in ("x' OR 1=1", "gid://shopify/Order/1", "https://evil.example"):
            with self.subTest(wrong), self.assertRaises(UserError) as caught:
                self.fetch(self.shop, "customers_in", wrong)
            self.assertNotIn("Traceback", str(caught.exception))

    def test_wrong_token(self):
        credential = self.shop._endpoint("outbound").credential_id
        credential.secret = "shpat_wrong"
        credential.action_retire_previous()
        with self.assertRaises(UserError) as caught:
            self.fetch(self.shop, "customers_in", "gid://shopify/Customer/1")
        self.assertNotIn("shpat_wrong", str(caught.exception))

    def test_no_api_endpoint(self):
        self.shop._endpoint("outbound").active = False
        with self.assertRaisesRegex(UserError, "has no API endpoint"):
            self.fetch(self.shop, "customers_in", "gid://shopify/Customer/1")


@tagged("post_install", "-at_install")
class TestInstallation(HubCase):
    def test_hook_twice(self):
        for _time in range(2):
            post_init_hook(self.env)
        self.assertEqual(sorted(self.env["integration.entity"].search([]).mapped("code")), sorted(entities.ENTITIES))
        entity = self.env["integration.entity"].search([("code", "=", "contact")])
        entity.name, entity.field_ids[0].data_class = "Person", "personal"
        before = len(entity.field_ids)
        post_init_hook(self.env)
        self.assertEqual(
            (entity.name, entity.field_ids[0].data_class, len(entity.field_ids)), ("Person", "personal", before)
        )

    def test_library_objects_are_complete(self):
        for entity in self.env["integration.entity"].search([]):
            self.assertEqual(entity.schema, entities.load(entity.code))
            self.assertEqual(set(entity.field_ids.mapped("path")), set(entities.fields(entity.code)))

    def test_tables_of_the_engine_are_made_twice(self):
        self.env["integration.event"].init()
        self.env["integration.event"].init()

    def test_what_the_log_names_stays(self):
        shop = self.connect_shopify()
        event = self.receive(shop, own_payload("shopify/customers__update"), topic="customers/update")
        flow = event.flow_id
        for record in (flow, event.endpoint_id, shop):
            with self.subTest(record._name), self.assertRaisesRegex(UserError, "Archive it"), self.env.cr.savepoint():
                record.unlink()
        self.drain()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            shop.unlink()
        for record in (flow, shop):
            record.active = False

    def test_unused_system_can_go(self):
        shop = self.connect_shopify(wanted=())
        shop.flow_ids.unlink()
        parts = (shop.endpoint_ids, shop.credential_ids, shop.credential_ids.version_ids)
        shop.unlink()
        self.assertFalse(any(part.exists() for part in parts))

    def test_names_are_unique_in_a_company(self):
        from psycopg2 import errors

        from odoo.tools import mute_logger

        shop = self.connect_shopify(wanted=())
        with mute_logger("odoo.sql_db"), self.assertRaises(errors.UniqueViolation), self.env.cr.savepoint():
            self.env["integration.system"].create({"name": shop.name, "connector": "shopify"})

    def test_slugs(self):
        from odoo.exceptions import ValidationError

        hook = self.connect_shopify(wanted=())._endpoint("inbound")
        for wrong in ("a b", "../x", "a/b", "a?b", "%00"):
            with self.subTest(wrong), self.assertRaises(ValidationError):
                hook.slug = wrong
