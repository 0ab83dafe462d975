# Part of Integration Hub. License LGPL-3.0 or later.
"""Transactions that lost a race take turns for a while, those with business methods only."""

import threading
from unittest.mock import patch

from psycopg2 import errors

from odoo.tests import tagged

from ..engine import contention
from ..engine.claim import COLUMNS, Event
from ..engine.perform import drain
from .connections import ConnectionsCase, Recorder

FLOW = 1_000_000_002  # no flow of the database: the handler of these tests knows none
EVENT = Event(*[None] * len(COLUMNS))._replace(flow_id=FLOW, company_id=1)


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
        """Tell whether somebody has the lock alone."""
        with self.registry.cursor() as cr:
            cr.execute("SELECT pg_try_advisory_xact_lock_shared(%s, 1)", [contention.NAME])
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

    def test_who_lost_waits_for_the_others_and_they_for_it(self):
        for loser_first in (True, False):
            with self.subTest(loser_first=loser_first):
                loser, other = EVENT._replace(flow_id=FLOW), EVENT._replace(flow_id=FLOW + 1)
                contention.lost(self.db, loser)
                first, then = (loser, other) if loser_first else (other, loser)
                seen = []
                second = threading.Thread(target=self.read_color, args=(then, seen))
                with contention.turn(self.db, first), self.db.transaction() as cr:
                    second.start()
                    self.wait_until_one_waits()
                    cr.execute(
                        "UPDATE integration_system SET color = coalesce(color, 0) + 1 WHERE id = %s", [self.system_id]
                    )
                    mine = self.color(cr)
                second.join()
                self.assertEqual(seen, [mine], "in a snapshot of after the first one's commit")

    def test_who_lost_nothing_works_beside_the_others(self):
        with contention.turn(self.db, EVENT), contention.turn(self.db, EVENT._replace(flow_id=FLOW + 1)):
            self.assertFalse(self.in_turn())

    def test_nobody_waits_for_ever(self):
        contention.lost(self.db, EVENT)
        with patch.object(contention, "PATIENCE", "10ms"), contention.turn(self.db, EVENT):
            second = threading.Thread(target=self.read_color, args=(EVENT, []))
            second.start()
            second.join(30)
            self.assertFalse(second.is_alive())

    def read_color(self, event, seen):
        with contention.turn(self.db, event), self.db.transaction() as cr:
            seen.append(self.color(cr))

    def color(self, cr):
        cr.execute("SELECT coalesce(color, 0) FROM integration_system WHERE id = %s", [self.system_id])
        return cr.fetchone()[0]
