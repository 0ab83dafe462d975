# Part of Integration Hub. License LGPL-3.0 or later.
from datetime import timedelta

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import formatLang

from .integration_dashboard import MESSAGES

FAILURES = "integration_hub.integration_failure_action"
MISSING = "integration_hub.integration_missing_value_action"
CONFLICTS = "integration_hub.integration_conflict_action"
ALERTS = "integration_hub.integration_alert_action"
APPROVALS = "integration_hub.integration_mapping_version_approval_action"
SHOWN = 5  # causes
SOON = (1, 7, 30)  # days before a key ends at which it looks more urgent


class IntegrationDashboard(models.AbstractModel):
    """What waits for a person: causes of failures, other to-dos, and keys that end soon."""

    _inherit = "integration.dashboard"

    def _parts(self):
        return super()._parts() | {
            "failures": self._look_at_failures,
            "todo": self._look_at_todo,
            "credentials": self._look_at_credentials,
        }

    def _look_at_failures(self, scope):
        """Return the causes of failures with most at stake, and how many there are."""
        domain = _state("open")
        if scope.flow:
            domain &= Domain("flow_id", "=", scope.flow.id)
        elif scope.is_narrow:
            domain &= Domain("endpoint_id", "in", scope.endpoints.ids)
        return {
            "total": self._count("integration.failure", domain, FAILURES),
            "groups": [
                {
                    "id": failure.id,
                    "cause": failure.display_name,
                    "system": failure.system_id.name,
                    "count": self._figure(failure.message_count, MESSAGES, failure._domain()),
                    "amount": formatLang(self.env, failure.amount, currency_obj=failure.currency_id)
                    if failure.amount
                    else "",
                    "seconds": (scope.now - (failure.oldest_at or scope.now)).total_seconds(),
                    "user": failure.who,
                }
                for failure in self.env["integration.failure"].search(domain, limit=SHOWN)
            ],
        }

    def _look_at_todo(self, scope):
        """Return what this user may see of each kind of to-do: its label and how many there are."""
        kinds = [
            {"key": key, "label": label, "count": count} for key, label, count in self._todo(scope) if count is not None
        ]
        return {"kinds": kinds}

    def _todo(self, scope):
        """Return ``[(key, label, figure), …]``. Hook."""
        systems = scope.endpoints.system_id.ids
        of_systems = Domain("system_id", "in", systems) if scope.is_narrow else Domain.TRUE
        dead, held = (_state(name) & scope.messages() for name in ("dead", "held"))
        is_open = _state("open") & of_systems
        kinds = [
            ("failed", self.env._("Failed messages"), "integration.event", MESSAGES, dead),
            ("held", self.env._("Messages to decide about"), "integration.event", MESSAGES, held),
            ("missing", self.env._("Missing values"), "integration.missing.value", MISSING, is_open),
            ("conflicts", self.env._("Conflicts"), "integration.conflict", CONFLICTS, is_open),
            ("alerts", self.env._("Alerts that nobody has seen"), "integration.alert", ALERTS, is_open),
        ]
        if self.env.user.has_group("integration_hub.group_approver"):
            waits = _state("draft") & Domain("maker_ids", "not in", [self.env.uid])
            kinds.append(("approvals", self.env._("My approvals"), "integration.mapping.version", APPROVALS, waits))
        return [(key, label, self._count(model, domain, action)) for key, label, model, action, domain in kinds]

    def _look_at_credentials(self, scope):
        """Return the keys that end within 30 days or have ended, the first to end first.

        Whoever keeps things running sees that one ends, not the key: only administrators and auditors open it.
        """
        today = fields.Date.context_today(self)
        until = today + timedelta(days=max(SOON))
        ending = self.env["integration.credential"].sudo().search(
            Domain("expires_on", "<=", until) & Domain("system_id", "in", scope.endpoints.system_id.ids),
            order="expires_on",
        )  # fmt: skip
        may_open = self.env["integration.credential"].has_access("read")
        found = [
            {
                "id": credential.id,
                "name": credential.name,
                "system": credential.system_id.name,
                "days": (left := (credential.expires_on - today).days),
                "within": next(days for days in SOON if left <= days) if left >= 0 else 0,
                "may_open": may_open,
            }
            for credential in ending
        ]
        return {"ending": found}


def _state(name):
    return Domain("state", "=", name)
