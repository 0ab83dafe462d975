# Part of Integration Hub. License LGPL-3.0 or later.
"""An API that nobody wrote a connector for, described in the screens alone: both ways, with a real HTTP server.

The server is the sandbox's CRM, of which the hub here knows nothing but what is typed.
"""

import json

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import HUBSPOT_SECRET, HUBSPOT_TOKEN, HubCase, crm_objects, requests_to, sandbox

CONTACTS = "/crm/v3/objects/contacts"
CONTACT = {
    "title": "Contact",
    "name": "contact",
    "version_path": "updatedAt",
    "list_path": CONTACTS,
    "list_items": "results",
    "list_params": "properties=firstname,lastname,email",
    "paginator": "cursor",
    "page_param": "after",
    "page_next": "paging.next.after",
    "page_size": 5,
    "read_path": CONTACTS + "/{id}",
    "create_path": CONTACTS,
    "update_path": CONTACTS + "/{id}",
    "delete_path": CONTACTS + "/{id}",
}


class RestCase(HubCase):
    @classmethod
    def set_up_hub(cls):
        cls.entity = cls.env["integration.entity"].search([("code", "=", "contact")])

    def wizard(self, **values):
        wizard = self.env["integration.connect"].create(
            {
                "connector": "generic_rest",
                "name": "Some CRM",
                "rest_base_url": f"{sandbox().url}/hubspot",
                "rest_check_path": "/account-info/v3/details",
                **values,
            }
        )
        keys = {"api_key": HUBSPOT_TOKEN, "webhook_secret": HUBSPOT_SECRET}
        for line in wizard.field_ids.filtered(lambda line: line.name in keys):
            line.value = keys[line.name]
        return wizard

    def connected(self, **values):
        """Return a connected system with one object, described as a person does it."""
        system = self.env["integration.system"].browse(self.wizard(**values).action_connect()["res_id"])
        system.write(
            {
                "rest_resource_ids": [Command.create({**CONTACT, "entity_id": self.entity.id})],
                "rest_webhook_topic": "subscriptionType",
            }
        )
        system.rest_rule_ids = [
            Command.create({"topic": "contact.*", "resource_id": system.rest_resource_ids.id, "id_path": "objectId"})
        ]
        return system


@tagged("post_install", "-at_install")
class TestRestDescription(RestCase):
    def test_connecting_asks_for_no_code(self):
        system = self.connected()
        api = system._endpoint("outbound")
        self.assertEqual((api.origin, api.credential_id.origins), (sandbox().url, sandbox().url))
        definition = system.settings["definition"]
        self.assertEqual(definition["auth"], {"kind": "bearer"})
        (resource,) = definition["resources"]
        self.assertEqual(
            resource["list"],
            {
                "path": CONTACTS,
                "items": "results",
                "params": {"properties": "firstname,lastname,email"},
                "paginator": {"kind": "cursor", "param": "after", "cursor": "paging.next.after", "size": 5},
            },
        )
        self.assertEqual(definition["webhook"]["rules"][0]["topic"], "contact.*")
        self.assertIn("success", str(system.action_check()))

    def test_what_was_written_by_hand_survives_the_form(self):
        system = self.connected()
        definition = json.loads(json.dumps(system.settings["definition"]))
        definition["headers"] = {"X-Region": "eu"}
        definition["resources"][0]["find"] = [
            {"path": f"{CONTACTS}/search", "method": "POST", "json": {"q": "{payload.email}"}, "items": "results"}
        ]
        definition["check"]["details"] = {"Zone": "timeZone"}
        system._rest_load(definition)
        self.assertEqual(system.settings["definition"], definition)
        system.rest_check_name = "portalId"
        definition["check"]["name"] = "portalId"
        self.assertEqual(system.settings["definition"], definition)

    def test_a_pasted_description_fills_the_form(self):
        definition = self.connected().settings["definition"]
        wizard = self.wizard(name="Pasted")
        wizard.field_ids.filtered(lambda line: line.name == "definition").value = json.dumps(definition)
        system = self.env["integration.system"].browse(wizard.action_connect()["res_id"])
        self.assertEqual(system.rest_resource_ids.mapped("read_path"), [CONTACTS + "/{id}"])
        self.assertEqual(system.rest_rule_ids.resource_id, system.rest_resource_ids)
        self.assertEqual(system.settings["definition"], definition)

    def test_mistakes_are_named_and_change_nothing(self):
        system = self.connected()
        before = dict(system.settings)
        resource = system.rest_resource_ids
        for change, words in (
            ({"rest_resource_ids": [Command.update(resource.id, {"read_path": "contacts/{id}"})]}, "/read/path"),
            ({"rest_resource_ids": [Command.update(resource.id, {"read_path": "/contacts/{key}"})]}, "key"),
            ({"rest_resource_ids": [Command.update(resource.id, {"id_path": "a["})]}, "a\\["),
            ({"rest_resource_ids": [Command.update(resource.id, {"name": "No Name"})]}, "/name"),
            ({"rest_base_url": "ftp://example.com"}, "https://"),
            ({"rest_auth_kind": "header"}, "name"),
            ({"rest_check_path": False}, "check"),
        ):
            with self.subTest(words), self.assertRaisesRegex(ValidationError, words), self.env.cr.savepoint():
                system.write(change)
            system.invalidate_recordset()
            self.assertEqual(system.settings, before)

    def test_a_change_is_told_in_the_chatter(self):
        system = self.connected()
        system.rest_resource_ids.write({"read_path": "/v2/contacts/{id}"})
        body = system.message_ids[:1].body
        self.assertIn("resources.contact.read.path", body)
        self.assertIn("/v2/contacts/{id}", body)

    def test_another_address_asks_for_the_key_again(self):
        system = self.connected()
        system.rest_base_url = "https://evil.example.com"
        with self.assertRaisesRegex(UserError, "entered for another address"):
            system.action_check()
        self.assertFalse(requests_to("hubspot", "POST"))

    def test_a_token_address_is_one_more_that_the_key_is_for(self):
        system = self.connected()
        system.write(
            {
                "rest_auth_kind": "oauth_client_credentials",
                "rest_token_url": "https://login.example.com/token",
                "rest_client_id": "hub",
            }
        )
        api = system._endpoint("outbound")
        self.assertEqual(api.secret_origins.split(), [sandbox().url, "https://login.example.com"])
        with self.assertRaisesRegex(UserError, "entered for another address than https://login.example.com"):
            system.action_check()


@tagged("post_install", "-at_install")
class TestRestFlows(RestCase):
    def flows(self):
        system = self.connected()
        system.action_rest_add_flows()
        return system, {flow.direction: flow for flow in system.flow_ids}

    def edit(self, mapping, lines):
        """Replace a mapping's lines by way of a draft that another person approves."""
        version = self.env["integration.mapping.version"].browse(mapping.action_edit()["res_id"])
        version.line_ids.unlink()
        version._load_lines(lines)
        version.with_user(self.user("approver")).action_approve()

    def test_flows_come_with_a_mapping_to_begin_with(self):
        system, flows = self.flows()
        self.assertEqual(set(flows), {"inbound", "outbound"})
        self.assertEqual(set(system.flow_ids.mapped("state")), {"off"})
        self.assertEqual(flows["inbound"].topics, "contact.*")
        self.assertIn("email", flows["outbound"].trigger_fields.split())
        targets = {line.target for line in flows["inbound"].mapping_id.line_ids}
        self.assertLessEqual({"id", "email", "first_name", "address.city"}, targets)
        again = system.flow_ids
        system.action_rest_add_flows()
        self.assertEqual(system.flow_ids, again)

    def test_a_mapping_that_a_person_wrote_needs_an_approver(self):
        system = self.connected()
        system._rest_offer_flows()
        definition = json.loads(json.dumps(system.settings["definition"]))
        definition["mappings"]["contact_in"]["lines"].append({"value": "x", "target": "note", "when": "id"})
        system._rest_load(definition)
        system.action_rest_add_flows()
        flows = {flow.direction: flow for flow in system.flow_ids}
        self.assertEqual(flows["inbound"].mapping_id.draft_id.state, "draft")
        with self.assertRaisesRegex(UserError, "lacks approved mappings"):
            flows["inbound"].action_switch_on()
        self.assertEqual(flows["outbound"].mapping_id.version_id.state, "approved")

    def test_a_record_goes_out_and_a_change_follows(self):
        _system, flows = self.flows()
        self.edit(
            flows["outbound"].mapping_id,
            [{"source": name, "target": f"properties.{name.replace('_', '')}"} for name in ("email", "first_name")],
        )
        flows["outbound"].action_switch_on()
        before = len(crm_objects())
        partner = self.env["res.partner"].create({"name": "Ada Byron", "email": "ada@rest.example"})
        self.commit()
        self.drain()
        created = crm_objects()[-1]["properties"]
        self.assertEqual((created["email"], created["firstname"]), ("ada@rest.example", "Ada"))
        partner.name = "Augusta Byron"
        self.commit()
        self.drain()
        self.assertEqual(crm_objects()[-1]["properties"]["firstname"], "Augusta")
        self.assertEqual(len(crm_objects()), before + 1)

    def test_a_webhook_that_names_an_object_is_read_and_comes_in(self):
        system, flows = self.flows()
        self.edit(
            flows["inbound"].mapping_id,
            [
                {"source": "id", "target": "id", "required": True},
                {"source": "properties.email", "target": "email"},
                {"source": "properties.firstname", "target": "name"},
            ],
        )
        flows["inbound"].action_switch_on()
        hook = system._endpoint("inbound")
        hook.scheme = "hubspot"
        remote = crm_objects()[0]
        document = [{"subscriptionType": "contact.creation", "objectId": int(remote["id"])}]
        self.receive(system, document, topic=None)
        self.drain()
        partner = self.env["res.partner"].search([("email", "=", remote["properties"]["email"])])
        self.assertEqual(partner.name, remote["properties"]["firstname"])
