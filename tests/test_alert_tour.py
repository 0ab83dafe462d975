# Part of Integration Hub. License LGPL-3.0 or later.
"""An operator sees to an alert, in a real browser."""

from odoo.tests import tagged

from .alert_cases import AlertMixin
from .common import HubHttpCase


@tagged("post_install", "-at_install")
class TestAlertTour(AlertMixin, HubHttpCase):
    def test_an_operator_sees_to_it(self):
        self.shop.name = "Tour shop"
        self.rule("endpoint_stopped", severity="critical")
        self.rule("not_done", minutes=5, flow_id=self.flow.id)
        self.outbound.write({"state": "suspended", "state_reason": "The key is refused (401)"})
        self.failing(3, at=self.minutes_ago(10))
        self.look()
        self.start_tour("/odoo/integration-alerts", "integration_hub_alerts", login=self.owner.login)
        alert = self.alerts().filtered(lambda alert: alert.kind == "endpoint_stopped")
        self.assertEqual((alert.state, alert.acknowledged_by), ("acknowledged", self.owner))
        silence = self.env["integration.alert.silence"].search([])
        self.assertEqual((silence.subject, silence.reason), (alert.subject, "A new key is ordered"))
