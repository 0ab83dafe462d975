# Part of Integration Hub. License LGPL-3.0 or later.
from datetime import UTC, datetime

from odoo import fields, models

from ..connectors.resilience import Breaker
from ..engine import limits, vitals
from ..engine.health import silence
from .alert_finding import Finding, of_endpoint, of_flow
from .guards import key

WHAT_SILENCE_IS = ("ended", "full", "deaf")  # the rest is as configured, or is over in a moment


class IntegrationAlertRule(models.Model):
    """Rules on the state of what carries messages: endpoints, breakers, the job runner, credentials, jobs."""

    _inherit = "integration.alert.rule"

    def _find_endpoint_stopped(self, now):
        """Endpoints that take or send nothing though flows that are on need them; a person's pause is none."""
        stopped = self._endpoints().filtered(
            lambda each: (
                each.state == "suspended" or (each.state == "disabled" and "on" in each.flow_ids.mapped("state"))
            )
        )
        return [
            of_endpoint(each, facts={"state": each.state, "reason": each.state_reason or ""}, size=len(each.flow_ids))
            for each in stopped
        ]

    def _find_breaker_open(self, now):
        """Endpoints whose other side does not answer; while a call tries whether it does again, it is not over."""
        endpoints = self._endpoints("outbound").filtered("breaker_percent")
        states, _now = limits.read(self.env.cr, [key("breaker", each.id) for each in endpoints])
        found = []
        for each in endpoints:
            breaker = Breaker.load(states.get(key("breaker", each.id)))
            if breaker.state in ("open", "half-open"):
                failed, _slash, calls = breaker.reason.partition("/")
                found.append(
                    of_endpoint(
                        each,
                        facts={"failed": failed, "calls": calls},
                        since=datetime.fromtimestamp(breaker.since, UTC).replace(tzinfo=None)
                        if breaker.since
                        else None,
                        fires=breaker.state == "open",
                    )
                )
        return found

    def _find_heartbeat(self, now):
        """The job runner, where it is configured and does not beat."""
        facts = vitals.look(self.env.cr, now)
        why = silence(facts)
        if not why or facts.capacity.is_narrow:
            return []
        return [Finding("runner", self.env._("Job runner"), {"why": why}, fires=why in WHAT_SILENCE_IS)]

    def _find_credential_expiry(self, now):
        """Credentials that end within so many days; the fewer are left, the more severe it is."""
        stages, today = self._days(), fields.Date.to_date(now)
        domain = [
            ("expires_on", "<=", fields.Date.add(today, days=stages[-1])),
            ("environment_id.is_running", "=", True),
            ("system_id", "in", self._endpoints().system_id.ids),
        ]
        found = []
        for each in self.env["integration.credential"].search(domain):
            left = (each.expires_on - today).days
            passed = sum(left > stage for stage in stages)  # 0: less is left than the least of the stages
            found.append(
                Finding(
                    f"credential:{each.id}",
                    f"{each.system_id.name} · {each.name}",
                    {"date": fields.Date.to_string(each.expires_on)},
                    size=-left,
                    severity=("critical", "warning")[passed] if passed < min(2, len(stages) - 1) else self.severity,
                    company_id=each.company_id.id,
                    system_id=each.system_id.id,
                )
            )
        return found

    def _find_job_failed(self, now):
        """Flows of which the latest job of a kind has stopped."""
        flows = self._flows()
        self.env["integration.sync.job"].flush_model()
        self.env.cr.execute(
            """SELECT DISTINCT ON (flow_id, kind) id, flow_id, state FROM integration_sync_job
                WHERE flow_id = ANY(%s) AND state <> 'draft' ORDER BY flow_id, kind, id DESC""",
            [flows.ids],
        )
        found = []
        for job_id, flow_id, state in self.env.cr.fetchall():
            if state == "failed":
                job = self.env["integration.sync.job"].browse(job_id)
                facts = {"job": job.name, "reason": job.error_message or job.state_reason or ""}
                flow = flows.browse(flow_id)
                found.append(of_flow(flow, subject=f"job:{flow_id}:{job.kind}", facts=facts, error_code=job.error_code))
        return found
