# Part of Integration Hub. License LGPL-3.0 or later.
"""Readiness: what each line says of which facts, what is to be copied where, and until when Home is the page."""

import json
import os
from unittest.mock import patch

import psycopg2

from odoo.exceptions import AccessError
from odoo.sql_db import connection_info_for, db_connect
from odoo.tests import BaseCase, tagged
from odoo.tools import config

from ..engine import hosting, surroundings
from ..engine.capacity import Capacities
from ..engine.health import Facts
from ..engine.hosting import CONTAINER, ODOO_SH, OWN, SYSTEMD, Setting
from ..engine.surroundings import Surroundings
from ..models.integration_readiness import LEFT
from ..models.integration_readiness_clock import OUTSIDE
from .common import HubCase

SILENT = {"runner_age": None, "jobs_overdue": True}
NO_RUNNER = {**SILENT, "runner_connected": False}
# name: which line, facts that differ from a server in order, its state, what is to be copied
JOBS = {
    "alive": ("_runner", {}, "ok", ""),
    "not loaded, and the cron helps": ("_runner", {**NO_RUNNER, "runner_loaded": False}, "warn", "queue_job"),
    "not loaded, and one restart is to do": ("_runner", {**NO_RUNNER, "runner_loaded": False}, "warn", "root:4"),
    "not loaded, with few workers": (
        "_runner",
        {**NO_RUNNER, "runner_loaded": False, "workers": 2},
        "warn",
        "queue_job\n# then",
    ),
    "nobody at all": ("_runner", {**NO_RUNNER, "cron_age": None}, "bad", ""),
    "no capacity": ("_runner", {**NO_RUNNER, "capacity": Capacities(0, 0, 0, 0)}, "warn", "root:4"),
    "behind a pooler": ("_runner", SILENT, "warn", "jobrunner_db_host"),
    "just started": ("_runner", {"runner_age": None, "cron_age": None}, "warn", ""),
    "six workers": ("_workers", {}, "ok", ""),
    "two workers, four slots": ("_workers", {"workers": 2}, "bad", "workers = 6"),
    "two workers, one slot": ("_workers", {"workers": 2, "capacity": Capacities.of({})}, "ok", ""),
    "eight workers, all slots": (
        "_workers",
        {"workers": 8, "capacity": Capacities(8, 7, 6, 3)},
        "warn",
        Capacities.recommended(8).line(),
    ),
    "no slot for a heartbeat": ("_workers", {"capacity": Capacities(4, 4, 3, 1)}, "warn", "root.integration:3"),
    "no jobs here": ("_workers", {"workers": 2, "runner_loaded": False}, "ok", ""),
    "threads": ("_workers", {"workers": 0}, "ok", ""),
    "cron comes": ("_scheduled_actions", {}, "ok", ""),
    "cron is silent": ("_scheduled_actions", {"cron_age": 200.0}, "warn", "max_cron_threads"),
    "cron and runner are silent": ("_scheduled_actions", {**NO_RUNNER, "cron_age": 200.0}, "bad", "max_cron_threads"),
}
SERVER = {
    "PostgreSQL 15": ("_postgresql", {"postgres": 150004}, "ok", ""),
    "PostgreSQL 12": ("_postgresql", {"postgres": 120015}, "bad", ""),
    "few connections": ("_postgresql", {"connections": 8}, "warn", "db_maxconn = 64"),
    "no pooler": ("_pooler", {}, "ok", ""),
    "a pooler, and nobody beats": ("_pooler", {"is_pooled": True}, "warn", "jobrunner_db_host"),
    "space": ("_disk", {}, "ok", ""),
    "little space": ("_disk", {"space": 1024**3}, "warn", "df -h"),
    "no space": ("_disk", {"space": 1024**2}, "bad", "df -h"),
}


@tagged("post_install", "-at_install")
class TestHosting(BaseCase):
    SETTINGS = (
        Setting("integration_hub", "environment", "production"),
        Setting("options", "workers", "6"),
        Setting("queue_job", "channels", "root:4"),
    )

    def test_settings_are_written_as_the_hosting_reads_them(self):
        conf = "[options]\nworkers = 6\n[queue_job]\nchannels = root:4\n[integration_hub]\nenvironment = production\n"
        self.assertIn(conf, hosting.written(self.SETTINGS, OWN))
        self.assertIn("# /srv/odoo.conf\n[options]", hosting.written(self.SETTINGS, SYSTEMD, "/srv/odoo.conf"))
        self.assertIn("systemctl restart", hosting.written(self.SETTINGS, SYSTEMD))
        self.assertIn("odoosh-restart", hosting.written(self.SETTINGS, ODOO_SH, "/srv/odoo.conf"))
        self.assertEqual(
            hosting.written(self.SETTINGS, CONTAINER).splitlines()[1:5],
            [
                "environment:",
                '  ODOO_WORKERS: "6"',
                '  ODOO_QUEUE_JOB_CHANNELS: "root:4"',
                '  INTEGRATION_HUB_ENVIRONMENT: "production"',
            ],
        )

    def test_names_of_the_environment_are_those_that_odoo_reads(self):
        for name in ("workers", "server_wide_modules", "max_cron_threads", "db_maxconn", "proxy_mode", "dbfilter"):
            self.assertEqual(config.options_index[name].env_name, f"ODOO_{name.upper()}")

    def test_hostings_are_guessed_by_what_they_leave(self):
        for environ, files, expected in (
            ({}, (), OWN),
            ({"INVOCATION_ID": "1"}, (), SYSTEMD),
            ({"INVOCATION_ID": "1"}, ("/.dockerenv",), CONTAINER),
            ({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, (), CONTAINER),
            ({"ODOO_STAGE": "production"}, ("/.dockerenv",), ODOO_SH),
        ):
            self.assertEqual(hosting.guess(environ, files.__contains__), expected)


class Pooled:
    """A cursor behind a pooler of transactions: its server connection is given away at the end of each."""

    def __init__(self, idle, connect):
        self._idle, self._connect, self._held = idle, connect, None

    def execute(self, query):
        self._held = self._held or (self._idle.pop() if self._idle else self._connect())
        self._cursor = self._held.cursor()
        self._cursor.execute(query)

    def fetchone(self):
        return self._cursor.fetchone()

    def rollback(self):
        self._held.rollback()
        self._idle.append(self._held)
        self._held = None

    def close(self):
        if self._held:
            self.rollback()


@tagged("post_install", "-at_install")
class TestSurroundings(HubCase):
    def test_a_pooler_is_seen_by_shared_server_processes(self):
        _name, info = connection_info_for(self.env.cr.dbname)
        idle = []
        self.addCleanup(lambda: [each.close() for each in idle])
        self.assertTrue(surroundings.is_pooled(lambda: Pooled(idle, lambda: psycopg2.connect(**info))))
        self.assertFalse(surroundings.is_pooled(db_connect(self.env.cr.dbname).cursor))

    def test_clocks_are_compared(self):
        self.assertLess(abs(surroundings.clock_offset(self.env.cr)), 5)
        self.env.cr.execute("SELECT extract(epoch FROM clock_timestamp())::float + 600")
        (later,) = self.env.cr.fetchone()
        self.assertGreater(surroundings.clock_offset(self.env.cr, lambda: later), 500)

    def test_space_is_measured_where_a_folder_will_be(self):
        self.assertEqual(surroundings.free_space("/no/such/folder"), surroundings.free_space("/"))

    def test_the_real_server_is_read(self):
        seen = surroundings.look(self.env.cr)
        self.assertGreaterEqual(seen.postgres, surroundings.OLDEST_POSTGRES)
        self.assertTrue(seen.databases and seen.database_size and seen.space)


@tagged("post_install", "-at_install")
class TestLines(HubCase):
    def setUp(self):
        super().setUp()
        self.readiness = self.env["integration.readiness"]
        self.env.cr.execute("DELETE FROM integration_heartbeat")

    def assert_line(self, line, state, copied):
        self.assertEqual(line.state, state, line.said)
        self.assertTrue(line.said and (line.state == "ok" or line.key == "postgresql" or line.why), line)
        self.assertIn(copied, line.fixes("").get(OWN, ""))

    def test_jobs(self):
        for name, (method, given, state, copied) in JOBS.items():
            with self.subTest(name):
                self.assert_line(getattr(self.readiness, method)(Facts(**given)), state, copied)

    def test_server(self):
        for name, (method, given, state, copied) in SERVER.items():
            with self.subTest(name):
                self.assert_line(getattr(self.readiness, method)(Surroundings(**given)), state, copied)

    def test_clock(self):
        for ours, ahead, state, word in (
            (-1.5, 1.0, "ok", "crm.example"),
            (-30.0, 0.0, "warn", "PostgreSQL"),
            (3600.0, 1.0, "bad", "PostgreSQL"),
            (0.1, -30.0, "warn", "crm.example"),
            (0.1, 3600.0, "bad", "crm.example"),
        ):
            line = self.readiness._clock(ours, "crm.example", ahead)
            self.assert_line(line, state, "" if state == "ok" else "timedatectl")
            self.assertIn(word, line.said)

    def test_a_connected_system_is_asked_for_the_time(self):
        self.env["integration.endpoint"].search([]).action_archive()
        self.assertEqual(self.readiness._asked("http://127.0.0.1:1"), {}, "who does not answer says nothing")
        self.connect_shopify()
        with patch.object(type(self.readiness), "_called", return_value=("found", "")):  # the test's own server
            self.readiness._call()
        line = next(line for line in self.readiness._lines() if line.key == "clock")
        self.assert_line(line, "ok", "")
        self.assertIn("127.0.0.1", line.said)

    def test_a_host_of_another_company_is_not_named(self):
        other = self.env["res.company"].create({"name": "Another company"})
        endpoint = self.connect_shopify()._endpoint("outbound")
        found = {"host": "shop.example", "ahead": 1.0, "endpoint_id": endpoint.id}
        self.env["ir.config_parameter"].set_param(OUTSIDE, json.dumps(found))
        for company, named in ((self.env.company, True), (other, False)):
            admin = self.user("admin", company_id=company.id, company_ids=[(6, 0, company.ids)])
            readiness = self.readiness.with_user(admin).with_context(allowed_company_ids=company.ids)
            line = readiness._clock(0.1, **readiness._outside())
            self.assertEqual("shop.example" in line.said, named, line.said)

    def test_a_runner_that_goes_round_the_pooler_is_in_order(self):
        self.env.cr.execute("INSERT INTO integration_heartbeat VALUES ('runner', 'x', 1, clock_timestamp())")
        self.assert_line(self.readiness._pooler(Surroundings(is_pooled=True)), "ok", "")

    def test_threads_in_production_are_pointed_out(self):
        with patch.dict(os.environ, {"INTEGRATION_HUB_ENVIRONMENT": "production"}):
            self.assert_line(self.readiness._workers(Facts(workers=0)), "warn", "workers = 6")

    def test_scheduled_actions_that_never_came(self):
        cron, never = self.env.ref("integration_hub.cron_sweep"), Facts(cron_age=None)
        for age, state in (("1 minute", "unknown"), ("1 hour", "warn")):
            self.env.cr.execute("UPDATE ir_cron SET create_date = %s - %s::interval", [self.env.cr.now(), age])
            cron.invalidate_recordset()
            self.assert_line(self.readiness._scheduled_actions(never), state, "")
        with patch.dict(config.options, {"max_cron_threads": 0}):
            self.assert_line(self.readiness._scheduled_actions(never), "warn", "max_cron_threads = 2")
        cron.active = False
        line = self.readiness._scheduled_actions(never)
        self.assert_line(line, "warn", "")
        self.assertIn("switched off", line.said)

    def test_what_does_the_runners_work_is_said_only_where_it_does(self):
        for cron_age, expected in ((5.0, True), (None, False)):
            line = self.readiness._runner(Facts(**NO_RUNNER, cron_age=cron_age))
            self.assertEqual("Scheduled actions do its work" in line.said, expected)

    def test_environment(self):
        self.assert_line(self.readiness._environment(), "ok", "")
        for code in ("", "prod"):
            with patch.dict(os.environ, {"INTEGRATION_HUB_ENVIRONMENT": code}):
                self.assert_line(self.readiness._environment(), "bad", "environment = {environment}")

    def test_master_key(self):
        self.assert_line(self.readiness._master_key(), "ok", "")
        for keys, copied in (("", "master_keys = main:{new_key}"), ("main:short", "")):
            with patch.dict(os.environ, {"INTEGRATION_HUB_MASTER_KEYS": keys}):
                self.assert_line(self.readiness._master_key(), "bad", copied)

    def test_a_key_that_secrets_need_and_the_server_lacks_is_named(self):
        self.connect_hubspot()
        with patch.dict(os.environ, {"INTEGRATION_HUB_MASTER_KEYS": "other:" + "A" * 43 + "="}):
            line = self.readiness._master_key()
        self.assert_line(line, "bad", "")
        self.assertIn("2 secrets", line.said)
        self.assertIn("tests", line.said)

    def test_an_api_version_that_has_ended_or_will_soon_is_told_where_it_is_used(self):
        self.env["integration.system"].search([]).lifecycle = "retired"
        self.assertFalse(list(self.readiness._api_versions()))
        shop = self.connect_shopify()
        connector = shop._connector()
        today = self.env.cr.now().date()
        for offset, expected in ((-1, "ended"), (30, "until"), (200, None)):
            with patch.object(connector, "api_version_ends", type(today).fromordinal(today.toordinal() + offset)):
                lines = list(self.readiness._api_versions())
            self.assertEqual([line.key for line in lines], ["api_version_shopify"] if expected else [])
            for line in lines:
                self.assert_line(line, "warn", "")
                self.assertIn(expected, line.said)


@tagged("post_install", "-at_install")
class TestPage(HubCase):
    def setUp(self):
        super().setUp()
        self.admin, self.operator = self.user("admin"), self.user("operator")
        self.env["ir.config_parameter"].set_param(LEFT, False)

    def page(self, user, **options):
        with self.engine_mode():
            return self.env["integration.readiness"].with_user(user).look(**options)

    def test_the_worst_comes_first_and_good_lines_have_nothing_to_copy(self):
        with patch.dict(os.environ, {"INTEGRATION_HUB_MASTER_KEYS": ""}):
            found = self.page(self.admin)
        ranks = [["bad", "warn", "unknown", "ok"].index(line["state"]) for line in found["lines"]]
        self.assertEqual(ranks, sorted(ranks))
        self.assertEqual(found["lines"][0]["state"], "bad")
        self.assertFalse([line["key"] for line in found["lines"] if line["state"] == "ok" and line["fixes"]])
        self.assertIn("master_keys = main:{new_key}", found["together"][OWN])
        self.assertEqual(set(found["together"]), set(hosting.HOSTINGS))
        keys = {line["key"] for line in found["lines"]}
        self.assertGreaterEqual(
            keys,
            {"runner", "workers", "scheduled_actions", "environment", "master_key", "postgresql", "pooler", "clock"},
        )

    def test_no_secret_is_told(self):
        key = os.environ["INTEGRATION_HUB_MASTER_KEYS"].partition(":")[2]
        self.assertNotIn(key, json.dumps(self.page(self.admin)))

    def test_who_may_look_and_who_decides(self):
        self.assertFalse(self.page(self.operator)["may_leave"])
        readiness = self.env["integration.readiness"]
        for group in ("user", "consultant", "approver"):
            with self.assertRaises(AccessError):
                readiness.with_user(self.user(group)).look()
        with self.assertRaises(AccessError):
            readiness.with_user(self.operator).leave("address")

    def home(self, user):
        with self.engine_mode():
            return self.env["integration.readiness"].with_user(user)._home()["xml_id"].partition(".")[2]

    def test_home_is_the_page_until_all_is_well_or_left_as_it_is(self):
        readiness = self.env["integration.readiness"].with_user(self.admin)
        self.assertEqual(self.home(self.user("user")), "integration_dashboard_action", "who can do nothing looks")
        with patch.dict(os.environ, {"INTEGRATION_HUB_MASTER_KEYS": ""}):
            self.assertEqual(self.home(self.admin), "integration_readiness_action")
        self.make_good()
        left = [line["key"] for line in self.page(self.admin)["lines"] if line["state"] in ("warn", "unknown")]
        self.assertIn("runner", left, "nobody runs jobs in a test")
        self.assertEqual(self.home(self.admin), "integration_readiness_action")
        for key in left:
            readiness.leave(key)
        self.assertTrue(self.page(self.admin)["ready"])
        self.assertEqual(self.home(self.admin), "integration_dashboard_action")
        with patch.dict(os.environ, {"INTEGRATION_HUB_MASTER_KEYS": ""}):
            readiness.leave("master_key")
            self.assertEqual(self.home(self.admin), "integration_readiness_action", "what is red cannot be left")
        readiness.leave(left[0], left=False)
        self.assertEqual(self.home(self.admin), "integration_readiness_action")

    def make_good(self):
        """What is red in a test: nobody runs jobs, nobody comes by."""
        self.env.cr.execute(
            """INSERT INTO integration_heartbeat VALUES ('cron', 'x', 1, clock_timestamp() + interval '1 hour')
               ON CONFLICT (source) DO UPDATE SET beat_at = EXCLUDED.beat_at"""
        )

    def test_the_menu_opens_it(self):
        action = self.env.ref("integration_hub.integration_home_server_action")
        for user, expected in (
            (self.admin, "integration_hub.readiness"),
            (self.user("operator"), "integration_dashboard"),
        ):
            with self.engine_mode(), patch.dict(os.environ, {"INTEGRATION_HUB_MASTER_KEYS": ""}):
                self.assertEqual(action.with_user(user).run()["tag"], expected)
            menus = self.env["ir.ui.menu"].with_user(user).load_menus(False)
            self.assertIn(self.env.ref("integration_hub.integration_home_menu").id, menus)
