# Part of Integration Hub. License LGPL-3.0 or later.
"""An alert's life: one for a cause however many messages, told once, seen to, silent, over."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.integration_alert import MOST_OPEN
from .alert_cases import AlertCase

STORM = 100_000


@tagged("post_install", "-at_install")
class TestLife(AlertCase):
    def stopped(self, **values):
        """A rule on stopped endpoints, and one that is."""
        rule = self.rule("endpoint_stopped", **values)
        self.stop()
        return rule

    def stop(self):
        self.outbound.write({"state": "suspended", "state_reason": "The key is refused (401)"})

    def go_on(self):
        self.outbound.write({"state": "active", "state_reason": False})

    def test_it_opens_is_told_once_and_ends_by_itself(self):
        self.stopped()
        alert = self.look()
        self.assertEqual(
            (alert.state, alert.endpoint_id, alert.responsible_id), ("open", self.outbound, self.technician)
        )
        self.assertIn("The key is refused (401)", alert.summary)
        self.assertIn("endpoint", str(alert.first_steps))
        (todo,) = self.todos(self.technician, alert)
        for _minute in range(3):
            self.look(after=1)
        self.assertEqual(self.todos(self.technician, alert), todo)
        self.assertEqual(len(self.notices(alert)), 1)
        self.go_on()
        self.look(after=1)
        self.assertEqual(self.alerts("resolved"), alert)
        self.assertFalse(self.todos(self.technician))

    def test_a_second_time_is_an_alert_of_its_own(self):
        self.stopped()
        first = self.look()
        self.go_on()
        self.look(after=1)
        self.stop()
        second = self.look(after=1)
        self.assertNotEqual(first, second)
        self.assertEqual(len(self.todos(self.technician)), 1)

    def test_what_comes_and_goes_is_one_alert(self):
        """It ends only when it has been in order for as long as the rule says."""
        self.stopped(quiet_minutes=5)
        alert = self.look()
        for _time in range(4):
            self.go_on()
            self.look(after=2)
            self.assertTrue(alert.clear_since)
            self.stop()
            self.look(after=1)
            self.assertFalse(alert.clear_since)
        self.assertEqual(self.alerts(), alert)
        self.assertEqual(len(self.notices(alert)), 1)
        self.go_on()
        self.look(after=1)
        self.look(after=6)
        self.assertEqual(alert.state, "resolved")

    def test_what_is_over_soon_is_none(self):
        self.stopped(for_minutes=5)
        begun = self.look()
        self.assertEqual(begun.state, "pending")
        self.look(after=3)
        self.assertFalse(self.alerts())
        self.go_on()
        self.look(after=1)
        self.assertFalse(begun.exists())
        self.stop()
        self.look(after=1)
        self.look(after=6)
        self.assertEqual(self.alerts().state, "open")

    def test_nothing_is_written_while_nothing_changes(self):
        self.stopped()
        alert = self.look()
        before = alert.write_date, len(alert.message_ids)
        with patch.object(type(self.Alert), "write", side_effect=AssertionError("written")):
            self.look(after=1)
        self.assertEqual((alert.write_date, len(alert.message_ids)), before)

    def test_a_broken_rule_says_so_and_stops_no_other(self):
        broken = self.rule("error_rate", sequence=1)
        good = self.stopped(sequence=2)
        with (
            mute_logger("odoo.addons.integration_hub.models.integration_alert_rule"),
            patch.object(type(self.Rule), "_find_error_rate", side_effect=ZeroDivisionError("by nothing")),
        ):
            self.look(broken=1)
        self.assertIn("by nothing", broken.problem)
        self.assertFalse(good.problem)
        self.assertEqual(self.alerts().rule_id, good)
        self.look(after=1)
        self.assertFalse(broken.problem)

    def test_who_sees_to_it(self):
        self.stopped()
        alert = self.look()
        alert.with_user(self.owner).action_acknowledge()
        self.assertEqual((alert.state, alert.acknowledged_by), ("acknowledged", self.owner))
        self.assertFalse(self.todos(self.technician), "nobody else has to")
        self.look(after=200)
        self.assertEqual(len(self.notices(alert)), 1)
        alert.with_user(self.owner).action_reopen()
        self.look(after=1)
        self.assertEqual(len(self.todos(self.technician)), 1)

    def test_rights(self):
        self.stopped()
        alert = self.look()
        for group in ("user", "consultant", "approver", "auditor"):
            for action in ("action_acknowledge", "action_reopen", "action_silence"):
                with self.subTest(f"{group} {action}"), self.assertRaises(AccessError):
                    getattr(alert.with_user(self.user(group)), action)()

    def test_more_severe_is_told_again(self):
        credential = self.outbound.credential_id
        credential.expires_on = fields.Date.add(self.now().date(), days=20)
        self.rule("credential_expiry", severity="info")
        alert = self.look()
        self.assertEqual((alert.severity, len(self.notices(alert))), ("info", 1))
        alert.with_user(self.owner).action_acknowledge()
        self.look(after=14 * 24 * 60)
        self.assertEqual((alert.severity, alert.state, len(self.notices(alert))), ("warning", "open", 2))
        self.look(after=5 * 24 * 60)
        self.assertEqual((alert.severity, len(self.notices(alert))), ("critical", 3))
        credential.secret = "a-new-key"
        self.look(after=1)
        self.assertEqual(alert.state, "resolved")

    def test_a_critical_system_raises_it(self):
        self.shop.criticality = "critical"
        self.stopped(severity="warning")
        self.assertEqual(self.look().severity, "critical")

    def test_scope(self):
        """Another company's, system's, and lane's endpoints are none of a rule's business."""
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        for values in (
            {"company_id": elsewhere.id},
            {"lane_id": self.env.ref("integration_hub.integration_lane_bulk").id},
            {"criticality": "critical"},
        ):
            rule = self.stopped(**values)
            self.assertFalse(self.look(), values)
            rule.active = False
        self.stopped(system_id=self.shop.id)
        self.assertTrue(self.look())

    def test_companies(self):
        """A stranger sees none of it and is never told, whatever stands on the escalation."""
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self.user("admin", company_id=elsewhere.id, company_ids=[(6, 0, elsewhere.ids)])
        level = {"after_minutes": 0, "who": "users", "user_ids": [(6, 0, (stranger | self.owner).ids)], "tz": "UTC"}
        escalation = self.env["integration.alert.escalation"].create({"name": "X", "level_ids": [(0, 0, level)]})
        self.stopped(escalation_id=escalation.id)
        alert = self.look()
        self.assertTrue(self.todos(self.owner, alert))
        self.assertFalse(self.todos(stranger))
        self.assertFalse(self.Alert.with_user(stranger).search([("id", "=", alert.id)]))

    def test_too_many_subjects_are_one_alert_more(self):
        self.rule("endpoint_stopped")
        endpoints = self.env["integration.endpoint"].create(
            [
                {"name": f"API {number}", "system_id": self.shop.id, "direction": "outbound", "state": "suspended"}
                for number in range(MOST_OPEN + 20)
            ]
        )
        alerts = self.look()
        self.assertEqual(len(alerts), MOST_OPEN + 1)
        self.assertIn("20", alerts.filtered(lambda alert: alert.subject == "rest").summary)
        endpoints.state = "active"
        self.assertFalse(self.look(after=1))


@tagged("post_install", "-at_install")
class TestStorm(AlertCase):
    def test_a_hundred_thousand_failures_are_one_alert(self):
        """One alert, one group, one notice a person, and no more of them when there are more."""
        rule = self.rule("new_cause", limit=1000)
        self.failing(STORM, at=self.minutes_ago(20))
        self.refresh()
        alert = self.look()
        self.assertEqual((len(alert), alert.message_count, alert.severity), (1, STORM, "critical"))
        self.assertEqual(alert.responsible_id, self.owner)
        self.assertEqual(alert.failure_id.fingerprint, "tax")
        self.assertEqual((self.notices(alert).mapped("problem"), len(self.todos(self.owner))), ([False], 1))
        self.assertEqual(len(self.notices(alert)), 1)
        self.failing(1000, at=self.minutes_ago(20))
        self.refresh()
        self.look(after=1)
        self.assertEqual(self.alerts(), alert)
        self.assertEqual(alert.message_count, STORM + 1000, "it counts up quietly")
        self.assertEqual(len(self.notices(alert)), 1)
        action = alert.action_view_messages()
        self.assertEqual(self.env["integration.event"].search_count(action["domain"]), STORM + 1000)
        self.assertEqual(alert.action_view_failure()["res_id"], alert.failure_id.id)
        self.assertEqual(rule.open_count, 1)
        self.mend()
        self.refresh()
        self.look(after=1)
        self.assertEqual(alert.state, "resolved")
        self.assertFalse(self.todos(self.owner))

    def test_it_says_what_changed_before(self):
        self.rule("new_cause")
        self.inbound.credential_id.secret = "another-secret"
        self.failing(at=self.now() + timedelta(minutes=1))
        self.refresh()
        self.assertTrue(self.look(after=1).likely_cause)

    def test_whom_a_cause_is_assigned_to(self):
        self.rule("new_cause")
        self.failing(at=self.minutes_ago(20))
        self.refresh()
        self.env["integration.failure"].search([]).user_id = self.technician
        self.assertEqual(self.look().responsible_id, self.technician)

    def test_what_follows_from_another_alert_is_not_told(self):
        """A vendor that is down is one thing to be told, not four."""
        self.rule("new_cause")
        self.rule("endpoint_stopped")
        self.inbound.state = "suspended"
        self.failing(code="unauthorized", message="The key is refused", fingerprint="401", at=self.minutes_ago(20))
        self.failing(at=self.minutes_ago(20))
        self.refresh()
        alerts = self.look()
        self.assertEqual(len(alerts), 3)
        told = alerts.filtered("told_at").mapped(lambda alert: alert.error_code or alert.kind)
        self.assertEqual(set(told), {"endpoint_stopped", "missing-value"})
        (quiet,) = alerts.filtered("quiet_reason")
        self.assertIn("follows", quiet.quiet_reason)
        self.inbound.state = "active"
        self.look(after=1)
        self.assertTrue(quiet.told_at, "it still stands when the other is over")

    def test_who_has_a_todo_about_the_cause_gets_no_other(self):
        self.rule("new_cause")
        self.failing(at=self.minutes_ago(20))
        self.refresh()
        self.flow.activity_schedule(
            "integration_hub.mail_activity_failed", user_id=self.owner.id, integration_cause="tax"
        )
        alert = self.look()
        self.assertEqual(self.notices(alert).state, "sent")
        self.assertFalse(self.todos(self.owner))


@tagged("post_install", "-at_install")
class TestWhen(AlertCase):
    """Silences, maintenance and escalation, by a clock that is moved."""

    def setUp(self):
        super().setUp()
        self.rule("endpoint_stopped", sequence=1, severity="critical")
        self.outbound.write({"state": "suspended", "state_reason": "No"})

    def silence(self, **values):
        start = values.pop("starts_at", self.minutes_ago(1))
        return self.env["integration.alert.silence"].create(
            {"reason": "They move", "starts_at": start, "ends_at": start + timedelta(minutes=31), "tz": "UTC"} | values
        )

    def test_a_silence_is_recorded_and_told_afterwards_if_it_stands(self):
        self.silence(system_id=self.shop.id)
        alert = self.look()
        self.assertEqual((alert.state, alert.quiet_reason), ("open", "They move"))
        self.assertFalse(self.notices(alert))
        self.look(after=29)
        self.assertFalse(self.notices(alert))
        self.look(after=2)
        self.assertTrue(self.todos(self.technician, alert))

    def test_what_is_over_within_a_silence_is_never_told(self):
        self.silence()
        alert = self.look()
        self.outbound.state = "active"
        self.look(after=1)
        self.look(after=60)
        self.assertEqual(alert.state, "resolved")
        self.assertFalse(self.notices(alert))

    def test_a_silence_of_something_else(self):
        other = self.rule("job_failed")
        for values in ({"rule_id": other.id}, {"flow_id": self.flow.id}, {"subject": "endpoint:0"}):
            silence = self.silence(**values)
            self.assertFalse(silence._covering(self.look()), values)
        self.assertTrue(self.todos(self.technician))

    def test_it_comes_again_each_day(self):
        self.silence(starts_at=self.minutes_ago(24 * 60 + 1), repeat="daily")
        alert = self.look()
        self.assertEqual(alert.quiet_reason, "They move")
        self.look(after=31)
        self.assertFalse(alert.quiet_reason)

    def test_a_person_silences_an_alert(self):
        admin, alert = self.user("admin", email="admin@example.com"), self.look()
        action = alert.with_user(self.owner).action_silence()
        silence = (
            self.env["integration.alert.silence"]
            .with_user(self.owner)
            .with_context(**action["context"])
            .create({"reason": "Known", "ends_at": self.now() + timedelta(hours=3)})
        )
        self.look(after=90)
        self.assertEqual((alert.quiet_reason, len(self.notices(alert))), ("Known", 1))
        silence.with_user(self.owner).action_end()
        self.look(after=1)
        self.assertEqual(len(self.notices(alert, user_id=admin.id)), 2, "a to-do and a mail: an hour has passed")

    def test_escalation(self):
        """The responsible at once; the administrators after an hour, unless somebody sees to it."""
        admin = self.user("admin", email="admin@example.com")
        alert = self.look()
        self.assertEqual(self.notices(alert).user_id, self.technician)
        self.look(after=59)
        self.assertFalse(self.todos(admin))
        self.look(after=1)
        self.assertTrue(self.todos(admin, alert))
        self.assertTrue(self.notices(alert, event="escalated", user_id=admin.id))
        self.assertEqual(len(self.todos(self.technician)), 1, "one a person")
        before = len(self.notices(alert))
        self.look(after=600)
        self.assertEqual(len(self.notices(alert)), before)

    def test_administrators_hear_only_of_what_is_critical(self):
        self.Rule.search([]).severity = "warning"
        alert = self.look()
        self.look(after=120)
        self.assertEqual(len(self.notices(alert)), 1)

    def test_nobody_is_told_more_where_somebody_sees_to_it(self):
        alert = self.look()
        alert.with_user(self.owner).action_acknowledge()
        self.look(after=61)
        self.assertEqual(len(self.notices(alert)), 1)

    def test_it_is_told_again(self):
        rule = self.Rule.search([])
        rule.escalation_id = self.env["integration.alert.escalation"].create(
            {"name": "Insists", "repeat_minutes": 30, "level_ids": [(0, 0, {"who": "technical", "tz": "UTC"})]}
        )
        alert = self.look()
        for _time in range(2):
            self.todos(self.technician).unlink()
            self.look(after=30)
            self.assertEqual(len(self.todos(self.technician)), 1)
        self.assertEqual(self.notices(alert).mapped("event"), ["opened", "repeated", "repeated"])

    def test_working_hours(self):
        """What begins at night is told in the morning."""
        rule = self.Rule.search([])
        level = {"who": "technical", "tz": "Europe/Brussels", "working_hours": True, "hour_from": 8, "hour_to": 18}
        rule.escalation_id = self.env["integration.alert.escalation"].create(
            {"name": "By day", "level_ids": [(0, 0, level)]}
        )
        friday_night = fields.Datetime.to_datetime("2031-01-17 21:00:00")
        self.clock.advance((friday_night - self.now()).total_seconds())
        alert = self.look()
        self.look(after=24 * 60)
        self.assertFalse(self.notices(alert))
        monday = fields.Datetime.to_datetime("2031-01-20 07:00:00")  # eight o'clock in Brussels
        self.look(after=(monday - self.now()).total_seconds() / 60 - 1)
        self.assertFalse(self.notices(alert))
        self.look(after=1)
        self.assertTrue(self.notices(alert))

    def test_who_may_not_see_it_is_not_told(self):
        """Where nobody who may is named, the administrators are."""
        self.shop.technical_owner_id = self.env["res.users"].create({"name": "No group", "login": "no-group"})
        alert = self.look()
        self.assertNotIn(self.shop.technical_owner_id, self.notices(alert).user_id)
        self.assertIn(self.technician, self.notices(alert).user_id)

    def test_drain_mode_and_pauses_are_maintenance(self):
        """What stands still on purpose is not told; what has nothing to do with it is."""
        self.rule("not_done", minutes=5)
        self.failing(state="pending", at=self.minutes_ago(20))
        self.outbound.state = "active"
        maintenance = self.env["integration.maintenance"].create({"reason": "Upgrade"})
        alert = self.look()
        self.assertIn("Upgrade", alert.quiet_reason)
        maintenance.action_end()
        self.inbound.action_pause("a while")
        self.look(after=1)
        self.assertIn("a while", alert.quiet_reason)
        self.assertFalse(self.notices(alert))
        self.inbound.action_resume()
        self.look(after=1)
        self.assertTrue(self.todos(self.owner, alert))
