# Part of Integration Hub. License LGPL-3.0 or later.
"""What settles together is written as what settles alone."""

import uuid

from odoo.tests import tagged

from ..connectors.clock import ManualClock
from ..engine.claim import COLUMNS, Event
from ..engine.database import Database
from ..engine.outcome import LEARNT, Outcome, record
from ..engine.settle import settle
from .common import HubCase

TOLD = Outcome(
    "done",
    "left-out",
    "Left out: “50 %” of\nit",
    "Correct it",
    params={"problems": [{"line": 1}]},
    status_code=200,
    technical="as\tit is",
    facts={
        "flow_id": 1,
        "res_model": "res.partner",
        "res_id": 2,
        "external_id": "gid://shopify/Customer/9",
        "external_version": "2026-01-01T00:00:00Z",
        "mapping_version_id": 3,
        "record_mapping_version_id": 4,
        "error_line": "email",
        "no_column": 5,
    },
)
OUTCOMES = (Outcome("done"), Outcome("ignored", "stale", "Older than what is linked"), TOLD)


@tagged("post_install", "-at_install")
class TestSettle(HubCase):
    """``settle`` against ``record``, each on an event of its own."""

    @classmethod
    def set_up_hub(cls):
        cls.shop = cls.connect_shopify(wanted=("customers_in",))

    def setUp(self):
        super().setUp()
        self.db = Database(self.env.cr.dbname, ManualClock(1_767_225_600.0))

    def blocked_event(self):
        """An event that failed before, is in doubt, and holds its key."""
        document = {"id": 1, "email": "ada@example.com", "updated_at": "2026-01-01T00:00:00Z"}
        self.env.cr.execute(
            """UPDATE integration_event
                  SET state = 'retry', attempt_count = 2, next_try_at = %(now)s, error_code = 'x', error_message = 'x',
                      error_hint = 'x', error_params = '{"x": 1}', fingerprint = 'x', in_doubt = true
                WHERE id = %(id)s RETURNING """
            + ", ".join(COLUMNS),
            {
                "now": self.db.now(),
                "id": self.receive(self.shop, document, topic="customers/update", webhook_id=str(uuid.uuid4())).id,
            },
        )
        event = Event(*self.env.cr.fetchone())
        self.env.cr.execute(
            """INSERT INTO integration_blocked_key VALUES (%s, %s, %s, %s, %s)
                ON CONFLICT (endpoint_id, direction, partition_key) DO UPDATE SET event_id = EXCLUDED.event_id""",
            [event.endpoint_id, event.direction, event.slot, event.partition_key, event.id],
        )
        return event

    def written(self, event):
        """What the database says of an event: its row, its attempts, whether it holds its key."""
        self.env.cr.execute(
            "SELECT to_jsonb(e) - '{id,arrived_at}'::text[] FROM integration_event e WHERE id = %s", [event.id]
        )
        (row,) = self.env.cr.fetchone()
        self.env.cr.execute(
            "SELECT to_jsonb(a) - 'id' - 'event_id' FROM integration_event_attempt a WHERE event_id = %s", [event.id]
        )
        attempts = [attempt for (attempt,) in self.env.cr.fetchall()]
        self.env.cr.execute("SELECT count(*) FROM integration_blocked_key WHERE event_id = %s", [event.id])
        return row, attempts, self.env.cr.fetchone()

    def test_alone_and_together(self):
        now = self.db.now()
        alone = []
        for outcome in OUTCOMES:
            event = self.blocked_event()
            record(self.env.cr, self.db, event, outcome, started_at=now, worker="node:1")
            alone.append(self.written(event))
        together = [self.blocked_event() for _outcome in OUTCOMES]
        tries = [(event, outcome, None) for event, outcome in zip(together, OUTCOMES, strict=True)]
        settle(self.env.cr, tries, started_at=now, now=self.db.now(), worker="node:1")
        for event, expected in zip(together, alone, strict=True):
            self.assertEqual(self.written(event), expected)
        row = self.written(together[-1])[0]
        self.assertEqual({name: row[name] for name in LEARNT}, {name: TOLD.facts[name] for name in LEARNT})
        self.assertEqual((row["state"], row["attempt_count"], row["in_doubt"]), ("done", 3, None))
