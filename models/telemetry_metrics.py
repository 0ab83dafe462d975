# Part of Integration Hub. License LGPL-3.0 or later.
"""What Prometheus reads: figures of the database as they are now, whichever of the server's processes is asked.

All is read from rollups and from rows that say how things stand; nothing walks the log. So a scrape takes as long with
two million messages as with none.
"""

from collections import defaultdict
from datetime import UTC, datetime, time
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector, CollectorRegistry
from prometheus_client.utils import floatToGoString

from odoo import SUPERUSER_ID, api

from ..connectors.resilience.breaker import STATES, Breaker
from ..engine import heartbeat, histogram, limits, metrics, tally, vitals
from ..engine.backlog import backlogs
from .guards import key
from .telemetry_names import MOST, Names

PREFIX = "integration_hub_"


def exposition(db, accept):
    """Return the figures of a database as bytes, and their content type, in the format that a scraper accepts."""
    encode, content_type = choose_encoder(accept)
    with db.read_committed() as cr:
        registry = CollectorRegistry(auto_describe=False)
        registry.register(HubCollector(api.Environment(cr, SUPERUSER_ID, {}), db.now()))
        return encode(registry), content_type


class HubCollector(Collector):
    """Reads everything when it is asked; a name is in docs/TELEMETRY.md with what it means."""

    def __init__(self, env, now):
        self.env, self.cr, self.now = env, env.cr, now

    def describe(self):
        """Say nothing before the first scrape: a registry that asks would read the database."""
        return []

    def collect(self):
        self.names = Names(self.env)
        yield from self._tries()
        yield from self._deliveries()
        yield from self._waiting()
        yield from self._endpoints()
        yield from self._failures()
        yield from self._server()
        yield self._credentials()

    # --- what was done ---

    def _tries(self):
        tries, latency, calls = defaultdict(int), defaultdict(_Histogram), defaultdict(_Histogram)
        by = ("endpoint_id", "flow_id", "direction", "outcome")
        for (endpoint_id, flow_id, direction, outcome), figures in metrics.totals(self.cr, by=by).items():
            place = self.names.endpoint(endpoint_id)
            labels = (place["system"], place["endpoint"], self.names.flow(flow_id), direction)
            tries[*labels, outcome] += figures.count
            if outcome in ("done", "ignored", "dead"):
                latency[labels].add(figures.latency, figures.seconds)
            if figures.calls:
                calls[labels[:2]].add(figures.call_latency, figures.call_seconds)
        labels = ["system", "endpoint", "flow", "direction"]
        yield _counter("tries", "Tries of messages that ended, by what they came to.", [*labels, "outcome"], tries)
        yield _histogram("message_latency_seconds", "From a message's arrival until its work ended.", labels, latency)
        yield _histogram("call_duration_seconds", "How long calls of other systems took.", labels[:2], calls)

    def _deliveries(self):
        deliveries, refusals = defaultdict(int), defaultdict(int)
        counts = tally.counts(self.cr, self.names.endpoints.ids)
        for (endpoint_id, name), count in counts.items():
            place = self.names.endpoint(endpoint_id)
            what, _colon, reason = name.partition(":")
            labels = (place["system"], place["endpoint"])
            if what == "refused":
                refusals[*labels, reason] += count
            deliveries[*labels, what] += count
        labels = ["system", "endpoint"]
        yield _counter(
            "deliveries", "Webhook messages: accepted, duplicate, refused, or beyond a limit.", [*labels, "result"],
            deliveries,
        )  # fmt: skip
        yield _counter("refusals", "Refused webhook deliveries, by reason.", [*labels, "reason"], refusals)

    # --- how things stand ---

    def _waiting(self):
        waiting, oldest = defaultdict(int), defaultdict(float)
        for each in backlogs(self.cr, self.now):
            place = self.names.endpoint(each.endpoint_id)
            labels = tuple(place.values())
            waiting[labels] += each.waiting
            age = (self.now - each.oldest).total_seconds() if each.oldest else 0.0
            oldest[labels] = max(oldest[labels], age, 0.0)
        labels = ["system", "endpoint", "lane"]
        yield _gauge("backlog_messages", "Messages that wait, as last counted.", labels, waiting)
        yield _gauge("backlog_oldest_age_seconds", "Age of the oldest message that waits.", labels, oldest)

    def _endpoints(self):
        endpoints = self.names.endpoints
        breakers, _now = limits.read(self.cr, [key("breaker", endpoint_id) for endpoint_id in endpoints.ids])
        states, breaker = defaultdict(int), defaultdict(int)
        known = [state for state, _label in endpoints._fields["state"].selection]
        for endpoint in endpoints:
            place = self.names.endpoint(endpoint.id)
            labels = (place["system"], place["endpoint"])
            is_now = Breaker.load(breakers.get(key("breaker", endpoint.id))).state
            for state in known:
                states[*labels, state] += endpoint.state == state
            for state in STATES if endpoint.direction == "outbound" else ():
                breaker[*labels, state] += is_now == state
        labels = ["system", "endpoint", "state"]
        yield _gauge("endpoint_state", "1 for the state that an endpoint is in.", labels, states)
        yield _gauge("breaker_state", "1 for the state that an endpoint's breaker is in.", labels, breaker)

    def _failures(self):
        causes = {
            (place["system"], place["endpoint"]): 0 for place in map(self.names.endpoint, self.names.endpoints.ids)
        }
        messages = dict(causes)
        found = self.env["integration.failure"]._read_group(
            [("state", "in", ("open", "snoozed"))], ["endpoint_id"], ["__count", "message_count:sum"]
        )
        for endpoint, count, failing in found:
            place = self.names.endpoint(endpoint.id)
            labels = (place["system"], place["endpoint"])
            causes[labels] += count
            messages[labels] += failing
        labels = ["system", "endpoint"]
        yield _gauge("failures_open", "Causes for which messages fail now.", labels, causes)
        yield _gauge("failing_messages", "Messages that fail for these causes.", labels, messages)

    def _server(self):
        facts = vitals.look(self.cr, self.now)
        ages = {(source,): age for source, age in heartbeat.ages(self.cr).items()}
        yield _gauge("heartbeat_age_seconds", "Since runner or cron last came by.", ["source"], ages)
        yield _gauge("runner_connected", "1 while a job runner is connected.", [], {(): facts.runner_connected})
        yield _gauge("jobs_running", "Jobs that run or are about to.", [], {(): facts.jobs_running})
        yield _gauge("jobs_capacity", "How many jobs may run at once.", [], {(): facts.capacity.root})
        yield _gauge("drains_running", "Units whose messages a worker has in hand.", ["lane"], self._drains())
        yield _gauge("dead_claims", "Units whose worker died, and nobody took over.", [], {(): facts.dead_claims})
        halted = facts.drain_mode is not None
        yield _gauge("drain_mode", "1 while nothing is processed, by an administrator's wish.", [], {(): halted})

    def _drains(self):
        self.cr.execute("SELECT endpoint_id, count(*) FROM integration_claim WHERE event_ids <> '{}' GROUP BY 1")
        lanes = self.env["integration.lane"].search([])  # pylint: disable=no-search-all  # one of each kind
        drains = {(lane.code,): 0 for lane in lanes}
        for endpoint_id, count in self.cr.fetchall():
            lane = (self.names.endpoint(endpoint_id)["lane"],)
            drains[lane] = drains.get(lane, 0) + count
        return drains

    def _credentials(self):
        ending = [("expires_on", "!=", False)]
        expiring = self.env["integration.credential"].search(ending, order="expires_on, id", limit=MOST)
        ends = {
            (each.system_id.name, f"{each.name} #{each.id}"): datetime.combine(each.expires_on, time(), UTC).timestamp()
            for each in expiring
        }
        labels = ["system", "credential"]
        return _gauge("credential_expiry_timestamp_seconds", "When a credential ends, as Unix time.", labels, ends)


class _Histogram:
    def __init__(self):
        self.places, self.seconds = histogram.empty(), 0.0

    def add(self, places, seconds):
        self.places = histogram.added(self.places, places)
        self.seconds += seconds

    def buckets(self):
        """Return how many took at most so long, as Prometheus has it."""
        bounds = (*map(floatToGoString, histogram.BOUNDS), "+Inf")
        return list(zip(bounds, accumulate(self.places), strict=True))


def _counter(name, meaning, labels, values):
    family = CounterMetricFamily(PREFIX + name, meaning, labels=labels)
    for key_, value in sorted(values.items()):
        family.add_metric(key_, value)
    return family


def _gauge(name, meaning, labels, values):
    family = GaugeMetricFamily(PREFIX + name, meaning, labels=labels)
    for key_, value in sorted(values.items()):
        family.add_metric(key_, value)
    return family


def _histogram(name, meaning, labels, values):
    family = HistogramMetricFamily(PREFIX + name, meaning, labels=labels)
    for key_, value in sorted(values.items()):
        family.add_metric(key_, value.buckets(), value.seconds)
    return family
