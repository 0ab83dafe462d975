# Part of Integration Hub. License LGPL-3.0 or later.
"""The poll: what no webhook told is taken, what is known is not, and an old page never wins over a newer webhook."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import own_payload
from .sync_cases import GONE, SyncCase, customer, moment, seed


@tagged("post_install", "-at_install")
class TestPoll(SyncCase):
    def test_what_no_webhook_told_is_taken_once(self):
        seed(customer(1), customer(2))
        job = self.poll()
        self.assertEqual((job.state, *self.counts(job)), ("done", 2, 2, 0, 0))
        self.drain()
        self.assertEqual(self.messages().mapped("state"), ["done", "done"])
        self.assertEqual(self.partner(1).name, "Customer No1")
        again = self.poll()
        self.assertEqual((again.state, *self.counts(again)), ("done", 2, 0, 2, 0), "read again, since polls overlap")
        self.assertEqual(len(self.messages()), 2)

    def test_what_a_webhook_told_is_known_by_its_version(self):
        """In other words besides: the list says a language, the webhook none."""
        told = customer(1)
        self.receive(self.shop, told, topic="customers/update")
        self.drain()
        (read,) = self.flow._read_documents([{**told, "locale": "en"}])
        self.assertTrue(self.flow._news([read], fields.Datetime.now()))
        read.link.external_version = read.canonical["updated_at"] = read.version.replace("Z", ".250Z")
        self.assertFalse(self.flow._news([read], fields.Datetime.now()))

    def test_of_a_whole_second_the_contents_are_compared(self):
        """Of two changes in one second one was lost. What comes in other words is taken once more, and then known."""
        told = customer(1)
        self.receive(self.shop, told, topic="customers/update")
        self.drain()
        seed({**told, "last_name": "Changed"})
        self.assertEqual(self.counts(self.poll()), (1, 1, 0, 0))
        self.drain()
        self.assertEqual(self.partner(1).name, "Customer Changed")
        self.assertEqual(self.counts(self.poll()), (1, 0, 1, 0))

    def test_a_change_is_taken_in_the_order_of_webhooks(self):
        event = self.receive(self.shop, customer(1, at=-60), topic="customers/update")
        self.drain()
        seed(customer(1, last_name="Changed"))
        self.poll()
        message = self.messages()
        self.assertEqual(
            (message.topic, message.partition_key, message.flow_id, message.slot),
            ("customer.polled", event.partition_key, self.flow, event.slot),
        )
        self.drain()
        self.assertEqual(self.partner(1).name, "Customer Changed")

    def test_messages_of_jobs_arrive_apart(self):
        seed(customer(1))
        self.poll()
        endpoint = self.messages().endpoint_id
        self.assertEqual((endpoint.lane_id.code, endpoint.slug, endpoint.webhook_url), ("bulk", False, False))
        self.assertEqual(endpoint.service_user_id, self.hook.service_user_id)
        self.assertEqual(self.shop._endpoint("inbound"), self.hook)
        self.assertEqual(self.shop._bulk_endpoint(), endpoint)

    def test_a_page_that_is_older_than_a_webhook(self):
        """Read before, worked off after: the webhook's content stays."""
        seed(customer(1, last_name="Old", at=-30))
        self.poll()
        self.receive(self.shop, customer(1, last_name="New"), topic="customers/update")
        self.hook.flush_recordset()
        self.pause_all_but(self.hook)
        self.drain()
        self.assertEqual(self.partner(1).name, "Customer New")
        self.go_on()
        self.drain()
        self.assertEqual(self.messages().error_code, "stale")
        self.assertEqual(self.partner(1).name, "Customer New")

    def test_a_page_that_is_older_than_a_deletion(self):
        self.receive(self.shop, customer(1, at=-60), topic="customers/update")
        self.drain()
        seed(customer(1, last_name="Old", at=-30))
        self.poll()
        self.receive(self.shop, {"id": customer(1)["id"]}, topic="customers/delete")
        self.pause_all_but(self.hook)
        self.drain()
        self.go_on()
        self.drain()
        self.assertEqual((self.messages().state, self.messages().error_code), ("ignored", "stale"))
        self.assertTrue(self.env["integration.binding"].search([("system_id", "=", self.shop.id)]).deleted_at)

    def test_a_page_that_is_older_than_a_deletion_that_was_taken_before_it(self):
        """Read before, told deleted, and only then taken: the page does not bring it back; a later poll may."""
        told = customer(1, at=-60)
        self.receive(self.shop, told, topic="customers/update")
        self.drain()
        seed(customer(1, last_name="Old", at=-30))
        job = self.flow._poll()
        self.receive(self.shop, {"id": told["id"]}, topic="customers/delete")
        self.drain()
        self.turn(job)
        self.assertEqual(self.counts(job), (1, 0, 1, 0))
        link = self.env["integration.binding"].search([("system_id", "=", self.shop.id)])
        self.assertTrue(link.deleted_at)
        link.deleted_at = "2026-01-01 00:00:00"
        self.assertEqual(self.counts(self.poll()), (1, 1, 0, 0))

    def test_messages_of_others_are_not_the_polls(self):
        """A first load stores its messages at the same endpoint at the same time."""
        seed(customer(1), customer(2))
        job = self.poll()
        of_load, of_poll = self.messages()
        self.env.cr.execute("UPDATE integration_event SET topic = 'customer.loaded' WHERE id = %s", [of_load.id])
        self.env.invalidate_all()
        self.assertEqual(self.env["integration.event"].search(job._messages()), of_poll)

    def test_two_creations_of_one_remote_record(self):
        told = customer(1)
        seed(told)
        self.poll()
        self.receive(self.shop, told, topic="customers/create")
        self.drain()
        self.assertEqual(len(self.partner(1)), 1)
        self.assertEqual(set(self.events(self.shop).mapped("state")) - {"done", "ignored"}, set())
        self.assertEqual(self.env["integration.binding"].search_count([("system_id", "=", self.shop.id)]), 1)

    def pause_all_but(self, endpoint):
        (self.shop.endpoint_ids - endpoint).sudo().write({"state": "paused"})

    def go_on(self):
        self.shop.endpoint_ids.sudo().write({"state": "active"})

    def test_what_fails_is_stored_once(self):
        seed(customer(1, country=GONE))
        self.poll()
        self.drain()
        self.assertEqual(self.messages().state, "dead")
        job = self.poll()
        self.assertEqual(self.counts(job), (1, 0, 1, 0))
        seed(customer(1, country=GONE, at=5))
        self.poll()
        self.assertEqual(len(self.messages()), 2, "another version of it may be better")

    def test_what_failed_from_a_webhook_is_not_stored_again(self):
        broken = customer(1, country=GONE)
        self.assertEqual(self.receive(self.shop, broken, topic="customers/update").state, "pending")
        self.drain()
        seed(broken)
        self.assertEqual(self.counts(self.poll()), (1, 0, 1, 0))

    def test_what_changes_back_is_taken(self):
        """The same content again is news when something else was taken in between."""
        for step, name in enumerate(("A", "B", "A")):
            seed(customer(1, last_name=name, updated_at=moment(step - 10)))
            self.poll()
            self.drain()
            self.assertEqual(self.partner(1).name, f"Customer {name}")
            self.env.cr.execute("UPDATE integration_binding SET last_in_at = last_in_at - interval '1 minute'")
            self.env.invalidate_all()

    def test_linked_without_content(self):
        """A first load links without changing anything: the version it found is known."""
        told = customer(1)
        partner = self.env["res.partner"].create({"name": "As it is here"})
        Binding = self.env["integration.binding"]
        read = self.flow._read_documents([told])[0]
        link = Binding._link(self.shop, self.flow.entity_id, read.external_id, partner, external_version=read.version)
        seed(told)
        self.assertEqual(self.counts(self.poll()), (1, 0, 1, 0))
        link.external_version = moment(-60)
        self.assertEqual(self.counts(self.poll()), (1, 1, 0, 0))

    def test_retry_what_failed(self):
        seed(customer(1, country=GONE))
        job = self.poll().with_user(self.operator)
        self.drain()
        self.assertEqual(job.retryable_count, 1)
        job.action_retry_failed()
        self.assertEqual(self.messages().state, "pending")
        with self.assertRaisesRegex(UserError, "Nothing of this job has failed"):
            job.action_retry_failed()
        self.assertEqual(
            self.events(self.shop), self.env["integration.event"].search(job.action_view_messages()["domain"])
        )

    # --- since when, and how often ---

    def test_since(self):
        """Ten minutes before the last poll began; and before a job began that is not over."""
        self.flow.polled_until = "2026-03-01 12:00:00"
        job = self.poll()
        self.assertEqual(job.since, "2026-03-01T11:50:00.000Z")
        self.assertEqual(self.flow.polled_until, job.started_at)
        older = self.flow._poll()
        older.started_at = "2026-02-01 00:00:00"
        self.assertEqual(self.flow._poll_since(), "2026-01-31T23:50:00.000Z")

    def test_what_is_older_is_not_read(self):
        seed(customer(1, at=-3600), customer(2, at=-300), customer(3))
        self.assertEqual(self.poll().read_count, 2)

    def test_a_poll_that_ends_in_an_error_moves_nothing(self):
        before = self.flow.polled_until
        job = self.flow._poll()
        job._end("cancelled")
        self.assertEqual(self.flow.polled_until, before)

    def due(self):
        self.flow.polled_until = fields.Datetime.now() - timedelta(minutes=20)
        self.env["integration.flow"]._cron_poll()
        return self.env["integration.sync.job"].search([("flow_id", "=", self.flow.id)])

    def test_the_cron_begins_what_is_due(self):
        self.env["integration.flow"]._cron_poll()
        self.assertFalse(self.flow._polls(), "it was switched on just now")
        self.assertEqual(len(self.due()), 1)
        self.assertEqual(len(self.due()), 1, "one at a time")

    def test_who_is_not_polled(self):
        for what, values in (("never", {"poll_every": 0}), ("off", {"state": "off"})):
            with self.subTest(what):
                before = {name: self.flow[name] for name in values}
                self.flow.write(values)
                self.assertFalse(self.due())
                self.flow.write(before)
        with self.subTest("nobody can be called"):
            self.api.sudo().state = "paused"
            self.assertFalse(self.due())
            self.api.sudo().state = "active"
        self.assertTrue(self.due())

    def test_from_when_it_is_switched_on(self):
        self.flow.action_switch_off()
        self.flow.polled_until = "2020-01-01 00:00:00"
        self.flow.action_switch_on()
        self.assertGreater(self.flow.polled_until, self.env.cr.now() - timedelta(minutes=1))

    def test_a_flow_that_is_switched_off_ends_its_poll(self):
        job = self.flow._poll()
        self.flow.action_switch_off()
        self.assertEqual((job.state, job.state_reason), ("cancelled", "The flow was switched off"))

    def test_by_a_person(self):
        flow = self.flow.with_user(self.operator)
        job = self.env["integration.sync.job"].browse(flow.action_poll_now()["res_id"])
        self.assertEqual((job.state, job.kind), ("running", "poll"))
        self.assertEqual(flow.action_poll_now()["res_id"], job.id, "one at a time")
        with self.assertRaises(AccessError):
            self.flow.with_user(self.user("consultant")).action_poll_now()
        self.flow.action_switch_off()
        with self.assertRaisesRegex(UserError, "cannot look for changes"):
            flow.action_poll_now()

    def test_uneventful_polls_are_forgotten(self):
        idle, eventful = self.poll(), None
        seed(customer(1))
        eventful = self.poll()
        (idle | eventful).ended_at = fields.Datetime.now() - timedelta(days=2)
        self.env["integration.sync.job"]._gc_polls()
        self.assertEqual((idle | eventful).exists(), eventful)

    # --- what was read ---

    def test_without_a_version_it_is_read_anew(self):
        """A page may be older than what a webhook brings meanwhile; only a version tells."""
        read = self.flow._read_documents([customer(1)])[0]
        self.assertTrue(self.flow._notification(read, "polled").complete)
        unversioned = read._replace(canonical={"id": read.external_id})
        self.assertFalse(self.flow._notification(unversioned, "polled").complete)
        self.assertTrue(self.flow._notification(unversioned, "fetched").complete, "that is what it is now")

    def test_what_the_mapping_cannot_read_is_stored_all_the_same(self):
        """Its message says what is wrong with it."""
        read = self.flow._read_documents([{"email": "nobody@example.com"}])[0]
        self.assertFalse(read.external_id)
        job = self.flow._poll()
        self.assertEqual(job._take_poll([read.document]), {"done": 1, "skipped": 0})
        self.drain()
        self.assertEqual(self.messages().state, "dead")
        self.assertTrue(self.messages().error_message)

    def test_an_id_that_is_none_spoils_no_page(self):
        strange = [customer(2, admin_graphql_api_id=bad) for bad in ("gid://" + "x" * 300, "gid://\0", 7)]
        job = self.flow._poll()
        self.assertEqual(job._take_poll([*strange, customer(1)]), {"done": 4, "skipped": 0})
        self.drain()
        self.assertEqual(self.partner(1).name, "Customer No1")

    def test_the_order_of_what_is_fetched_is_that_of_its_webhooks(self):
        event = self.receive(self.shop, own_payload("shopify/customers__update"), topic="customers/update")
        read = self.flow._read_documents([own_payload("shopify/customers__update")])[0]
        self.assertEqual(self.flow._notification(read, "fetched").partition_key, event.partition_key)
