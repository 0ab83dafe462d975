# Part of Integration Hub. License LGPL-3.0 or later.
"""Many calls under way in one drain: on threads, with no transaction open, of each key one at a time."""

import threading
import time

from odoo.tests import tagged

from ..engine.burial import UNDER_WAY
from ..engine.calls import WINDOW
from ..engine.database import Database
from ..models.handler import Handler
from .deaths import Worker
from .outbound_cases import CallsCase
from .peer import PATIENCE

OPEN = """
    SELECT a.pid, array_agg(DISTINCT c.relname::text) FILTER (WHERE c.relname IS NOT NULL)
      FROM pg_stat_activity a
 LEFT JOIN pg_locks l ON l.pid = a.pid AND l.locktype = 'relation' AND l.mode <> 'AccessShareLock'
 LEFT JOIN pg_class c ON c.oid = l.relation AND c.relkind = 'r'
     WHERE a.datname = current_database() AND a.xact_start IS NOT NULL AND a.pid <> pg_backend_pid()
       AND a.backend_type = 'client backend'
  GROUP BY a.pid"""


@tagged("post_install", "-at_install")
class TestWindow(CallsCase):
    def test_no_transaction_is_open_during_calls(self):
        """None but the guard's, which locks the unit: people write the records meanwhile."""
        ids = self.people(WINDOW)
        before = {pid for pid, _tables in self.execute(OPEN)}
        let_go = threading.Event()
        self.peer.before = lambda asked: None if let_go.wait(PATIENCE) else 500
        thread = self.draining()
        self.addCleanup(let_go.set)
        self.assertTrue(self.peer.wait_until(lambda: self.peer.under_way() == WINDOW))
        self.assertEqual([tables for pid, tables in self.execute(OPEN) if pid not in before], [["integration_slot"]])
        locked = self.execute("SELECT id FROM res_partner WHERE id = ANY(%s) FOR UPDATE NOWAIT", ids)
        self.assertEqual(len(locked), WINDOW)
        let_go.set()
        thread.join()
        self.assertEqual(self.states(), dict.fromkeys(ids, "done"))
        self.assertEqual(self.links(), sorted(ids))

    def test_keys_in_parallel_each_in_sequence(self):
        """The calls of four keys wait for one another, three times; each call changes the record of the next."""
        ids = self.people(4)
        self.execute("UPDATE integration_event SET kind = 'command' WHERE endpoint_id = %s", self.endpoint_id)
        for _time in range(2):
            self.execute(
                """INSERT INTO integration_event (direction, state, kind, endpoint_id, company_id, flow_id, slot,
                          partition_key, object_type, operation, res_model, res_id, arrived_at, attempt_count)
                   SELECT DISTINCT ON (res_id) direction, 'pending', kind, endpoint_id, company_id, flow_id, slot,
                          partition_key, object_type, operation, res_model, res_id, arrived_at, 0
                     FROM integration_event WHERE endpoint_id = %s""",
                self.endpoint_id,
            )
        barrier = threading.Barrier(len(ids))

        def meet(asked):
            barrier.wait(PATIENCE)
            query = "UPDATE res_partner SET phone = phone || '1' WHERE email = %s"
            self.execute(query, asked["properties"]["email"])

        self.peer.before = meet
        self.drain()
        self.assertEqual(self.peer.overlaps, [])
        self.assertEqual(self.peer.most, len(ids))
        for name in set(self.peer.names()):
            its = [asked for asked in self.peer.asked if asked["name"] == name]
            self.assertEqual([asked["method"] for asked in its], ["POST", "PATCH", "PATCH"])
            self.assertEqual([asked["properties"]["phone"] for asked in its], ["1", "11", "111"])
        self.assertEqual(set(self.states().values()), {"done"})

    def test_a_slow_call_holds_back_no_other(self):
        ids = self.people(2 * WINDOW)
        slow = "ada0@x.example"

        def wait_for_all_others(asked):
            if asked["name"] == slow and not self.peer.wait_until(
                lambda: len(self.peer.asked) == len(ids) and self.peer.under_way() == 1
            ):
                return 400
            return None

        self.peer.before = wait_for_all_others
        self.drain()
        self.assertEqual(self.states(), dict.fromkeys(ids, "done"))

    def test_a_refused_key_among_many(self):
        """What is under way ends in order, what is not is not sent, and the endpoint stops, told once."""
        ids = self.people(2 * WINDOW)

        def refuse_one(asked):
            if asked["name"] == "ada3@x.example":
                return 401 if self.peer.wait_until(lambda: self.peer.under_way() == WINDOW) else 400
            self.wait_until_it_stops()
            return None

        self.peer.before = refuse_one
        self.drain()
        self.assertEqual(len(self.peer.asked), WINDOW)
        states = self.states()
        self.assertEqual([states[id_] for id_ in ids].count("done"), WINDOW - 1)
        self.assertEqual([states[id_] for id_ in ids].count("pending"), WINDOW + 1)
        with self.environment() as env:
            endpoint = env["integration.endpoint"].browse(self.endpoint_id)
            self.assertEqual((endpoint.state, len(endpoint.activity_ids)), ("suspended", 1))

    def wait_until_it_stops(self):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self.execute("SELECT state FROM integration_endpoint WHERE id = %s", self.endpoint_id) != [("active",)]:
                return
            time.sleep(0.02)

    def test_a_timeout_among_many(self):
        ids = self.people(WINDOW)
        self.execute("UPDATE integration_endpoint SET timeout_read = 0.5 WHERE id = %s", self.endpoint_id)
        over = threading.Event()
        self.addCleanup(over.set)
        self.peer.before = lambda asked: over.wait(PATIENCE * (asked["name"] == "ada5@x.example")) and None
        self.drain()
        self.assertEqual(self.states(), {id_: "retry" if id_ == ids[5] else "done" for id_ in ids})
        self.assertEqual(self.in_doubt(), [ids[5]])

    def test_one_that_the_user_may_not_see_among_many(self):
        ids = self.people(6)
        with self.environment() as env:
            rule = (
                env["ir.rule"]
                .create(
                    {
                        "name": "Not this one",
                        "model_id": env["ir.model"]._get_id("res.partner"),
                        "domain_force": f"[('id', '!=', {ids[2]})]",
                    }
                )
                .id
            )
        self.addCleanup(self.execute, "DELETE FROM ir_rule WHERE id = %s", rule)
        self.drain()
        self.assertEqual(self.states(), {id_: "dead" if id_ == ids[2] else "done" for id_ in ids})

    def test_a_death_with_all_calls_under_way(self):
        """Each is in doubt, and each is repeated as its object type declares: nobody exists twice."""
        people, firms = self.people(WINDOW - 4), self.people(4, is_company=True)
        let_go = threading.Event()
        self.addCleanup(let_go.set)
        self.peer.before = lambda asked: None if let_go.wait(PATIENCE) else 500
        db = Database(self.db.name, self.clock, randomness=lambda: 0.5)
        self.assertEqual(Worker(db, Handler(db), "dead:7", "before", "Gather").drain(self.unit), "died")
        self.assertTrue(self.peer.wait_until(lambda: self.peer.under_way() == WINDOW))
        let_go.set()
        self.assertTrue(self.peer.wait_until(lambda: self.peer.under_way() == 0))
        self.drain(db)
        self.assertEqual(self.in_doubt(), sorted(people + firms))
        self.clock.advance(UNDER_WAY)
        self.drain(db)
        self.assertEqual(self.states(), dict.fromkeys(people, "done") | dict.fromkeys(firms, "held"))
        self.assertEqual(self.links(), sorted(people))
        self.assertEqual(self.in_doubt(), sorted(firms))
