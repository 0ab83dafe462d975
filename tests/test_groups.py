# Part of Integration Hub. License LGPL-3.0 or later.
"""Plain events share a transaction. When one fails it is gone as a whole, with all that was to follow its commit."""

from odoo.tests import tagged

from ..engine.outcome import Outcome
from ..engine.perform import drain
from .connections import ConnectionsCase, Recorder

FLOW = 1_000_000_001  # no flow of the database: the handler of these tests knows none


@tagged("post_install", "-at_install")
class TestGroups(ConnectionsCase):
    def arrive(self, *keys):
        """Store an event for each key; returns their ids."""
        with self.db.read_committed() as cr:
            return [self.insert(cr, key=key, flow_id=FLOW).event_id for key in keys]

    def drain(self, effect=None):
        handler = Recorder(effect, together=True)
        drain(self.db, self.unit, handler)
        return handler

    def transactions(self, ids):
        """Return in how many transactions the outcomes of these events were written."""
        with self.registry.cursor() as cr:
            cr.execute("SELECT count(DISTINCT xmin::text) FROM integration_event WHERE id = ANY(%s)", [ids])
            return cr.fetchone()[0]

    def test_plain_events_share_a_transaction(self):
        ids = self.arrive(*"abcdefgh")
        handler = self.drain()
        self.assertEqual((handler.applied, self.states()), (ids, dict.fromkeys(ids, "done")))
        self.assertEqual(self.transactions(ids), 1)

    def test_others_have_their_own(self):
        ids = self.arrive(*"abcd")
        drain(self.db, self.unit, Recorder())
        self.assertEqual(self.transactions(ids), len(ids))

    def test_what_follows_a_commit_follows_each_once(self):
        """A savepoint would keep the mails and webhooks of what it rolled back; the transaction does not."""
        ids, sent = self.arrive(*"abcdefgh"), []

        def effect(cr, event):
            cr.postcommit.add(lambda: sent.append(event.id))
            if event.id == ids[5]:
                raise ZeroDivisionError

        handler = self.drain(effect)
        self.assertEqual(self.states(), {**dict.fromkeys(ids, "done"), ids[5]: "dead"})
        self.assertEqual(sorted(sent), sorted(set(ids) - {ids[5]}))
        self.assertEqual(sent, sorted(sent), "in order")
        self.assertLess(self.transactions(ids), len(ids), "the others still share")
        self.assertLess(len(handler.applied), 3 * len(ids))

    def test_effects_of_what_fails_are_gone(self):
        self.arrive(*"abcd")

        def effect(cr, event):
            cr.execute("UPDATE integration_system SET color = color + 1 WHERE id = %s", [self.system_id])
            if event.partition_key == "c":
                raise ZeroDivisionError

        with self.registry.cursor() as cr:
            cr.execute("UPDATE integration_system SET color = 0 WHERE id = %s", [self.system_id])
        self.drain(effect)
        with self.registry.cursor() as cr:
            cr.execute("SELECT color FROM integration_system WHERE id = %s", [self.system_id])
            self.assertEqual(cr.fetchone(), (3,))

    def test_a_failed_head_keeps_its_followers_back(self):
        ids = self.arrive("a", "b", "a", "c", "b")

        def effect(cr, event):
            if event.id == ids[0]:
                raise ZeroDivisionError

        self.drain(effect)
        self.assertEqual(list(self.states().values()), ["dead", "done", "pending", "done", "done"])

    def test_an_outcome_that_does_not_settle_is_tried_alone(self):
        ids = self.arrive("a", "b", "a")
        self.drain(lambda cr, event: Outcome("retry", "later", "Not yet") if event.id == ids[0] else None)
        self.assertEqual(list(self.states().values()), ["retry", "done", "pending"])
        with self.registry.cursor() as cr:
            cr.execute("SELECT count(*) FROM integration_event_attempt WHERE event_id = ANY(%s)", [ids])
            self.assertEqual(cr.fetchone(), (2,), "one each that was tried")

    def test_given_up_meanwhile(self):
        ids = self.arrive(*"abc")
        handler = Recorder(together=True)

        def give_up_the_second(events):
            with self.registry.cursor() as person:
                person.execute("UPDATE integration_event SET state = 'ignored' WHERE id = %s", [ids[1]])
            return [{} for _event in events]

        handler.load = give_up_the_second
        drain(self.db, self.unit, handler)
        self.assertEqual(list(self.states().values()), ["done", "ignored", "done"])
        self.assertEqual(handler.applied, [ids[0], ids[2]])
