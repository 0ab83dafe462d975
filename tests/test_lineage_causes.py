# Part of Integration Hub. License LGPL-3.0 or later.
"""What a message caused: the records it wrote, before and after, and the messages that carry its changes on."""

import json
import uuid

from odoo.tests import tagged

from ..connectors.http.trace import TraceContext
from ..engine import causation
from .common import HubCase, own_payload

DATABASE = "5a1c9c3e-0000-4000-8000-000000000000"


def customer(number, **values):
    given = {"id": number, "email": f"ada.{number}@x.example", "first_name": "Ada", "last_name": f"Arden {number}"}
    return own_payload("shopify/customers__update") | given | values


@tagged("post_install", "-at_install")
class TestCorrelation(HubCase):
    def test_it_leads_back_to_its_message(self):
        for event_id in (1, 7, 123_456, 2**31 - 1):
            correlation = causation.correlation_id(DATABASE, event_id)
            self.assertRegex(correlation, "^[0-9a-f]{32}$")
            self.assertEqual(causation.event_of(DATABASE, correlation), event_id)

    def test_of_another_database_it_leads_nowhere(self):
        correlation = causation.correlation_id(DATABASE, 7)
        self.assertIsNone(causation.event_of(str(uuid.uuid4()), correlation))
        for wrong in (correlation[:-1], correlation[:16] + "g" * 16, correlation[:16] + "f" * 16, ""):
            self.assertIsNone(causation.event_of(DATABASE, wrong), wrong)


class CausesCase(HubCase):
    """A shop whose customers become contacts, which a CRM gets."""

    @classmethod
    def set_up_hub(cls):
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.shop = cls.connect_shopify(wanted=("customers_in",))
        cls.crm = cls.connect_hubspot(wanted=("contacts_out",))
        cls.hook, cls.api = cls.shop._endpoint("inbound"), cls.crm._endpoint("outbound")

    def tell(self, *documents, topic="customers/update"):
        events = self.env["integration.event"].union(
            *(self.receive(self.shop, document, topic=topic) for document in documents)
        )
        self.drain()
        return events

    def changes(self, event):
        """Return ``{(model, id): effect}`` of what a message wrote."""
        self.env.cr.execute("SELECT changes FROM integration_effect WHERE event_id = %s", [event.id])
        return {(each["model"], each["id"]): each for (found,) in self.env.cr.fetchall() for each in found}


@tagged("post_install", "-at_install")
class TestEffects(CausesCase):
    def test_a_record_that_it_made(self):
        event = self.tell(customer(1))
        partner = self.env["res.partner"].browse(event.res_id)
        effect = self.changes(event)["res.partner", partner.id]
        self.assertEqual(effect["what"], "create")
        self.assertEqual(effect["values"]["name"], [None, partner.name])
        self.assertEqual(effect["values"]["email"], [None, "ada.1@x.example"])

    def test_of_what_it_changed_exactly_that(self):
        event = self.tell(customer(1))
        again = self.tell(customer(1, email="new@x.example", updated_at="2030-01-01T00:00:00Z"))
        self.assertEqual(again.state, "done")
        effect = self.changes(again)["res.partner", event.res_id]
        self.assertEqual((effect["what"], effect["values"]), ("write", {"email": ["ada.1@x.example", "new@x.example"]}))

    def test_messages_of_one_transaction_have_each_their_own(self):
        events = self.tell(*(customer(number) for number in range(1, 5)))
        self.assertEqual(set(events.mapped("state")), {"done"})
        for event in events:
            mine = self.changes(event)
            self.assertIn(("res.partner", event.res_id), mine)
            others = (events - event).mapped("res_id")
            self.assertFalse([key for key in mine if key[0] == "res.partner" and key[1] in others])

    def test_two_of_one_record_in_one_transaction(self):
        (event,) = self.tell(customer(1))
        first = self.receive(
            self.shop, customer(1, last_name="First", updated_at="2030-01-01T00:00:00Z"), topic="customers/update"
        )
        self.env.cr.execute("UPDATE integration_event SET kind = 'command' WHERE id = %s", [first.id])
        second = self.receive(
            self.shop, customer(1, last_name="Second", updated_at="2030-01-02T00:00:00Z"), topic="customers/update"
        )
        self.env.cr.execute("UPDATE integration_event SET kind = 'command' WHERE id = %s", [second.id])
        self.drain()
        key = "res.partner", event.res_id
        self.assertEqual(first.state, "done", "a command is not made needless by a newer one")
        self.assertEqual(self.changes(first)[key]["values"]["name"], ["Ada Arden 1", "Ada First"])
        self.assertEqual(self.changes(second)[key]["values"]["name"], ["Ada First", "Ada Second"])

    def test_what_fails_has_written_nothing(self):
        self.hook.service_user_id.group_ids = self.env.ref("base.group_user")
        event = self.tell(customer(1))
        self.assertNotIn(event.state, ("done", "ignored"))
        self.assertFalse(self.changes(event))

    def test_a_savepoint_that_is_rolled_back_takes_its_effects_along(self):
        partner = self.env["res.partner"].create({"name": "Kept"})
        event = self.tell(customer(1))
        self.env.cr.flush()
        causation.begin(self.env.cr, [event])
        self.addCleanup(self.env.cr.postcommit.data.clear)
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            partner.comment = "rolled back"
            raise ZeroDivisionError
        partner.phone = "0199"
        self.env.cr.flush()
        values = self.changes(event)["res.partner", partner.id]["values"]
        self.assertEqual(values, {"phone": [False, "0199"]})

    def test_whoever_works_no_message_off_is_not_noted(self):
        partner = self.env["res.partner"].create({"name": "By hand"})
        partner.phone = "1"
        self.env.cr.flush()
        self.env.cr.execute(
            "SELECT 1 FROM integration_effect WHERE changes @> %s",
            [json.dumps([{"model": "res.partner", "id": partner.id}])],
        )
        self.assertFalse(self.env.cr.fetchall())


@tagged("post_install", "-at_install")
class TestCausation(CausesCase):
    def sent(self, event):
        return self.events(self.api, ("res_model", "=", "res.partner"), ("res_id", "=", event.res_id))

    def test_the_message_that_carries_its_change_names_it(self):
        events = self.tell(*(customer(number) for number in range(1, 4)))
        for event in events:
            out = self.sent(event)
            self.assertEqual((len(out), out.causation_id), (1, event))
        self.assertFalse(events.causation_id)

    def test_what_a_person_changes_is_caused_by_nobody(self):
        partner = self.env["res.partner"].create({"name": "Ada", "email": "ada@x.example"})
        self.drain()
        out = self.events(self.api, ("res_id", "=", partner.id))
        self.assertEqual((out.state, out.causation_id.id), ("done", False))

    def test_the_senders_trace_is_kept_and_leads_to_all_of_it(self):
        trace = TraceContext.new()
        event = self.receive(self.shop, customer(9), topic="customers/update")
        self.env.cr.execute(
            "UPDATE integration_event_payload SET headers = headers || jsonb_build_object('traceparent', %s) "
            "WHERE event_id = %s",
            [trace.headers()["traceparent"], event.id],
        )
        self.drain()
        self.env.invalidate_all()
        self.assertEqual(event.trace_id, trace.trace_id)
        out = self.sent(event)
        found = causation.correlations(self.env.cr, DATABASE, [event.id, out.id])
        self.assertEqual(found, {event.id: trace.trace_id, out.id: trace.trace_id})

    def test_without_one_it_is_the_first_messages_own(self):
        event = self.tell(customer(1))
        out = self.sent(event)
        own = causation.correlation_id(DATABASE, event.id)
        self.assertEqual(
            causation.correlations(self.env.cr, DATABASE, [event.id, out.id]), {event.id: own, out.id: own}
        )
        self.assertEqual(causation.consequences(self.env.cr, [event.id]), [(out.id, event.id, 1)])

    def test_a_malformed_trace_is_none(self):
        event = self.receive(self.shop, customer(9), topic="customers/update")
        self.env.cr.execute(
            """UPDATE integration_event_payload SET headers = headers || '{"traceparent": "00-xyz-1-01"}'
                WHERE event_id = %s""",
            [event.id],
        )
        self.drain()
        self.env.invalidate_all()
        self.assertEqual((event.state, event.trace_id), ("done", False))

    def test_envelope(self):
        self.assertEqual(
            causation.envelope_attributes("ab" * 16, 7, 9),
            {"correlationid": "ab" * 16, "causationid": "7", "hubmessageid": "9"},
        )
        self.assertNotIn("causationid", causation.envelope_attributes("ab" * 16, None, 9))
