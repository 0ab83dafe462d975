# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import models
from odoo.fields import Domain

from ..engine import backlog, health, maintenance, vitals
from ..engine.database import Database
from .integration_dashboard import MESSAGES
from .integration_readiness import OK

WAITING = ("pending", "retry")
HALTING = ("stopped", "open", "resting", "paused", "off", "elsewhere")  # the worst first: somebody has to act
CONDITIONS = (*HALTING, "half-open", "slowed", "draining")


class IntegrationDashboard(models.AbstractModel):
    """What waits, whether somebody works it off, and which endpoints do not run as usual."""

    _inherit = "integration.dashboard"

    def _parts(self):
        return super()._parts() | {
            "queue": self._look_at_queue,
            "runner": self._look_at_runner,
            "endpoints": self._look_at_endpoints,
        }

    def _look_at_queue(self, scope):
        """Return what waits by lane, as whoever sweeps has counted it; a flow waits with its endpoint."""
        known = backlog.counted(self.env.cr, scope.endpoints.ids)
        by_lane = scope.endpoints.grouped("lane_id")
        lanes = [self._queue_of(lane, by_lane[lane], known, scope.now) for lane in sorted(by_lane, key=_place)]
        return {"lanes": lanes, "waiting": self._waiting(scope.endpoints, known)}

    def _queue_of(self, lane, endpoints, known, now):
        counted = [known[endpoint.id] for endpoint in endpoints if endpoint.id in known]
        oldest = min((found[1] for found in counted if found[1]), default=None)
        return {
            "id": lane.id,
            "name": lane.name,
            "waiting": self._waiting(endpoints, known),
            "limit": lane.backlog_limit,
            "oldest": _age(oldest, now),
            "counted": max((_age(found[2], now) for found in counted), default=None),
        }

    def _waiting(self, endpoints, known):
        """Return how many messages of endpoints wait; of one at its limit no more are counted."""
        domain = Domain("state", "in", WAITING) & Domain("endpoint_id", "in", endpoints.ids)
        value = sum(known[endpoint.id][0] for endpoint in endpoints if endpoint.id in known)
        full = any(
            known[endpoint.id][0] >= (max(endpoint.backlog_limit, endpoint.lane_id.backlog_limit) or backlog.MOST)
            for endpoint in endpoints
            if endpoint.id in known
        )
        return self._figure(value, MESSAGES, domain) | {"more": full}

    def _look_at_runner(self, scope):
        """Return who works messages off, and what keeps all of them from it."""
        db = Database(self.env.cr.dbname)
        with db.read_committed() as cr:
            facts = vitals.look(cr, db.now())
        readiness = self.env["integration.readiness"]
        lines = [readiness._runner(facts), readiness._scheduled_actions(facts)]
        unattended = sum(not one.is_woken and one.seconds > health.UNATTENDED_AFTER for one in facts.waiting)
        return {
            "lines": [{"key": line.key, "state": line.state, "said": line.said} for line in lines],
            "works": any(line.state == OK for line in lines),
            "unattended": unattended,
            "halted": readiness._copied() or self._drain_mode(),
        }

    def _drain_mode(self):
        reason = maintenance.halted(self.env.cr)
        return self.env._("Drain mode is on, and nothing is processed: %(reason)s", reason=reason) if reason else ""

    def _look_at_endpoints(self, scope):
        """Return the endpoints that do not run as usual, those first that a person must see to."""
        endpoints = scope.endpoints.filtered(lambda each: each.active and each.system_id.active)
        found = sorted(endpoints._conditions().items(), key=lambda item: CONDITIONS.index(item[1].kind))
        return {
            "count": len(endpoints),
            "unusual": [
                {
                    "id": endpoint.id,
                    "name": endpoint.name,
                    "system": endpoint.system_id.name,
                    "direction": endpoint.direction,
                    "kind": condition.kind,
                    "halts": condition.kind in HALTING,
                    "said": condition.said,
                    "seconds": condition.until and max(0, round((condition.until - scope.now).total_seconds())),
                }
                for endpoint, condition in found
            ],
        }


def _place(lane):
    return lane.sequence, lane.id


def _age(moment, now):
    """Return how many seconds ago that was, or ``None``."""
    return None if moment is None else max(0, round((now - moment).total_seconds()))
