# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import fields, models


class IntegrationEndpoint(models.Model):
    """What jobs bring arrives at an endpoint of its own, which has no webhook address and is in the bulk lane."""

    _inherit = "integration.endpoint"

    for_jobs = fields.Boolean(
        readonly=True, copy=False, help="What first loads and polls bring arrives here, and no webhook does."
    )

    _jobs_unique = models.UniqueIndex(
        "(system_id, environment_id) WHERE for_jobs",
        "This system has an endpoint for first loads and polls in this environment already.",
    )

    def _wake(self):
        """Jobs that waited for one of these go on, too."""
        result = super()._wake()
        waiting = [("state", "=", "running"), ("next_try_at", "!=", False), ("system_id", "in", self.system_id.ids)]
        self.env["integration.sync.job"].sudo().search(waiting)._go_on()
        return result
