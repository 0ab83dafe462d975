# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import models

from ..connectors.errors import HubError, Policy
from ..models.integration_endpoint_check import OK, WARN


class IntegrationConnect(models.TransientModel):
    """What is on is told of at once, by webhooks that the other system is asked for; else polls read it."""

    _inherit = "integration.connect"

    def _switched_on(self, flows):
        inbound = flows.filtered(lambda flow: flow.direction == "inbound")
        return super()._switched_on(flows) + (self._webhook_findings() if inbound else [])

    def _webhook_findings(self):
        """Register the webhooks, and return what came of it; without them nothing is missed, only later known.

        Where it only has to be tried again, the cron does.
        """
        hook = self.system_id._endpoint("inbound").sudo()
        if not hook:
            return []
        try:
            settled = hook._register_webhooks()
        except HubError as error:
            if error.policy is Policy.RETRY:
                hook._register_webhooks_later()
            by_hand = hook.webhook_url if hook.webhooks_by_hand else ""
            return [{"state": WARN, "text": error.message, "hint": f"{error.hint} {by_hand}".strip()}]
        refused = [
            {"state": WARN, "text": f"{topic}: {error.message}", "hint": error.hint}
            for topic, error in settled.refused.items()
        ]
        if settled.failure:
            later = self.env._("What was registered stays; the others are tried again within a minute.")
            return [{"state": WARN, "text": settled.failure.message, "hint": later}, *refused]
        return [{"state": OK, "text": hook.webhooks_summary, "hint": hook.webhook_url}, *refused]
