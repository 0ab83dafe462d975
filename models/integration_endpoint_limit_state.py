# Part of Integration Hub. License LGPL-3.0 or later.
from datetime import UTC, datetime

from odoo import api, fields, models

from ..connectors.resilience import Breaker, leases
from ..connectors.resilience import bucket as buckets
from ..engine.limits import read
from .guards import key

NOTICED = 1.0  # seconds
KINDS = ("rate", "places", "breaker")


class IntegrationEndpoint(models.Model):
    """What slows an endpoint now, in words. Read from what the workers keep, never written to messages."""

    _inherit = "integration.endpoint"

    limit_state = fields.Text("Just Now", compute="_compute_limit_state")
    breaker_reason = fields.Char("Not Called", compute="_compute_limit_state")

    @api.depends("state")
    def _compute_limit_state(self):
        states, now = read(self.env.cr, [key(kind, endpoint_id) for endpoint_id in self.ids for kind in KINDS])
        for endpoint in self:
            rate, places, breaker = (states.get(key(kind, endpoint.id)) for kind in KINDS)
            breaker = Breaker.load(breaker)
            lines = (
                endpoint._breaker_words(breaker, now),
                endpoint._rate_state(rate, now),
                endpoint._pace_words(rate, now),
                endpoint._places_words(places, now),
            )
            endpoint.limit_state = "\n".join(filter(None, lines)) or False
            until = endpoint._shut_until(breaker, now)
            endpoint.breaker_reason = until and endpoint._limit_reason("breaker-open", until)

    def _breaker_until(self):
        """Return until when the breaker lets no call through, or ``None``."""
        if not self.breaker_percent:
            return None
        states, now = read(self.env.cr, [key("breaker", self.id)])
        return self._shut_until(Breaker.load(states.get(key("breaker", self.id))), now)

    def _shut_until(self, breaker, now):
        shut = self.breaker_percent and breaker.state == "open" and breaker.until > now
        return _naive(breaker.until) if shut else None

    def _quota_until(self):
        """Return until when the calls of a quota are used up, where that is longer than anybody would notice."""
        if not self._limits().rate():
            return None
        states, now = read(self.env.cr, [key("rate", self.id)])
        return self._used_up_until(states.get(key("rate", self.id)), now)

    def _used_up_until(self, state, now):
        limit = self._limits().rate()
        if not limit:
            return None
        bucket = buckets.Bucket.load(state, limit, now)
        _bucket, grant = buckets.lease(bucket, limit, now, "", least=1, most=1, lifetime=1)
        return _naive(now + grant.wait) if grant.wait > NOTICED else None

    def _limit_reason(self, code, until):
        """Return why no call is made now, in words."""
        name = self.system_id.name
        if code == "breaker-open":
            return self.env._(
                "%(system)s does not answer; next try %(until)s", system=name, until=self._local_time(until)
            )
        if code == "too-many-at-once":
            return self.env._(
                "%(count)s calls to %(system)s are under way, as many as allowed", count=self.calls_at_once, system=name
            )
        return self.env._(
            "The calls that %(system)s grants (%(rate)s) are used up until %(until)s",
            system=name,
            rate=self._rate_words(),
            until=self._local_time(until),
        )

    def _local_time(self, moment):
        """Say it in the reader's time zone, and name that: some of it is written down for others."""
        return f"{fields.Datetime.context_timestamp(self, moment):%H:%M:%S %Z}"

    def _breaker_words(self, breaker, now):
        if not self.breaker_percent:
            return ""
        failed, _slash, calls = breaker.reason.partition("/")
        name = self.system_id.name
        if until := self._shut_until(breaker, now):
            return self.env._(
                "%(system)s is not called, since %(failed)s of %(calls)s calls failed; next try %(until)s",
                system=name,
                failed=failed,
                calls=calls,
                until=self._local_time(until),
            )
        if breaker.state in ("open", "half-open"):
            return self.env._("The next message tries whether %(system)s answers again", system=name)
        calls, failed = (sum(part[place] for part in breaker.slices) for place in (1, 2))
        if not failed:
            return ""
        return self.env._("%(failed)s of the last %(calls)s calls failed", failed=failed, calls=calls)

    def _rate_state(self, state, now):
        limit = self._limits().rate()
        if not limit or not state:
            return ""
        bucket = buckets.refill(buckets.Bucket(**state), limit, now)
        left, burst, leased = int(bucket.tokens), int(limit.burst), int(leases.total(bucket.leases))
        if leased:
            return self.env._(
                "%(left)s of %(burst)s calls may leave at once; workers hold %(leased)s more",
                left=left,
                burst=burst,
                leased=leased,
            )
        return self.env._("%(left)s of %(burst)s calls may leave at once", left=left, burst=burst)

    def _pace_words(self, state, now):
        paces = {name: pace for name, pace in (state or {}).get("paces", {}).items() if pace[1] > now}
        if not paces or not self.rate_calls:
            return ""
        per_second, until = min(paces.values())
        if not per_second:
            return self._asked_until(_naive(until))
        return self.env._(
            "Slowed to %(rate)s calls a second until %(until)s: %(system)s says that little of its quota is left",
            rate=f"{per_second:.2g}",
            until=self._local_time(_naive(until)),
            system=self.system_id.name,
        )

    def _places_words(self, state, now):
        if not self.calls_at_once or not state:
            return ""
        taken = leases.total(leases.live(state["leases"], now))
        return self.env._(
            "Workers hold %(taken)s of %(places)s places for calls under way",
            taken=int(taken),
            places=self.calls_at_once,
        )


def _naive(moment):
    """Return unix time as Odoo's columns hold it: UTC without a zone."""
    return datetime.fromtimestamp(moment, UTC).replace(tzinfo=None)
