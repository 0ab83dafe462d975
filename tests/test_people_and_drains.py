# Part of Integration Hub. License LGPL-3.0 or later.
"""What the simulation found where people and senders act at the moment at which a drain does (docs/SIMULATION.md)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from odoo import SUPERUSER_ID, api
from odoo.tests import tagged

from ..engine.claim import claim, take_over
from .connections import KEY, ConnectionsCase


@tagged("post_install", "-at_install")
class TestPeopleAndDrains(ConnectionsCase):
    def dead(self):
        """An event that failed, and the block of its key."""
        event_id = self.committed()
        with self.registry.cursor() as cr:
            cr.execute("UPDATE integration_event SET state = 'dead' WHERE id = %s", [event_id])
            cr.execute(
                "INSERT INTO integration_blocked_key VALUES (%s, 'inbound', 0, %s, %s)",
                [self.endpoint_id, KEY, event_id],
            )
        return event_id

    def redeliver(self, event_id):
        """What a delivery of a known message does, in a transaction of its own."""
        with self.db.read_committed() as cr:
            return api.Environment(cr, SUPERUSER_ID, {})["integration.event"].browse(event_id)._retry_dead()

    def test_of_two_redeliveries_one_retries_and_none_undoes_what_was_done_since(self):
        event_id = self.dead()
        with ThreadPoolExecutor(1) as pool:
            with self.db.read_committed() as cr:
                first = api.Environment(cr, SUPERUSER_ID, {})["integration.event"].browse(event_id)._retry_dead()
                second = pool.submit(self.redeliver, event_id)
                self.wait_until_one_waits()
                cr.execute("UPDATE integration_event SET state = 'done' WHERE id = %s", [event_id])
            self.assertEqual(first, [self.unit])
            self.assertEqual(second.result(30), [])
        self.assertEqual(self.states(), {event_id: "done"})

    def test_a_head_that_a_person_retries_runs_by_any_clock(self):
        event_id = self.dead()
        follower = self.committed()
        with self.environment() as env:
            env["integration.event"].browse(event_id)._requeue()
        behind = self.db.now() - timedelta(hours=1)
        with self.db.read_committed() as cr:
            take_over(cr, self.unit, "node:1:a", behind)
            claimed = claim(cr, self.unit, 10, "node:1:a", behind)
        self.assertEqual([event.id for event in claimed], [event_id], f"and not {follower}, which waits for it")

    def test_who_resumes_calls_a_drain_for_what_is_due_later(self):
        event_id = self.committed()
        with self.registry.cursor() as cr:
            due = self.db.now() + timedelta(hours=1)
            cr.execute("UPDATE integration_event SET state = 'retry', next_try_at = %s WHERE id = %s", [due, event_id])
        with self.environment() as env:
            endpoint = env["integration.endpoint"].browse(self.endpoint_id)
            endpoint.action_pause()
            endpoint.action_resume()
        with self.registry.cursor() as cr:
            cr.execute("SELECT count(*) FROM queue_job WHERE identity_key = %s", [f"wake:{self.unit}"])
            self.assertEqual(cr.fetchone(), (1,))
