# Part of Integration Hub. License LGPL-3.0 or later.
from datetime import datetime
from typing import NamedTuple

from odoo import fields, models

from ..connectors.resilience import Breaker
from ..engine.limits import read
from ..engine.slowdown import rests
from .guards import key
from .integration_endpoint_limit_state import KINDS

STATES = {"paused": "paused", "suspended": "stopped", "disabled": "off"}


class Condition(NamedTuple):
    """Why an endpoint does not run as usual: of what kind that is, in words, and until when, if that is known.

    ``off``, ``paused``, ``elsewhere``, ``stopped``, ``resting``, ``open``: nothing runs. ``half-open``, ``slowed``,
    ``draining``: less runs.
    """

    kind: str
    said: str
    until: datetime | None = None


class IntegrationEndpoint(models.Model):
    """What is unusual about endpoints just now, of many at once."""

    _inherit = "integration.endpoint"

    def _conditions(self):
        """Return ``{endpoint: Condition}`` of those that do not run as usual; a few queries, however many they are."""
        states, now = read(self.env.cr, [key(kind, endpoint_id) for endpoint_id in self.ids for kind in KINDS])
        resting = rests(self.env.cr, self.ids, fields.Datetime.now())
        found = {}
        for endpoint in self:
            rate, breaker = (states.get(key(kind, endpoint.id)) for kind in ("rate", "breaker"))
            condition = endpoint._condition_stated() or endpoint._condition_now(
                Breaker.load(breaker), rate, resting.get(endpoint.id), now
            )
            if condition:
                found[endpoint] = condition
        return found

    def _condition_stated(self):
        """Return what somebody decided, or what must be dealt with."""
        if self.state in STATES:
            labels = dict(self._fields["state"]._description_selection(self.env))
            return Condition(STATES[self.state], self.state_reason or labels[self.state])
        if not self.environment_id.is_running:
            return Condition("elsewhere", self._stopped_reason())
        return None

    def _condition_now(self, breaker, rate, resting, now):
        """Return what passes by itself."""
        if resting:
            until, answer = resting
            return Condition("resting", f"{self._asked_until(until)} ({answer})", until)
        if words := self._breaker_words(breaker, now):
            if until := self._shut_until(breaker, now):
                return Condition("open", words, until)
            if breaker.state != "closed":
                return Condition("half-open", words)
        if words := self._pace_words(rate, now):
            return Condition("slowed", words)
        if until := self.direction == "outbound" and self._used_up_until(rate, now):
            return Condition("slowed", self._limit_reason("rate-limited", until), until)
        if self.draining_since:
            return Condition("draining", self.env._("Finishes what came before, then pauses"))
        return None
