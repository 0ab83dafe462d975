# Part of Integration Hub. License LGPL-3.0 or later.
"""What somebody would try with a described API: another's description, a silent change, a mapping nobody approved."""

import json

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..connectors.errors import ConfigurationError
from ..models import connection
from .common import sandbox
from .test_rest import CONTACTS, RestCase


@tagged("post_install", "-at_install")
class TestRestAttacks(RestCase):
    @classmethod
    def set_up_hub(cls):
        cls.users = {name: cls.user(name) for name in ("user", "consultant", "operator", "approver", "auditor")}
        return super().set_up_hub()

    def definition(self, system):
        return json.loads(json.dumps(system.settings["definition"]))

    def last_words(self, system):
        return system.message_ids[:1].body or ""

    def test_who_is_no_administrator_changes_no_description_and_no_signature(self):
        system = self.connected()
        hook = system._endpoint("inbound")
        hook.write({"scheme": "hmac", "option_ids": [Command.create({"name": "signature_header", "value": "X-A"})]})
        option = hook.option_ids[:1]
        before = dict(system.settings)
        attempts = (
            lambda env: env["integration.system"].browse(system.id).write({"rest_base_url": "https://evil.example"}),
            lambda env: env["integration.system"].browse(system.id).write({"settings": {}}),
            lambda env: env["integration.system"].browse(system.id).action_rest_add_flows(),
            lambda env: env["integration.rest.resource"].browse(system.rest_resource_ids.id).write({"id_path": "x"}),
            lambda env: env["integration.rest.rule"].browse(system.rest_rule_ids.id).unlink(),
            lambda env: env["integration.rest.rule"].create(
                {"system_id": system.id, "resource_id": system.rest_resource_ids.id}
            ),
            lambda env: env["integration.endpoint"].browse(hook.id).write({"scheme": "basic"}),
            lambda env: env["integration.endpoint"].browse(hook.id).write({"option_ids": [Command.delete(option.id)]}),
            lambda env: env["integration.endpoint.option"].browse(option.id).write({"value": "x"}),
            lambda env: env["integration.endpoint.option"].browse(option.id).unlink(),
        )
        for name, user in self.users.items():
            for place, attempt in enumerate(attempts):
                with self.subTest(name, place=place), self.assertRaises(AccessError), self.env.cr.savepoint():
                    attempt(self.env(user=user))
        system.invalidate_recordset()
        self.assertEqual(system.settings, before)
        self.assertEqual(hook.scheme, "hmac")

    def test_settings_written_past_the_form_are_checked_shown_and_told(self):
        system = self.connected()
        definition = self.definition(system)
        wrong = {**definition, "base_url": "ftp://example.com"}
        with self.assertRaisesRegex(ValidationError, "https://"), self.env.cr.savepoint():
            system.write({"settings": {**system.settings, "definition": wrong}})
        system.invalidate_recordset()
        self.assertEqual(system.settings["definition"], definition)
        definition["resources"][0]["read"]["path"] = "/elsewhere/{id}"
        system.write({"settings": {**system.settings, "definition": json.dumps(definition)}})
        self.assertEqual(system.rest_resource_ids.read_path, "/elsewhere/{id}")
        self.assertEqual(system.settings["definition"], definition)
        self.assertIn("/elsewhere/{id}", self.last_words(system))

    def test_no_context_that_a_browser_sends_keeps_a_change_quiet(self):
        system = self.connected()
        for value in (True, "integration_rest_quiet", 1):
            quiet = system.with_context(integration_rest_quiet=value)
            quiet.rest_base_url = f"https://{value}.example.com"
            self.assertEqual(system.settings["definition"]["base_url"], f"https://{value}.example.com")
            self.assertIn("base_url", self.last_words(system))

    def test_what_is_typed_stays_text_in_the_chatter(self):
        system = self.connected()
        system.rest_resource_ids.title = "<img src=x onerror=alert(1)>"
        self.assertIn("&lt;img", self.last_words(system))
        self.assertNotIn("<img", self.last_words(system))
        hook = system._endpoint("inbound")
        hook.write({"scheme": "hmac", "option_ids": [Command.create({"name": "signature_header", "value": "X-A"})]})
        hook.option_ids.filtered(lambda line: line.name == "prefix").value = "<script>"
        self.assertIn("&lt;script&gt;", self.last_words(hook))
        self.assertNotIn("<script>", self.last_words(hook))

    def test_a_signature_setting_that_is_replaced_is_told_too(self):
        hook = self.connected()._endpoint("inbound")
        hook.write({"scheme": "hmac", "option_ids": [Command.create({"name": "signature_header", "value": "X-A"})]})
        line = hook.option_ids.filtered(lambda line: line.name == "signature_header")
        hook.write(
            {
                "option_ids": [
                    Command.delete(line.id),
                    Command.create({"name": "signature_header", "value": "X-Chosen-By-Me"}),
                ]
            }
        )
        self.assertIn("X-Chosen-By-Me", " ".join(hook.message_ids.mapped("body")))

    def test_a_description_names_models_as_text_and_gets_no_flow_to_those_that_decide_who_may_what(self):
        system = self.connected()
        system._rest_offer_flows()
        definition = self.definition(system)
        for model in ("res.users", "ir.config_parameter", "ir.cron", "integration.system"):
            definition["flows"][0]["model"] = model
            system._rest_load(definition)
            with self.subTest(model), self.assertRaises(UserError), self.env.cr.savepoint():
                system.action_rest_add_flows()

    def test_a_description_approves_no_mapping_of_its_own_by_what_stands_beside_the_lines(self):
        system = self.connected()
        system._rest_offer_flows()
        definition = self.definition(system)
        definition["mappings"]["contact_in"]["mode"] = "lenient"
        definition["mappings"]["contact_out"]["title"] = "Only a title"
        system._rest_load(definition)
        system.action_rest_add_flows()
        flows = {flow.direction: flow for flow in system.flow_ids}
        self.assertFalse(flows["inbound"].mapping_id.version_id)
        self.assertEqual(flows["outbound"].mapping_id.version_id.state, "approved")

    def test_a_token_of_another_description_is_not_sent_on(self):
        system = self.connected()
        facts = connection.connector_facts(system._endpoint("outbound"))
        stores = {}
        for name, change in (
            ("as it is", {}),
            ("again", {}),
            ("address", {"api_url": "https://other.example.com"}),
            ("scope", {"definition": {**facts["settings"]["definition"], "title": "Another"}}),
        ):
            settings = {**facts["settings"], **change}
            stores[name] = connection.token_store({**facts, "settings": settings})
        self.assertIs(stores["as it is"], stores["again"])
        self.assertEqual(len(set(map(id, stores.values()))), 3)
        self.assertIsNot(stores["as it is"], connection.token_store({**facts, "secret": "another"}))

    def test_a_mapping_of_a_description_belongs_to_its_company(self):
        system = self.connected()
        system.action_rest_add_flows()
        flow = system.flow_ids.filtered(lambda flow: flow.direction == "inbound")
        self.assertEqual(flow.mapping_id.company_id, system.company_id)
        self.assertFalse(flow.record_mapping_id.company_id)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self.user("consultant", company_id=other.id, company_ids=[Command.set(other.ids)])
        self.assertFalse(self.env["integration.mapping"].with_user(stranger).search([("id", "=", flow.mapping_id.id)]))

    def test_a_rule_is_about_an_object_of_its_own_system(self):
        mine, other = self.connected(), self.connected(name="Another CRM")
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.env["integration.rest.rule"].create(
                {"system_id": mine.id, "resource_id": other.rest_resource_ids.id, "topic": "x.*"}
            )

    def test_an_object_that_moves_leaves_the_description_it_came_from(self):
        first, second = self.connected(), self.connected(name="Another CRM")
        first.rest_rule_ids.unlink()
        second.rest_rule_ids.unlink()
        second.rest_resource_ids.unlink()
        first.rest_resource_ids.system_id = second
        self.assertEqual(first.settings["definition"]["resources"], [])
        self.assertEqual(second.settings["definition"]["resources"][0]["name"], "contact")

    def test_a_token_address_in_a_private_network_gets_no_secret(self):
        system = self.connected()
        system.write(
            {
                "rest_auth_kind": "oauth_client_credentials",
                "rest_token_url": "https://169.254.169.254/token",
                "rest_client_id": "hub",
            }
        )
        api = system._endpoint("outbound")
        api.credential_id.write({"origins": api.secret_origins, "secret": "entered for both"})
        with self.assertRaisesRegex(UserError, "allowed_networks"):
            system.action_check()

    def test_an_id_leads_to_no_other_path(self):
        system = self.connected()
        connector = connection.open_connector(system._endpoint("outbound"))
        for external_id in ("..", ".", "a\nb", "../../../__sandbox/reset", "1?x=2", "1#x", "//127.0.0.1:1/x", "%2e%2e"):
            with self.subTest(external_id):
                try:
                    found = connector.fetch("contact", external_id)
                except ConfigurationError as refusal:
                    self.assertIn(refusal.code, ("invalid-identifier", "invalid-url"))
                else:
                    self.assertIsNone(found)
        paths = {entry["path"] for entry in sandbox().control("GET", "/journal?vendor=hubspot&direction=in")["entries"]}
        self.assertTrue(all(path.startswith((f"{CONTACTS}/", f"/hubspot{CONTACTS}/", "/")) for path in paths), paths)
