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

        Of many calls only one asks what all workers share: the others find its allotment.
        """
        guard = self._guard(endpoint_id)
        if guard is None:
            return 0, Halt("deleted")
        ready = guard.ready(wanted)
        if ready.calls:
            return ready.calls, None
        until = self.db.now() + timedelta(seconds=ready.wait)
        if ready.wait < FRESH:
            return 0, Halt(ready.code, until)  # over before anybody could read it
        with self.db.read_committed() as cr:
            endpoint = api.Environment(cr, SUPERUSER_ID, {})["integration.endpoint"].browse(endpoint_id)
            return 0, Halt(endpoint._limit_reason(ready.code, until), until)

    def called(self, endpoint_id, answers):
        """Tell the breaker of answers that only their reader found to be none; the transport saw the others itself."""
        for answer in answers:
            if isinstance(answer, BadResponse) and (guard := self._guard(endpoint_id)):
                guard.told(answer)

    def give_back(self):
        """Give back what is leased and not used: the drain is over."""
        while self._guards:
            _endpoint_id, (_asked, guard) = self._guards.popitem()
            guard.close()

    def _guard(self, endpoint_id):
        now = self.db.clock.monotonic()
        asked, guard = self._guards.get(endpoint_id, (None, None))
        if guard is None or now >= asked + FRESH:
            with self.db.read_committed() as cr:
                endpoint = api.Environment(cr, SUPERUSER_ID, {})["integration.endpoint"].browse(endpoint_id).exists()
                if not endpoint:
                    return None
                guarded = guarded_by(endpoint)
            guard = endpoint_guard(guarded)
            self._guards[endpoint_id] = now, guard
        return guard
