# Part of Integration Hub. License LGPL-3.0 or later.
"""What monitoring is told: the rules as a matrix, the facts in a real database, the route."""

import json
from contextlib import closing
from datetime import timedelta

from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT

from odoo.sql_db import db_connect
from odoo.tests import BaseCase, HttpCase, tagged

from ..engine import channels, heartbeat, vitals
from ..engine.capacity import Capacities
from ..engine.database import Database
from ..engine.health import FAIL, PASS, WARN, Facts, Waiting, checks, overall
from ..engine.slots import Unit
from ..engine.wake import wake
from ..models import integration_lane
from .common import HubCase, HubMixin

DEAD = {"runner_age": 600.0, "jobs_overdue": True}
NO_CRON = {"cron_age": None}
# name: facts that differ from a hub in order, overall status, the check that says so, a word of what to do
MATRIX = {
    "all in order": ({}, PASS, None, ""),
    "a beat is late": ({"runner_age": 59.0}, PASS, None, ""),
    "jobs wait, but they are run": ({"jobs_overdue": True}, PASS, None, ""),
    "no runner": ({**DEAD, "runner_connected": False}, WARN, "job_runner:heartbeat", "WorkerJobRunner"),
    "not loaded": (
        {**DEAD, "runner_connected": False, "runner_loaded": False},
        WARN,
        "job_runner:heartbeat",
        "server_wide_modules",
    ),
    "switched off": (
        {**DEAD, "runner_connected": False, "capacity": Capacities(0, 0, 0, 0)},
        WARN,
        "job_runner:heartbeat",
        "above 0",
    ),
    "never beat": ({"runner_age": None, "jobs_overdue": True}, WARN, "job_runner:heartbeat", "jobrunner_db_port"),
    "behind a pooler": (DEAD, WARN, "job_runner:heartbeat", "jobrunner_db_port"),
    "full": ({**DEAD, "jobs_running": 4}, WARN, "job_runner:heartbeat", "raise root"),
    "just connected": ({"runner_age": None}, WARN, "job_runner:heartbeat", "in a minute"),
    "just connected, no cron": ({"runner_age": None, **NO_CRON}, WARN, "job_runner:heartbeat", "in a minute"),
    "no progress at all": ({**DEAD, **NO_CRON}, FAIL, "job_runner:heartbeat", "jobrunner_db_port"),
    "neither, and the cron is to blame as well": ({**DEAD, "cron_age": 181.0}, FAIL, "cron:heartbeat", "max_cron"),
    "no cron": (NO_CRON, WARN, "cron:heartbeat", "max_cron_threads"),
    "drains take all": (
        {"capacity": Capacities(4, 4, 3, 1)},
        WARN,
        "job_runner:capacity",
        "channels = root:4,root.integration:3,root.integration.standard:2,root.integration.standard.bulk:1",
    ),
    "jobs take all": ({"capacity": Capacities(5, 4, 2, 1)}, WARN, "job_runner:capacity", "channels = root:4,"),
    "standard takes all": ({"capacity": Capacities(4, 3, 3, 1)}, WARN, "job_runner:capacity", "standard:2,"),
    "no channels": ({"capacity": Capacities.of({}), "workers": 4}, WARN, "job_runner:capacity", "channels = root:2,"),
    "as Odoo comes": ({"capacity": Capacities.of({}), "workers": 2}, PASS, None, ""),
    "two workers, more jobs": (
        {"capacity": Capacities(2, 1, 1, 1), "workers": 2},
        WARN,
        "job_runner:capacity",
        "root:1 ",
    ),
    "threads, no workers": ({"workers": 0}, PASS, None, ""),
    "a message waits, somebody comes": ({"waiting": (Waiting("bulk", 299.0, True),)}, PASS, None, ""),
    "a message waits long": ({"waiting": (Waiting("bulk", 300.0, True),)}, WARN, "messages:oldest", "add workers"),
    "nobody was woken": ({"waiting": (Waiting("bulk", 61.0, False),)}, WARN, "messages:unattended", "heartbeat"),
    "nobody was woken yet": ({"waiting": (Waiting("bulk", 59.0, False),)}, PASS, None, ""),
    "dead with messages in hand": ({"dead_claims": 1}, WARN, "claims:abandoned", "server's log"),
    "drain mode": ({"drain_mode": 5.0}, WARN, "drain_mode", "switch it off"),
    "a copy": ({"is_copy": True}, WARN, "copy", "neutralize"),
}


@tagged("post_install", "-at_install")
class TestRules(BaseCase):
    def test_matrix(self):
        for name, (given, status, where, word) in MATRIX.items():
            with self.subTest(name):
                found = checks(Facts(**given))
                self.assertEqual(overall(found), status)
                said = " ".join(each.output for each in found[where] if each.status == status) if where else ""
                self.assertIn(word, said)
                for each in (each for group in found.values() for each in group):
                    self.assertTrue(each.output.endswith("."), f"what to do next: {each.output!r}")

    def test_each_check_can_fail_or_warn(self):
        troubled = {
            check
            for given, *_rest in MATRIX.values()
            for check, group in checks(Facts(**given)).items()
            if any(each.status != PASS for each in group)
        }
        self.assertEqual(set(checks(Facts())) - troubled, {"database"})  # where it does not answer, nothing does

    def test_lanes_are_told_apart(self):
        waiting = (Waiting("critical", 10.0, True), Waiting("bulk", 400.0, True), Waiting("bulk", 5.0, True))
        found = {
            each.component: (each.status, each.value) for each in checks(Facts(waiting=waiting))["messages:oldest"]
        }
        self.assertEqual(found, {"critical": (PASS, 10.0), "standard": (PASS, 0.0), "bulk": (WARN, 400.0)})


@tagged("post_install", "-at_install")
class TestFacts(HubCase):
    @classmethod
    def set_up_hub(cls):
        cls.crm = cls.connect_hubspot(wanted=("contacts_out",))
        cls.api = cls.crm._endpoint("outbound")
        cls.env.cr.execute("UPDATE integration_endpoint SET state = 'paused' WHERE id <> %s", [cls.api.id])

    def setUp(self):
        super().setUp()
        self.db = Database(self.env.cr.dbname)
        partner = self.env["res.partner"].create({"name": "Ada", "email": "ada@health.example"})
        self.commit()
        self.event = self.events(self.api, ("res_id", "=", partner.id))
        self.unit = Unit(self.api.id, "outbound", self.event.slot)
        self.env.cr.execute("DELETE FROM queue_job")
        self.arrived(90)

    def arrived(self, seconds):
        self.env.cr.execute(
            "UPDATE integration_event SET arrived_at = %s WHERE id = %s",
            [self.db.now() - timedelta(seconds=seconds), self.event.id],
        )

    def facts(self):
        self.env.flush_all()
        return vitals.look(self.env.cr, self.db.now())

    def waiting(self):
        return [(each.lane, each.is_woken) for each in self.facts().waiting]

    def test_who_waits_for_how_long_and_whether_somebody_comes(self):
        (found,) = self.facts().waiting
        self.assertEqual((found.lane, found.is_woken), (self.api.lane_id.code, False))
        self.assertAlmostEqual(found.seconds, 90, delta=10)
        with self.engine_mode():
            wake(self.db, [self.unit])
        job = self.env["queue.job"].search([("identity_key", "=", f"wake:{self.unit}")])
        for key, state, woken in (
            (f"wake:{self.unit}", "pending", True),
            (f"wake:{self.unit}", "started", True),
            (f"wake:{self.unit}", "failed", False),
            (f"timer:{self.unit}:20300101000000", "pending", False),
            (f"timer:{self.unit}:20300101000000", "started", True),
            (f"wake:{self.unit}0", "pending", False),
            (f"return:{self.api.id}:outbound:20300101000000", "pending", True),
            (f"return:{self.api.id}:inbound:20300101000000", "pending", False),
        ):
            with self.subTest(f"{key} {state}"):
                self.env.cr.execute(
                    "UPDATE queue_job SET identity_key = %s, state = %s WHERE id = %s", [key, state, job.id]
                )
                self.assertEqual(self.waiting(), [(self.api.lane_id.code, woken)])

    def test_nobody_waits_for_what_does_not_run(self):
        self.api.action_pause()
        self.assertEqual(self.waiting(), [])

    def test_claims_of_the_dead(self):
        for seconds, events, count in ((10, [self.event.id], 0), (600, [], 0), (600, [self.event.id], 1)):
            self.env.cr.execute("DELETE FROM integration_claim")
            self.env.cr.execute(
                "INSERT INTO integration_claim VALUES (%s, %s, %s, %s, %s, 'dead:1:0')",
                [*self.unit, events, self.db.now() - timedelta(seconds=seconds)],
            )
            self.assertEqual(self.facts().dead_claims, count)

    def test_beats_jobs_and_drain_mode(self):
        self.env.cr.execute("DELETE FROM integration_heartbeat")
        facts = self.facts()
        self.assertEqual((facts.runner_age, facts.cron_age, facts.drain_mode), (None, None, None))
        self.assertEqual((facts.jobs_overdue, facts.jobs_running), (False, 0))
        heartbeat.beat(self.env.cr, heartbeat.RUNNER)
        with self.engine_mode():
            wake(self.db, [self.unit])
        self.env["integration.maintenance"].create({"reason": "Of nobody's business"})
        for state, age, eta, overdue, running in (
            ("pending", 29, None, False, 0),
            ("pending", 40, None, True, 0),
            ("pending", 40, 10, False, 0),
            ("started", 40, None, False, 1),
        ):
            self.env.cr.execute(
                """UPDATE queue_job SET state = %s, date_created = now() AT TIME ZONE 'utc' - make_interval(secs => %s),
                          eta = now() AT TIME ZONE 'utc' + make_interval(secs => %s)""",
                [state, age, eta],
            )
            facts = self.facts()
            self.assertEqual((facts.jobs_overdue, facts.jobs_running), (overdue, running))
        self.assertLess(facts.runner_age, 60)
        self.assertIsNotNone(facts.drain_mode)

    def test_the_runners_lock_is_seen_in_this_database_alone(self):
        lock, name = vitals.PG_ADVISORY_LOCK_ID, self.env.cr.dbname
        self.assertFalse(self.facts().runner_connected)
        for database, seen in ((name, True), ("postgres", False)):
            with closing(db_connect(database).cursor()) as cr:
                cr.connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
                cr.execute("SELECT pg_advisory_lock(%s)", [lock])
                try:
                    self.assertEqual(self.facts().runner_connected, seen)
                finally:
                    cr.execute("SELECT pg_advisory_unlock(%s)", [lock])
        self.assertFalse(self.facts().runner_connected)

    def test_capacities_as_configured(self):
        for configured, expected in (
            ("root:4,root.integration:3", (4, 3, 3, 3)),
            ("root:4,integration:3,root.integration.standard.bulk:1", (4, 3, 3, 1)),
            ("root:4", (4, 4, 4, 4)),
            ("integration:3", (1, 1, 1, 1)),
            ("root:0", (0, 0, 0, 0)),
            ("root:4:paused", (4, 4, 4, 4)),
        ):
            with self.subTest(configured):
                self.patch(channels, "_channels", lambda configured=configured: configured)
                self.assertEqual(self.facts().capacity, expected)

    def test_the_lanes_of_the_database_are_the_channels_that_capacities_are_given_to(self):
        self.patch(channels, "_channels", Capacities(5, 4, 3, 2).line)
        lanes = {lane.code: lane.capacity for lane in self.env["integration.lane"].search([("code", "!=", False)])}
        self.assertEqual(lanes, {"critical": 4, "standard": 3, "bulk": 2})

    def test_channels_that_do_not_suit_are_told_at_the_start_and_in_the_list_of_lanes(self):
        lanes = self.env["integration.lane"].search([("code", "!=", False)])
        self.patch(integration_lane, "config", {"workers": 6})
        for configured, told in (("root:4", True), (Capacities.recommended(6).line(), False), ("root:0", False)):
            with self.subTest(configured):
                self.patch(channels, "_channels", lambda configured=configured: configured)
                lanes.invalidate_recordset()
                with (
                    self.assertLogs(integration_lane.__name__) if told else self.assertNoLogs(integration_lane.__name__)
                ):
                    lanes._register_hook()
                self.assertEqual(
                    [Capacities.recommended(6).line() in (lane.advice or "") for lane in lanes], [told] * 3
                )


@tagged("post_install", "-at_install")
class TestRoute(HubMixin, HttpCase):
    @classmethod
    def set_up_hub(cls):
        cls.crm = cls.connect_hubspot(wanted=("contacts_out",))
        cls.crm.name = "Of nobody's business"

    def test_anybody_is_told_and_nothing_is_given_away(self):
        self.env.cr.execute("DELETE FROM integration_heartbeat")
        self.env["integration.maintenance"].create({"reason": "Of nobody's business"})
        self.env["res.partner"].create({"name": "Of nobody's business", "email": "x@business.example"})
        self.commit()
        self.env.cr.execute("UPDATE queue_job SET date_created = date_created - interval '1 hour', eta = NULL")
        answer = self.url_open("/integration/health")
        self.assertEqual((answer.status_code, answer.headers["Content-Type"]), (503, "application/health+json"))
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertNotIn("Set-Cookie", answer.headers)
        document = answer.json()
        self.assertEqual(document["status"], "fail")
        self.assertEqual(set(document["checks"]), set(checks(Facts())))
        self.assertNotIn("business", json.dumps(document))
        heartbeat.beat(self.env.cr, heartbeat.CRON)
        answer = self.url_open("/integration/health")
        self.assertEqual((answer.status_code, answer.json()["status"]), (200, "warn"))
