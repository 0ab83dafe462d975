# Part of Integration Hub. License LGPL-3.0 or later.
"""The dashboard and the map: each number is that of a query over the log, on what real traffic left; who sees what."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from psycopg2.extras import Json

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..connectors.clock import ManualClock
from ..engine import heartbeat, histogram, metrics
from ..engine.backlog import measure
from ..engine.database import Database
from ..engine.slowdown import slow_down
from .common import HubCase, own_payload


def figures(found, path=()):
    """Yield ``(path, figure)`` of all numbers of a page that come with a list."""
    if isinstance(found, dict) and "list" in found:
        yield path, found
    elif isinstance(found, dict | list):
        for key, each in found.items() if isinstance(found, dict) else enumerate(found):
            yield from figures(each, (*path, key))


class DashboardCase(HubCase):
    @classmethod
    def set_up_hub(cls):
        cls.shop = cls.connect_shopify(wanted=("orders_in", "customers_in", "customers_out"))
        cls.crm = cls.connect_hubspot(wanted=("contacts_out",))
        cls.operator = cls.user("operator")
        cls.dashboard = cls.env["integration.dashboard"]

    def work(self):
        """Let messages come and go: done, ignored, failed, retried, waiting."""
        self.env.ref("base.XAF").active = False
        customer = own_payload("shopify/customers__update")
        for number in range(3):
            other = customer | {"id": customer["id"] + number, "email": f"{number}@dashboard.example"}
            self.receive(self.shop, other, topic="customers/update")
        self.receive(self.shop, own_payload("shopify/orders__create__unknown_currency"), topic="orders/create")
        self.env["res.partner"].create([{"name": f"P{n}", "email": f"p{n}@dashboard.example"} for n in range(2)])
        self.env["res.partner"].create({"name": "No address"})
        self.commit()
        self.drain()
        self.receive(self.shop, customer | {"id": 5, "email": "late@dashboard.example"}, topic="customers/update")
        with self.engine_mode():
            measure(Database(self.env.cr.dbname))
        self.env["integration.failure"]._refresh()
        self.env.invalidate_all()

    def look(self, user=None, **filters):
        with self.engine_mode():
            return self.dashboard.with_user(user or self.operator).look(filters)

    def map(self, **filters):
        return self.dashboard.with_user(self.operator).map(filters)

    def assert_lists(self, page):
        """Assert that each number is what its list has; return the numbers by their paths."""
        numbers = {}
        for path, figure in figures(page):
            action = self.env.ref(figure["list"]["action"])
            found = self.env[action.res_model].with_user(self.operator).search_count(figure["list"]["domain"])
            with self.subTest(path=path):
                self.assertEqual(figure["value"], found)
            numbers[path] = figure["value"]
        return numbers


@tagged("post_install", "-at_install")
class TestNumbers(DashboardCase):
    def setUp(self):
        super().setUp()
        self.work()

    def test_each_number_is_that_of_its_list(self):
        for filters in (
            {},
            {"period": "hour"},
            {"period": "week"},
            {"period": "month"},
            {"system": self.shop.id},
            {"system": self.crm.id, "period": "hour"},
            {"lane": self.env.ref("integration_hub.integration_lane_standard").id},
            {"flow": self.shop.flow_ids.filtered(lambda flow: flow.template_key == "orders_in").id},
        ):
            with self.subTest(filters=filters):
                page = self.look(**filters)
                self.assertFalse([name for name, part in page["parts"].items() if "failure" in part], page["parts"])
                self.assert_lists(page["parts"])

    def test_traffic_as_the_log_has_it(self):
        states = Counter(self.events(self.shop | self.crm).mapped(lambda event: (event.direction, event.state)))
        self.assertTrue({("inbound", "done"), ("outbound", "done"), ("inbound", "dead")} <= states.keys(), states)
        page = self.look(period="hour")
        traffic = page["parts"]["traffic"]
        self.assertEqual(traffic["in"]["value"], states["inbound", "done"])
        self.assertEqual(traffic["out"]["value"], states["outbound", "done"])
        tries = self.events(self.shop | self.crm).attempt_ids
        failed = len(tries.filtered(lambda one: one.outcome in ("dead", "held")))
        done = len(tries.filtered(lambda one: one.outcome == "done"))
        self.assertEqual(traffic["failed"]["value"], failed)
        self.assertEqual(traffic["success"], done / (done + failed))
        for name, total in (("in", "in"), ("out", "out"), ("failed", "failed")):
            self.assertEqual(sum(traffic["series"][name]), traffic[total]["value"])
        self.assertEqual(len(traffic["starts"]), 60)

    def test_each_bucket_as_the_log_has_it(self):
        """Work of other hours, folded and not: each bucket has the tries that ended in it, and no others."""
        now = datetime.now(UTC).timestamp()
        customer = own_payload("shopify/customers__update")
        for hours in (30, 5, 2):
            for number in range(hours % 4):
                other = customer | {"id": 10 * hours + number, "email": f"{hours}.{number}@dashboard.example"}
                self.receive(self.shop, other, topic="customers/update")
            self.env["res.partner"].create({"name": "Late", "email": f"late{hours}@dashboard.example"})
            self.commit()
            self.drain(ManualClock(now - 3600 * hours))
            if hours == 5:
                with self.engine_mode():
                    metrics.fold(Database(self.env.cr.dbname))
        for period in ("day", "week"):
            traffic = self.look(period=period)["parts"]["traffic"]
            self.assertGreater(sum(map(bool, traffic["series"]["in"])), 2, "in more than one hour")
            tries = self.events(self.shop | self.crm).attempt_ids
            for name, outcomes, direction in (
                ("in", ("done",), "inbound"), ("out", ("done",), "outbound"), ("failed", ("dead", "held"), None)
            ):  # fmt: skip
                hours = Counter(
                    fields.Datetime.to_string(one.ended_at.replace(minute=0, second=0, microsecond=0))
                    for one in tries
                    if one.outcome in outcomes and direction in (None, one.event_id.direction)
                )
                expected = [hours[start] for start in traffic["starts"]]
                self.assertEqual(traffic["series"][name], expected, name)

    def test_percentiles_as_the_log_has_them(self):
        seen = histogram.empty()
        for event in self.events(self.shop | self.crm, ("state", "=", "done")):
            seen[histogram.place(max((event.done_at - event.arrived_at).total_seconds(), 0))] += 1
        latency = self.look()["parts"]["traffic"]["latency"]
        self.assertEqual(latency, {f"p{q}": histogram.percentile(seen, q / 100) for q in (50, 95, 99)})

    def test_what_is_folded_counts_the_same(self):
        def numbers():
            traffic = self.look(period="month")["parts"]["traffic"]
            values = {path: figure["value"] for path, figure in figures(traffic)}
            return values, traffic["series"], traffic["success"], traffic["latency"]

        before = numbers()
        with self.engine_mode():
            metrics.fold(Database(self.env.cr.dbname))
        self.assertEqual(numbers(), before)

    def test_the_map(self):
        page = self.map(period="hour")
        self.assert_lists(page)
        shop, crm = (next(one for one in page["systems"] if one["id"] == each.id) for each in (self.shop, self.crm))
        states = Counter(self.events(self.shop).mapped(lambda event: (event.direction, event.state)))
        self.assertEqual(shop["roads"]["inbound"]["done"]["value"], states["inbound", "done"])
        self.assertEqual(shop["failed"]["value"], states["inbound", "dead"] + states["outbound", "dead"])
        self.assertEqual(sum(flow["done"]["value"] for flow in crm["flows"]), crm["roads"]["outbound"]["done"]["value"])
        orders = next(flow for flow in shop["flows"] if flow["name"] == "Orders → Sales orders")
        self.assertEqual((orders["health"], orders["failed"]["value"]), ("bad", 1))


@tagged("post_install", "-at_install")
class TestParts(DashboardCase):
    def test_windows_end_now_and_begin_with_a_bucket(self):
        now = fields.Datetime.now()
        for period, length in (("hour", 60), ("day", 24), ("week", 168), ("month", 30)):
            starts = self.look(period=period)["parts"]["traffic"]["starts"]
            self.assertEqual(len(starts), length)
            last = fields.Datetime.to_datetime(starts[-1])
            self.assertLessEqual(last, fields.Datetime.now())
            self.assertGreater(fields.Datetime.to_datetime(starts[0]), now - timedelta(days=31))

    def test_endpoints_that_do_not_run_as_usual(self):
        api, hook = self.crm._endpoint("outbound"), self.shop._endpoint("inbound")
        self.assertEqual(self.look()["parts"]["endpoints"]["unusual"], [])
        hook.action_pause("Stocktaking")
        slow_down(self.env.cr, api.id, 600, "429")
        first, second = self.look()["parts"]["endpoints"]["unusual"]
        self.assertEqual((first["kind"], first["id"], first["halts"]), ("resting", api.id, True))
        self.assertGreater(first["seconds"], 500)
        self.assertEqual((second["kind"], second["id"], second["seconds"]), ("paused", hook.id, None))
        self.assertIn("Stocktaking", second["said"])
        crm = next(one for one in self.map()["systems"] if one["id"] == self.crm.id)
        self.assertEqual((crm["health"], crm["roads"]["outbound"]["health"]), ("halted", "halted"))

    def test_breakers(self):
        api = self.crm._endpoint("outbound")
        api.breaker_percent = 50
        now = fields.Datetime.now().timestamp()
        for state, kind in (("open", "open"), ("half-open", "half-open"), ("closed", None)):
            with self.subTest(state=state):
                breaker = {"state": state, "since": now, "until": now + 60, "reason": "8/10"}
                self._limit(f"breaker:{api.id}", breaker)
                unusual = self.look()["parts"]["endpoints"]["unusual"]
                self.assertEqual([one["kind"] for one in unusual], [kind] if kind else [])

    def test_what_is_slower_than_usual(self):
        api = self.crm._endpoint("outbound")
        now = fields.Datetime.now().timestamp()
        api.write({"rate_calls": 10, "rate_period": "3600"})
        for bucket, kind in (
            ({"tokens": 2, "at": now}, None),
            ({"tokens": 0, "at": now}, "slowed"),
            ({"tokens": 2, "at": now, "paces": {"asked": [0.001, now + 600]}}, "slowed"),
        ):
            with self.subTest(bucket=bucket):
                self._limit(f"rate:{api.id}", bucket)
                unusual = self.look()["parts"]["endpoints"]["unusual"]
                self.assertEqual([one["kind"] for one in unusual], [kind] if kind else [])
                self.assertFalse([one for one in unusual if one["halts"]])
        api.action_drain("Tonight")
        self._limit(f"rate:{api.id}", {"tokens": 2, "at": now})
        self.assertEqual([one["kind"] for one in self.look()["parts"]["endpoints"]["unusual"]], ["draining"])

    def test_a_system_without_endpoints_is_on_the_map(self):
        planned = self.env["integration.system"].create({"name": "Planned", "connector": "hubspot"})
        found = next(one for one in self.map()["systems"] if one["id"] == planned.id)
        self.assertEqual((found["health"], found["roads"], found["flows"]), ("idle", {}, []))

    def _limit(self, key, state):
        self.env.cr.execute(
            """INSERT INTO integration_limit (key, state) VALUES (%s, %s)
               ON CONFLICT (key) DO UPDATE SET state = EXCLUDED.state""",
            [key, Json(state)],
        )

    def test_keys_that_end(self):
        today = fields.Date.context_today(self.dashboard.with_user(self.operator))
        keys = self.crm.credential_ids | self.shop.credential_ids
        for key, days in zip(keys, (31, 30, 7, -1), strict=True):
            key.expires_on = today + timedelta(days=days)
        ending = self.look()["parts"]["credentials"]["ending"]
        self.assertEqual([(one["days"], one["within"]) for one in ending], [(-1, 0), (7, 7), (30, 30)])
        self.assertFalse(ending[0]["may_open"])
        self.assertTrue(self.look(self.user("auditor"))["parts"]["credentials"]["ending"][0]["may_open"])
        keys[3].secret = "another one"
        self.assertEqual(len(self.look()["parts"]["credentials"]["ending"]), 2, "a new secret has no end yet")

    def test_who_works(self):
        runner = self.look()["parts"]["runner"]
        self.assertFalse(runner["works"])
        heartbeat.beat(self.env.cr, heartbeat.RUNNER)
        runner = self.look()["parts"]["runner"]
        self.assertTrue(runner["works"])
        self.assertFalse(runner["halted"])
        self.env["integration.maintenance"].create({"reason": "Upgrade tonight"})
        self.env.flush_all()
        self.assertIn("Upgrade tonight", self.look()["parts"]["runner"]["halted"])

    def test_a_part_that_fails_says_so_and_the_others_are_there(self):
        def broken(*_args):
            self.env.cr.execute("SELECT no_such_column FROM integration_backlog")

        with (
            patch("odoo.addons.integration_hub.engine.backlog.counted", broken),
            self.assertLogs("odoo.addons.integration_hub.models.integration_dashboard", "ERROR"),
        ):
            parts = self.look()["parts"]
        self.assertIn("could not be read", parts["queue"]["failure"])
        self.assertEqual([name for name, part in parts.items() if "failure" in part], ["queue"])

    def test_who_sees_it(self):
        for group in ("user", "consultant", "operator", "approver", "auditor", "admin"):
            user = self.user(group)
            parts = self.look(user)["parts"]
            self.assertFalse([name for name, part in parts.items() if "failure" in part], group)
            kinds = [kind["key"] for kind in parts["todo"]["kinds"]]
            self.assertEqual("approvals" in kinds, group == "approver")
            self.assertTrue(self.dashboard.with_user(user).map()["systems"])
        seller = self.user()
        for method in (self.dashboard.with_user(seller).look, self.dashboard.with_user(seller).map):
            with self.assertRaises(AccessError):
                method()

    def test_only_the_companies_one_works_in(self):
        self.work()
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.operator.company_ids += other
        there = self.dashboard.with_user(self.operator).with_context(allowed_company_ids=other.ids)
        with self.engine_mode():
            page = there.look()
        self.assertEqual((page["choices"]["systems"], there.map()["systems"]), ([], []))
        self.assertFalse([path for path, figure in figures(page["parts"]) if figure["value"]])
        self.assertEqual(page["parts"]["endpoints"]["count"], 0)

    def test_unknown_filters_change_nothing(self):
        page = self.look(period="century", flow=-1, system=False)
        self.assertEqual(len(page["parts"]["traffic"]["starts"]), 24)
        self.assertTrue(page["parts"]["endpoints"]["count"])
