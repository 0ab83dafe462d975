# Part of Integration Hub. License LGPL-3.0 or later.
from datetime import timedelta

from odoo import fields, models

from ..engine import metrics, times
from .alert_finding import of_endpoint, of_flow

NEAR = 0.8  # of a limit: until a figure is better than that, an alert about it goes on
WELL = ("done", "ignored")
HISTORY, LEAST_DAYS = 28, 3  # days looked back for what is usual, and so many of a kind are needed
HOUR, MINUTES_KEPT = timedelta(hours=1), timedelta(hours=48)


class IntegrationAlertRule(models.Model):
    """Rules on figures. They are read from rollups, never from the log.

    A run that is late looks at the windows that it missed, too, and takes the worst of them.
    """

    _inherit = "integration.alert.rule"

    def _find_error_rate(self, now):
        """Flows of which a share of tries fails."""
        return self._worst(now, self._error_rate)

    def _error_rate(self, figures):
        count = sum(each.count for each in figures.values())
        failed = sum(each.count for outcome, each in figures.items() if outcome not in WELL)
        if count < self.least:
            return 0, {}
        share = 100 * failed / count
        return share / (self.limit or 100), {"share": round(share), "count": count, "minutes": self.minutes}

    def _find_throughput_high(self, now):
        """Flows with more messages than wanted."""
        return self._worst(now, self._throughput)

    def _throughput(self, figures):
        count = sum(each.count for each in figures.values())
        facts = {"count": count, "limit": int(self.limit), "minutes": self.minutes}
        return count / self.limit if self.limit else 0, facts

    def _find_latency(self, now):
        """Flows of whose messages the percentile takes longer than the limit, from their arrival to their end."""
        return self._worst(now, self._latency)

    def _latency(self, figures):
        well = [each for outcome, each in figures.items() if outcome in WELL]
        if not self.limit or sum(each.count for each in well) < self.least:
            return 0, {}
        histogram = [sum(places) for places in zip(*(each.latency for each in well), strict=True)]
        seconds = metrics.percentile(histogram, self.percentile / 100) or 0
        facts = {"percentile": self.percentile, "seconds": round(seconds, 1), "limit": round(self.limit, 1)}
        return seconds / self.limit, facts

    def _worst(self, now, share_of_limit):
        """Return findings about flows whose figures of any window come to the limit, or near it."""
        found, flows = [], self._flows()
        for end in self._looks(now):
            by_flow = self._figures(end, flows)
            for flow in flows:
                share, facts = share_of_limit(by_flow.get(flow.id, {}))
                if share >= NEAR:
                    found.append(of_flow(flow, facts=facts, fires=share >= 1, size=share))
        return found

    def _figures(self, end, flows):
        """Return ``{flow id: {outcome: figures}}`` of the window that ends at a moment."""
        since, by_flow = end - timedelta(minutes=self.minutes), {}
        read = metrics.read(self.env.cr, since, end, by=("flow_id", "outcome"), flow_ids=flows.ids)
        for (flow_id, outcome), figures in read.items():
            by_flow.setdefault(flow_id, {})[outcome] = figures
        return by_flow

    def _find_throughput_low(self, now):
        """Flows with fewer messages than wanted, of those that are on for as long as it is looked at."""
        found, flows = [], self._flows()
        flows = flows.filtered(lambda flow: flow.create_date <= fields.Datetime.subtract(now, minutes=self.minutes))
        for end in self._looks(now):
            by_flow = self._figures(end, flows)
            for flow in flows:
                share, facts = self._throughput(by_flow.get(flow.id, {}))
                if share < 1 / NEAR:
                    found.append(of_flow(flow, facts=facts, fires=share < 1, size=1 - share))
        return found

    def _find_webhook_silent(self, now):
        """Endpoints without a webhook for so long that many would have come, by what is usual at these hours."""
        endpoints = self._endpoints("inbound").filtered(lambda each: each.state == "active" and not each.for_jobs)
        found, minutes = [], self._deliveries(now - MINUTES_KEPT, now, endpoints, "minute")
        for endpoint in endpoints:
            lately = minutes.get(endpoint.id, {})
            since = max(lately, default=now - MINUTES_KEPT)
            if since > fields.Datetime.subtract(now, minutes=self.minutes):
                continue
            usual = self._usual(endpoint, since, now, lately)
            if usual >= self.least:
                facts = {"since": fields.Datetime.to_string(since), "usual": self._rounded(usual)}
                found.append(of_endpoint(endpoint, facts=facts, size=usual))
        return found

    def _deliveries(self, since, until, endpoints, period):
        """Return ``{endpoint id: {beginning of a period: webhooks}}``."""
        read = metrics.read(
            self.env.cr,
            since,
            until + timedelta(minutes=1),
            by=("endpoint_id", period),
            kind=metrics.DELIVERY,
            endpoint_ids=endpoints.ids,
        )
        found = {}
        for (endpoint_id, beginning), figures in read.items():
            found.setdefault(endpoint_id, {})[beginning] = figures.count
        return found

    def _usual(self, endpoint, since, until, lately):
        """Return how many webhooks usually come between two moments, by the same hours of days of the same kind.

        Of the first hour, what usually comes and has not yet. Of the last, which is not over, no more than came by this
        minute of the days before: what comes once an hour is not missed before its time.
        """
        history = self._deliveries(until - timedelta(days=HISTORY), until, endpoint, "hour").get(endpoint.id)
        if not history:
            return 0
        hours = [since.replace(minute=0, second=0, microsecond=0)]
        while hours[-1] + HOUR < until:
            hours.append(hours[-1] + HOUR)
        usual = {hour: self._usual_of_hour(history, hour) for hour in hours}
        first, last = hours[0], hours[-1]
        usual[first] = min(usual[first] * ((first + HOUR - since) / HOUR), max(usual[first] - history.get(first, 0), 0))
        came = max(
            sum(count for at, count in lately.items() if last - days <= at <= until - days)
            for days in (timedelta(days=1), timedelta(days=2))
        )
        usual[last] = min(usual[last], came)
        return sum(usual.values())

    def _usual_of_hour(self, history, hour):
        """Return what came in this hour of earlier working days, or of earlier weekends, on average."""
        is_weekend, known_since = times.local(hour, self.tz).weekday() in times.WEEKEND, min(history)
        earlier = (hour - timedelta(days=day) for day in range(1, HISTORY + 1))
        counts = [
            history.get(each, 0)
            for each in earlier
            if each >= known_since and (times.local(each, self.tz).weekday() in times.WEEKEND) == is_weekend
        ]
        return sum(counts) / len(counts) if len(counts) >= LEAST_DAYS else 0

    def _rounded(self, number):
        """Return a number that does not change with each look."""
        digits = max(len(str(int(number))) - 1, 0)
        return int(number // 10**digits * 10**digits)
