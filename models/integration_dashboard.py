# Part of Integration Hub. License LGPL-3.0 or later.
import logging
from datetime import datetime, timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from .in_words import attempt

_logger = logging.getLogger(__name__)

COUNTED_UP_TO = 10_000  # a list of more says so, too

MESSAGES = "integration_hub.integration_event_action"


class Period(NamedTuple):
    """A window that ends now: so many whole buckets, the one under way among them."""

    bucket: str  # as the rollups have it: minute, hour, day
    buckets: int

    def since(self, now):
        """Return when the first bucket begins."""
        day = now.replace(hour=0, minute=0, second=0, microsecond=0)
        length = timedelta(**{f"{self.bucket}s": 1})
        return day + (now - day) // length * length - (self.buckets - 1) * length

    def starts(self, now):
        """Return when each bucket begins, the oldest first."""
        length = timedelta(**{f"{self.bucket}s": 1})
        return [self.since(now) + number * length for number in range(self.buckets)]


PERIODS = {
    "hour": Period("minute", 60),
    "day": Period("hour", 24),
    "week": Period("hour", 7 * 24),
    "month": Period("day", 30),
}


class Scope(NamedTuple):
    """What is looked at. Archived endpoints are among them: the log still has their messages."""

    now: datetime
    period: Period
    endpoints: models.BaseModel
    flow: models.BaseModel  # none: all flows
    is_narrow: bool  # somebody chose a system, a flow or a priority

    @property
    def until(self):
        """When the window ends: what happens in this second is in it."""
        return self.now + timedelta(seconds=1)

    @property
    def since(self):
        """When the window begins."""
        return self.period.since(self.now)

    def messages(self):
        """Return the domain of the messages that are looked at; whose company's they are is the rules' affair."""
        if self.flow:
            return Domain("flow_id", "=", self.flow.id)
        return Domain("endpoint_id", "in", self.endpoints.ids) if self.is_narrow else Domain.TRUE


class IntegrationDashboard(models.AbstractModel):
    """What goes on, for those who keep it going. Its parts come from the files ``integration_dashboard_*``.

    A number that counts records comes with the list of them: ``{"value": 3, "list": {"action": …, "domain": […]}}``.
    """

    _name = "integration.dashboard"
    _description = "Dashboard"

    @api.model
    def look(self, filters=None):
        """Return all that the dashboard shows, each part by its name; one that fails says why instead.

        :param filters: ``{"period": a key of PERIODS, "system": id, "flow": id, "lane": id}``, all of them optional
        """
        self._check_reader()
        filters = filters or {}
        scope = self._scope(filters)
        return {
            "at": fields.Datetime.to_string(scope.now),
            "choices": self._choices(),
            "parts": {name: self._part(look, scope) for name, look in self._parts().items()},
            "links": self._links(),
        }

    def _parts(self):
        """Return ``{name: method of a scope}``. Hook."""
        return {}

    def _part(self, look, scope):
        """Return what a part shows; what goes wrong there leaves the others as they are."""

        def apart():
            with self.env.cr.savepoint(flush=False):
                return look(scope)

        found, failure = attempt(self.env, apart, passing=(), say=_said)
        return {"failure": failure} if failure else found

    def _check_reader(self):
        if not self.env.user.has_group("integration_hub.group_user"):
            raise AccessError(self.env._("Only those who work with integrations see this. Ask an administrator."))

    # --- what is looked at ---

    def _scope(self, filters):
        period = PERIODS.get(filters.get("period")) or PERIODS["day"]
        flow = self._all("integration.flow").search([("id", "=", filters.get("flow") or 0)])
        domain = Domain.TRUE
        for field, name in (("system_id", "system"), ("lane_id", "lane")):
            if filters.get(name):
                domain &= Domain(field, "=", filters[name])
        if flow:
            domain &= Domain("id", "=", flow.endpoint_id.id)
        endpoints = self._all("integration.endpoint").search(domain)
        return Scope(fields.Datetime.now(), period, endpoints, flow, not domain.is_true())

    def _all(self, model):
        return self.env[model].with_context(active_test=False)

    def _choices(self):
        """Return what one may choose to look at alone."""
        flows = self.env["integration.flow"].search_fetch([], ["name", "system_id"])
        return {
            "systems": [{"id": one.id, "name": one.name} for one in self.env["integration.system"].search([])],
            "flows": [{"id": one.id, "name": one.name, "system": one.system_id.id} for one in flows],
            "lanes": [{"id": one.id, "name": one.name} for one in self.env["integration.lane"].search([])],
        }

    def _links(self):
        """Return which other screens this user may open from here."""
        readers = ("group_admin", "group_operator", "group_auditor")
        return {
            "readiness": any(self.env.user.has_group(f"integration_hub.{group}") for group in readers),
            "connect": self.env.user.has_group("integration_hub.group_admin"),
        }

    # --- what parts are made of ---

    def _figure(self, value, action, domain):
        """Return a number with the list of what it counts."""
        return {"value": value, "list": {"action": action, "domain": list(Domain(domain))}}

    def _count(self, model, domain, action):
        """Return how many records there are, up to what is counted, with their list; ``None`` where one may not see."""
        if not self.env[model].has_access("read"):
            return None
        found = self.env[model].search_count(domain, limit=COUNTED_UP_TO + 1)
        figure = self._figure(min(found, COUNTED_UP_TO), action, domain)
        return figure | {"more": found > COUNTED_UP_TO}


def _said(env, error):
    """Say why a part is not shown."""
    if isinstance(error, UserError):
        return str(error)
    _logger.error("A part of the dashboard could not be read", exc_info=error)
    return env._("This could not be read just now; the server's log says why. The rest of the page is right.")
