# Part of Integration Hub. License LGPL-3.0 or later.
"""Forty things are wrong, and a hundred thousand messages fail of them: what people are shown of it, and are told."""

import collections
import itertools
import time

from odoo.tests import tagged

from ..connectors.clock import ManualClock
from .failure_estate import FailureEstate

EACH = 4
IN_ALL = 100_000
HOURS = (0.1, 0.3, 1, 2, 4)  # after which what is tried again by itself is tried again
RIGHT = 38
OWN = ("id", "external_id", "partition_key", "res_id")


@tagged("post_install", "-at_install")
class TestFailureEstate(FailureEstate):
    def test_forty_causes_and_a_hundred_thousand_messages(self):
        cause_of = self._fail()
        groups = collections.defaultdict(set)
        for event in self.env["integration.event"].browse(cause_of):
            groups[event.endpoint_id.id, event.fingerprint].add(cause_of[event.id])
        self._assert_right(groups)
        self._multiply(cause_of)
        with self.engine_mode():
            self.env["integration.failure"]._refresh()
        failures = self.env["integration.failure"].search([("system_id", "in", (self.shop | self.crm).ids)])
        self.assertEqual({(each.endpoint_id.id, each.fingerprint) for each in failures}, set(groups))
        self.assertEqual(sum(failures.mapped("message_count")), IN_ALL)
        self._assert_told(failures)

    def _fail(self):
        """Have each cause fail a few messages; returns ``{message id: cause}``."""
        cause_of = {}
        for cause, tell in self.causes().items():
            before = self.env["integration.event"].search([], order="id desc", limit=1).id
            tell(EACH)
            self.drain()
            self.env.invalidate_all()
            failed = self.env["integration.event"].search([("id", ">", before), ("state", "in", ("dead", "retry"))])
            self.assertEqual(len(failed), EACH, (cause, failed.mapped("error_message")))
            cause_of |= dict.fromkeys(failed.ids, cause)
        self.assertEqual(len(set(cause_of.values())), 40)
        for hours in HOURS:
            self.drain(ManualClock(time.time() + 3600 * hours))
        self.env.invalidate_all()
        return cause_of

    def _assert_right(self, groups):
        """A group is right when it is one cause, and all of it."""
        spread = collections.Counter(itertools.chain.from_iterable(groups.values()))
        wrong = [causes for causes in groups.values() if len(causes) > 1 or spread[next(iter(causes))] > 1]
        self.assertGreaterEqual(len(groups) - len(wrong), RIGHT, wrong)

    def _multiply(self, cause_of):
        """Have so many fail in all: each is like one that did, of another object."""
        cr = self.env.cr
        cr.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'integration_event'::regclass AND attnum > 0"
            " AND NOT attisdropped AND attname <> ALL(%s)",
            [list(OWN)],
        )
        columns = ", ".join(name for (name,) in cr.fetchall())
        cr.execute(
            f"""INSERT INTO integration_event (external_id, partition_key, {columns})
                SELECT external_id || '-' || n, partition_key || '-' || n, {columns}
                  FROM integration_event, generate_series(1, %s) n WHERE id = ANY(%s)
                 ORDER BY n, id LIMIT %s""",
            [IN_ALL // len(cause_of) + 1, list(cause_of), IN_ALL - len(cause_of)],
        )
        cr.execute("ANALYZE integration_event")  # as autovacuum does

    def _assert_told(self, failures):
        """Whoever answers is reached for each cause, once."""
        self.env["integration.record"]._cron_tell()
        activities = self.env["mail.activity"].search([("integration_cause", "!=", False)])
        once = collections.Counter((activity.integration_cause, activity.user_id) for activity in activities)
        self.assertEqual(set(once.values()), {1})
        told = {activity.integration_cause for activity in activities}
        self.assertEqual(set(failures.mapped("fingerprint")) - told, set())
        self.env["integration.record"]._cron_tell()
        self.assertEqual(self.env["mail.activity"].search([("integration_cause", "!=", False)]), activities)
