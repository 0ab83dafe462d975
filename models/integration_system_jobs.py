# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import models

LIKE_WEBHOOKS = ("service_user_id", "retry_base", "retry_cap", "retry_max_attempts", "retry_max_age_hours")


class IntegrationSystem(models.Model):
    """Where the messages of its jobs arrive."""

    _inherit = "integration.system"

    def _bulk_endpoint(self, make=True):
        """Return the endpoint at which messages of first loads and polls arrive, made when it is first asked for.

        They never stand before those of webhooks there. It works in the same name as the webhooks' endpoint.

        :param make: ``False``: an empty one where there is none yet
        """
        self.ensure_one()
        running = self.env["integration.environment"]._running()
        found = self.sudo().endpoint_ids.filtered(
            lambda endpoint: endpoint.for_jobs and endpoint.environment_id == running
        )[:1]
        if not make:
            return found
        webhooks = self._endpoint("inbound")
        if found:
            if webhooks and found.service_user_id != webhooks.service_user_id:
                found.service_user_id = webhooks.service_user_id
            return found
        shared = LIKE_WEBHOOKS if webhooks else ()
        return found.create(
            {
                "name": self.env._("First loads and polls"),
                "system_id": self.id,
                "environment_id": running.id,
                "direction": "inbound",
                "for_jobs": True,
                "slug": False,
                "sequence": 100,
                "lane_id": self.env.ref("integration_hub.integration_lane_bulk").id,
                **{name: webhooks._fields[name].convert_to_write(webhooks[name], webhooks) for name in shared},
            }
        )
