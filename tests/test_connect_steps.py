# Part of Integration Hub. License LGPL-3.0 or later.
"""The set-up of a system, step by step, as an administrator takes them: left and taken up again, with wrong input."""

import os
import time
from unittest.mock import patch

from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from ..connectors import registry
from ..connectors.clock import ManualClock
from .common import HUBSPOT_SECRET, HUBSPOT_TOKEN, SHOPIFY_SECRET, SHOPIFY_TOKEN, HubCase, faults, requests_to, sandbox

SHOP = "larkfield-outfitters.myshopify.com"


class SetupCase(HubCase):
    @classmethod
    def set_up_hub(cls):
        cls.admin = cls.user("admin")
        cls.env["res.currency"].with_context(active_test=False).search([("name", "=", "USD")]).active = True

    def opened(self, action):
        """Return the wizard that an action opens, with nothing remembered of what was there before."""
        self.env.invalidate_all()
        return self.env["integration.connect"].with_user(self.admin).browse(action["res_id"])

    def tile(self, connector):
        return self.env["integration.catalogue"].with_user(self.admin).search([("connector", "=", connector)])

    def begun(self, connector="shopify"):
        wizard = self.opened(self.tile(connector).action_connect())
        self.assertEqual(wizard.step, "about")
        wizard.action_begin()
        return wizard

    def filled(self, **values):
        wizard = self.begun()
        given = {"shop": SHOP, "access_token": SHOPIFY_TOKEN, "api_url": f"{sandbox().url}/shopify"} | values
        self.enter(wizard, **given)
        return wizard

    def enter(self, wizard, **values):
        for line in wizard.field_ids.filtered(lambda line: line.name in values):
            line.value = values[line.name]

    def proved(self, **values):
        wizard = self.filled(**values)
        wizard.action_test()
        return wizard

    def found(self, wizard, state):
        """Return what a test found of a state, as text."""
        return [f"{each['text']} {each.get('hint')}" for each in wizard.findings if each["state"] == state]

    def grant(self, *scopes):
        settings = sandbox().core.settings.shopify
        self.startPatcher(patch.dict(settings.document, scopes=list(scopes)))

    def returns(self, wizard):
        """Leave, and come back by the card of the system."""
        return self.opened(wizard.system_id.with_user(self.admin).action_continue_setup())


@tagged("post_install", "-at_install")
class TestSteps(SetupCase):
    def test_from_the_tile_to_a_live_system(self):
        wizard = self.proved(webhook_secret=SHOPIFY_SECRET)
        self.assertEqual((wizard.step, wizard.has_bad), ("test", False))
        (found,) = self.found(wizard, "ok")
        self.assertEqual(found, "Signed in as Larkfield Outfitters USD · America/Phoenix · 2025-10")
        system = wizard.system_id
        self.assertEqual((system.lifecycle, system.setup_step, len(system.flow_ids)), ("planned", "test", 0))
        wizard.action_choose_flows()
        chosen = wizard.flow_ids.filtered("wanted").mapped("key")
        self.assertEqual(chosen, ["orders_in", "customers_in", "products_in"], "optional ones are for who asks")
        wizard.flow_ids.filtered(lambda line: line.key == "orders_in").wanted = False
        wizard.action_flows_chosen()
        self.assertEqual(wizard.step, "load")
        self.assertEqual(set(system.flow_ids.mapped("template_key")), {"customers_in", "products_in"})
        self.assertEqual(set(system.flow_ids.mapped("state")), {"off"}, "nothing flows before the last step")
        wizard.action_load_done()
        wizard.action_switch_on()
        self.assertEqual((system.lifecycle, system.setup_step, system.setup), ("live", False, False))
        self.assertEqual(
            {flow.template_key: flow.state for flow in system.flow_ids},
            {
                "customers_in": "on",
                "products_in": "on",
                "orders_in": "off",
                "customers_out": "off",
                "shipments_out": "off",
                "locations_in": "off",
                "stock_out": "off",
            },
        )
        self.assertTrue(wizard.is_on)
        self.assertIn("remote events are delivered", self.found(wizard, "ok")[-1])
        registered = sandbox().control("GET", "/webhooks")["registered"]
        topics = {topic.partition("/")[0] for webhook in registered for topic in webhook["topics"]}
        self.assertEqual(topics, {"customers", "products"})
        self.assertEqual(wizard.action_open_system()["res_id"], system.id)

    def test_each_step_goes_on_where_it_was_left(self):
        wizard = self.proved(webhook_secret=SHOPIFY_SECRET)
        before = len(requests_to("shopify"))
        wizard = self.returns(wizard)
        self.assertEqual((wizard.step, wizard.has_bad), ("test", False))
        self.assertGreater(len(requests_to("shopify")), before, "what a test found is not taken from yesterday")
        wizard.action_choose_flows()
        wizard.flow_ids.filtered(lambda line: line.key == "products_in").wanted = False
        wizard.action_flows_chosen()
        wizard = self.returns(wizard)
        self.assertEqual(wizard.step, "load")
        wizard.action_back()
        self.assertEqual(wizard.flow_ids.filtered("wanted").mapped("key"), ["orders_in", "customers_in"])
        wizard.action_back()
        wizard.action_back()
        self.assertEqual(wizard.step, "connect")
        wizard = self.returns(wizard)
        lines = {line.name: line for line in wizard.field_ids}
        self.assertEqual((lines["shop"].value, lines["api_url"].value), (SHOP, f"{sandbox().url}/shopify"))
        for name in ("access_token", "webhook_secret"):
            self.assertEqual((lines[name].stored, lines[name].value), (True, False), "secrets are not shown again")
        wizard.action_test()
        self.assertFalse(wizard.has_bad, "nor asked for again")
        self.assertEqual(self.env["integration.system"].search_count([("connector", "=", "shopify")]), 1)

    def test_going_back_and_forth_does_not_take_a_mark_for_a_secret(self):
        wizard = self.proved()
        wizard.action_back()
        wizard.action_test()
        self.assertFalse(wizard.has_bad)
        self.assertEqual(len(wizard.system_id.credential_ids.version_ids), 1)

    def test_what_is_missing_is_named_before_anything_is_kept(self):
        wizard = self.begun()
        with self.assertRaisesRegex(UserError, "Please fill in: Shop address, Admin API access token"):
            wizard.action_test()
        with self.assertRaisesRegex(UserError, "my-shop.myshopify.com"), self.env.cr.savepoint():
            self.filled(shop="www.example.com", api_url="").action_test()
        self.assertFalse(self.env["integration.system"].search([("connector", "=", "shopify")]))
        self.assertEqual(requests_to("shopify"), [])

    def test_a_second_shop_has_a_name_of_its_own(self):
        names = [self.proved().system_id.name for _time in range(2)]
        self.assertEqual(names, ["Shopify", "Shopify 2"])

    def test_only_administrators(self):
        for group in ("user", "consultant", "operator", "auditor"):
            with self.subTest(group), self.assertRaises(AccessError):
                self.tile("shopify").with_user(self.user(group)).action_connect()

    def test_nothing_chosen(self):
        wizard = self.proved()
        wizard.action_choose_flows()
        wizard.flow_ids.wanted = False
        with self.assertRaisesRegex(UserError, "at least one flow"):
            wizard.action_flows_chosen()

    def test_a_flow_whose_app_is_missing_names_the_app(self):
        wizard = self.begun()
        template = registry.get("shopify").flow_templates[0]
        values = wizard._prepare_flow(template, False)
        self.assertEqual((values["available"], values["wanted"], values["app"]), (False, False, "Sales"))

    def test_questions_have_nothing_to_load(self):
        wizard = self.begun("order_desk")
        self.enter(wizard, api_key="order-desk-sandbox", api_url=f"{sandbox().url}/order_desk")
        wizard.action_test()
        wizard.action_choose_flows()
        wizard.action_flows_chosen()
        self.assertEqual(wizard.step, "on")

    def test_a_shop_that_does_not_answer_when_webhooks_are_registered(self):
        """The flows are on; the cron registers the webhooks as soon as the shop answers."""
        wizard = self.proved(webhook_secret=SHOPIFY_SECRET)
        wizard.action_choose_flows()
        wizard.action_flows_chosen()
        wizard.action_load_done()
        faults({"vendor": "shopify", "kind": "status", "status": 503})
        wizard.action_switch_on()
        hook = wizard.system_id._endpoint("inbound")
        self.assertEqual((wizard.is_on, hook.webhooks_managed, hook.webhooks_checked_at), (True, True, False))
        self.assertIn("503", self.found(wizard, "warn")[-1])

    def test_webhooks_that_a_person_has_to_register(self):
        wizard = self.begun("hubspot")
        self.enter(wizard, access_token=HUBSPOT_TOKEN, client_secret=HUBSPOT_SECRET, api_url=f"{sandbox().url}/hubspot")
        wizard.action_test()
        wizard.action_choose_flows()
        wizard.action_flows_chosen()
        wizard.action_load_done()
        wizard.action_switch_on()
        (found,) = self.found(wizard, "warn")
        hook = wizard.system_id._endpoint("inbound")
        self.assertIn("registered by a person", found)
        self.assertTrue(found.endswith(hook.webhook_url), "the address to enter there")

    def test_a_server_that_is_not_ready_says_so_before_anything_is_typed(self):
        for option, value, words in (
            ("ENVIRONMENT", "", "which environment"),
            ("ENVIRONMENT", "staging", "environment = staging: unknown"),
            ("MASTER_KEYS", "", "no encryption key"),
            ("MASTER_KEYS", "main:short", "entry 1 is not"),
        ):
            with self.subTest(words), patch.dict(os.environ, {f"INTEGRATION_HUB_{option}": value}):
                self.env["integration.environment"].invalidate_model()
                about = self.opened(self.tile("shopify").action_connect()).about
                self.assertIn(words, about)
                self.assertIn("/odoo/integration-readiness", about)
        self.assertNotIn("integration-readiness", self.opened(self.tile("shopify").action_connect()).about)

    def test_the_first_load_is_the_systems(self):
        wizard = self.proved()
        wizard.action_choose_flows()
        wizard.action_flows_chosen()
        action = wizard.action_first_load()
        load = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(load.system_id, wizard.system_id)
        self.assertEqual(self.returns(wizard).load_state, "draft")
        self.assertEqual(wizard.action_first_load()["res_id"], load.id, "not a second one")
        self.assertEqual(self.opened(load.with_user(self.admin).action_continue_setup()).step, "load")


@tagged("post_install", "-at_install")
class TestFindings(SetupCase):
    def test_the_key_is_refused_and_corrected(self):
        wizard = self.proved(access_token="shpat_revoked")
        (found,) = self.found(wizard, "bad")
        self.assertIn("does not accept the key (401)", found)
        self.assertIn("API credentials", wizard.field_ids.filtered(lambda line: line.name == "access_token").help)
        for word in ("Traceback", "Unauthorized", "shpat_revoked"):
            self.assertNotIn(word, found)
        with self.assertRaisesRegex(UserError, "test has to be passed"):
            wizard.action_choose_flows()
        wizard = self.returns(wizard)
        self.assertEqual((wizard.step, wizard.has_bad), ("test", True))
        wizard.action_back()
        self.enter(wizard, access_token=SHOPIFY_TOKEN)
        wizard.action_test()
        self.assertEqual((wizard.has_bad, len(self.found(wizard, "ok"))), (False, 1))

    def test_the_key_of_another_shop(self):
        wizard = self.proved(shop="somebody-else.myshopify.com")
        (found,) = self.found(wizard, "bad")
        self.assertIn(f"opens the shop Larkfield Outfitters ({SHOP}), not somebody-else.myshopify.com", found)
        self.assertIn("correct the shop address", found)

    def test_no_such_shop(self):
        (found,) = self.found(self.proved(api_url=f"{sandbox().url}/nothing-here"), "bad")
        self.assertIn("There is no shop at", found)

    def test_nobody_there(self):
        (found,) = self.found(self.proved(api_url="http://127.0.0.1:9"), "bad")
        self.assertNotIn("Traceback", found)
        self.assertIn("127.0.0.1:9", found)

    def test_a_missing_scope_says_what_for_and_where_and_keeps_its_flows_off(self):
        others = (
            "write_merchant_managed_fulfillment_orders",
            "read_customer_merge",
            "read_locations",
            "write_inventory",
        )
        self.grant("read_orders", "read_products", "write_customers", *others)
        self.assertEqual(self.found(self.proved(), "warn"), [], "who may write customers may read them")
        self.grant("read_orders", "read_products", "write_customers", *(set(others) - {"read_customer_merge"}))
        wizard = self.proved()
        self.assertIn("merged customers stay two contacts", self.found(wizard, "warn")[0])
        wizard.action_choose_flows()
        self.assertTrue(
            wizard.flow_ids.filtered(lambda line: line.key == "customers_in").wanted, "all else of it works"
        )
        self.grant("read_orders", "read_products", *others)
        wizard = self.proved()
        read, write = self.found(wizard, "warn")
        self.assertIn("Scope read_customers is missing: customers cannot be read. Shopify admin → Settings", read)
        self.assertIn("contacts cannot be sent to the shop", write)
        wizard.action_choose_flows()
        lines = {line.key: (line.available, line.wanted, line.scopes) for line in wizard.flow_ids}
        self.assertEqual(lines["customers_in"], (False, False, "read_customers"))
        self.assertEqual(lines["orders_in"], (True, True, ""))
        wizard.action_flows_chosen()
        wizard.action_load_done()
        wizard.action_switch_on()
        self.assertEqual(wizard.system_id.action_check()["params"]["type"], "success", "of flows that are off: no word")
        self.grant("read_products")
        told = wizard.system_id.action_check()["params"]
        self.assertEqual(told["type"], "warning")
        self.assertIn("read_orders", told["message"])

    def test_this_servers_clock_is_wrong(self):
        from ..models import connection

        for ahead, words in ((600, "ahead of"), (-7200, "behind")):
            with self.subTest(ahead), patch.object(connection, "CLOCK", ManualClock(time.time() + ahead)):
                (found,) = self.found(self.proved(), "warn")
                self.assertIn(f"clock is {abs(ahead) // 60}:0", found.replace("9:59", "10:00").replace("119:", "120:"))
                self.assertIn(words, found)
                self.assertIn("timedatectl set-ntp true", found)

    def test_a_currency_that_is_switched_off(self):
        self.env["res.currency"].with_context(active_test=False).search([("name", "=", "XAF")]).active = False
        self.startPatcher(patch.dict(sandbox().core.settings.shopify.document, currency="XAF"))
        (found,) = self.found(self.proved(), "warn")
        self.assertIn("XAF, which is switched off in Odoo", found)

    def test_another_address_asks_for_the_secret_again(self):
        wizard = self.proved()
        wizard.action_back()
        self.enter(wizard, api_url="https://evil.example.com")
        with self.assertRaisesRegex(UserError, "enter Admin API access token for it again"), self.env.cr.savepoint():
            wizard.action_test()
        self.enter(wizard, api_url=f"{sandbox().url}/nothing-here/../shopify")
        wizard.action_test()
        self.assertEqual(wizard.system_id.credential_ids.origins, sandbox().url, "the same host needs none")

    def test_another_environment_asks_for_keys_of_its_own(self):
        wizard = self.proved()
        self.startPatcher(patch.dict(os.environ, {"INTEGRATION_HUB_ENVIRONMENT": "development"}))
        self.env.registry.clear_cache()
        wizard = self.returns(wizard)
        self.assertIn("no keys for this server's environment", self.found(wizard, "bad")[0])
        wizard.action_back()
        with self.assertRaisesRegex(UserError, "Please fill in: Admin API access token"):
            wizard.action_test()
        self.enter(wizard, access_token=SHOPIFY_TOKEN)
        wizard.action_test()
        self.assertFalse(wizard.has_bad)
        self.assertEqual(set(wizard.system_id.credential_ids.environment_id.mapped("code")), {"test", "development"})

    def test_a_private_network_says_what_to_add(self):
        from ..models import connection

        with patch.dict(os.environ, {"INTEGRATION_HUB_ALLOWED_NETWORKS": ""}):
            connection._transport.cache_clear()
            self.addCleanup(connection._transport.cache_clear)
            (found,) = self.found(self.proved(), "bad")
        self.assertIn("allowed_networks", found)


@tagged("post_install", "-at_install")
class TestCatalogue(SetupCase):
    def test_a_tile_for_each_connector(self):
        tiles = self.env["integration.catalogue"].with_user(self.admin).search([])
        self.assertEqual(tiles.mapped("connector"), list(registry.CONNECTORS))
        for tile, connector in zip(tiles, registry.CONNECTORS.values(), strict=True):
            self.assertEqual(
                (tile.name, tile.summary, tile.is_preview),
                (connector.title, connector.summary, connector.is_preview()),
            )

    def test_it_is_searched_by_what_it_does(self):
        found = self.env["integration.catalogue"].search([("objects", "ilike", "order"), ("into_odoo", "=", True)])
        self.assertEqual(found.mapped("connector"), ["shopify"])

    def test_it_counts_the_systems_that_one_may_see(self):
        self.connect_shopify(wanted=())
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        System = self.env["integration.system"]
        System.create({"name": "Theirs", "connector": "shopify", "lifecycle": "live", "company_id": elsewhere.id})
        System.create({"name": "Begun", "connector": "shopify"})
        self.assertEqual(self.tile("shopify").system_count, 1)
        self.assertEqual(self.tile("hubspot").system_count, 0)

    def test_about_says_what_it_does_needs_and_how_that_is_known(self):
        wizard = self.opened(self.tile("shopify").action_connect())
        for words in ("becomes a sales order", "read_orders", "Own sandbox", "API version 2025-10", "Preview"):
            self.assertIn(words, wizard.about)


@tagged("post_install", "-at_install")
class TestEndpointForm(HubCase):
    def test_four_visible_fields(self):
        """Name, system, address, credential: the rest is on the pages, below Advanced."""
        arch = self.env["integration.endpoint"].with_user(self.user("admin")).get_views([(False, "form")])
        sheet = etree.fromstring(arch["views"]["form"]["arch"]).find("sheet")
        hidden = {node for page in sheet.iter("page", "button", "widget") for node in page.iter("field")}
        for direction in ("inbound", "outbound"):
            record = {"direction": direction, "for_jobs": False, "id": 1}
            shown = [
                field.get("name")
                for field in sheet.iter("field")
                if field not in hidden and not safe_eval(field.get("invisible", "0"), record)
            ]
            with self.subTest(direction):
                address = "webhook_url" if direction == "inbound" else "url"
                self.assertEqual(shown, ["name", "system_id", address, "credential_id"])
