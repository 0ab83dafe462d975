# Part of Integration Hub. License LGPL-3.0 or later.
"""Transactions that lost a race take turns for a while, those with business methods only."""

import threading
from unittest.mock import patch

from psycopg2 import errors

from odoo.tests import tagged

from ..engine import contention
from ..engine.perform import drain
from .connections import ConnectionsCase, Recorder

FLOW = 1_000_000_002  # no flow of the database: the handler of these tests knows none


@tagged("post_install", "-at_install")
class TestContention(ConnectionsCase):
    def setUp(self):
        super().setUp()
        self.startPatcher(patch.dict(contention._left, clear=True))
        self.startPatcher(patch.object(contention, "TURNS", 3))

    def arrive(self, *keys):
        with self.db.read_committed() as cr:
            return [self.insert(cr, key=key, flow_id=FLOW).event_id for key in keys]

    def in_turn(self):
        """Tell whether somebody has the turn."""
        with self.registry.cursor() as cr:
            cr.execute("SELECT pg_try_advisory_xact_lock(%s)", [contention.NAME])
            return not cr.fetchone()[0]

    def turns(self, keys, *, together=False):
        """Lose a race with the first message; returns of each try whether it had the turn."""
        ids, had = self.arrive(*keys), []

        def effect(_cr, event):
            had.append(self.in_turn())
            if event.id == ids[0] and len(had) == 1:
                raise errors.SerializationFailure

        drain(self.db, self.unit, Recorder(effect, together=together))
        self.assertEqual(set(self.states().values()), {"done"})
        return had

    def test_who_lost_goes_on_in_turn_for_a_while(self):
        self.assertEqual(self.turns("abcde"), [False, True, True, True, False, False])
        self.assertFalse(self.in_turn())

    def test_plain_messages_take_no_turns(self):
        self.assertNotIn(True, self.turns("ab", together=True))

    def test_of_two_that_have_lost_the_second_waits_and_sees_the_first_ones_effect(self):
        contention.lost(self.db, FLOW)
        seen, second = [], threading.Thread(target=self.work, args=(lambda cr: seen.append(self.color(cr)),))
        with contention.turn(self.db, FLOW), self.db.transaction() as cr:
            second.start()
            self.wait_until_one_waits()
            cr.execute("UPDATE integration_system SET color = 7 WHERE id = %s", [self.system_id])
        second.join()
        self.assertEqual(seen, [7])

    def work(self, what):
        with contention.turn(self.db, FLOW), self.db.transaction() as cr:
            what(cr)

    def color(self, cr):
        cr.execute("SELECT color FROM integration_system WHERE id = %s", [self.system_id])
        return cr.fetchone()[0]

    def test_nobody_waits_for_ever(self):
        contention.lost(self.db, FLOW)
        with patch.object(contention, "PATIENCE", "10ms"), contention.turn(self.db, FLOW):
            done = threading.Thread(target=self.work, args=(lambda cr: cr.execute("SELECT 1"),))
            done.start()
            done.join(30)
            self.assertFalse(done.is_alive())
