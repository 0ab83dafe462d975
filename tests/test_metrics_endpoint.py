# Part of Integration Hub. License LGPL-3.0 or later.
"""``/integration/metrics``: who may read it, what it says, and that it costs the same however much there was."""

import json
import os
import re
from unittest.mock import patch

from prometheus_client.parser import text_string_to_metric_families

from odoo.tests import tagged

from ..engine import heartbeat, metrics
from ..engine.database import Database
from ..models import intake_load
from ..models.telemetry_metrics import exposition
from ..models.telemetry_names import OTHERS, Names
from .common import ROOT, HubHttpCase, faults
from .drain_cases import DOWN, DrainCase

TOKEN = "scrape-me-0123456789"
DASHBOARD = ROOT / "docs" / "grafana" / "integration-hub.json"
IN_A_QUERY = re.compile(r"integration_hub_\w+")
BY_LABEL = re.compile(r"(?:by|without)\s*\(([^)]*)\)|(\w+)\s*(?:=~|!~|!=|=)\s*\"")


def families(text):
    """Return ``{name: [samples]}`` of an answer, each name as it is asked for in a query."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append(sample)
    return found


@tagged("post_install", "-at_install")
class TestWho(HubHttpCase):
    def get(self, token=None, configured=TOKEN):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        with patch.dict(os.environ, {"INTEGRATION_HUB_METRICS_TOKEN": configured}):
            return self.url_open("/integration/metrics", headers=headers)

    def test_whoever_has_the_token(self):
        answer = self.get(TOKEN)
        self.assertEqual((answer.status_code, answer.headers["Cache-Control"]), (200, "no-store"))
        self.assertTrue(answer.headers["Content-Type"].startswith("text/plain; version="))
        self.assertIn("integration_hub_runner_connected", families(answer.text))

    def test_nobody_else(self):
        for token in (None, "wrong", TOKEN[:-1], "é"):
            with self.subTest(token):
                answer = self.get(token and token.encode().decode("latin-1"))
                self.assert_problem(answer, 401, "metrics-token")
                self.assertIn("Bearer", answer.headers["WWW-Authenticate"])

    def test_not_at_all_without_one(self):
        self.assert_problem(self.get(TOKEN, configured=""), 404, "metrics-off")
        self.assert_problem(self.get(configured=""), 404, "metrics-off")


@tagged("post_install", "-at_install")
class TestWhat(DrainCase):
    def setUp(self):
        super().setUp()
        self.env["res.country"].search([("code", "=", "XK")]).code = "QX"
        self.db = Database(self.env.cr.dbname, self.clock)

    def scrape(self):
        self.env.flush_all()
        with self.engine_mode():
            body, _content_type = exposition(self.db, "text/plain")
        return families(body.decode())

    def traffic(self):
        for number in range(1, 4):
            self.customer(number, minute=number)
        self.customer(9, country="XK")
        self.drain(self.clock)
        faults(DOWN)
        self.contact()
        self.drain(self.clock)
        self.crm.endpoint_ids.credential_id[:1].expires_on = "2030-01-02"
        self.env.flush_all()
        with self.engine_mode():
            self.env["integration.failure"]._refresh()
            heartbeat.beat(self.env.cr, heartbeat.RUNNER)

    def by(self, samples, *labels, of):
        """Sum samples of our two systems by labels."""
        found = {}
        for sample in samples:
            if sample.labels.get("system") in of.mapped("name"):
                key = tuple(sample.labels[label] for label in labels)
                found[key] = found.get(key, 0) + sample.value
        return found

    def test_what_it_says_is_in_the_log(self):
        self.traffic()
        systems = self.shop | self.crm
        for _folded in range(2):
            found = self.scrape()
            self.env.cr.execute(
                """SELECT e.direction, a.outcome, count(*) FROM integration_event_attempt a
                     JOIN integration_event e ON e.id = a.event_id
                    WHERE e.endpoint_id = ANY(%s) GROUP BY 1, 2""",
                [systems.endpoint_ids.ids],
            )
            expected = {(direction, outcome): count for direction, outcome, count in self.env.cr.fetchall()}
            tries = self.by(found["integration_hub_tries_total"], "direction", "outcome", of=systems)
            self.assertEqual(tries, expected)
            ended = sum(count for (_way, outcome), count in expected.items() if outcome in ("done", "ignored", "dead"))
            counts = self.by(found["integration_hub_message_latency_seconds_count"], of=systems)
            self.assertEqual(counts, {(): ended})
            infinite = [
                each for each in found["integration_hub_message_latency_seconds_bucket"] if each.labels["le"] == "+Inf"
            ]
            self.assertEqual(self.by(infinite, of=systems), {(): ended})
            calls = self.by(found["integration_hub_call_duration_seconds_count"], of=self.crm)
            self.assertEqual(sum(calls.values()), sum(n for (way, _o), n in expected.items() if way == "outbound"))
            with self.engine_mode():
                metrics.fold(self.db)

    def test_how_things_stand(self):
        self.traffic()
        intake_load.tally.count(self.db, self.hook.id, "refused:signature-mismatch", 2)
        with self.engine_mode():
            intake_load.tally.tell(self.db, every=0)
            self.env["integration.endpoint"]._see_to_backlogs(self.db)
        self.api.action_pause()
        found = self.scrape()
        name = f"{self.api.name} #{self.api.id}"
        states = {each.labels["state"]: each.value for each in found["integration_hub_endpoint_state"]
                  if each.labels["endpoint"] == name}  # fmt: skip
        self.assertEqual(states, {"active": 0, "paused": 1, "suspended": 0, "disabled": 0})
        breaker = {each.labels["state"]: each.value for each in found["integration_hub_breaker_state"]
                   if each.labels["endpoint"] == name}  # fmt: skip
        self.assertEqual(breaker, {"closed": 1, "open": 0, "half-open": 0, "paused": 0})
        refused = self.by(found["integration_hub_refusals_total"], "reason", of=self.shop)
        self.assertEqual(refused, {("signature-mismatch",): 2})
        self.assertEqual(self.by(found["integration_hub_deliveries_total"], "result", of=self.shop),
                         {("accepted",): 4, ("refused",): 2})  # fmt: skip
        waiting = len(self.events(self.crm, ("state", "in", ("pending", "retry"))))
        self.assertEqual(self.by(found["integration_hub_backlog_messages"], of=self.crm), {(): waiting})
        self.assertGreaterEqual(self.by(found["integration_hub_backlog_oldest_age_seconds"], of=self.crm)[()], 0)
        self.assertEqual(self.by(found["integration_hub_failures_open"], of=self.shop), {(): 1})
        self.assertEqual(self.by(found["integration_hub_failing_messages"], of=self.shop), {(): 1})
        ends = self.by(found["integration_hub_credential_expiry_timestamp_seconds"], of=self.crm)
        self.assertEqual(ends, {(): 1893542400.0})
        self.assertEqual([each.value for each in found["integration_hub_drain_mode"]], [0])
        self.assertEqual({each.labels["lane"] for each in found["integration_hub_drains_running"]},
                         {"critical", "standard", "bulk"})  # fmt: skip

    def test_labels_are_bounded(self):
        names = Names(self.env, most=1)
        first, *more = names.endpoints
        self.assertIn(f"#{first.id}", names.endpoint(first.id)["endpoint"])
        self.assertEqual({names.endpoint(each.id)["endpoint"] for each in more}, {OTHERS})
        self.assertEqual((names.endpoint(0)["system"], names.flow(None)), (OTHERS, ""))

    def test_history_costs_nothing(self):
        """The same statements, none of which looks at a period that is over."""
        self.traffic()
        with self.engine_mode():
            metrics.fold(self.db)
        self.scrape()
        before = self.statements()
        self.env.cr.execute(
            """INSERT INTO integration_metric (kind, period, begins_at, company_id, endpoint_id, flow_id, direction,
                      outcome, count, seconds, latency, calls, call_seconds, call_latency)
               SELECT m.kind, p.period, m.begins_at - n * interval '1 hour', m.company_id, m.endpoint_id, m.flow_id,
                      m.direction, m.outcome, m.count, m.seconds, m.latency, m.calls, m.call_seconds, m.call_latency
                 FROM integration_metric m, generate_series(1, 2000) n, (VALUES ('minute'), ('hour')) p (period)
                WHERE m.period = 'total'"""
        )
        self.env.cr.execute("ANALYZE integration_metric")
        self.assertEqual(self.statements(), before)
        self.env.cr.execute(
            "EXPLAIN (FORMAT JSON) SELECT * FROM integration_metric WHERE kind = 'try' AND period = 'total'"
        )
        plan = json.dumps(self.env.cr.fetchone()[0])
        self.assertIn("integration_metric_unique", plan)
        self.assertNotIn("Seq Scan", plan)

    def statements(self):
        count = self.env.cr.sql_log_count
        self.scrape()
        return self.env.cr.sql_log_count - count

    def test_the_dashboard_asks_for_what_there_is(self):
        """Each name and each label in Grafana's dashboard is one that the endpoint serves."""
        self.traffic()
        intake_load.tally.count(self.db, self.hook.id, "refused:invalid-json")
        with self.engine_mode():
            intake_load.tally.tell(self.db, every=0)
            self.env["integration.endpoint"]._see_to_backlogs(self.db)
        found = self.scrape()
        labels = {name: set().union(*(sample.labels for sample in samples)) for name, samples in found.items()}
        asked = set()
        for query in expressions(json.loads(DASHBOARD.read_text())):
            names = IN_A_QUERY.findall(query)
            self.assertTrue(names, query)
            for name in names:
                self.assertIn(name, labels, query)
            wanted = {
                label.strip() for groups in BY_LABEL.findall(query) for each in groups for label in each.split(",")
            }
            self.assertLessEqual(wanted - {""}, set().union(*(labels[name] for name in names)), query)
            asked |= {re.sub("_(bucket|sum|count)$", "", name) for name in names}
        served = {re.sub("_(bucket|sum|count|created)$", "", name) for name in labels}
        self.assertEqual(served - asked, set(), "what nobody looks at")


def expressions(dashboard):
    """Return every PromQL expression of a dashboard: of panels, and of variables."""
    panels = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    return panels + [each["query"] for each in dashboard["templating"]["list"] if each["type"] == "query"]
