# Part of Integration Hub. License LGPL-3.0 or later.
"""Where webhooks were registered stays the same while they stand: elsewhere nobody could remove them."""

import contextlib

from odoo import models
from odoo.exceptions import UserError

from ..connectors.errors import HubError

MOVES = {"url", "slug", "system_id", "direction"}


class IntegrationEndpoint(models.Model):
    _inherit = "integration.endpoint"

    def write(self, vals):
        with self._beside()._webhooks_stay() if MOVES & vals.keys() else contextlib.nullcontext():
            return super().write(vals)

    def _beside(self):
        return self.system_id.with_context(active_test=False).endpoint_ids

    @contextlib.contextmanager
    def _webhooks_stay(self):
        """Refuse what is done in the block if the hub then called another API than its webhooks are registered at.

        Whoever registers some at this moment has to begin again: they would be at the other address.
        """
        hooks = self.sudo().filtered(lambda hook: hook.environment_id.is_running and hook._has_webhook_address())
        hooks._touch()
        before = {hook: hook._webhooks_place() for hook in hooks if "registered" in hook.webhook_ids.mapped("state")}
        yield
        for hook, place in before.items():
            if place[0] and hook._webhooks_place() != place:
                raise UserError(
                    self.env._(
                        "%(api)s still delivers to %(endpoint)s. Remove its webhooks first, on the endpoint's page "
                        "Webhooks; change this then, and register them anew.",
                        api=place[0],
                        endpoint=hook.name,
                    )
                )

    def _webhooks_api(self):
        """Return the address of the API that webhooks are registered through; "" where none is called."""
        caller = self.system_id._endpoint("outbound") if self.system_id else self.browse()
        try:
            return caller._base_url() if caller else ""
        except HubError:
            return ""  # what is wrong with the settings is said where they are

    def _webhooks_place(self):
        return self._webhooks_api(), self.system_id, self.direction, self.slug
