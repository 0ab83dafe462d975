# Part of Integration Hub. License LGPL-3.0 or later.
"""What stops an endpoint, and what goes on when it runs again."""

from psycopg2 import IntegrityError

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..engine.database import Database
from ..models.handler import Handler
from .common import crm_objects, faults, requests_to
from .drain_cases import DrainCase


@tagged("post_install", "-at_install")
class TestStops(DrainCase):
    """The other side refuses the credential: the endpoint stops, its messages wait, a person is told."""

    def refuse(self, status=401):
        faults({"vendor": "hubspot", "kind": "status", "status": status, "match": {"path": "/crm/"}})

    def test_401_stops_the_endpoint(self):
        self.refuse()
        events = self.contact("Ada Arden")[1] | self.contact("Bob Bright")[1]
        self.drain(self.clock)
        self.assertEqual(self.api.state, "suspended")
        self.assertTrue(self.api.state_reason)
        self.assertEqual(set(events.mapped("state")), {"pending"}, "nothing is wrong with them")
        self.assertEqual(sum(events.mapped("attempt_count")), 1, "the second was not even tried")
        self.assertEqual(events[1].waiting_reason, self.api.state_reason)
        activity = self.api.activity_ids
        self.assertEqual((len(activity), activity.summary), (1, self.api.state_reason))
        self.assertEqual(activity.user_id, self.crm.technical_owner_id)
        before = len(requests_to("hubspot"))
        self.drain(self.clock)
        self.assertEqual(len(requests_to("hubspot")), before, "a stopped endpoint calls nobody")

    def test_goes_on_with_a_new_secret(self):
        self.refuse()
        event = self.contact()[1]
        self.drain(self.clock)
        faults()
        self.finish_jobs()
        self.api.credential_id.secret = "pat-sandbox"
        self.commit()
        self.assertEqual((self.api.state, self.api.state_reason), ("active", False))
        self.assertEqual(self.waiting_jobs(), [f"wake:{self.api.id}:outbound:{event.slot}"])
        self.drain(self.clock)
        self.assertEqual((event.state, event.attempt_ids.mapped("outcome")), ("done", ["pending", "done"]))

    def test_a_wrong_token_for_real(self):
        self.api.credential_id.secret = "pat-wrong"
        self.api.credential_id.action_retire_previous()
        event = self.contact()[1]
        self.drain(self.clock)
        self.assertEqual((event.state, self.api.state, event.attempt_ids.status_code), ("pending", "suspended", 401))

    def test_a_person_who_paused_is_not_overruled(self):
        self.api.action_pause()
        self.api.credential_id.secret = "pat-sandbox"
        self.commit()
        self.assertEqual(self.api.state, "paused")

    def test_410_switches_off(self):
        self.refuse(410)
        event = self.contact()[1]
        self.drain(self.clock)
        self.assertEqual((self.api.state, event.state), ("disabled", "pending"))
        self.assertEqual(len(self.api.activity_ids), 1)

    def test_refused_read_stops_the_api_endpoint_not_the_webhook(self):
        self.refuse()
        hook = self.crm._endpoint("inbound")
        entry = {"eventId": 1, "objectId": int(crm_objects()[0]["id"]), "subscriptionType": "contact.creation"}
        event = self.receive(self.crm, [entry], topic=None)
        self.drain(self.clock)
        self.assertEqual((self.api.state, hook.state), ("suspended", "active"))
        self.assertIn(event.state, ("retry", "pending"))
        before = len(requests_to("hubspot"))
        self.clock.advance(30)
        self.drain(self.clock)
        self.assertEqual(len(requests_to("hubspot")), before)
        self.assertEqual(event.state, "retry")
        self.assertEqual(event.error_code, "api-endpoint-stopped")

    def test_what_waits_to_be_read_goes_on_with_a_new_key_and_no_try_is_counted(self):
        self.refuse()
        entry = {"eventId": 1, "objectId": int(crm_objects()[0]["id"]), "subscriptionType": "contact.creation"}
        event = self.receive(self.crm, [entry], topic=None)
        for _look in range(3):
            self.drain(self.clock)
            self.clock.advance(3600)
        self.assertEqual((event.state, event.attempt_count, len(event.attempt_ids)), ("retry", 0, 0))
        faults()
        self.api.credential_id.secret = "pat-sandbox"
        self.commit()
        self.assertEqual((event.state, self.api.state), ("pending", "active"))
        self.drain(self.clock)
        self.assertEqual(event.state, "done")

    def test_a_constraint_of_odoo_is_no_fault_of_the_hub(self):
        values = {"name": "Twice", "code": "xx_XX", "url_code": "xx"}
        self.env["res.lang"].create(values)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError) as caught, self.env.cr.savepoint():
            self.env["res.lang"].create(values | {"name": "Other"})
        with self.engine_mode():
            outcome = Handler(Database(self.env.cr.dbname)).explain(caught.exception)
        self.assertEqual((outcome.state, outcome.code), ("dead", "refused-by-odoo"))
        self.assertIn("unique", outcome.message)

    def test_pausing_is_derived(self):
        event = self.contact()[1]
        self.api.with_user(self.operator).action_pause()
        self.drain(self.clock)
        self.assertEqual((event.state, event.attempt_count), ("pending", 0))
        self.assertIn(self.operator.name, event.waiting_reason)
        self.api.with_user(self.operator).action_resume()
        self.drain(self.clock)
        self.assertEqual(event.state, "done")

    def test_another_environments_endpoint_does_nothing(self):
        event = self.contact()[1]
        self.api.environment_id = self.env.ref("integration_hub.integration_environment_production")
        with self.engine_mode():
            self.env["integration.handler"]._drain_unit(self.api.id, "outbound", event.slot)
        self.assertEqual((event.state, event.attempt_count), ("pending", 0))
        self.assertEqual(requests_to("hubspot"), [])
