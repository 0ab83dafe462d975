# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import fields, models

from .alert_finding import Finding

CAUSES = 500  # looked at, those that matter most
NEAR = 0.8  # of a limit: until a cause is smaller than that, an alert about it goes on


class IntegrationAlertRule(models.Model):
    """Rules on the causes of failures. However many messages fail for a cause, it is one alert."""

    _inherit = "integration.alert.rule"

    def _find_new_cause(self, now):
        """Causes that nobody has put aside; critical where so many messages or so much money waits for one."""
        return [
            self._of_cause(failure, severity="critical" if self._share_of_limit(failure) >= 1 else "")
            for failure in self._causes()
        ]

    def _find_cause_size(self, now):
        """Causes for which so many messages, or so much money, waits."""
        shares = {failure: self._share_of_limit(failure) for failure in self._causes()}
        return [self._of_cause(failure, fires=share >= 1) for failure, share in shares.items() if share >= NEAR]

    def _causes(self):
        domain = [("state", "=", "open"), ("message_count", ">", 0), ("endpoint_id", "in", self._endpoints().ids)]
        domain += [("flow_id", "=", self.flow_id.id)] if self.flow_id else []
        return self.env["integration.failure"].search(domain, limit=CAUSES)

    def _share_of_limit(self, failure):
        """Return what share of the limit a cause has come to, by number or by amount."""
        by_number = failure.message_count / self.limit if self.limit else 0
        by_amount = failure.amount / self.limit_amount if self.limit_amount else 0
        return max(by_number, by_amount)

    def _of_cause(self, failure, **values):
        return Finding(
            f"failure:{failure.id}",
            f"{failure.system_id.name} · {failure.flow_id.name or failure.endpoint_id.name}",
            {"since": fields.Datetime.to_string(failure.oldest_at)},
            size=failure.score,
            since=failure.again_since or failure.oldest_at,
            company_id=failure.company_id.id,
            system_id=failure.system_id.id,
            endpoint_id=failure.endpoint_id.id,
            flow_id=failure.flow_id.id,
            failure_id=failure.id,
            error_code=failure.error_code,
            fingerprint=failure.fingerprint,
            message_count=failure.message_count,
            amount=failure.amount,
            currency_id=failure.currency_id.id,
            customer_count=failure.customer_count,
            **values,
        )
