# Part of Integration Hub. License LGPL-3.0 or later.
"""What an attempt keeps of what was said, and the trace that calls carry."""

import json

from odoo.tests import tagged

from ..connectors.http.trace import TraceContext
from ..engine import causation
from .common import HUBSPOT_TOKEN, faults, requests_to
from .test_lineage_causes import CausesCase, customer


@tagged("post_install", "-at_install")
class TestExchange(CausesCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(faults)

    def sent(self):
        """Return the last attempt of a contact that a person made, and what it keeps of its exchanges."""
        partner = self.env["res.partner"].create({"name": "Ada Arden", "email": "ada@x.example"})
        self.drain()
        event = self.events(self.api, ("res_id", "=", partner.id))
        attempt = event.attempt_ids[-1:]
        return attempt, attempt.exchange

    def test_of_a_success_no_content(self):
        attempt, exchanges = self.sent()
        self.assertEqual(attempt.outcome, "done")
        self.assertEqual({each["status"] // 100 for each in exchanges}, {2})
        for each in exchanges:
            self.assertLessEqual(each.keys(), {"method", "url", "ms", "status", "request_id"})
            self.assertIn("/crm/v3/objects/contacts", each["url"])

    def test_of_a_failure_what_was_said_but_no_secret_and_no_address(self):
        faults({"vendor": "hubspot", "kind": "status", "status": 400, "match": {"path": "/crm/"}})
        attempt, exchanges = self.sent()
        self.assertNotIn(attempt.outcome, ("done", "ignored"))
        self.assertEqual(exchanges[-1]["status"], 400)
        self.assertIn("body", exchanges[-1]["sent"])
        text = json.dumps(exchanges)
        self.assertNotIn(HUBSPOT_TOKEN, text)
        self.assertNotIn("ada@x.example", text)
        self.assertNotIn("Authorization", text)

    def test_what_was_read_for_a_message_is_kept_with_its_try(self):
        self.crm.flow_ids.filtered(lambda flow: flow.template_key == "contacts_in").action_switch_on()
        hook = self.crm._endpoint("inbound")
        attempt, _exchanges = self.sent()
        flow = self.crm.flow_ids.filtered(lambda flow: flow.template_key == "contacts_in")
        flow._sync_now(self.env["res.partner"].browse(attempt.event_id.res_id))
        self.drain()
        read = self.events(hook)[-1:]
        self.assertEqual(read.operation, "read")
        self.assertEqual([each["method"] for each in read.attempt_ids[-1:].exchange], ["GET"])

    def traces(self):
        """Return the trace ids of what the CRM was asked since the last look."""
        parents = [entry["traceparent"] for entry in requests_to("hubspot")]
        return [TraceContext.parse(parent).trace_id for parent in parents if parent]

    def test_calls_carry_the_correlation_of_what_led_to_them(self):
        before = len(self.traces())
        event = self.tell(customer(4))
        database = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        self.assertEqual(set(self.traces()[before:]), {causation.correlation_id(database, event.id)})

    def test_calls_carry_the_senders_trace_where_it_gave_one(self):
        before, trace = len(self.traces()), TraceContext.new()
        event = self.receive(self.shop, customer(5), topic="customers/update")
        self.env.cr.execute(
            "UPDATE integration_event_payload SET headers = headers || jsonb_build_object('traceparent', %s) "
            "WHERE event_id = %s",
            [trace.headers()["traceparent"], event.id],
        )
        self.drain()
        self.assertEqual(set(self.traces()[before:]), {trace.trace_id})
