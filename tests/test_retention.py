# Part of Integration Hub. License LGPL-3.0 or later.
"""What is kept no longer goes, and nothing else: on real connections, with rows older than anything else there is."""

from datetime import datetime, timedelta
from itertools import count

from odoo.tests import TransactionCase, tagged

from ..engine.retention import Kept, forget
from .connections import ConnectionsCase

LONG_AGO = datetime(1990, 1, 1)  # what is kept by these tests' limits is younger than any message of others
KEPT = Kept(
    contents=LONG_AGO,
    messages=LONG_AGO - timedelta(days=60),
    failed=LONG_AGO - timedelta(days=335),
    deliveries=LONG_AGO,
)


@tagged("post_install", "-at_install")
class TestRetention(ConnectionsCase):
    def setUp(self):
        super().setUp()
        self.numbers = count(1)  # lower ids than any other message has: windows begin with ours

    def message(self, days, state="done", *, blocks=False, tried=True):
        """A message that came and ended *days* before LONG_AGO, with a try, its content and its delivery; its id."""
        number, when = next(self.numbers), LONG_AGO - timedelta(days=days)
        ended = when if tried and state in ("done", "ignored", "dead") else None
        with self.registry.cursor() as cr:
            cr.execute(
                """INSERT INTO integration_event (id, direction, state, endpoint_id, slot, partition_key, arrived_at,
                                                  done_at)
                   VALUES (%s, 'inbound', %s, %s, 0, %s, %s, %s)""",
                [number, state, self.endpoint_id, f"key:{number}", when, ended],
            )
            cr.execute("INSERT INTO integration_event_payload (event_id, body) VALUES (%s, '{}')", [number])
            cr.execute("INSERT INTO integration_effect VALUES (%s, '[]')", [number])
            cr.execute("INSERT INTO integration_event_attempt (event_id, number) VALUES (%s, 1)", [number])
            cr.execute(
                "INSERT INTO integration_dedupe VALUES (1, %s, %s, %s, %s)",
                [self.endpoint_id, f"delivery:{number}", number, when],
            )
            if blocks:
                cr.execute(
                    "INSERT INTO integration_blocked_key VALUES (%s, 'inbound', 0, %s, %s)",
                    [self.endpoint_id, f"key:{number}", number],
                )
        return number

    def forget_old(self, **options):
        """Returns how much of what went."""
        gone = {}
        for batch in forget(self.db, KEPT, **options):
            gone[batch.what] = gone.get(batch.what, 0) + batch.deleted
        return gone

    def left(self, what):
        """Which messages have rows there."""
        column = "id" if what == "event" else "event_id"
        with self.registry.cursor() as cr:
            cr.execute(f"SELECT {column} FROM integration_{what} WHERE {column} < %s ORDER BY 1", [next(self.numbers)])
            return [row[0] for row in cr.fetchall()]

    def test_what_ended_long_ago_goes_with_all_that_belongs_to_it(self):
        self.message(61)
        self.message(61, "ignored")
        kept = self.message(59)
        self.forget_old()
        self.assertEqual(self.left("event"), [kept])
        self.assertEqual(self.left("event_attempt"), [kept])

    def test_what_no_flow_took_goes_though_it_was_never_tried(self):
        self.message(61, "ignored", tried=False)
        kept = self.message(59, "ignored", tried=False)
        young = self.message(-1, "ignored", tried=False)
        self.forget_old()
        self.assertEqual(self.left("event"), [kept, young])
        self.assertEqual(self.left("event_payload"), [young])

    def test_contents_go_before_their_messages(self):
        old = self.message(1)
        young = self.message(-1)
        self.forget_old()
        self.assertEqual(self.left("event"), [old, young])
        self.assertEqual(self.left("event_payload"), [young])

    def test_what_waits_or_is_held_stays_with_its_content_however_old(self):
        waiting = [self.message(9999, state) for state in ("pending", "retry", "held")]
        self.message(9999)
        self.forget_old()
        for what in ("event", "event_payload", "event_attempt"):
            self.assertEqual(self.left(what), waiting, what)

    def test_a_failed_message_stays_longer_and_as_long_as_it_holds_others_back(self):
        recent = self.message(334, "dead")
        self.message(336, "dead")
        blocking = self.message(336, "dead", blocks=True)
        self.forget_old()
        self.assertEqual(self.left("event"), [recent, blocking])
        self.assertEqual(self.left("event_payload"), [recent, blocking])

    def test_deliveries_are_remembered_by_a_limit_of_their_own(self):
        self.message(1)
        young = self.message(-1)
        self.assertEqual(self.forget_old()["deliveries"], 1)
        self.assertEqual(self.left("dedupe"), [young])

    def test_many_batches_come_to_the_same(self):
        expected = []
        for number in range(20):
            state = "held" if number % 3 == 0 else "done"
            message = self.message(100, state)
            expected += [message] if state == "held" else []
        gone = {"contents": 13, "effects": 13, "messages": 13, "refusals": 0, "deliveries": 20, "figures": 0}
        self.assertEqual(self.forget_old(batch=2), gone)
        self.assertEqual(self.left("event"), expected)
        self.assertEqual(self.left("event_payload"), expected)
        self.assertEqual(self.left("effect"), expected)

    def test_what_is_young_ends_the_search(self):
        self.message(61)
        for _number in range(6):
            self.message(59)
        behind = self.message(61)  # as no delivery does, but for a clock that was set back by days
        self.forget_old(batch=2)
        self.assertIn(behind, self.left("event"))

    def test_each_batch_is_committed_and_it_may_be_stopped_there(self):
        for _number in range(4):
            self.message(100)
        batches = forget(self.db, KEPT, batch=2)
        while next(batches).what != "messages":
            pass
        batches.close()
        self.assertEqual(self.left("event"), [3, 4])
        self.forget_old(batch=2)
        self.assertEqual(self.left("event"), [])

    def test_a_message_in_somebodys_hands_is_passed_over_and_found_by_the_next_run(self):
        """A person makes it runnable at this moment: that comes before, and it waits again."""
        again, done = self.message(100, "ignored"), self.message(100)
        with self.registry.cursor() as person:
            person.execute("UPDATE integration_event SET state = 'pending', done_at = NULL WHERE id = %s", [again])
            self.forget_old()
            self.assertEqual(self.left("event"), [again])
        self.forget_old()
        self.assertEqual(self.left("event"), [again])
        self.assertNotIn(done, self.left("event"))

    def test_intake_goes_on_meanwhile(self):
        """A batch that is not committed yet holds up neither a new message nor its redelivery."""
        self.message(100)
        with self.registry.cursor() as open_report:
            open_report.execute("SELECT count(*) FROM integration_event")
            self.forget_old()
            with self.db.statements() as cr:
                cr.execute("SET LOCAL lock_timeout = '1s'")
                accepted = self.insert(cr, dedupe_key="new")
        self.assertFalse(accepted.duplicate)


@tagged("post_install", "-at_install")
class TestRetentionSettings(TransactionCase):
    def kept_days(self, **days):
        for name, value in days.items():
            self.env["ir.config_parameter"].set_param(f"integration_hub.{name}_days", str(value))
        now = self.env.cr.now()
        return [round((now - when) / timedelta(days=1)) for when in self.env["integration.retention"]._kept()]

    def test_by_itself(self):
        self.assertEqual(self.kept_days(), [30, 90, 365, 30])

    def test_what_failed_is_kept_as_long_as_the_rest_and_deliveries_thirty_days_at_least(self):
        self.assertEqual(self.kept_days(content=7, message=400, failed=10, dedupe=1), [7, 400, 400, 30])

    def test_the_settings_are_what_counts(self):
        self.env["res.config.settings"].create(
            {"integration_content_days": 5, "integration_message_days": 6, "integration_failed_days": 70,
             "integration_dedupe_days": 80}
        ).execute()  # fmt: skip
        self.assertEqual(self.kept_days(), [5, 6, 70, 80])

    def test_the_scheduled_action_says_what_it_did(self):
        with (
            self.enter_registry_test_mode(),
            self.assertLogs("odoo.addons.integration_hub.models.integration_retention") as log,
        ):
            self.env.ref("integration_hub.cron_forget").method_direct_trigger()
        self.assertIn("0 messages", log.output[0])
