# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, models

from ..engine import failures, impact
from ..engine.database import Database


class IntegrationFailure(models.Model):
    """The numbers, brought in step with the log beside all traffic."""

    _inherit = "integration.failure"

    @api.model
    def _cron_refresh(self):
        """Bring the board in step with the log."""
        self._refresh()

    @api.model
    def _refresh(self):
        """Bring the board in step with the log, in a transaction of its own; the caller reads it in its next one."""
        database = Database(self.env.cr.dbname)
        with database.read_committed() as cr:
            failures.refresh(cr, database.now(), {}, impact.score)
        self.invalidate_model()
