# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import fields, models
from odoo.tools import SQL

from ..engine.backlog import HIGH, LOW, backlogs
from .alert_finding import of_endpoint, of_flow

COUNTED = 10_000  # messages of a flow; where there are more, the number says "at least"
LOOKED_THROUGH = 200_000  # of an endpoint; of so many that wait, rules on what waits of endpoints tell
WAITS, FAILED = ("pending", "retry", "held"), ("dead",)


class IntegrationAlertRule(models.Model):
    """Rules on messages that wait. They are found by the indexes of what waits and what failed, never in the log."""

    _inherit = "integration.alert.rule"

    def _find_backlog_depth(self, now):
        """Endpoints where as many messages wait as the limit says; without one, 80 % of what the endpoint takes."""
        found = []
        for endpoint, backlog in self._backlogs(now):
            share = backlog.waiting / self.limit * HIGH if self.limit else backlog.share
            if share >= LOW:
                found.append(
                    of_endpoint(
                        endpoint,
                        facts={"limit": int(self.limit)},
                        fires=share >= HIGH,
                        size=backlog.waiting,
                        since=backlog.oldest,
                        message_count=backlog.waiting,
                    )
                )
        return found

    def _find_backlog_age(self, now):
        """Endpoints at which a message waits longer than the time allowed."""
        limit = fields.Datetime.subtract(now, minutes=self.minutes)
        return [
            of_endpoint(
                endpoint,
                facts={"since": fields.Datetime.to_string(backlog.oldest), "minutes": self.minutes},
                size=backlog.waiting,
                message_count=backlog.waiting,
            )
            for endpoint, backlog in self._backlogs(now)
            if backlog.oldest and backlog.oldest <= limit
        ]

    def _backlogs(self, now):
        endpoints = self._endpoints()
        for backlog in backlogs(self.env.cr, now):
            if backlog.endpoint_id in endpoints._ids:
                yield endpoints.browse(backlog.endpoint_id), backlog

    def _find_late(self, now):
        """Flows of which a message waits for the share of its recovery objective at which it is told, or longer."""
        limits = {flow: flow.recovery_minutes for flow in self._flows() if flow.recovery_minutes}
        return self._overdue(limits, now, WAITS)

    def _find_not_done(self, now):
        """Flows of which a message is not done within the time allowed, because it waits or because it failed."""
        return self._overdue(dict.fromkeys(self._flows(), self.minutes), now, WAITS + FAILED)

    def _find_held(self, now):
        """Flows of which messages wait for a person's decision."""
        return self._overdue(dict.fromkeys(self._flows(), self.minutes), now, ("held",), share=100)

    def _overdue(self, limits, now, states, share=None):
        """Return findings about flows with messages in one of these states for longer than *limits* (minutes)."""
        share = share or self.share
        told_at = {
            flow: fields.Datetime.subtract(now, seconds=minutes * 60 * share / 100) for flow, minutes in limits.items()
        }
        found = []
        for flow_id, count, oldest in self._older(told_at, states):
            flow = self.env["integration.flow"].browse(flow_id)
            minutes = limits[flow]
            facts = {"since": fields.Datetime.to_string(oldest), "minutes": minutes, "most": count >= COUNTED}
            facts["broken"] = oldest <= fields.Datetime.subtract(now, minutes=minutes)
            found.append(of_flow(flow, facts=facts, size=count, message_count=min(count, COUNTED)))
        return found

    def _older(self, moments, states):
        """Return ``(flow id, number, oldest)`` of messages in these states that arrived before the flow's moment."""
        if not moments:
            return []
        rows = SQL(", ").join(SQL("(%s, %s, %s)", flow.id, flow.endpoint_id.id, at) for flow, at in moments.items())
        # Each by the partial index that it has: what waits, and what failed.
        parts = [each for each in (WAITS, FAILED) if set(each) & set(states)]
        self.env.cr.execute(
            SQL(
                """WITH flow (id, endpoint_id, moment) AS (VALUES %s),
                        found AS (%s)
                   SELECT flow.id, count(*), min(found.arrived_at)
                     FROM flow JOIN found ON found.flow_id = flow.id AND found.arrived_at <= flow.moment
                 GROUP BY flow.id""",
                rows,
                SQL(" UNION ALL ").join(
                    SQL(
                        """(SELECT e.flow_id, e.arrived_at FROM (SELECT DISTINCT endpoint_id FROM flow) p
                           CROSS JOIN LATERAL (
                               SELECT flow_id, arrived_at FROM integration_event
                                WHERE endpoint_id = p.endpoint_id AND state IN %s AND state IN %s
                                LIMIT %s) e)""",
                        part,
                        tuple(states),
                        LOOKED_THROUGH,
                    )
                    for part in parts
                ),
            )
        )
        return self.env.cr.fetchall()
