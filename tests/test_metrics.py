# Part of Integration Hub. License LGPL-3.0 or later.
"""Rollups against the log: each number equals a query over tries and messages, on traffic that drains worked off."""

import bisect
from datetime import datetime, timedelta

from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, tagged

from ..engine import histogram, metrics, tally
from ..engine.database import Database
from ..models import intake_load
from .common import faults
from .deaths import DeathsCase
from .drain_cases import DOWN, DrainCase

LONG_AGO, FAR_AHEAD = datetime(2020, 1, 1), datetime(2100, 1, 1)
OF_THE_LOG = """
    SELECT e.company_id, e.endpoint_id, e.flow_id, e.direction, a.outcome, a.ended_at,
           greatest(extract(epoch FROM a.ended_at - e.arrived_at), 0)::float,
           extract(epoch FROM a.ended_at - a.started_at)::float
      FROM integration_event_attempt a JOIN integration_event e ON e.id = a.event_id
     WHERE a.outcome <> 'started' AND e.endpoint_id = ANY(%s)"""


def of_the_log(cr, endpoint_ids, by, since=LONG_AGO, until=FAR_AHEAD):
    """Return ``{key: (count, seconds, histogram, calls, seconds of calls)}`` by a look at every try."""
    cr.execute(OF_THE_LOG, [list(endpoint_ids)])
    found = {}
    for *key, ended_at, seconds, took in cr.fetchall():
        if not since <= ended_at < until:
            continue
        known = dict(zip(metrics.KEY, key, strict=True))
        row = found.setdefault(tuple(known[name] for name in by), [0, 0.0, histogram.empty(), 0, 0.0])
        row[0] += 1
        row[1] += seconds
        row[2][bisect.bisect_left(histogram.BOUNDS, seconds)] += 1
        if known["direction"] == "outbound" and known["outcome"] not in ("lost", "ignored"):
            row[3] += 1
            row[4] += took
    return found


class AgainstTheLog:
    def check(self, cr, endpoint_ids, **window):
        """Compare, by all that can be asked for; return the counts by outcome."""
        given = {"since": LONG_AGO, "until": FAR_AHEAD} | window
        for by in (metrics.KEY, ("endpoint_id",), ("outcome",), ("flow_id", "direction"), ()):
            found = metrics.read(cr, **given, by=by, endpoint_ids=endpoint_ids)
            expected = of_the_log(cr, endpoint_ids, by, **given)
            self.assertEqual(found.keys(), expected.keys())
            for key, figures in found.items():
                count, seconds, places, calls, call_seconds = expected[key]
                self.assertEqual((figures.count, figures.latency, figures.calls), (count, places, calls), key)
                self.assertEqual(sum(figures.call_latency), calls)
                self.assertAlmostEqual(figures.seconds, seconds, places=3)
                self.assertAlmostEqual(figures.call_seconds, call_seconds, places=3)
        by_outcome = metrics.read(cr, **given, by=("outcome",), endpoint_ids=endpoint_ids)
        return {outcome: figures.count for (outcome,), figures in by_outcome.items()}


@tagged("post_install", "-at_install")
class TestMetrics(AgainstTheLog, DrainCase):
    def setUp(self):
        super().setUp()
        self.env["res.country"].search([("code", "=", "XK")]).code = "QX"
        self.env.cr.execute("DELETE FROM integration_metric_delta")
        self.env.cr.execute("DELETE FROM integration_metric")
        self.db = Database(self.env.cr.dbname, self.clock)
        self.ids = (self.shop | self.crm).endpoint_ids.ids

    def traffic(self):
        """Customers that come, one that cannot, one older than what is known; a contact while all is down."""
        for number in range(1, 4):
            self.customer(number, minute=number)
        self.customer(9, country="XK")
        self.clock.advance(3)
        self.drain(self.clock)
        self.customer(1, minute=0)
        faults(DOWN)
        self.contact()
        self.clock.advance(400)
        self.drain(self.clock)
        faults()
        self.clock.advance(4000)
        self.drain(self.clock)

    def fold(self):
        with self.engine_mode():
            metrics.fold(self.db)
            tally.fold(self.db)

    def unfolded(self):
        self.env.cr.execute("SELECT count(*) FROM integration_metric_delta")
        return self.env.cr.fetchone()[0]

    def test_each_number_equals_a_query_over_the_log(self):
        self.traffic()
        self.assertGreater(self.unfolded(), 4)
        before = self.check(self.env.cr, self.ids)
        self.assertLessEqual({"done", "dead", "retry", "ignored"}, before.keys())
        self.fold()
        self.assertEqual(self.unfolded(), 0)
        self.assertEqual(self.check(self.env.cr, self.ids), before, "folded, it is the same")
        self.customer(30)
        self.drain(self.clock)
        after = self.check(self.env.cr, self.ids)
        self.assertGreater(after["done"], before["done"], "what is folded, and what is not")
        self.fold()
        self.fold()
        self.assertEqual(self.check(self.env.cr, self.ids), after, "once more changes nothing")
        everything = {outcome: each.count for (outcome,), each in metrics.totals(self.env.cr, by=("outcome",)).items()}
        self.assertEqual(everything, after)

    def test_a_window_is_whole_minutes(self):
        self.traffic()
        self.fold()
        moments = sorted({row[5] for row in self.log()})
        for since, until in ((moments[0], moments[-1]), (moments[-1], FAR_AHEAD), (LONG_AGO, moments[1])):
            minute = metrics.PERIODS["minute"]
            since, until = minute.begin(since), minute.begin(until)
            self.check(self.env.cr, self.ids, since=since, until=until)

    def log(self):
        self.env.cr.execute(OF_THE_LOG, [self.ids])
        return self.env.cr.fetchall()

    def test_a_series(self):
        self.traffic()
        expected = {}
        for *_key, ended_at, _seconds, _took in self.log():
            minute = ended_at.replace(second=0, microsecond=0)
            expected[minute] = expected.get(minute, 0) + 1
        for _folded in range(2):
            read = metrics.read(self.env.cr, min(expected), FAR_AHEAD, by=("minute",), endpoint_ids=self.ids)
            self.assertEqual({minute: figures.count for (minute,), figures in read.items()}, expected)
            self.fold()

    def test_periods_agree_and_old_ones_go(self):
        self.traffic()
        self.fold()
        self.env.cr.execute("SELECT period, sum(count), sum(latency[12]) FROM integration_metric GROUP BY 1")
        sums = {period: tuple(rest) for period, *rest in self.env.cr.fetchall()}
        self.assertEqual(sums.keys(), {"minute", "hour", "day", "total"})
        self.assertEqual(len(set(sums.values())), 1, "what is in one period is in all")
        count = metrics.read(self.env.cr, LONG_AGO, FAR_AHEAD)[()].count
        now = self.db.now()
        for days, left in ((3, {"hour", "day", "total"}), (92, {"day", "total"}), (740, {"total"})):
            with self.engine_mode():
                self.assertTrue(any(list(metrics.forget(self.db, now + timedelta(days=days), batch=2))))
            self.env.cr.execute("SELECT DISTINCT period FROM integration_metric")
            self.assertEqual({period for (period,) in self.env.cr.fetchall()}, left)
        self.assertEqual(metrics.totals(self.env.cr)[()].count, count)

    def test_deliveries_have_a_time(self):
        for name, number in (("accepted", 5), ("refused:signature-mismatch", 2)):
            intake_load.tally.count(self.db, self.hook.id, name, number)
        self.env.flush_all()
        with self.engine_mode():
            intake_load.tally.tell(self.db, every=0)
        window = (self.db.now() - timedelta(minutes=1), self.db.now() + timedelta(minutes=1))
        for _folded in range(2):
            read = metrics.read(
                self.env.cr, *window, by=("outcome", "company_id"), kind=metrics.DELIVERY, endpoint_ids=self.ids
            )
            counts = {key: figures.count for key, figures in read.items()}
            company = self.hook.company_id.id
            self.assertEqual(counts, {("accepted", company): 5, ("refused", company): 2})
            self.fold()
        self.assertEqual(metrics.read(self.env.cr, *window, endpoint_ids=self.ids), {}, "no try has ended")

    def test_the_model_shows_the_rollups(self):
        self.traffic()
        self.fold()
        reader = self.env["integration.metric"].with_user(self.operator)
        hours = [("period", "=", "hour"), ("kind", "=", "try"), ("endpoint_id", "in", self.ids)]
        shown = dict(reader._read_group(hours, ["outcome"], ["count:sum"]))
        self.assertEqual(shown, self.check(self.env.cr, self.ids))
        retried = reader.search([*hours, ("outcome", "=", "retry")])
        self.assertEqual(sum(retried.mapped("calls")), 1)
        self.assertGreater(retried[0].latency_p95, 60)
        self.assertTrue(retried[0].display_name)
        with self.assertRaises(AccessError):
            retried.write({"count": 0})

    def test_what_is_gone_is_forgotten(self):
        self.traffic()
        self.fold()
        self.env.cr.execute("UPDATE integration_metric SET endpoint_id = -1 WHERE endpoint_id = %s", [self.hook.id])
        with self.engine_mode():
            list(metrics.forget(self.db, self.db.now(), batch=3))
        found = metrics.read(self.env.cr, LONG_AGO, FAR_AHEAD, by=("endpoint_id",))
        self.assertEqual(found.keys(), {(self.api.id,)})
        shown = self.env["integration.metric"]._read_group([], ["endpoint_id"])
        self.assertEqual([endpoint.display_name for (endpoint,) in shown], [self.api.display_name])

    def test_what_cannot_be_asked(self):
        with self.assertRaisesRegex(ValueError, "not read by week"):
            metrics.read(self.env.cr, LONG_AGO, FAR_AHEAD, by=("week",))


@tagged("post_install", "-at_install")
class TestLost(AgainstTheLog, DeathsCase):
    def test_tries_of_workers_that_died(self):
        for direction, step in (("inbound", "Apply"), ("outbound", "Send")):
            ids = self.messages(keys=("a", "b"), direction=direction)
            if direction == "inbound":
                self.die_of(ids[0])
            else:
                self.die("before", step)
            self.heir()
        with self.registry.cursor() as cr:
            counts = self.check(cr, [self.endpoint_id])
        self.assertGreaterEqual(counts["lost"], 2)
        self.assertEqual(counts["done"], 4)


@tagged("post_install", "-at_install")
class TestHistogram(TransactionCase):
    def test_percentiles(self):
        places = histogram.empty()
        self.assertIsNone(histogram.percentile(places, 0.5))
        places[histogram.place(0.3)] += 90  # between 0.25 and 0.5
        places[histogram.place(400)] += 10  # between 300 and 600
        self.assertAlmostEqual(histogram.percentile(places, 0.45), 0.375)
        self.assertEqual(histogram.percentile(places, 0.9), 0.5)
        self.assertEqual(histogram.percentile(places, 0.95), 450)
        self.assertEqual(histogram.percentile(places, 0), 0.25)
        self.assertEqual(histogram.percentile(places, 1), 600)
        places[histogram.place(10 * histogram.DAY)] += 900
        self.assertEqual(histogram.percentile(places, 0.99), histogram.DAY, "at least that")

    def test_a_bound_belongs_to_the_place_below(self):
        for number, bound in enumerate(histogram.BOUNDS):
            self.assertEqual((histogram.place(bound), histogram.place(bound * 1.001)), (number, number + 1))

    def test_what_a_time_is_made_of(self):
        now = datetime(2026, 7, 1, 12, 30, 10)

        def made(since, until, longest="day"):
            return [
                (period, f"{begin:%m-%d %H:%M}", f"{end:%m-%d %H:%M}")
                for period, begin, end in metrics.covering(since, until, now, longest)
            ]

        self.assertEqual(
            made(datetime(2026, 6, 29, 22, 58, 3), now),
            [
                ("minute", "06-29 22:58", "06-29 23:00"), ("hour", "06-29 23:00", "06-30 00:00"),
                ("day", "06-30 00:00", "07-01 00:00"), ("hour", "07-01 00:00", "07-01 12:00"),
                ("minute", "07-01 12:00", "07-01 12:31"),
            ],
        )  # fmt: skip
        self.assertEqual(
            made(datetime(2026, 6, 1, 10, 20), datetime(2026, 6, 1, 11, 20)),
            [("hour", "06-01 10:00", "06-01 12:00")],
            "minutes are not kept so long",
        )
        self.assertEqual(
            made(datetime(2025, 1, 1, 9), datetime(2025, 1, 2, 9)), [("day", "01-01 00:00", "01-03 00:00")]
        )
        self.assertEqual(made(now, now), [("minute", "07-01 12:30", "07-01 12:31")])
        self.assertEqual(made(now - timedelta(hours=1), now, "minute"), [("minute", "07-01 11:30", "07-01 12:31")])
        self.assertEqual(made(now, now - timedelta(hours=1)), [])
