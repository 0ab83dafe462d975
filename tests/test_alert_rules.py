# Part of Integration Hub. License LGPL-3.0 or later.
"""What each kind of rule sees: with messages that came through the hub where that is what it watches."""

from datetime import date, datetime, timedelta

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import BaseCase, tagged
from odoo.tools import SQL

from ..connectors.resilience import Breaker
from ..engine import backlog, heartbeat, times
from ..engine.database import Database
from ..engine.histogram import BOUNDS, PLACES
from ..engine.limits import PostgresStore
from ..models import alert_words as words
from ..models.guards import key
from .alert_cases import AlertCase
from .common import own_payload

HOUR = 60


class RuleCase(AlertCase):
    def deliver(self, number=1):
        """Have a customer's webhook arrive, signed and accepted; returns the message."""
        document = own_payload("shopify/customers__update") | {"id": number, "email": f"c{number}@example.com"}
        return self.receive(self.shop, document, topic="customers/update", webhook_id=f"webhook-{number}-{id(self)}")

    def measure(self):
        with self.engine_mode():
            backlog.measure(Database(self.env.cr.dbname, self.clock))

    def tried(self, count, outcome, at=None, seconds=1.0):
        """Count tries that ended so."""
        place = [0] * PLACES
        place[next(each for each, bound in enumerate(BOUNDS) if seconds <= bound)] = count
        self.env.cr.execute(
            SQL(
                """INSERT INTO integration_metric_delta (at, company_id, endpoint_id, flow_id, direction, outcome,
                       count, seconds, latency, calls, call_seconds)
                   VALUES (%s, %s, %s, %s, 'inbound', %s, %s, %s, %s, 0, 0)""",
                at or self.now(), self.shop.company_id.id, self.inbound.id, self.flow.id, outcome, count,
                count * seconds, place,
            )
        )  # fmt: skip


@tagged("post_install", "-at_install")
class TestMetricRules(RuleCase):
    def test_share_of_failures(self):
        rule = self.rule("error_rate", limit=50, least=10, minutes=15)
        self.tried(9, "dead")
        self.assertFalse(self.look(), "too few to say anything")
        self.tried(11, "done")
        self.assertFalse(self.look(), "45 %")
        self.tried(20, "retry")
        alert = self.look()
        self.assertEqual((alert.flow_id, alert.facts["share"], alert.facts["count"]), (self.flow, 72, 40))
        self.assertIn("72 %", alert.summary)
        self.tried(24, "done")
        self.look(after=1)
        self.assertEqual(alert.state, "open", "45 % is near 50 %: it would come and go")
        self.look(after=20)
        self.look(after=1)
        self.assertEqual((alert.state, rule.open_count), ("resolved", 0))

    def test_real_tries_are_counted(self):
        """The messages of a flow that does not take them, through the drain."""
        self.rule("error_rate", limit=50, least=3, minutes=15)
        self.flow = self.inbound.flow_ids.filtered(lambda flow: flow.object_type == "customer" and flow.state == "on")
        for number in range(3):
            document = own_payload("shopify/customers__update") | {"id": number + 1, "email": {"not": "a text"}}
            self.receive(self.shop, document, topic="customers/update", webhook_id=f"bad-{number}")
        self.drain()
        failed = self.events(self.inbound, ("state", "=", "dead"))
        self.assertEqual(len(failed), 3)
        alert = self.look(after=0.1)
        self.assertEqual((alert.flow_id, alert.facts["share"]), (failed.flow_id, 100))

    def test_a_late_run_sees_what_it_missed(self):
        """The cron did not come for two hours: a quarter of an hour in which all failed is told nevertheless."""
        self.rule("error_rate", limit=50, least=10, minutes=15)
        self.look()
        self.tried(30, "dead", at=self.now() + timedelta(minutes=31))
        self.tried(300, "done", at=self.now() + timedelta(minutes=90))
        alert = self.look(after=120)
        self.assertEqual((alert.state, alert.facts["share"]), ("open", 100))
        self.look(after=1)
        self.assertEqual(alert.state, "resolved")

    def test_throughput(self):
        self.env.cr.execute("UPDATE integration_flow SET create_date = %s", [self.minutes_ago(600)])
        low = self.rule("throughput_low", limit=10, minutes=30, flow_id=self.flow.id)
        high = self.rule("throughput_high", limit=100, minutes=30, flow_id=self.flow.id)
        self.tried(50, "done")
        self.assertFalse(self.look(after=1))
        self.tried(51, "done")
        self.assertEqual(self.look(after=1).rule_id, high)
        alert = self.look(after=60)
        self.assertEqual((alert.rule_id, alert.facts["count"]), (low, 0))

    def test_latency(self):
        self.rule("latency", limit=60, percentile=90, least=10, minutes=30)
        self.tried(95, "done", seconds=1)
        self.tried(5, "done", seconds=300)
        self.assertFalse(self.look(after=0.1))
        self.tried(15, "done", seconds=300)
        self.assertGreater(self.look(after=0.1).facts["seconds"], 60)

    def test_silent_webhooks(self):
        """Forty an hour on each day before; then none, for three quarters of an hour."""
        self.rule("webhook_silent", minutes=30, least=10)
        for day in range(1, 15):
            for minutes in range(0, 180, 3):
                self.delivered(self.minutes_ago(day * 24 * HOUR - minutes + 60), 2)
        self.delivered(self.minutes_ago(5), 1)
        self.assertFalse(self.look())
        self.assertFalse(self.look(after=20), "not for long enough")
        alert = self.look(after=20)
        self.assertEqual(alert.endpoint_id, self.inbound)
        self.assertIn("No webhook since", alert.summary)
        self.delivered(self.now(), 1)
        self.look(after=1)
        self.assertEqual(alert.state, "resolved")

    def test_silence_at_night_is_usual(self):
        self.rule("webhook_silent", minutes=30, least=10)
        for day in range(1, 15):
            self.delivered(self.minutes_ago(day * 24 * HOUR + 5 * HOUR), 200)
        self.delivered(self.minutes_ago(5 * HOUR), 200)
        self.assertFalse(self.look(after=HOUR))

    def test_what_comes_once_an_hour_is_not_missed_before_its_time(self):
        """A burst at a minute of each hour."""
        self.rule("webhook_silent", minutes=30, least=10)
        burst = self.minutes_ago(1)
        for hour in range(1, 24 * 14):
            self.delivered(burst - timedelta(hours=hour), 50)
        self.delivered(burst, 50)
        self.assertFalse(self.look(after=50))
        self.assertTrue(self.look(after=2 * HOUR))

    def delivered(self, at, count):
        self.env.cr.execute(
            "INSERT INTO integration_counter_delta VALUES (%s, 'accepted', %s, %s)", [self.inbound.id, count, at]
        )

    def test_backlog(self):
        depth = self.rule("backlog_depth", limit=10)
        age = self.rule("backlog_age", minutes=30)
        self.failing(10, state="pending")
        self.measure()
        alert = self.look()
        self.assertEqual((alert.rule_id, alert.message_count), (depth, 10))
        self.clock.advance(31 * 60)
        self.measure()
        self.assertEqual(self.look().rule_id, depth | age)
        self.mend()
        self.clock.advance(60)
        self.measure()
        self.assertFalse(self.look())

    def test_backlog_of_what_an_endpoint_takes(self):
        self.rule("backlog_depth", limit=0)
        self.inbound.backlog_limit = 10
        self.failing(7, state="pending")
        self.measure()
        self.assertFalse(self.look())
        self.failing(1, state="pending")
        self.clock.advance(60)
        self.measure()
        self.assertTrue(self.look())


@tagged("post_install", "-at_install")
class TestMessageRules(RuleCase):
    def test_a_cause_that_grows(self):
        self.rule("cause_size", limit=10, limit_amount=500)
        self.failing(9, at=self.minutes_ago(60))
        self.refresh()
        self.assertFalse(self.look())
        self.failing(1, at=self.minutes_ago(60))
        self.refresh()
        alert = self.look(after=1)
        self.assertEqual(alert.message_count, 10)
        failure = alert.failure_id
        self.env.cr.execute(
            "UPDATE integration_failure SET message_count = 2, amount = 600 WHERE id = %s", [failure.id]
        )
        self.look(after=1)
        self.assertEqual(alert.state, "open", "by its amount")
        self.assertIn("600", alert.impact)

    def test_causes_put_aside_are_no_news(self):
        self.rule("new_cause")
        self.failing(at=self.minutes_ago(60))
        self.refresh()
        alert = self.look()
        self.env["integration.failure"].search([]).state = "ignored"
        self.look(after=1)
        self.assertEqual(alert.state, "resolved")

    def test_two_causes_are_two(self):
        self.rule("new_cause")
        self.failing(3, at=self.minutes_ago(60))
        self.failing(4, fingerprint="currency", message="Currency XAF is unknown", at=self.minutes_ago(60))
        self.refresh()
        self.assertEqual(sorted(self.look().mapped("message_count")), [3, 4])

    def test_a_promise_about_to_break(self):
        """A flow that promises an hour is told of after 48 minutes."""
        self.rule("late", share=80)
        event = self.deliver()
        flow = event.flow_id
        flow.recovery_minutes = 60
        self.env.cr.execute("UPDATE integration_event SET arrived_at = %s WHERE id = %s", [self.now(), event.id])
        self.assertFalse(self.look(after=45))
        alert = self.look(after=5)
        self.assertEqual((alert.flow_id, alert.facts["broken"]), (flow, False))
        self.assertIn("soon", alert.summary)
        self.look(after=11)
        self.assertTrue(alert.facts["broken"])
        self.drain()
        self.look(after=1)
        self.assertEqual(alert.state, "resolved")

    def test_the_flows_own_todo_is_not_doubled(self):
        self.rule("late", share=80)
        event = self.deliver()
        flow = event.flow_id
        flow.write({"recovery_minutes": 60, "owner_id": self.owner.id})
        self.env.cr.execute("UPDATE integration_event SET arrived_at = %s", [self.minutes_ago(61)])
        alert = self.look()
        self.assertTrue(self.todos(self.owner, alert))
        flow._cron_recovery()
        self.assertTrue(flow.late_since)
        self.assertFalse(flow.activity_ids)

    def test_held(self):
        self.rule("held", minutes=10)
        self.failing(2, state="held", at=self.minutes_ago(11))
        self.failing(2, state="dead", at=self.minutes_ago(11))
        self.assertEqual(self.look().message_count, 2)

    def test_orders_not_in_odoo_after_five_minutes(self):
        """What waits and what failed; told after four minutes, before the promise breaks."""
        self.rule("not_done", minutes=5, share=80, flow_id=self.flow.id)
        self.failing(2, state="pending")
        self.failing(1, state="dead")
        self.assertFalse(self.look(after=3.5))
        alert = self.look(after=1)
        self.assertEqual((alert.message_count, alert.facts["broken"]), (3, False))
        self.assertIn("nearly", alert.summary)
        self.look(after=1)
        self.assertTrue(alert.facts["broken"])
        self.assertEqual(len(self.notices(alert)), 1)
        self.mend()
        self.look(after=1)
        self.assertEqual(alert.state, "resolved")


@tagged("post_install", "-at_install")
class TestRecordRules(RuleCase):
    def setUp(self):
        super().setUp()
        partners = self.env["ir.model"]._get_id("res.partner")
        self.partner = self.env["res.partner"].create({"name": "Late", "ref": "to-export"})
        self.six = times.next_time(self.now(), 18.0, "Europe/Brussels", weekdays_only=True)
        self.watch = self.rule(
            "not_synced",
            system_id=self.shop.id,
            model_id=partners,
            domain="[('ref', '=', 'to-export')]",
            tz="Europe/Brussels",
            until_hour=18.0,
            warn_minutes=30,
        )

    def be_at(self, moment):
        return self.look(after=(moment - self.now()).total_seconds() / 60)

    def link(self):
        self.env["integration.binding"]._link(
            self.shop, self.env["integration.entity"].search([], limit=1), "gid-1", self.partner
        )

    def test_it_is_told_before_and_ends_when_they_are_there(self):
        if self.now() > self.six - timedelta(minutes=32):
            self.clock.advance(3600 * 2)
            self.six = times.next_time(self.now(), 18.0, "Europe/Brussels", weekdays_only=True)
        self.assertFalse(self.be_at(self.six - timedelta(minutes=31)))
        alert = self.be_at(self.six - timedelta(minutes=29))
        self.assertEqual((alert.facts["count"], alert.facts["broken"]), (1, False))
        self.assertIn("Contact", alert.summary)
        self.be_at(self.six + timedelta(minutes=1))
        self.assertTrue(alert.facts["broken"])
        self.link()
        self.look(after=1)
        self.assertEqual(alert.state, "resolved")

    def test_what_comes_later_is_due_the_next_day(self):
        self.link()
        self.be_at(self.six + timedelta(minutes=1))
        late = self.env["res.partner"].create({"name": "Tomorrow", "ref": "to-export"})
        self.env.cr.execute("UPDATE res_partner SET create_date = %s WHERE id = %s", [self.now(), late.id])
        self.assertFalse(self.look(after=1))
        following = times.next_time(self.now(), 18.0, "Europe/Brussels", weekdays_only=True)
        self.assertTrue(self.be_at(following - timedelta(minutes=10)))

    def test_a_run_that_was_missed_is_made_good(self):
        self.assertTrue(self.be_at(self.six + timedelta(hours=5)))

    def test_what_the_other_side_deleted_is_missing(self):
        self.link()
        self.env["integration.binding"].search([("res_id", "=", self.partner.id)]).deleted_at = self.now()
        self.assertTrue(self.be_at(self.six + timedelta(minutes=1)))

    def test_another_companys_records_are_its_own(self):
        self.partner.company_id = self.env["res.company"].create({"name": "Elsewhere"})
        self.assertFalse(self.be_at(self.six + timedelta(minutes=1)))

    def test_what_cannot_be_watched(self):
        """No code, no protected model, nothing that the endpoint's user may not read."""
        for domain in ("[('ref', '=', __import__('os'))]", "[('nothing', '=', 1)]", "1 +", "[1]"):
            with self.subTest(domain), self.assertRaises(UserError), self.env.cr.savepoint():
                self.watch.domain = domain
        with self.assertRaises(ValidationError):
            self.watch.model_id = self.env["ir.model"]._get_id("res.users")
        with self.assertRaises(ValidationError):
            self.watch.system_id = False


@tagged("post_install", "-at_install")
class TestStateRules(RuleCase):
    def test_an_endpoint_that_is_off_matters_where_flows_need_it(self):
        self.rule("endpoint_stopped")
        unused = self.env["integration.endpoint"].create(
            {"name": "Unused", "system_id": self.shop.id, "direction": "outbound"}
        )
        unused.state = "disabled"
        self.assertFalse(self.look())
        self.inbound.state = "disabled"
        self.assertEqual(self.look().endpoint_id, self.inbound)
        self.inbound.action_pause()
        self.assertFalse(self.look(after=1), "a person's pause")

    def breaker(self, state):
        self.outbound.write({"breaker_percent": 50, "breaker_calls": 10})
        with self.engine_mode():
            store = PostgresStore(Database(self.env.cr.dbname))
            opened = Breaker(state=state, since=self.clock.now(), until=self.clock.now() + 60, reason="12/15")
            store.update(key("breaker", self.outbound.id), lambda before, now: (opened._asdict(), None))

    def test_a_system_that_does_not_answer(self):
        self.rule("breaker_open", for_minutes=10)
        self.breaker("open")
        self.look(after=9)
        self.assertFalse(self.alerts())
        self.look(after=2)
        alert = self.alerts()
        self.assertIn("12 of 15", alert.summary)
        self.breaker("half-open")
        self.look(after=5)
        self.assertEqual(alert.state, "open", "a call tries it")
        self.breaker("closed")
        self.look(after=1)
        self.assertEqual(alert.state, "resolved")

    def test_nobody_runs_jobs(self):
        self.rule("heartbeat")
        with self.engine_mode(), Database(self.env.cr.dbname).read_committed() as cr:
            heartbeat.beat(cr, heartbeat.RUNNER)
        self.assertFalse(self.look())

    def test_a_job_that_stopped(self):
        self.rule("job_failed")
        job = self.env["integration.sync.job"].create({"name": "Orders", "flow_id": self.flow.id, "kind": "poll"})
        job.write({"state": "failed", "error_message": "The page could not be read"})
        alert = self.look()
        self.assertIn("The page could not be read", alert.summary)
        self.env["integration.sync.job"].create(
            {"name": "Orders", "flow_id": self.flow.id, "kind": "poll", "state": "done"}
        )
        self.look(after=1)
        self.assertEqual(alert.state, "resolved")

    def test_a_credential_that_expires(self):
        self.rule("credential_expiry", days="30, 7, 1")
        credential = self.outbound.credential_id
        credential.expires_on = self.now().date() + timedelta(days=31)
        self.assertFalse(self.look())
        self.assertEqual(self.look(after=24 * HOUR).severity, "warning")
        with self.assertRaises(ValidationError):
            self.Rule.search([]).days = "soon"

    def test_a_persons_look(self):
        rule = self.rule("endpoint_stopped")
        self.assertEqual(rule.action_look()["params"]["type"], "success")
        self.outbound.state = "suspended"
        self.assertIn(self.outbound.name, rule.action_look()["params"]["message"])
        self.assertFalse(self.Alert.search([]), "it tells nobody")

    def test_the_shipped_rules(self):
        """A new hub is watched from the first day, and a hub where nothing is wrong has no alert."""
        shipped = self.Rule.with_context(active_test=False).search([])
        shipped.active = True
        self.assertGreaterEqual(len(shipped), 9)
        self.Rule.search([("kind", "=", "heartbeat")]).active = False  # nobody runs jobs in a test
        self.assertFalse(self.look())
        self.assertFalse(self.env["integration.alert.notice"].search([]))

    def test_every_kind_has_words_and_steps(self):
        kinds = {name for name, _label in self.Rule._fields["kind"].selection}
        self.assertEqual(words._SAID.keys(), kinds)
        self.assertEqual(words._STEPS.keys(), kinds)


@tagged("post_install", "-at_install")
class TestTimes(BaseCase):
    """Pure."""

    def test_a_window_that_comes_again(self):
        start, end = datetime(2026, 3, 27, 21), datetime(2026, 3, 28, 3)  # ten at night to four, in Brussels

        def is_open(*moment, **more):
            return times.covers(datetime(*moment), start, end, zone="Europe/Brussels", **more)

        self.assertTrue(is_open(2026, 3, 28, 2, 59))
        self.assertFalse(is_open(2026, 3, 28, 3))
        self.assertFalse(is_open(2026, 3, 28, 22))
        self.assertTrue(is_open(2026, 3, 29, 1, repeat="daily"))
        self.assertFalse(is_open(2026, 3, 30, 19, 59, repeat="daily"))
        self.assertTrue(is_open(2026, 3, 30, 20, 0, repeat="daily"), "summer time: still ten at night")
        self.assertTrue(is_open(2026, 4, 4, 1, repeat="weekly"))
        self.assertFalse(is_open(2026, 4, 5, 1, repeat="weekly"))
        self.assertFalse(is_open(2026, 4, 4, 1, repeat="weekly", until=date(2026, 4, 2)))
        self.assertFalse(is_open(2026, 3, 20, 22, repeat="weekly"), "not before the first")

    def test_times_of_day(self):
        friday = datetime(2026, 11, 20, 17, 30)  # half past six in Brussels
        self.assertEqual(times.last_time(friday, 18.0, "Europe/Brussels"), datetime(2026, 11, 20, 17))
        self.assertEqual(times.next_time(friday, 18.0, "Europe/Brussels"), datetime(2026, 11, 21, 17))
        self.assertEqual(times.next_time(friday, 18.0, "Europe/Brussels", True), datetime(2026, 11, 23, 17))
        self.assertEqual(times.last_time(datetime(2026, 11, 22, 9), 18.0, "UTC", True), datetime(2026, 11, 20, 18))

    def test_working_time(self):
        self.assertTrue(times.is_working_time(datetime(2026, 11, 20, 7), 8, 18, "Europe/Brussels"))
        self.assertFalse(times.is_working_time(datetime(2026, 11, 20, 6, 59), 8, 18, "Europe/Brussels"))
        self.assertFalse(times.is_working_time(datetime(2026, 11, 21, 9), 8, 18, "Europe/Brussels"))
        self.assertEqual(
            fields.Datetime.to_string(times.local(datetime(2026, 7, 1, 12), "Europe/Brussels"))[11:13], "14"
        )
