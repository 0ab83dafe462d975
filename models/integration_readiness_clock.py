# Part of Integration Hub. License LGPL-3.0 or later.
import json
from urllib.parse import urlsplit

from odoo import models

from ..connectors.errors import HubError
from ..engine import surroundings
from .connection import clock_ahead
from .integration_readiness import BAD, OK, WARN, Line

OUTSIDE = "integration_hub.clock_outside"  # the parameter with what a connected system's clock said


class IntegrationReadiness(models.AbstractModel):
    """This server's clock: beside PostgreSQL's, and beside that of a connected system, which nobody here sets."""

    _inherit = "integration.readiness"

    def _lines(self):
        return [*super()._lines(), self._clock(surroundings.clock_offset(self.env.cr), **self._outside())]

    def _outside(self):
        """Return what a connected system's clock said. Its host is named to those only who see the endpoint."""
        found = json.loads(self.env["ir.config_parameter"].sudo().get_param(OUTSIDE) or "{}")
        if not found:
            return {}
        seen = self.env["integration.endpoint"].search_count([("id", "=", found.get("endpoint_id"))], limit=1)
        host = found["host"] if seen else self.env._("a connected system")
        return {"host": host, "ahead": found["ahead"]}

    def _clock(self, offset, host="", ahead=0):
        """Return the line, given the seconds that we are before PostgreSQL, and a host is ahead of us."""
        why = self.env._("Signatures and access tokens hold for minutes; a clock that is wrong refuses good ones.")
        steps = "sudo timedatectl set-ntp true\ntimedatectl timesync-status"
        state = self._difference(max(abs(offset), abs(ahead)))
        if abs(ahead) > abs(offset) and state != OK:
            words = {"host": host, "seconds": round(abs(ahead))}
            said = self.env._("The clocks of Odoo and %(host)s differ by %(seconds)s s.", **words)
            return Line("clock", state, said, why, steps=steps)
        if state != OK:
            seconds = round(abs(offset))
            said = self.env._("The clocks of Odoo and PostgreSQL differ by %(seconds)s s.", seconds=seconds)
            return Line("clock", state, said, why, steps=steps)
        if host:
            return Line("clock", OK, self.env._("The clocks of Odoo, PostgreSQL and %(host)s agree.", host=host))
        return Line("clock", OK, self.env._("The clocks of Odoo and PostgreSQL agree."))

    def _difference(self, seconds):
        if seconds < surroundings.CLOCK_AGREES:
            return OK
        return BAD if seconds > surroundings.CLOCK_IS_WRONG else WARN

    def _call(self):
        """Ask a connected system for the time: every answer of HTTP has it."""
        domain = [("direction", "=", "outbound"), ("state", "=", "active"), ("environment_id.is_running", "=", True)]
        endpoint = self.env["integration.endpoint"].sudo().search(domain, limit=1)
        found = self._asked(endpoint.origin) if endpoint.origin else {}
        value = json.dumps(found and {**found, "endpoint_id": endpoint.id})
        self.env["ir.config_parameter"].sudo().set_param(OUTSIDE, value)
        return super()._call()

    def _asked(self, origin):
        """Return whose clock is how far ahead; empty where nobody said."""
        try:
            ahead = clock_ahead(origin)
        except HubError:
            return {}  # that it cannot be reached is the endpoint's own line, on its form
        return {} if ahead is None else {"host": urlsplit(origin).hostname, "ahead": round(ahead, 1)}
