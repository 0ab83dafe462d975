# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import fields, models
from odoo.fields import Domain

from ..engine import histogram, metrics
from .integration_dashboard import MESSAGES

TRIES = "integration_hub.integration_event_attempt_action"
FAILED = ("dead", "held")  # what became of a try after which a person is needed
PERCENTILES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}


class IntegrationDashboard(models.AbstractModel):
    """How much went in and out, how much of it failed, and how long it took: from rollups, never from the log."""

    _inherit = "integration.dashboard"

    def _parts(self):
        return super()._parts() | {"traffic": self._look_at_traffic}

    def _look_at_traffic(self, scope):
        """Return the figures of the window, and of each of its buckets in the order of ``starts``."""
        starts = scope.period.starts(scope.now)
        found = self._tries(scope, scope.period.bucket)
        totals = Traffic(found.values(), [key[1:] for key in found])
        buckets = [Traffic.of(found, start) for start in starts]
        return {
            "bucket": scope.period.bucket,
            "starts": [fields.Datetime.to_string(start) for start in starts],
            "in": self._done(scope, "inbound", totals.done("inbound")),
            "out": self._done(scope, "outbound", totals.done("outbound")),
            "failed": self._failed(scope, totals.failed()),
            "success": totals.success(),
            "latency": totals.percentiles(),
            "series": {
                "in": [each.done("inbound") for each in buckets],
                "out": [each.done("outbound") for each in buckets],
                "failed": [each.failed() for each in buckets],
                **{name: [each.percentiles()[name] for each in buckets] for name in PERCENTILES},
            },
        }

    def _tries(self, scope, *by):
        """Return ``{(*by, direction, outcome): Figures}`` of the tries that ended in the window."""
        ids = {"company_ids": self.env.companies.ids}
        if scope.flow:
            ids["flow_ids"] = scope.flow.ids
        elif scope.is_narrow:
            ids["endpoint_ids"] = scope.endpoints.ids
        return metrics.read(self.env.cr, scope.since, scope.now, by=(*by, "direction", "outcome"), **ids)

    def _done(self, scope, direction, value):
        """Return how many messages of a direction were done, with their list: each is done by one try."""
        done = Domain("state", "=", "done") & Domain("direction", "=", direction)
        return self._figure(value, MESSAGES, done & _within("done_at", scope) & scope.messages())

    def _failed(self, scope, value):
        """Return how many tries failed, with their list: a message that failed may be done by now."""
        domain = Domain("outcome", "in", FAILED) & _within("ended_at", scope)
        if not scope.messages().is_true():
            domain &= Domain("event_id", "any", scope.messages())
        return self._figure(value, TRIES, domain)


class Traffic:
    """Figures of tries by direction and outcome, added up."""

    def __init__(self, figures, keys):
        self._counts, self._latency = {}, histogram.empty()
        for each, key in zip(figures, keys, strict=True):
            self._counts[key] = self._counts.get(key, 0) + each.count
            if key[1] == "done":
                self._latency = histogram.added(self._latency, each.latency)

    @classmethod
    def of(cls, found, first):
        """Return what is found under keys that begin so."""
        keys = [key for key in found if key[0] == first]
        return cls([found[key] for key in keys], [key[1:] for key in keys])

    def done(self, direction):
        """Return how many were done."""
        return self._counts.get((direction, "done"), 0)

    def failed(self):
        """Return how many failed, until a person sees to them."""
        return sum(count for (_direction, outcome), count in self._counts.items() if outcome in FAILED)

    def success(self):
        """Return the share of what was done among all that ended; ``None`` where nothing did."""
        done = self.done("inbound") + self.done("outbound")
        ended = done + self.failed()
        return done / ended if ended else None

    def percentiles(self):
        """Return in how many seconds, from their arrival, that share of the messages was done."""
        return {name: metrics.percentile(self._latency, share) for name, share in PERCENTILES.items()}


def _within(field, scope):
    since, until = (fields.Datetime.to_string(moment) for moment in (scope.since, scope.until))
    return Domain(field, ">=", since) & Domain(field, "<", until)
