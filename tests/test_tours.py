# Part of Integration Hub. License LGPL-3.0 or later.
"""Screens as people use them: a real browser, one person of each group."""

import os
import time
from unittest.mock import patch

from odoo.tests import tagged

from ..connectors.clock import ManualClock
from ..models.integration_readiness import LEFT
from .common import SHOPIFY_SECRET, SHOPIFY_TOKEN, HubHttpCase, faults, own_payload, sandbox


@tagged("post_install", "-at_install")
class TestTours(HubHttpCase):
    def tour(self, name, path, *groups):
        """Walk a tour as a new user of these groups."""
        user = self.user(*groups, login=f"{name}_walker")
        self.start_tour(path, name, login=user.login)
        self.env.invalidate_all()
        return user

    def test_readiness(self):
        """An administrator finds on Home what the server lacks, and decides what stays as it is."""
        parameters, readiness = self.env["ir.config_parameter"], self.env["integration.readiness"]
        for name, value in (("web.base.url", "http://127.0.0.1:1"), ("web.base.url.freeze", "True"), (LEFT, False)):
            parameters.set_param(name, value)  # nobody listens there
        with patch.dict(os.environ, {"INTEGRATION_HUB_ENVIRONMENT": "", "INTEGRATION_HUB_MASTER_KEYS": ""}):
            self.tour("integration_hub_readiness", "/odoo/integration-systems", "admin")
        self.assertEqual((readiness._left(), readiness._reached()["code"]), ({"address"}, "unreachable"))

    def connected(self):
        """Return a connected shop with the name that the tours look for."""
        system = self.connect_shopify()
        system.name = "Tour shop"
        return system

    def failed(self, system):
        """Return a message that failed for a currency that Odoo does not use."""
        self.env.ref("base.XAF").active = False
        event = self.receive(
            system, own_payload("shopify/orders__create__unknown_currency"), topic="orders/create", webhook_id="tour-1"
        )
        self.drain()
        self.assertEqual(event.state, "dead")
        return event

    def test_connect(self):
        """Pasting keys into the wizard connects: credentials stored, flows as ticked, no secret left in clear."""
        user = self.user("admin", login="integration_hub_connect_walker")
        self.start_tour(
            "/odoo/integration-systems",
            "integration_hub_connect",
            code=f"localStorage.setItem('hubSandboxUrl', '{sandbox().url}'); odoo.startTour('integration_hub_connect')",
            login=user.login,
            timeout=120,
        )
        self.env.invalidate_all()
        system = self.env["integration.system"].search([("name", "=", "Tour shop")])
        self.assertEqual(system.settings, {"shop": "larkfield-outfitters.myshopify.com"} | self._api_url())
        self.assertEqual(system.credential_ids.mapped("has_secret"), [True, True])
        self.assertEqual(
            {flow.template_key: flow.state for flow in system.flow_ids if flow.template_key != "customers_in"},
            {
                "orders_in": "on",
                "products_in": "off",
                "customers_out": "off",
                "shipments_out": "off",
                "locations_in": "off",
                "stock_out": "off",
            },
        )
        self.env.cr.execute("SELECT coalesce(string_agg(value, ' '), '') FROM integration_connect_field")
        entered = self.env.cr.fetchone()[0]
        for secret in (SHOPIFY_TOKEN, SHOPIFY_SECRET):
            self.assertNotIn(secret, entered)

    def test_rest(self):
        """An API that nobody wrote a connector for is connected, described and given flows in the screens alone."""
        user = self.user("admin", login="integration_hub_rest_walker")
        self.start_tour(
            "/odoo/integration-systems",
            "integration_hub_rest",
            code=f"localStorage.setItem('hubSandboxUrl', '{sandbox().url}'); odoo.startTour('integration_hub_rest')",
            login=user.login,
            timeout=120,
        )
        self.env.invalidate_all()
        system = self.env["integration.system"].search([("name", "=", "Tour API")])
        (resource,) = system.settings["definition"]["resources"]
        self.assertEqual((resource["name"], resource["list"]["items"]), ("contact", "results"))
        self.assertEqual(system.flow_ids.mapped("object_type"), ["contact"])
        self.assertEqual(system._endpoint("inbound")._scheme_options(), {"signature_header": "X-Acme-Signature"})

    def _api_url(self):
        return {"api_url": f"{sandbox().url}/shopify"}

    def test_admin(self):
        """An administrator pauses and resumes an endpoint, and switches a flow off and on."""
        system = self.connected()
        user = self.tour("integration_hub_admin", "/odoo/integration-systems", "admin")
        endpoint = system._endpoint("inbound")
        flow = system.flow_ids.filtered(lambda flow: flow.template_key == "orders_in")
        self.assertEqual((endpoint.state, flow.state), ("active", "on"))
        told = endpoint.message_ids.sudo().tracking_value_ids.filtered(
            lambda value: value.field_id.name == "state_reason"
        )
        self.assertIn(f"Paused by {user.name}: Stocktaking", told.mapped("new_value_char"))
        states = flow.message_ids.sudo().tracking_value_ids.filtered(lambda value: value.field_id.name == "state")
        self.assertEqual(states.sorted("id").mapped("new_value_char")[-2:], ["Off", "On"])

    def test_operator(self):
        """An operator has what failed tried again."""
        event = self.failed(self.connected())
        self.tour("integration_hub_operator", "/odoo/integration-failed-messages", "operator")
        self.assertEqual(event.state, "pending")

    def test_failures(self):
        """An operator finds a cause on the board, takes it on and snoozes it."""
        event = self.failed(self.connected())
        user = self.tour("integration_hub_failures", "/odoo/integration-systems", "operator")
        failure = self.env["integration.failure"]._of(event)
        self.assertEqual((failure.user_id, failure.state), (user, "snoozed"))

    def test_in_doubt(self):
        """An operator settles what may have been created in the CRM already."""
        crm = self.connect_hubspot(wanted=("companies_out",))
        self.addCleanup(faults)
        faults({"vendor": "hubspot", "kind": "drop", "phase": "after", "count": 1, "match": {"method": "POST"}})
        self.addCleanup(setattr, sandbox().core.settings.hubspot, "search_delay", 0)
        sandbox().core.settings.hubspot.search_delay = 60  # what was just created is in no search
        self.env["res.partner"].create({"name": "Fen & Co", "is_company": True})
        clock = ManualClock(time.time())
        self.drain(clock)
        clock.advance(3600)
        self.drain(clock)
        event = self.events(crm._endpoint("outbound"))
        self.assertEqual(event.state, "held")
        user = self.tour("integration_hub_in_doubt", "/odoo/integration-failed-messages", "operator")
        self.assertEqual((event.state, event.in_doubt), ("done", False))
        self.assertIn(user.name, event.error_message)

    def test_drain_mode(self):
        """An operator stops all flows and lets them go on; meanwhile the messages' list says why nothing moves."""
        self.receive(self.connected(), own_payload("shopify/customers__update"), topic="customers/update")
        user = self.tour("integration_hub_drain_mode", "/odoo/integration-drain-mode", "operator")
        mode = self.env["integration.maintenance"].search([])
        self.assertEqual((mode.started_by_id, mode.ended_by_id, mode.reason), (user, user, "Upgrade tonight"))

    def test_consultant_then_approver(self):
        """A consultant's change is a draft until an approver puts it into use."""
        shop = self.connected()
        flow = shop.flow_ids.filtered(lambda flow: flow.template_key == "orders_in")
        mapping = flow.mapping_id
        before = mapping.version_id
        maker = self.tour("integration_hub_mapping", "/odoo/integration-flow-mappings", "consultant")
        self.assertEqual((mapping.version_id, mapping.draft_id.create_uid), (before, maker))
        added = flow.record_mapping_id.draft_id.line_ids.filtered(lambda line: line.target == "reference")
        self.assertEqual(added.source, "custom.reference")
        approver = self.tour("integration_hub_approver", "/odoo/integration-approvals", "approver")
        self.assertEqual((mapping.version_id.approved_by_id, before.state), (approver, "retired"))
        line = mapping.version_id.line_ids.filtered(lambda line: line.target == "ordered_at")
        self.assertEqual(line.source, "created_at")

    def test_flow_form(self):
        """A flow's form shows at most nine fields, inbound or outbound."""
        self.connected()
        self.tour("integration_hub_flow_form", "/odoo/integration-flows", "consultant")
