# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.fields import Domain

from .integration_dashboard import MESSAGES
from .integration_dashboard_queue import HALTING
from .integration_dashboard_traffic import FAILED, Traffic

FAILS = 0.9  # of what ends less than this is done: more than single messages fail
HEALTHS = ("halted", "bad", "warn", "ok", "idle", "off")  # the worst first


class IntegrationDashboard(models.AbstractModel):
    """The map of the systems around Odoo: what flows each way, and how each of them does."""

    _inherit = "integration.dashboard"

    @api.model
    def map(self, filters=None):
        """Return the systems with their flows: volume of the window, what failed, health in one word and in words."""
        self._check_reader()
        scope = self._scope(filters or {})
        tries = self._tries(scope, "endpoint_id", "flow_id")
        failed = self._failed_now(scope)
        conditions = scope.endpoints.filtered("active")._conditions()
        shown = Domain("id", "in", scope.endpoints.system_id.ids) if scope.is_narrow else Domain.TRUE
        systems = self.env["integration.system"].search(shown)
        return {
            "at": fields.Datetime.to_string(scope.now),
            "systems": [self._system_on_map(system, scope, tries, failed, conditions) for system in systems],
            "links": self._links(),
        }

    def _failed_now(self, scope):
        """Return ``{(endpoint id, flow id): how many messages need a person}``."""
        domain = Domain("state", "in", FAILED) & scope.messages()
        found = self.env["integration.event"]._read_group(domain, ["endpoint_id", "flow_id"], ["__count"])
        return {(endpoint.id, flow.id): count for endpoint, flow, count in found}

    def _system_on_map(self, system, scope, tries, failed, conditions):
        endpoints = scope.endpoints.filtered(lambda endpoint: endpoint.system_id == system)
        unusual = {endpoint: conditions[endpoint] for endpoint in endpoints if endpoint in conditions}
        flows = [
            self._flow_on_map(flow, scope, tries, failed, unusual.get(flow.endpoint_id)) for flow in system.flow_ids
        ]
        roads = {
            direction: self._road(
                direction,
                scope._replace(endpoints=endpoints.filtered(lambda each, way=direction: each.direction == way)),
                tries,
                [flow for flow in flows if flow["direction"] == direction],
            )
            for direction in ("inbound", "outbound")
        }
        value = sum(count for (endpoint_id, _flow), count in failed.items() if endpoint_id in endpoints.ids)
        domain = Domain("state", "in", FAILED) & Domain("endpoint_id", "in", endpoints.ids)
        return {
            "id": system.id,
            "name": system.name,
            "connector": dict(system._selection_connector()).get(system.connector, system.connector),
            "health": _worst([road["health"] for road in roads.values() if road] + (["warn"] if value else [])),
            "unusual": [
                {"id": endpoint.id, "name": endpoint.name, "kind": each.kind, "said": each.said}
                for endpoint, each in unusual.items()
            ],
            "failed": self._figure(value, MESSAGES, domain),
            "roads": {direction: road for direction, road in roads.items() if road},
            "flows": flows,
        }

    def _road(self, direction, scope, tries, flows):
        """Return what goes one way between a system and Odoo; ``None`` where nothing is meant to."""
        traffic = _traffic(tries, lambda key: key[0] in scope.endpoints.ids)
        done = traffic.done(direction)
        if not flows and not done:
            return None
        figure = self._done(scope._replace(is_narrow=True), direction, done)
        return {"done": figure, "health": _worst([flow["health"] for flow in flows]), "flows": len(flows)}

    def _flow_on_map(self, flow, scope, tries, failed, condition):
        traffic = _traffic(tries, lambda key: key[1] == flow.id)
        done = traffic.done(flow.direction)
        value = sum(count for (_endpoint, flow_id), count in failed.items() if flow_id == flow.id)
        success = traffic.success()
        if flow.state == "off":
            health = "warn" if value else "off"
        elif condition and condition.kind in HALTING:
            health = "halted"
        elif success is not None and success < FAILS:
            health = "bad"
        elif value or condition:
            health = "warn"
        else:
            health = "ok" if done else "idle"
        return {
            "id": flow.id,
            "name": flow.name,
            "direction": flow.direction,
            "on": flow.state == "on",
            "health": health,
            "done": self._done(scope._replace(flow=flow), flow.direction, done),
            "failed": self._figure(value, MESSAGES, Domain("state", "in", FAILED) & Domain("flow_id", "=", flow.id)),
            "success": success,
        }


def _traffic(tries, belongs):
    """Return the figures of the tries under the keys that belong together."""
    keys = [key for key in tries if belongs(key)]
    return Traffic([tries[key] for key in keys], [key[2:] for key in keys])


def _worst(healths):
    return min(healths, key=HEALTHS.index, default="idle")
