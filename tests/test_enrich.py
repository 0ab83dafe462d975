# Part of Integration Hub. License LGPL-3.0 or later.
"""Notifications that only name an object: read once for many, many at once, within the API's limits, in order."""

import time

from odoo.tests import tagged

from ..engine.slots import Unit
from ..models import intake
from .common import own_payload, requests_to, sandbox, signed
from .outbound_cases import SLOT, CallsCase
from .test_flow_outbound import CrmCase


def entry(number, object_id, topic="contact.propertyChange"):
    return {
        "eventId": number, "subscriptionId": 1, "objectId": object_id, "subscriptionType": topic, "attemptNumber": 0,
        "occurredAt": 1763109011340 + number,
    }  # fmt: skip


@tagged("post_install", "-at_install")
class TestOneObject(CrmCase):
    def setUp(self):
        super().setUp()
        self.seed("contact", own_payload("hubspot/contact"))

    def take_in(self, *entries):
        self.assertEqual(self.deliver(self.hook, list(entries)).status_code, 202)

    def test_twenty_notifications_while_paused_are_one_read(self):
        self.hook.action_pause()
        self.take_in(*(entry(number, 70451) for number in range(20)))
        self.drain()
        self.assertEqual(requests_to("hubspot"), [])
        self.hook.action_resume()
        self.drain()
        events = self.events(self.hook)
        self.assertEqual(events.mapped("state"), ["ignored"] * 19 + ["done"])
        self.assertEqual(set(events[:-1].mapped("error_code")), {"superseded"})
        self.assertEqual(len(requests_to("hubspot", "GET")), 1)
        self.assertEqual(self.env["res.partner"].browse(events[-1].res_id).name, "Noor Peeters")

    def test_a_deletion_that_is_told_of_what_is_there_is_none(self):
        changes = [entry(1, 70451, "contact.creation"), entry(2, 70451), entry(3, 70451, "contact.deletion")]
        self.take_in(*changes)
        self.drain()
        events = self.events(self.hook)
        self.assertEqual(events.mapped("state"), ["ignored", "ignored", "done"], events.mapped("error_message"))
        link = self.env["integration.binding"].search([("external_id", "=", "70451")])
        self.assertFalse(link.deleted_at, "it was restored meanwhile")

    def test_gone_when_it_is_read_is_deleted(self):
        self.take_in(entry(1, 70451, "contact.creation"))
        self.drain()
        link = self.env["integration.binding"].search([("external_id", "=", "70451")])
        sandbox().control("DELETE", "/hubspot/contacts/70451")
        self.take_in(entry(2, 70451))
        self.drain()
        event = self.events(self.hook)[-1]
        self.assertEqual((event.state, event.error_code), ("done", "deleted-remotely"))
        self.assertTrue(link.deleted_at)


@tagged("post_install", "-at_install")
class TestManyObjects(CallsCase):
    def setUp(self):
        super().setUp()
        self.unit = Unit(self.hook_id, "inbound", SLOT)

    def take_in(self, *ids):
        """Commit notifications that name these objects."""
        entries = [entry(number, id_) for number, id_ in enumerate(ids)]
        with self.environment() as env:
            endpoint = env["integration.endpoint"].browse(self.hook_id)
            delivery = signed(endpoint, entries, url=endpoint.webhook_url)
            intake.receive(self.db, env, intake.find_route(env, endpoint.slug), delivery)
        self.execute("UPDATE integration_event SET slot = %s WHERE endpoint_id = %s", SLOT, self.hook_id)
        self.addCleanup(self._unlink_of, ids)

    def _unlink_of(self, ids):
        with self.environment() as env:
            env["res.partner"].search([("email", "in", [f"{id_}@x.example" for id_ in ids])]).unlink()

    def tries(self):
        """Return ``{object's id: (state, how often it was tried)}``."""
        query = "SELECT external_id, state, attempt_count FROM integration_event WHERE endpoint_id = %s"
        return {int(name): (state, count) for name, state, count in self.execute(query, self.hook_id)}

    def test_they_are_read_at_once(self):
        ids = range(80001, 80009)
        self.take_in(*ids)
        self.peer.before = lambda asked: None if self.peer.wait_until(lambda: len(self.peer.asked) == len(ids)) else 500
        self.drain()
        self.assertEqual(self.tries(), dict.fromkeys(ids, ("done", 1)))
        self.assertEqual(self.peer.most, len(ids))

    def test_one_that_cannot_be_read_holds_back_no_other(self):
        ids = range(80001, 80009)
        self.take_in(*ids)
        self.peer.before = lambda asked: 500 if asked["name"] == "80003" else None
        self.drain()
        self.assertEqual(self.tries(), {id_: ("retry" if id_ == 80003 else "done", 1) for id_ in ids})

    def test_they_keep_the_limits_of_the_api(self):
        """Four a second: the drain waits, and no message is tried in vain."""
        with self.environment() as env:
            env["integration.endpoint"].browse(self.endpoint_id).write(
                {"rate_calls": 4, "rate_burst": 4, "rate_period": "1"}
            )
        ids = range(80001, 80013)
        self.take_in(*ids)
        self.drain()
        while ("pending", 0) in self.tries().values():
            time.sleep(0.1)
            self.drain()
        self.assertEqual(self.tries(), dict.fromkeys(ids, ("done", 1)))
        self.assertEqual(len(self.peer.asked), len(ids))
