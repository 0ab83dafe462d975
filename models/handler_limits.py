# Part of Integration Hub. License LGPL-3.0 or later.
"""The part of the handler that keeps an endpoint's limits: how many calls may begin, and why none may."""

from datetime import timedelta

from odoo import SUPERUSER_ID, api

from ..connectors.errors import BadResponse
from ..engine.steps import Halt
from .connection import endpoint_guard, guarded_by

FRESH = 1.0  # seconds after which a change of the limits counts


class LimitsHandler:
    """Peeks into what the transport will let through, so that a drain begins no call that it would refuse.

    The transport itself counts, spends and tells the breaker. Expects ``db``.
    """

    def admit(self, endpoint_id, wanted):
        """Return how many calls may begin now, and the :class:`Halt` that says why where that is none.

        Of many calls only one asks what all workers share: the others find its allotment. Where there is nothing to
        call, the try says so.
        """
        called_id, guard = self._guard(endpoint_id)
        if guard is None:
            return wanted, None
        ready = guard.ready(wanted)
        if ready.calls:
            return ready.calls, None
        until = self.db.now() + timedelta(seconds=ready.wait)
        if ready.wait < FRESH:
            return 0, Halt(ready.code, until)  # over before anybody could read it
        with self.db.read_committed() as cr:
            endpoint = api.Environment(cr, SUPERUSER_ID, {})["integration.endpoint"].browse(called_id)
            return 0, Halt(endpoint._limit_reason(ready.code, until), until)

    def called(self, endpoint_id, answers):
        """Tell the breaker of answers that only their reader found to be none; the transport saw the others itself."""
        for answer in answers:
            if isinstance(answer, BadResponse) and (guard := self._guard(endpoint_id)[1]):
                guard.told(answer)

    def give_back(self):
        """Give back what is leased and not used: the drain is over."""
        while self._guards:
            _endpoint_id, (_asked, _called_id, guard) = self._guards.popitem()
            guard.close()

    def _guard(self, endpoint_id):
        """Return ``(id, guard)`` of the endpoint that is called: of what arrives elsewhere, the system's API endpoint.

        ``(None, None)`` where there is none.
        """
        now = self.db.clock.monotonic()
        asked, called_id, guard = self._guards.get(endpoint_id, (None, None, None))
        if guard is None or now >= asked + FRESH:
            with self.db.read_committed() as cr:
                endpoint = api.Environment(cr, SUPERUSER_ID, {})["integration.endpoint"].browse(endpoint_id).exists()
                use = endpoint._use()
                if endpoint.direction == "inbound":
                    endpoint = endpoint.system_id._endpoint("outbound")
                if not endpoint:
                    return None, None
                called_id, guarded = endpoint.id, guarded_by(endpoint, use)
            guard = endpoint_guard(guarded)
            self._guards[endpoint_id] = now, called_id, guard
        return called_id, guard
