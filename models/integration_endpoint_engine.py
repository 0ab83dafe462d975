# Part of Integration Hub. License LGPL-3.0 or later.
from functools import cache, partial

from odoo import api, fields, models
from odoo.addons.queue_job.exception import RetryableJobError
from odoo.tools import ormcache

from ..connectors import registry
from ..engine.database import CONNECTION_LOST, Database
from ..engine.retry import RetryPolicy
from ..engine.slowdown import go_on, rest
from ..engine.steps import Halt
from ..engine.sweep import waiting
from ..engine.wake import wake_or_log
from .connection import end_holds, guarded_by
from .intake import Route

COME_BACK = 5  # seconds after the database was lost


class IntegrationEndpoint(models.Model):
    """What intake and the engine ask of endpoints."""

    _inherit = "integration.endpoint"

    rest_reason = fields.Char("Rests", compute="_compute_rest_reason")

    @api.depends("state")
    def _compute_rest_reason(self):
        now = fields.Datetime.now()
        for endpoint in self:
            resting = rest(self.env.cr, endpoint.id, now)
            endpoint.rest_reason = resting and f"{endpoint._asked_until(resting[0])} ({resting[1]})"

    @api.model
    @ormcache("slug")
    def _intake_route(self, slug):
        """Return the :class:`Route` of a webhook address.

        :raises LookupError: there is none; not cached, so that guessing addresses fills no cache
        """
        endpoint = self.sudo().search([("slug", "=", slug), ("direction", "=", "inbound")], limit=1)
        if not endpoint:
            raise LookupError(slug)
        here = endpoint.environment_id.is_running
        return Route(
            endpoint.id,
            endpoint.company_id.id,
            cache(partial(registry.get, endpoint.system_id.connector, dict(endpoint.system_id.settings or {}))),
            endpoint.scheme,
            endpoint._scheme_options(),
            endpoint.max_body_bytes,
            here and endpoint.state != "disabled",
            endpoint.state == "active",
            endpoint.credential_id.id,
            endpoint.webhook_url,
            endpoint.intake_rate,
        )

    def _secret_changed(self):
        """A new secret is a reason to try again what the old one was refused for."""
        stopped = self.filtered(lambda endpoint: endpoint.state == "suspended")
        stopped.write({"state": "active", "state_reason": False})
        stopped._wake_waiting()

    def _wake_waiting(self):
        """Wake the units of these endpoints that hold messages, whatever held them, once this is committed."""
        go_on(self.env.cr, self.ids)
        held = [guarded_by(endpoint) for endpoint in self if endpoint.direction == "outbound"]
        self.env.cr.postcommit.add(lambda: end_holds(held))
        self._wake()

    def _wake(self):
        """Wake the units of these endpoints that hold messages and may run, once this transaction is committed."""
        self.flush_recordset(["state", "active"])
        apis = self.filtered(lambda endpoint: endpoint.direction == "outbound")
        readers = self.env["integration.event"].sudo()._waiting_for(apis)
        readers._requeue()
        ids = {*self.ids, *readers.endpoint_id.ids}
        db = Database(self.env.cr.dbname)

        def look():
            wake_or_log(db, waiting(db, ids))

        self.env.cr.postcommit.add(look)

    def _retry_policy(self):
        self.ensure_one()
        return RetryPolicy(
            base=self.retry_base,
            cap=self.retry_cap,
            max_attempts=self.retry_max_attempts,
            max_age=self.retry_max_age_hours * 3600,
        )

    def _halt(self, now):
        """Return the :class:`Halt` of an endpoint that does not run now: derived, never written to messages."""
        if reason := self._stopped_reason():
            return Halt(reason)
        if resting := rest(self.env.cr, self.id, now):
            until, _answer = resting
            return Halt(self._asked_until(until), until)
        if until := self._breaker_until():
            return Halt(self._limit_reason("breaker-open", until), until)
        return None

    def _asked_until(self, until):
        return self.env._(
            "%(system)s asked for a pause until %(until)s", system=self.system_id.name, until=self._local_time(until)
        )

    def _held_reason(self, arrived_at):
        """Return why a message of this endpoint, which arrived then, waits now; or an empty text."""
        if halt := self._halt(fields.Datetime.now()):
            return halt.reason
        if self.draining_since and arrived_at > self.draining_since:
            return self.env._("The endpoint finishes what came before, then it pauses: %(why)s", why=self.state_reason)
        if until := self.direction == "outbound" and self._quota_until():
            return self._limit_reason("rate-limited", until)
        return ""

    def _stopped_reason(self):
        """Return why the endpoint does not run until somebody has dealt with it, or an empty text."""
        self.ensure_one()
        if reason := self.env["integration.readiness"]._copied():
            return reason
        if not self.active:
            return self.env._("The endpoint is archived")
        if not self.system_id.active or self.system_id.lifecycle == "retired":
            return self.env._("%(system)s is retired", system=self.system_id.name)
        if self.state != "active":
            return self.state_reason or dict(self._fields["state"]._description_selection(self.env))[self.state]
        if not self.environment_id.is_running:
            return self.env._("The endpoint belongs to environment %(name)s", name=self.environment_id.name)
        return ""

    def _drain_channel(self):
        return self.lane_id.channel_id.complete_name or "root"

    def _drain_priority(self):
        return self.lane_id.priority

    def _drain(self, direction, slot):
        """Job: work one unit off. See ``engine/protocol.py``.

        A drain that loses its connection comes back, and finds what it had in hand.
        """
        try:
            self.env["integration.handler"]._drain_unit(self.id, direction, slot)
        except CONNECTION_LOST as error:
            raise RetryableJobError(f"The database was lost: {error}", seconds=COME_BACK, ignore_retry=True) from error
